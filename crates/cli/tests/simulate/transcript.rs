//! What is printed, and where.

use std::fs;
use std::path::Path;

use crate::{feedme, play};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_built_in_half_minute() {
    insta::assert_snapshot!(play(here(), &[]));
}

#[test]
fn the_built_in_half_minute_as_json() {
    insta::assert_snapshot!(play(here(), &["--json"]));
}

#[test]
fn every_line_of_an_event_begins_with_the_clock() {
    let text = play(here(), &[]);
    let (events, summary) = text.split_once("\n\n").expect("an empty line stands before the final status");
    for line in events.lines() {
        let clock = line.strip_prefix('[').and_then(|line| line.split_once("] ")).expect("a clock in brackets").0;
        assert!(clock.len() == 8 && clock.split(':').count() == 3, "{line}");
    }
    assert!(summary.starts_with("Final status at 09:00:34\n"), "{summary}");
}

#[test]
fn json_has_an_object_for_every_line_of_the_text_and_the_same_words() {
    let (text, json) = (play(here(), &[]), play(here(), &["--json"]));
    let objects: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect();
    let (summary, events) = objects.split_last().expect("there is a final status");
    let shown = events.iter().map(|event| {
        format!("[{}] {}", event["clock"].as_str().expect("a clock"), event["text"].as_str().expect("words"))
    });
    assert_eq!(shown.collect::<Vec<_>>(), text.lines().take(events.len()).collect::<Vec<_>>());
    assert_eq!(summary["event"], "summary");
    assert_eq!(summary["processed"]["total"], 5);
}

#[test]
fn a_transcript_goes_to_a_file_and_replaces_what_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("day.txt"), "x".repeat(100_000)).expect("the folder takes a file");
    assert_eq!(play(folder.path(), &["--output", "day.txt"]), "");
    let written = fs::read_to_string(folder.path().join("day.txt")).expect("the transcript is there");
    assert_eq!(written, play(folder.path(), &[]));
    assert_eq!(play(folder.path(), &["--json", "-o", "day.json"]), "");
    let written = fs::read_to_string(folder.path().join("day.json")).expect("the transcript is there");
    assert_eq!(written, play(folder.path(), &["--json"]));
}

#[test]
fn the_built_in_scenario_is_a_start_for_ones_own() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("my.toml"), play(folder.path(), &["--show-built-in"]))
        .expect("the folder takes a file");
    assert_eq!(play(folder.path(), &["my.toml"]), play(folder.path(), &[]));
}

#[test]
fn real_time_changes_nothing_but_the_pace() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = "cook_seconds = 0.002\nstep = [{ at = 0, add_bot = \"auto\" }, { at = 0.001, place = \"VIP\" }]";
    fs::write(folder.path().join("tiny.toml"), scenario).expect("the folder takes a file");
    assert_eq!(play(folder.path(), &["tiny.toml", "--real-time"]), play(folder.path(), &["tiny.toml"]));
}

#[test]
fn help_teaches_by_example() {
    insta::assert_snapshot!("feedme_help", feedme(here(), &["--help"]).out);
    insta::assert_snapshot!("feedme_simulate_help", feedme(here(), &["simulate", "--help"]).out);
}
