//! Names and secrets as they may be sent.
//!
//! A login costs one of the few that a platform counts before it disables the user,
//! so what cannot be right is refused before it. A name or secret that was typed,
//! pasted into a form or shown by a platform is one line: it holds no control
//! character, because no keyboard, form field or generator gives one. What holds one
//! was read from the wrong place: a password manager's whole entry, a file with its
//! line break or its byte order mark, the escape sequences of a terminal. Nothing
//! else is judged: a space at an end, a quotation mark and letters of any language
//! may all be real.

use crate::{AuthError, Result};

/// Refuses a name or a secret that cannot be right. The error does not show it.
#[inline(never)]
pub(crate) fn check(argument: &'static str, text: &str) -> Result<()> {
    let problem = if text.is_empty() {
        "is empty"
    } else if text.as_bytes().starts_with(b"\xef\xbb\xbf") {
        "begins with a byte order mark; save its file without one"
    } else if text.bytes().any(|b| matches!(b, b'\n' | b'\r')) {
        "holds a line break; give one line, without its end"
    } else if text.chars().any(char::is_control) {
        "holds a control character; look where it comes from"
    } else {
        return Ok(());
    };
    Err(AuthError::invalid(argument, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_line_break_a_control_character_or_a_mark_before_it_is_refused() {
        for (text, part) in [
            ("", "is empty"),
            ("\u{feff}s3cret", "byte order mark"),
            ("s3cret\n", "line break"),
            ("s3cret\r\n", "line break"),
            ("s3cret\nuser: ada", "line break"),
            ("\u{feff}s3cret\n", "byte order mark"),
            ("s3\0cret", "control character"),
            ("s3cret\t", "control character"),
            ("\u{1b}[1ms3cret", "control character"),
            ("s3cret\u{7f}", "control character"),
            ("s3cret\u{85}", "control character"),
            ("s3cret\u{9b}1m", "control character"),
        ] {
            let error = check("a.b", text).expect_err("an error");
            assert!(error.is_about("a.b"), "{text:?}");
            let AuthError::InvalidArgument(words) = *error else {
                panic!("{text:?}");
            };
            assert!(words.contains(part) && !words.contains("cret"), "{words}");
        }
    }

    #[test]
    fn what_a_real_one_may_hold_is_let_through() {
        for text in [
            " ",
            " s3cret ",
            "\"s3cret\"",
            "acme\\jdoe",
            "a\u{feff}b",
            "p\u{e4}\u{df}",
            "\u{5bc6}\u{7801}",
            "a\u{200d}b",
            "a\u{a0}b",
            "{}[]<|^:?=~\\",
            "*",
        ] {
            assert!(check("a.b", text).is_ok(), "{text:?}");
        }
    }
}
