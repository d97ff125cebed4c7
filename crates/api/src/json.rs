//! Parsing bodies: what is not JSON is told apart from JSON that says something wrong.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::shape::Shaped;
use crate::{Code, Problem};

/// Characters of what a caller sent that a problem repeats.
const REPEATED_MAX_CHARS: usize = 100;

/// Parses a body. Only a body that is refused is looked at a second time, to say precisely what is wrong:
/// one that is no JSON at all is that (400), whatever its first field may be (422).
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    read(body).or_else(|_| {
        let mut value = well_formed(body)
            .map_err(|error| Problem::new(Code::MalformedJson, format!("the body is not valid JSON: {error}")))?;
        let error = match serde_path_to_error::deserialize::<_, T>(Shaped(&value)) {
            Ok(parsed) => return Ok(parsed),
            Err(error) => error,
        };
        let message = error.inner().to_string();
        let Some(missing) = named(&message, "missing field `") else {
            return Err(invalid(error.path(), &message));
        };
        // What a field may be is said by the field's own type, when it meets something that it is not.
        let found = object_at(&mut value, error.path()).map(|object| object.insert(missing.to_owned(), Value::Null));
        debug_assert!(found.is_some(), "a field is missing in an object");
        let refused = serde_path_to_error::deserialize::<_, T>(Shaped(&value)).err();
        let refused = refused.as_ref().unwrap_or(&error);
        Err(invalid(refused.path(), &refused.inner().to_string().replace("invalid type: null", "it is required")))
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = T::deserialize(Shaped(&mut json))?;
    json.end()?;
    Ok(value)
}

fn well_formed(body: &[u8]) -> Result<Value, String> {
    let text = str::from_utf8(body).map_err(|error| error.to_string())?;
    let text = &within_range(text);
    serde_json::from_str::<WellFormed>(text).map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The text with the largest number there is for each that no number can hold: `1e400` is JSON all the same, and
/// then out of range like any other that is too large.
fn within_range(text: &str) -> Cow<'_, str> {
    let mut within = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        let rest = &text.as_bytes()[at..];
        at += match byte {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => {
                let is_of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let length = rest.iter().take_while(|byte| is_of_number(byte)).count();
                let number = &text[at..at + length];
                let is_number = serde_json::from_str::<IgnoredAny>(number).is_ok();
                if is_number && serde_json::from_str::<f64>(number).is_err() {
                    within.push_str(&text[copied..at]);
                    within.push_str(if byte == b'-' { "-1e308" } else { "1e308" });
                    copied = at + length;
                }
                length
            }
            _ => 1,
        };
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    within.push_str(&text[copied..]);
    Cow::Owned(within)
}

/// The bytes of the string that a text begins with, with its quotes.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let closes = |&byte: &u8| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    };
    text[1..].iter().position(closes).map_or(text.len(), |closing| closing + 2)
}

/// Turns what serde says of a value into a problem that names the field and what is allowed there.
fn invalid(path: &Path, message: &str) -> Problem {
    let path = path.to_string();
    let inner = named(message, "unknown field `").or_else(|| named(message, "missing field `"));
    let field = match (path.as_str(), inner) {
        (".", Some(inner)) => inner.to_owned(),
        (".", None) => "body".to_owned(),
        (path, Some(inner)) if path != inner && !path.ends_with(&format!(".{inner}")) => format!("{path}.{inner}"),
        (path, _) => path.to_owned(),
    };
    let (found, allowed) = match message.split_once(", there are no fields") {
        Some((found, _)) => (found, "no fields"),
        None => message.split_once(", expected ").unwrap_or((message, "a value")),
    };
    let found = match found {
        "invalid type: map" => "it is an object",
        "invalid type: sequence" => "it is an array",
        found => found,
    };
    let (field, found) = (shortened(&field), shortened(found));
    let detail = format!("{field}: {found}, expected {allowed}");
    Problem::invalid(field, allowed.to_owned()).because(detail)
}

/// What came in is repeated so far as it helps to find it.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(REPEATED_MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn named<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.split('`').next()
}

fn object_at<'a>(value: &'a mut Value, path: &Path) -> Option<&'a mut Map<String, Value>> {
    let found = path.iter().try_fold(value, |value, segment| match segment {
        Segment::Map { key } => value.get_mut(key),
        Segment::Seq { index } => value.get_mut(*index),
        Segment::Enum { .. } | Segment::Unknown => Some(value),
    });
    found?.as_object_mut()
}

/// Any JSON whose objects name nothing twice. Its depth is bounded by `serde_json`, at 128.
struct WellFormed;

impl<'de> Deserialize<'de> for WellFormed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for WellFormed {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = entries.next_key::<String>()? {
            entries.next_value::<Self>()?;
            if let Some(name) = names.replace(name) {
                return Err(A::Error::custom(format_args!("`{name}` stands there twice")));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::AddBot;
    use crate::place::{CompleteOrder, PlaceOrder};
    use crate::settings::SettingsPatch;

    /// The code and field of the problem that a body is refused with.
    fn refused<T: DeserializeOwned>(body: &str) -> (Code, Option<Box<str>>) {
        let problem = parse::<T>(body.as_bytes()).map(drop).expect_err("it is refused");
        (problem.code, problem.field)
    }

    #[test]
    fn what_is_no_json_is_that_before_it_is_anything_else() {
        for body in ["{\"type\":7", "{\"price\":1,}", "{\"type\":\"VIP\",\"type\":\"VIP\"}", "[[[", "\u{feff}{}"] {
            assert_eq!(refused::<PlaceOrder>(body), (Code::MalformedJson, None), "{body}");
        }
    }

    #[test]
    fn a_missing_field_says_what_it_may_be() {
        let problem = parse::<CompleteOrder>(br#"{"orderId":"019696f2-3b80-7cc3-98c5-0bd7c1b4a1f0","claim":1}"#);
        let problem = problem.expect_err("the bot is missing");
        assert_eq!(problem.field.as_deref(), Some("botId"));
        assert_eq!(problem.detail, "botId: it is required, expected a UUID");
        let problem = parse::<PlaceOrder>(br#"{"type":"VIP","lines":[{"name":"a","quantity":1},{"name":"b"}]}"#);
        let problem = problem.expect_err("a quantity is missing");
        assert_eq!(problem.detail, "lines[1].quantity: it is required, expected a whole number from 1 to 99");
    }

    #[test]
    fn fields_are_named_by_their_path() {
        for (body, field) in [
            (r#"{"type":"GOLD"}"#, "type"),
            (r#"{"type":"VIP","price":1}"#, "price"),
            (r#"{"type":"VIP","lines":[{"name":"a","quantity":1,"price":1}]}"#, "lines[0].price"),
            (r#"{"type":"VIP","lines":[7]}"#, "lines[0]"),
            ("7", "body"),
        ] {
            assert_eq!(refused::<PlaceOrder>(body), (Code::InvalidField, Some(field.into())), "{body}");
        }
    }

    #[test]
    fn an_object_is_an_object_and_a_choice_is_a_string() {
        #[track_caller]
        fn check<T: DeserializeOwned>(body: &str, detail: &str) {
            let problem = parse::<T>(body.as_bytes()).map(drop).expect_err("it has another shape");
            assert_eq!((problem.code, &*problem.detail), (Code::InvalidField, detail), "{body}");
        }
        check::<PlaceOrder>(r#"["NORMAL",null,null,[],null]"#, "body: it is an array, expected an object");
        check::<PlaceOrder>("[]", "body: it is an array, expected an object");
        check::<PlaceOrder>("7", "body: invalid type: integer `7`, expected an object");
        check::<PlaceOrder>("null", "body: invalid type: null, expected an object");
        let choice = "type: it is an object, expected `NORMAL` or `VIP`";
        check::<PlaceOrder>(r#"{"type":{"NORMAL":null}}"#, choice);
        check::<PlaceOrder>(r#"{"type":{}}"#, choice);
        check::<PlaceOrder>(r#"{"type":["NORMAL"]}"#, "type: it is an array, expected `NORMAL` or `VIP`");
        check::<PlaceOrder>(r#"{"type":1}"#, "type: invalid type: integer `1`, expected `NORMAL` or `VIP`");
        check::<PlaceOrder>(r#"{"type":"VIP","lines":[["a",1,null]]}"#, "lines[0]: it is an array, expected an object");
        check::<PlaceOrder>(r#"{"type":"VIP","userId":"7"}"#, "userId: `7` is none, expected a UUID");
        check::<AddBot>(r#"["pull"]"#, "body: it is an array, expected an object");
        check::<AddBot>(r#"{"mode":{"pull":null}}"#, "mode: it is an object, expected `auto` or `pull`");
        check::<SettingsPatch>("[5000,null,null,true]", "body: it is an array, expected an object");
        check::<SettingsPatch>(r#"{"policy":["strict"]}"#, "policy: it is an array, expected an object");
        let kinds = "expected one of `strict`, `ageing`, `ratio`, `deadline`";
        check::<SettingsPatch>(r#"{"policy":{"kind":7}}"#, &format!("policy.kind: invalid type: integer `7`, {kinds}"));
        check::<SettingsPatch>(
            r#"{"policy":{"kind":"fair"}}"#,
            &format!("policy.kind: unknown variant `fair`, {kinds}"),
        );
        check::<SettingsPatch>(r#"{"policy":{}}"#, &format!("policy.kind: it is required, {kinds}"));
    }

    #[test]
    fn a_number_that_nothing_can_hold_is_out_of_range() {
        let digits = "9".repeat(5_000);
        for number in ["1e400", "-1e400", "1E+999999999999", &digits, &format!("-{digits}.5"), &format!("{digits}e5")] {
            for (body, field) in [
                (format!(r#"{{"type":"VIP","lines":[{{"name":"a","quantity":{number}}}]}}"#), "lines[0].quantity"),
                (format!(r#"{{"note":"\\\"","type":{number}}}"#), "type"),
                (format!(r#"{{"type":"VIP","price":{number}}}"#), "price"),
                (number.to_owned(), "body"),
            ] {
                assert_eq!(refused::<PlaceOrder>(&body), (Code::InvalidField, Some(field.into())), "{body}");
            }
            for body in [format!("{{\"type\":{number}"), format!("{{\"type\":{number}.}}"), format!("[{number},]")] {
                assert_eq!(refused::<PlaceOrder>(&body), (Code::MalformedJson, None), "{body}");
            }
        }
        // Text is text, and what is no number is none.
        let order = parse::<PlaceOrder>(br#"{"type":"VIP","note":"1e400 \" 1e400"}"#).expect("a note may say anything");
        assert_eq!(order.note.map(|note| note.0).as_deref(), Some("1e400 \" 1e400"));
        assert_eq!(
            within_range(r#"["1e400\\",1e400,"\"1e400",01e400,"1e400"#),
            r#"["1e400\\",1e308,"\"1e400",01e400,"1e400"#
        );
    }

    #[test]
    fn what_came_in_is_not_repeated_at_length() {
        let long = "x".repeat(10_000);
        for body in [
            format!(r#"{{"type":"VIP","note":"{long}"}}"#),
            format!(r#"{{"type":"{long}"}}"#),
            format!(r#"{{"type":"VIP","{long}":1}}"#),
            format!(r#"{{"type":"VIP","lines":"{long}"}}"#),
        ] {
            let problem = parse::<PlaceOrder>(body.as_bytes()).expect_err("none of it is allowed");
            let text = serde_json::to_string(&problem).expect("a problem is JSON");
            assert!(text.len() < 900, "{text}");
        }
    }
}
