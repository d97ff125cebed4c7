//! What the command line refuses, and in which words.

use feedme_load::Args;

fn refusal(words: &str) -> String {
    Args::parse_from(words.split_whitespace()).expect_err("the words are wrong").to_string()
}

#[test]
fn a_wrong_value_is_refused_with_what_is_allowed() {
    for (words, told) in [
        ("place --url ftp://x", "only http:// can be loaded"),
        ("place --url http://x/api", "the restaurant with --restaurant"),
        ("place --rate 0", "must be from 0.01 to 1000000"),
        ("place --rate fast", "not a number"),
        ("place --vip-share 1.5", "must be from 0 to 1"),
        ("place --connections 0", "0 is not in 1..=20000"),
        ("place --orders 5 --seconds 5", "cannot be used with"),
        ("place --restaurant Café", "lower-case letters, digits and hyphens"),
        ("place --screens 5", "unexpected argument '--screens'"),
        ("lifecycle --bots 0", "0 is not in 1..=1000"),
        ("board --view history", "[possible values: orders, board]"),
        ("screens --screens 0", "0 is not in 1..=1000000"),
        ("", "Usage:"),
    ] {
        let refusal = refusal(words);
        assert!(refusal.contains(told), "{words}: {refusal}");
    }
}

#[test]
fn the_help_teaches_by_example() {
    for (words, example) in [
        ("--help", "feedme load screens --screens 5000"),
        ("--help", "Exit codes:"),
        ("place --help", "feedme load place --rate 500"),
        ("lifecycle --help", "also on Ctrl-C"),
        ("board --help", "--conditional"),
        ("screens --help", "ulimit -n"),
    ] {
        assert!(refusal(words).contains(example), "{words}");
    }
}
