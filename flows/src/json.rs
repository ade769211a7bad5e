//! What an answer's JSON says, as far as the flows ask.
//!
//! An object is where its known members stand in the answer, and nothing is
//! copied until somebody asks for it: a Control Room's answer to a login carries
//! kilobytes about the user, unknown members come and go between versions, and a
//! hostile answer holds whatever takes most memory. So what the reader keeps is
//! the same for every answer: one place for each of [`KNOWN`]. Of members with
//! the same name the last counts, as in most readers.

use alloc::string::String;
use alloc::vec::Vec;

use crate::digits;
use crate::text::has;

mod reader;

/// The members that some flow asks for, and those that lead to them.
const KNOWN: [&str; 26] = [
    "token",
    "valid",
    "code",
    "details",
    "message",
    "Message",
    "errorMessage",
    "title",
    "detail",
    "errors",
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

/// Lists and objects within each other in which [`Object::each_text`] looks.
const LEVELS: u32 = 3;

/// A JSON object: its known members, each as it is written.
///
/// It has no `Debug`: a token may stand in it.
#[derive(Default)]
pub(crate) struct Object<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Object<'a> {
    /// Reads a whole JSON text, which may begin with a byte order mark. None where
    /// it is not an object.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let text = core::str::from_utf8(without_mark(bytes)).ok()?;
        match first_byte(bytes) {
            Some(b'{') => Self::read(text),
            _ => None,
        }
    }

    #[inline(never)]
    fn read(text: &'a str) -> Option<Self> {
        let mut members: Vec<(&'static str, &'a str)> = Vec::new();
        let is_json = reader::read(text, &mut |name, value| {
            let Some(name) = known(name) else {
                return;
            };
            match members.iter_mut().find(|(other, _)| *other == name) {
                Some(member) => member.1 = value,
                None => members.push((name, value)),
            }
        });
        is_json.then_some(Self(members))
    }

    /// Whether there is a member of that name, null or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.written(name).is_some()
    }

    /// Whether there is a member of that name that is not null.
    pub(crate) fn has_some(&self, name: &str) -> bool {
        self.written(name).is_some_and(|value| value != "null")
    }

    /// The text of a member that is one.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        reader::string(self.written(name)?)
    }

    /// The truth value of a member that is one.
    pub(crate) fn bool(&self, name: &str) -> Option<bool> {
        match self.written(name)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A number of seconds that is not negative, without its fraction (RFC 7519
    /// allows one in a time).
    pub(crate) fn seconds(&self, name: &str) -> Option<u64> {
        reader::whole(self.written(name)?)
    }

    /// A code: a text, or a number that is not negative, in decimal.
    pub(crate) fn code(&self, name: &str) -> Option<String> {
        match self.text(name) {
            Some(text) => (!text.is_empty()).then_some(text),
            None => {
                let number = u32::try_from(self.seconds(name)?).ok()?;
                Some(digits::write(number))
            }
        }
    }

    /// The member of that name, if it is an object.
    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        Self::parse(self.written(name)?.as_bytes())
    }

    /// Gives each text of a member that is a list or an object of texts, or of
    /// objects that have texts under one of `names`: what was wrong with each
    /// field of a request, as servers write it.
    pub(crate) fn each_text(&self, name: &str, names: &[&str], give: &mut dyn FnMut(String)) {
        if let Some(value) = self.written(name) {
            each_text(value, LEVELS, names, give);
        }
    }

    fn written(&self, name: &str) -> Option<&'a str> {
        debug_assert!(KNOWN.contains(&name));
        let (_, value) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(value)
    }
}

/// The known name that is written so, with its quotation marks.
fn known(written: &str) -> Option<&'static str> {
    let plain = written.get(1..written.len().wrapping_sub(1))?;
    let escaped = if has(plain.as_bytes(), b'\\') {
        reader::string(written)
    } else {
        None
    };
    let name = escaped.as_deref().unwrap_or(plain);
    KNOWN.iter().copied().find(|known| *known == name)
}

fn each_text(value: &str, levels: u32, names: &[&str], give: &mut dyn FnMut(String)) {
    if let Some(text) = reader::string(value) {
        return give(text);
    }
    let Some(below) = levels.checked_sub(1) else {
        return;
    };
    // That it is JSON was seen when the whole was read.
    reader::read(value, &mut |name, item| {
        // An object at the top has the names of fields.
        let is_asked = name.is_empty()
            || levels == LEVELS
            || known(name).is_some_and(|name| names.contains(&name));
        if is_asked {
            each_text(item, below, names, give);
        }
    });
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

    fn parse(text: &str) -> Option<Object<'_>> {
        Object::parse(text.as_bytes())
    }

    #[test]
    fn members_that_nobody_asks_for_are_left_out() {
        let object =
            parse(r#"{"user":{"token":"inner"},"token":"outer","x":[1,{"y":2}]}"#).unwrap();
        assert_eq!(object.text("token").as_deref(), Some("outer"));
        assert_eq!(object.0.len(), 1);
    }

    #[test]
    fn what_is_left_out_must_still_be_json() {
        assert!(parse(r#"{"x":[1,{"token":"\u00e9"}],"token":"t"}"#).is_some());
        assert!(parse(r#"{"x":[1,},"token":"t"}"#).is_none());
        assert!(parse(r#"{"x":"\ud800","token":"t"}"#).is_none());
    }

    #[test]
    fn a_null_member_is_there_and_has_nothing() {
        let object = parse(r#"{"token":null}"#).unwrap();
        assert!(object.has("token") && !object.has_some("token"));
        assert!(object.text("token").is_none() && object.object("token").is_none());
        assert!(!object.has("result") && !object.has_some("result"));
    }

    #[test]
    fn the_last_of_two_members_counts() {
        let object = parse(r#"{"token":"a","token":"b"}"#).unwrap();
        assert_eq!(object.text("token").as_deref(), Some("b"));
        let object = parse(r#"{"token":"a","token":null}"#).unwrap();
        assert_eq!(object.text("token"), None);
    }

    #[test]
    fn a_name_may_be_written_with_escapes() {
        let object = parse(r#"{"\u0074oken":"t","e\rror":1,"\"token":2}"#).unwrap();
        assert_eq!(object.text("token").as_deref(), Some("t"));
        assert!(!object.has("error"));
    }

    #[test]
    fn a_byte_order_mark_and_white_space_may_come_first() {
        let object = parse("\u{feff} \r\n{\"valid\":true}").unwrap();
        assert_eq!(object.bool("valid"), Some(true));
        assert_eq!(first_byte("\u{feff}\t\n <html>".as_bytes()), Some(b'<'));
        assert_eq!(first_byte(b" \n"), None);
    }

    #[test]
    fn a_code_is_a_text_or_a_whole_number() {
        let code = |text: &str| parse(text).unwrap().code("code");
        assert_eq!(code(r#"{"code":"UM1114"}"#).as_deref(), Some("UM1114"));
        assert_eq!(code(r#"{"code": 1000 }"#).as_deref(), Some("1000"));
        for none in [
            r#"{"code":""}"#,
            r#"{"code":1e300}"#,
            r#"{"code":-1}"#,
            r#"{"code":[]}"#,
            r#"{"code":{"code":1}}"#,
            r#"{"code":true}"#,
            "{}",
        ] {
            assert_eq!(code(none), None, "{none}");
        }
    }

    #[test]
    fn seconds_are_whole_positive_and_in_range() {
        let seconds = |n: &str| {
            let text = ["{\"exp\":", n, "}"].concat();
            parse(&text).unwrap().seconds("exp")
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
    fn the_texts_of_a_list_or_an_object_are_those_that_are_meant_for_a_reader() {
        for (errors, texts) in [
            (r#"["a","b"]"#, "a b"),
            // RFC 9457, section 3.
            (
                r##"[{"detail":"a","pointer":"#/x"},{"detail":"b"}]"##,
                "a b",
            ),
            // ASP.NET, `ValidationProblemDetails`.
            (r#"{"Password":["a","b"],"$.x":["c"],"y":"d"}"#, "a b c d"),
            (r#"{"x":[{"message":"a","code":"x"}]}"#, "a"),
            (
                r#"[{"message":"a","members":["x"]},{"message":["b"]}]"#,
                "a b",
            ),
            (r#"[[["a"]],[[["x"]]]]"#, "a"),
            (r#""a""#, "a"),
            ("[1,null,true,{}]", ""),
            ("null", ""),
        ] {
            let text = ["{\"errors\":", errors, "}"].concat();
            let mut found = Vec::new();
            let names = &["message", "detail"];
            parse(&text)
                .unwrap()
                .each_text("errors", names, &mut |text| found.push(text));
            assert_eq!(found.join(" "), texts, "{errors}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_overflows_nothing() {
        let deep = |n| ["{\"x\":", &"[".repeat(n), "1", &"]".repeat(n), "}"].concat();
        assert!(parse(&deep(100)).is_some());
        assert!(parse(&deep(100_000)).is_none());
    }

    #[test]
    fn what_is_no_json_object_gives_nothing() {
        for text in [
            "", " ", "<html>", "{", "{}x", "{\"a\"}", "token", "\u{feff}", "[{}]", "null",
        ] {
            assert!(parse(text).is_none(), "{text:?}");
        }
        assert!(Object::parse(b"{\"token\":\"\xff\"}").is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_can_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Object::parse(&bytes);
        }

        #[test]
        fn no_text_of_json_characters_can_make_it_panic(text in r#"[{}\[\]:,"\\a-fu0-9.eE+-]{0,60}"#) {
            let _ = parse(&text);
        }
    }
}
