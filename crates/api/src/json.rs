//! Parsing bodies: what is not JSON is told apart from JSON that says something wrong.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{Code, Problem};

/// Parses a body. Only a body that is refused is looked at a second time, to say precisely what is wrong:
/// one that is no JSON at all is that (400), whatever its first field may be (422).
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).or_else(|_| {
        if let Err(error) = well_formed(body) {
            return Err(Problem::new(Code::MalformedJson, format!("the body is not valid JSON: {error}")));
        }
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            invalid(&path, &error.into_inner().to_string())
        })
    })
}

fn well_formed(body: &[u8]) -> Result<(), String> {
    let text = str::from_utf8(body).map_err(|error| error.to_string())?;
    serde_json::from_str::<WellFormed>(text).map(drop).map_err(|error| error.to_string())
}

/// Turns what serde says of a value into a problem that names the field and what is allowed there.
fn invalid(path: &str, message: &str) -> Problem {
    // serde_json ends its messages with the place, which says less than the path.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let named = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let inner = named("missing field `").or_else(|| named("unknown field `"));
    let field = match (path, inner) {
        (".", Some(inner)) => inner.to_owned(),
        (".", None) => "body".to_owned(),
        (path, Some(inner)) if path != inner && !path.ends_with(&format!(".{inner}")) => format!("{path}.{inner}"),
        (path, _) => path.to_owned(),
    };
    let message = if message.starts_with("missing field") { "it is required" } else { message };
    let detail = format!("{field}: {message}");
    match message.split_once("expected ") {
        Some((_, allowed)) => Problem::invalid(field, allowed.to_owned()).because(detail),
        None => Problem::invalid(field, "a value").because(detail),
    }
}

/// Any JSON whose objects name nothing twice. Its depth is bounded by serde_json's recursion limit, 128.
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
