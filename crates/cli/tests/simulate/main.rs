//! `feedme simulate`, run as people run it.

mod errors;
mod scenarios;
mod transcript;

use std::path::Path;
use std::process::Command;

/// What a run of the real binary left behind.
struct Run {
    code: i32,
    out: String,
    err: String,
}

/// Runs `feedme` in a folder. Help is wrapped for a terminal of its own, so its width is not asked for.
fn feedme(folder: &Path, args: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_feedme"))
        .args(args)
        .current_dir(folder)
        .env_remove("COLUMNS")
        .output()
        .expect("the binary was just built");
    let text = |bytes| String::from_utf8(bytes).expect("feedme prints text");
    Run { code: output.status.code().expect("feedme exits"), out: text(output.stdout), err: text(output.stderr) }
}

/// Plays a scenario that must be sound.
fn play(folder: &Path, args: &[&str]) -> String {
    let Run { code, out, err } = feedme(folder, &[&["simulate"], args].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{args:?}");
    out
}
