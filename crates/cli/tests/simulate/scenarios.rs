//! The scenarios that come along, and what every action looks like.

use std::fs;
use std::path::PathBuf;

use crate::play;

fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

#[test]
fn every_shipped_scenario_plays_as_it_says() {
    let mut names: Vec<_> = fs::read_dir(shipped())
        .expect("the scenarios are there")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a plain name"))
        .collect();
    names.sort_unstable();
    assert!(!names.is_empty());
    for name in names {
        let stem = name.strip_suffix(".toml").expect("a scenario is a TOML file");
        insta::assert_snapshot!(stem.replace('-', "_"), play(&shipped(), &[&name]));
    }
}

#[test]
fn every_action_has_its_words() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("all.toml"), include_str!("every_action.toml")).expect("the folder takes a file");
    insta::assert_snapshot!(play(folder.path(), &["all.toml"]));
}

#[test]
fn a_scenario_plays_the_same_every_time() {
    for format in [&["lunch-rush.toml"][..], &["lunch-rush.toml", "--json"]] {
        assert_eq!(play(&shipped(), format), play(&shipped(), format));
    }
}

#[test]
fn steps_happen_by_their_time_and_those_of_one_moment_as_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = "step = [{ at = 2, place = \"VIP\" }, { at = 2, cancel = 2 }, { at = 1, place = \"NORMAL\" }]";
    fs::write(folder.path().join("any-order.toml"), scenario).expect("the folder takes a file");
    let text = play(folder.path(), &["any-order.toml"]);
    let events: Vec<_> = text.lines().take(3).collect();
    let created = ["[09:00:01] NORMAL order #1 created", "[09:00:02] VIP order #2 created"];
    assert_eq!(events, [created[0], created[1], "[09:00:02] VIP order #2 cancelled"]);
}

#[test]
fn the_last_moment_still_happens_and_nothing_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = "end_at = 10\nstep = [{ at = 0, add_bot = \"auto\" }, { at = 0, place = \"VIP\" }, \
                    { at = 10, place = \"VIP\" }, { at = 10.001, place = \"NORMAL\" }]";
    fs::write(folder.path().join("end.toml"), scenario).expect("the folder takes a file");
    let text = play(folder.path(), &["end.toml"]);
    assert!(text.contains("[09:00:10] Bot 1 completed VIP order #1 (processing time 10 s)"), "{text}");
    assert!(text.contains("[09:00:10] Bot 1 picked up VIP order #2"), "{text}");
    assert!(!text.contains("order #3"), "{text}");
}

#[test]
fn an_order_cancelled_while_it_waits_names_no_bot_that_cooked_it_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = "step = [{ at = 0, add_bot = \"auto\" }, { at = 0, place = \"VIP\" }, \
                    { at = 1, remove_bot = 1 }, { at = 2, cancel = 1 }]";
    fs::write(folder.path().join("cancel.toml"), scenario).expect("the folder takes a file");
    let text = play(folder.path(), &["cancel.toml"]);
    assert!(text.contains("[09:00:02] VIP order #1 cancelled\n"), "{text}");
}

#[test]
fn no_id_is_ever_shown() {
    for name in ["lunch-rush.toml", "human-cooks.toml", "closing-time.toml"] {
        let shown = play(&shipped(), &[name]) + &play(&shipped(), &[name, "--json"]);
        assert!(!shown.contains("0000-"), "{shown}");
    }
}
