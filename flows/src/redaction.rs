//! The platform's own words, made fit for an error.
//!
//! Servers repeat what they were sent: a body that they could not read, the
//! path of a request, a header. So every secret of the call is struck out of
//! everything that is taken over from an answer, as it is and as JSON, a URL
//! or a form would spell it, in either case; and so is a long beginning of
//! one, because servers cut long texts short.

use alloc::string::String;
use alloc::vec::Vec;
use core::iter;

use crate::endpoint::encode_segment;
use crate::message::form_encode;

/// What stands where a secret stood.
const STRUCK: &str = "***";
/// So much of a secret's beginning gives it away.
const BEGINNING: usize = 12;
/// The longest message that is passed on, in characters.
const MESSAGE: usize = 512;
/// The longest code that is passed on, in characters.
const CODE: usize = 64;

/// The secrets of one call.
pub(crate) struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spellings: Vec<Vec<u8>> = Vec::new();
        for secret in secrets {
            for spelling in [
                String::from(secret),
                in_json(secret),
                encode_segment(secret),
                form_encode(secret),
            ] {
                let spelling = spelling.into_bytes();
                if !spelling.is_empty() && !spellings.contains(&spelling) {
                    spellings.push(spelling);
                }
            }
        }
        Self(spellings)
    }

    /// The platform's words: no secret, no control character, not too long.
    pub(crate) fn message(&self, text: &str) -> Option<String> {
        self.clean(text, MESSAGE)
    }

    /// The platform's code, likewise.
    pub(crate) fn code(&self, text: &str) -> Option<String> {
        self.clean(text, CODE)
    }

    /// None where nothing is left to read. Struck out before it is cut, so
    /// that the cut cannot leave a piece of a secret that is not recognized.
    fn clean(&self, text: &str, most: usize) -> Option<String> {
        let struck = self.strike(text);
        let cleaned: String = struck
            .trim_ascii()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(most)
            .collect();
        (!cleaned.is_empty()).then_some(cleaned)
    }

    fn strike(&self, text: &str) -> String {
        let mut left = String::with_capacity(text.len());
        let mut struck_until = 0_usize;
        for (at, c) in text.char_indices() {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            let length = self.longest_match(rest);
            if length > 0 {
                if at >= struck_until {
                    left.push_str(STRUCK);
                }
                struck_until = struck_until.max(at.saturating_add(length));
            } else if at >= struck_until {
                left.push(c);
            }
        }
        left
    }

    /// How much of the text's beginning is a secret, or a long beginning of one.
    fn longest_match(&self, text: &[u8]) -> usize {
        let matching = |secret: &Vec<u8>| {
            let same = iter::zip(secret, text)
                .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
                .count();
            match same >= secret.len().min(BEGINNING) {
                true => same,
                false => 0,
            }
        };
        self.0.iter().map(matching).max().unwrap_or(0)
    }
}

/// A text as it stands within the quotation marks of JSON.
fn in_json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let inner = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"'));
    inner.unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(secret: &str, text: &str) -> String {
        Secrets::new([secret]).message(text).unwrap_or_default()
    }

    #[test]
    fn a_secret_is_struck_out_wherever_it_stands() {
        assert_eq!(cleaned("pa55", "pa55 or xpa55x"), "*** or x***x");
        assert_eq!(cleaned("pa55", "wrong: PA55"), "wrong: ***");
        assert_eq!(cleaned("pa55", "pa5"), "pa5");
        assert_eq!(cleaned("ü", "xüy"), "x***y");
    }

    #[test]
    fn a_secret_is_struck_out_however_it_is_spelt() {
        let secret = "a\"b\\c /d=é";
        for spelling in [
            "a\"b\\c /d=é",
            "a\\\"b\\\\c /d=é",
            "a%22b%5Cc%20%2Fd%3D%C3%A9",
            "a%22b%5cc%20%2fd%3d%c3%a9",
            "a%22b%5Cc+%2Fd%3D%C3%A9",
        ] {
            assert_eq!(
                cleaned(secret, &["<", spelling, ">"].concat()),
                "<***>",
                "{spelling}"
            );
        }
    }

    #[test]
    fn a_long_beginning_of_a_secret_is_struck_out_too() {
        let token = "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiIxIn0.c2ln";
        assert_eq!(cleaned(token, "bad eyJhbGciOiJSUzUx..."), "bad ***...");
        assert_eq!(cleaned(token, "bad eyJhbG..."), "bad eyJhbG...");
    }

    #[test]
    fn secrets_that_overlap_leave_nothing_of_either() {
        let secrets = Secrets::new(["abcd", "cdef"]);
        assert_eq!(secrets.message("1abcdef2").as_deref(), Some("1***2"));
    }

    #[test]
    fn an_empty_secret_strikes_nothing() {
        assert_eq!(cleaned("", "words"), "words");
    }

    #[test]
    fn words_are_one_line_and_at_most_512_characters() {
        assert_eq!(cleaned("x", " a\r\nb\tc\u{85}d "), "a  b c d");
        assert_eq!(cleaned("x", &"ü".repeat(600)).chars().count(), 512);
        assert_eq!(Secrets::new([]).code(&"1".repeat(99)).unwrap().len(), 64);
        assert_eq!(Secrets::new([]).message(" \n"), None);
    }

    #[test]
    fn the_cut_comes_after_the_striking() {
        let secret = "s".repeat(40);
        let text = ["-".repeat(500), secret.clone()].concat();
        assert_eq!(
            cleaned(&secret, &text),
            ["-".repeat(500), "***".into()].concat()
        );
    }

    proptest! {
        #[test]
        fn no_secret_is_left(secret in "[a-zé\"\\\\ ]{1,20}", before in "[a-z ]{0,9}", after in "[a-z ]{0,9}") {
            let text = [before, secret.clone(), after].concat();
            let left = Secrets::new([&*secret]).message(&text).unwrap_or_default();
            prop_assert!(!left.contains(&*secret));
        }
    }
}
