//! What an answer's JSON says, as far as the flows ask.
//!
//! The reader builds a small tree and leaves out every member that no flow
//! asks for: a Control Room's answer to a login carries kilobytes about the
//! user, and unknown members come and go between versions. Of members with
//! the same name the last counts, as in most readers.

use alloc::string::String;
use alloc::vec::Vec;

use crate::digits;

mod reader;

/// The members that some flow asks for, and those that lead to them.
const KNOWN: [&str; 21] = [
    "token",
    "valid",
    "code",
    "details",
    "message",
    "result",
    "Result",
    "success",
    "error",
    "error_description",
    "errorCode",
    "validationErrors",
    "access_token",
    "expires_in",
    "token_type",
    "scope",
    "UserName",
    "TenancyName",
    "iat",
    "exp",
    "multipleLogin",
];

/// A JSON value without the members that nobody asks for.
///
/// It has no `Debug`: a token may stand in it.
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// Without its fraction; none where it is negative, or larger than any that
    /// is asked for.
    Number(Option<u64>),
    Text(String),
    /// Members that are known by name, or the items of a list, which have none.
    Members(Vec<(&'static str, Value)>),
}

impl Value {
    /// Reads a whole JSON text, which may begin with a byte order mark.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        reader::read(core::str::from_utf8(without_mark(bytes)).ok()?)
    }

    /// The member of that name, unless it is absent or null.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        debug_assert!(KNOWN.contains(&name));
        let Self::Members(members) = self else {
            return None;
        };
        let (_, value) = members.iter().rev().find(|(key, _)| *key == name)?;
        (!matches!(value, Self::Null)).then_some(value)
    }

    /// Whether there is a member of that name, null or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        debug_assert!(KNOWN.contains(&name));
        matches!(self, Self::Members(members) if members.iter().any(|(key, _)| *key == name))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.member(name)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn bool(&self, name: &str) -> Option<bool> {
        match self.member(name)? {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A number of seconds that is not negative, without its fraction (RFC 7519
    /// allows one in a time).
    pub(crate) fn seconds(&self, name: &str) -> Option<u64> {
        match self.member(name)? {
            Self::Number(n) => *n,
            _ => None,
        }
    }

    /// A code: a text, or a number that is not negative, in decimal.
    pub(crate) fn code(&self, name: &str) -> Option<String> {
        match self.member(name)? {
            Self::Text(text) if !text.is_empty() => Some(text.clone()),
            Self::Number(n) => Some(digits::write(u32::try_from((*n)?).ok()?)),
            _ => None,
        }
    }

    /// The items of a list; none of what has none.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Value> {
        let items = match self {
            Self::Members(items) => items.as_slice(),
            _ => &[],
        };
        items
            .iter()
            .filter(|(name, _)| name.is_empty())
            .map(|(_, item)| item)
    }
}

/// The first byte that means something: JSON objects begin with a brace, pages
/// with an angle bracket, whatever the `Content-Type` says.
pub(crate) fn first_byte(bytes: &[u8]) -> Option<u8> {
    let bytes = without_mark(bytes);
    bytes.iter().copied().find(|b| !b.is_ascii_whitespace())
}

/// A text as JSON writes it, with its quotation marks.
#[inline(never)]
pub(crate) fn quoted(text: &str) -> String {
    // A text always serializes.
    serde_json::to_string(text).unwrap_or_default()
}

/// Without a byte order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Option<Value> {
        Value::parse(text.as_bytes())
    }

    #[test]
    fn members_that_nobody_asks_for_are_left_out() {
        let value = parse(r#"{"user":{"token":"inner"},"token":"outer","x":[1,{"y":2}]}"#).unwrap();
        assert_eq!(value.text("token"), Some("outer"));
        assert!(matches!(value, Value::Members(members) if members.len() == 1));
    }

    #[test]
    fn what_is_left_out_must_still_be_json() {
        assert!(parse(r#"{"x":[1,{"token":"\u00e9"}],"token":"t"}"#).is_some());
        assert!(parse(r#"{"x":[1,},"token":"t"}"#).is_none());
        assert!(parse(r#"{"x":"\ud800","token":"t"}"#).is_none());
    }

    #[test]
    fn a_null_member_counts_as_absent_but_is_there() {
        let value = parse(r#"{"token":null}"#).unwrap();
        assert!(value.member("token").is_none() && value.has("token"));
        assert!(!value.has("result"));
    }

    #[test]
    fn the_last_of_two_members_counts() {
        let value = parse(r#"{"token":"a","token":"b"}"#).unwrap();
        assert_eq!(value.text("token"), Some("b"));
    }

    #[test]
    fn a_byte_order_mark_and_white_space_may_come_first() {
        assert!(
            parse("\u{feff} \r\n{\"valid\":true}")
                .unwrap()
                .bool("valid")
                == Some(true)
        );
        assert_eq!(first_byte("\u{feff}\t\n <html>".as_bytes()), Some(b'<'));
        assert_eq!(first_byte(b" \n"), None);
    }

    #[test]
    fn a_code_is_a_text_or_a_whole_number() {
        let code = |text: &str| parse(text).unwrap().code("code");
        assert_eq!(code(r#"{"code":"UM1114"}"#).as_deref(), Some("UM1114"));
        assert_eq!(code(r#"{"code":1000}"#).as_deref(), Some("1000"));
        for none in [
            r#"{"code":""}"#,
            r#"{"code":1e300}"#,
            r#"{"code":-1}"#,
            r#"{"code":[]}"#,
            "{}",
        ] {
            assert_eq!(code(none), None, "{none}");
        }
    }

    #[test]
    fn seconds_are_whole_positive_and_in_range() {
        let seconds = |n: &str| {
            parse(&["{\"exp\":", n, "}"].concat())
                .unwrap()
                .seconds("exp")
        };
        assert_eq!(seconds("1200"), Some(1200));
        assert_eq!(seconds("1200.9"), Some(1200));
        assert_eq!(seconds("0"), Some(0));
        for none in [
            "-1",
            "1e300",
            "99999999999999999999",
            "\"1200\"",
            "null",
            "true",
        ] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_overflows_nothing() {
        let deep = |n| [&"[".repeat(n), "1", &"]".repeat(n)].concat();
        assert!(parse(&deep(100)).is_some());
        assert!(parse(&deep(100_000)).is_none());
    }

    #[test]
    fn what_is_no_json_gives_nothing() {
        for text in [
            "", " ", "<html>", "{", "{}x", "{\"a\"}", "token", "\u{feff}",
        ] {
            assert!(parse(text).is_none(), "{text:?}");
        }
        assert!(Value::parse(b"{\"token\":\"\xff\"}").is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_can_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Value::parse(&bytes);
        }

        #[test]
        fn no_text_of_json_characters_can_make_it_panic(text in r#"[{}\[\]:,"\\a-fu0-9.eE+-]{0,60}"#) {
            let _ = parse(&text);
        }
    }
}
