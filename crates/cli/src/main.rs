//! The `feedme` binary.

fn main() {}
