//! The double of a delayed-message service as a program of its own, for tests in other languages. It prints where it
//! is and what it believes and signs with, as JSON, and ends with its standard input.
#![expect(clippy::print_stdout, reason = "whoever starts it reads where it is")]

use feedme_testkit::delayed::{DelayedService, KEYS, TOKEN};
use serde_json::json;
use tokio::io::AsyncReadExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Every host is called where it is; the name that can be resolved elsewhere is for tests in this language.
    let service = DelayedService::start("feedme.example", ([127, 0, 0, 1], 9).into());
    println!("{}", json!({ "url": service.url(), "token": TOKEN, "currentKey": KEYS[1], "nextKey": KEYS[2] }));
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}
