//! One address, however it is spelt.
//!
//! `%6F` is another way to write `o` (RFC 3986, 6.2.2.2). The router compares letters, so what is encoded without
//! need is decoded before anybody looks: the gate, the routes and the idempotency keys judge the same path.
//! Everything else stays as it came. A `%2F` separates nothing, and `..` is a name like any other, encoded or not.

use std::mem;

use http::Request;
use http::uri::{PathAndQuery, Uri};

/// Decodes letters, digits, `-`, `.`, `_` and `~` in the path of a request, once.
pub(crate) fn decode<B>(request: &mut Request<B>) {
    let Some(mut decoded) = decoded(request.uri().path()) else { return };
    if let Some(query) = request.uri().query() {
        decoded.push('?');
        decoded.push_str(query);
    }
    let mut parts = mem::take(request.uri_mut()).into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(decoded).expect("unreserved characters may stand in a path"));
    *request.uri_mut() = Uri::from_parts(parts).expect("it has the parts that it had");
}

/// The path with its unreserved characters decoded. `None` when it has nothing encoded, or has a `%` without two
/// digits: such a one could become a new encoding.
fn decoded(path: &str) -> Option<String> {
    let (begin, encoded) = path.split_once('%')?;
    let mut decoded = String::with_capacity(path.len());
    decoded.push_str(begin);
    for piece in encoded.split('%') {
        let (digits, rest) = piece.split_at_checked(2).filter(|(digits, _)| is_hexadecimal(digits))?;
        let octet = u8::from_str_radix(digits, 16).ok()?;
        if is_unreserved(octet) {
            decoded.push(octet.into());
        } else {
            decoded.push('%');
            decoded.push_str(digits);
        }
        decoded.push_str(rest);
    }
    Some(decoded)
}

fn is_hexadecimal(digits: &str) -> bool {
    digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spelt: &str, address: &str) {
        let mut request = Request::get(spelt).body(()).expect("it is a request");
        decode(&mut request);
        assert_eq!(request.uri(), address, "{spelt}");
    }

    #[test]
    fn unreserved_characters_are_decoded_and_no_others() {
        for octet in 0..=u8::MAX {
            for spelt in [format!("/a%{octet:02x}b"), format!("/a%{octet:02X}b")] {
                let character = char::from(octet);
                let is_unreserved = character.is_ascii_alphanumeric() || "-._~".contains(character);
                check(&spelt, &if is_unreserved { format!("/a{character}b") } else { spelt.clone() });
            }
        }
    }

    #[test]
    fn nothing_is_decoded_twice() {
        check("/%256Frders", "/%256Frders");
        check("/%25%36%46rders", "/%256Frders");
        check("/%2%35", "/%2%35");
        check("/%%36F", "/%%36F");
        check("/%2%46%6F", "/%2%46%6F");
    }

    #[test]
    fn what_is_no_encoding_leaves_the_path_as_it_is() {
        for path in ["/%6Frders%", "/%6Frders%6", "/%6Frders%6g", "/%6Frders%+6", "/%6Frders%u006F", "/%6Frders%6é"] {
            check(path, path);
        }
    }

    #[test]
    fn the_rest_of_an_address_stays() {
        check("/%6Frders?type=%56IP&x=%6F?", "/orders?type=%56IP&x=%6F?");
        check("/%6Frders?", "/orders?");
        check("http://localhost:8080/%6Frders?a=%62", "http://localhost:8080/orders?a=%62");
        check("*", "*");
    }
}
