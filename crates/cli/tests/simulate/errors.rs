//! What is said when something is wrong: always the key and the line, and always exit code 2 for a scenario
//! that makes no sense, 1 for a file that does not do its part.

use std::fmt::Write as _;
use std::fs;

use crate::{Run, feedme};

/// Scenarios that are wrong, each in its own way.
const WRONG: &[&str] = &[
    "start = 9",
    "start = \"nine\"",
    "first_order = 0",
    "first_order = -1",
    "cook_seconds = \"ten\"",
    "cook_seconds = -1",
    "cook_seconds = nan",
    "cook_seconds = 604801",
    "cook_time = 10",
    "policy = \"strict\"",
    "policy = { kind = \"lottery\" }",
    "policy = { kind = \"ratio\", vip = 2 }",
    "policy = { kind = \"ratio\", vip = 2, normal = 0 }",
    "policy = { kind = \"strict\", after_seconds = 3 }",
    "policy = { kind = \"ageing\", after_seconds = -3 }",
    "cook_seconds = 10\ncook_seconds = 11",
    "cook_seconds = ",
    "step = 3",
    "[[step]]\nplace = \"VIP\"",
    "[[step]]\nat = -1\nplace = \"VIP\"",
    "[[step]]\nat = 1\nplace = \"GOLD\"",
    "[[step]]\nat = 1\nplcae = \"VIP\"",
    "# only a time\n\n[[step]]\nat = 1",
    "[[step]]\nat = 1\nplace = \"VIP\"\nadd_bot = \"auto\"",
    "[[step]]\nat = 1\nadd_bot = \"manual\"",
    "[[step]]\nat = 1\nremove_bot = \"oldest\"",
    "[[step]]\nat = 1\nadd_bot = \"auto\"\nnote = \"fast\"",
    "[[step]]\nat = 1\ncancel = 1\ntimes = 2",
    "[[step]]\nat = 1\nplace = \"VIP\"\ntimes = 0",
    "[[step]]\nat = 1\nplace = \"VIP\"\nunder_claim = 1",
    "[[step]]\nat = 1\nclaim = 1\norder = 1",
    "[[step]]\nat = 1\nclear = false",
    "[[step]]\nat = 1\nskip_numbers = 1000000001",
    "[[step]]\nat = 1\nset = { cook = 3 }",
    "[[step]]\nat = 1\nplace = \"VIP\"\nlines = [{ name = \"Soup\", quantity = 300 }]",
    "[[step]]\nat = 1\nplace = \"VIP\"\nlines = [{ dish = \"Soup\" }]",
    "step = [\n  { at = 0, place = \"VIP\" },\n  { at = 1, cancel = \"it\" },\n]",
];

#[test]
fn a_wrong_scenario_is_refused_with_its_key_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut said = String::new();
    for scenario in WRONG {
        fs::write(folder.path().join("wrong.toml"), scenario).expect("the folder takes a file");
        let Run { code, out, err } = feedme(folder.path(), &["simulate", "wrong.toml"]);
        assert_eq!((code, out.as_str()), (2, ""), "{scenario}");
        let _ = writeln!(said, "{scenario}\n    {}", err.strip_prefix("feedme: scenario wrong.toml, ").unwrap_or(&err));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn too_much_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("long.toml"), "#".repeat(1024 * 1024 + 1)).expect("the folder takes a file");
    let Run { code, err, .. } = feedme(folder.path(), &["simulate", "long.toml"]);
    assert_eq!((code, err.as_str()), (2, "feedme: scenario long.toml is larger than 1048576 bytes\n"));

    let rush = "[[step]]\nat = 1\nplace = \"VIP\"\ntimes = 1000\n".repeat(101);
    fs::write(folder.path().join("rush.toml"), rush).expect("the folder takes a file");
    let Run { code, err, .. } = feedme(folder.path(), &["simulate", "rush.toml"]);
    let expected = "feedme: scenario rush.toml, line 401: a scenario has at most 100000 orders and bots\n";
    assert_eq!((code, err.as_str()), (2, expected));
}

#[test]
fn a_file_that_cannot_be_read_or_written_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let Run { code, out, err } = feedme(folder.path(), &["simulate", "missing.toml"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.starts_with("feedme: failed to read scenario missing.toml: No such file"), "{err}");
    let Run { code, out, err } = feedme(folder.path(), &["simulate", "--output", "no/such/folder.txt"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.starts_with("feedme: failed to write no/such/folder.txt: No such file"), "{err}");
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    let folder = tempfile::tempdir().expect("a folder");
    for args in [&["simulate", "--fast"][..], &["simulat"], &[]] {
        let Run { code, out, err } = feedme(folder.path(), args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
    }
}
