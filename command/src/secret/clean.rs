//! What cannot be a secret is refused before anything is sent: a login with it
//! would be refused too, and three of those disable a user.

/// A secret without the one line break that may end it.
#[derive(Debug)]
pub struct Clean<'a> {
    pub text: &'a str,
    /// Whether it begins or ends with a space, which counts.
    pub has_space_at_an_end: bool,
}

/// Looks at what was read. The error goes on "gave a password that", say, and
/// repeats nothing of it.
pub fn clean<'a>(bytes: &'a [u8], what: &str) -> Result<Clean<'a>, String> {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err("is in UTF-16: save it as UTF-8 without a byte order mark".into());
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err("is not in UTF-8: save it as UTF-8".into());
    };
    if text.starts_with('\u{feff}') {
        return Err(
            "begins with a byte order mark (BOM), which is no part of it: save it as UTF-8 \
             without BOM"
                .into(),
        );
    }
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err("is empty".into());
    }
    if text.contains(['\n', '\r']) {
        let lines = text.lines().count();
        let ends_with_breaks = text.trim_end_matches(['\n', '\r']).lines().count() < 2;
        return Err(if ends_with_breaks {
            "has more than one line break at its end: leave one, or none".into()
        } else {
            format!(
                "has {lines} lines, and a {what} is one: take the first alone, by `| head -n 1` say"
            )
        });
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(format!(
            "holds a control character (U+{:04X}), which no {what} does",
            u32::from(control)
        ));
    }
    Ok(Clean {
        text,
        has_space_at_an_end: text.trim() != text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> Option<&str> {
        clean(text.as_bytes(), "password")
            .ok()
            .map(|clean| clean.text)
    }

    fn refusal(bytes: &[u8]) -> String {
        clean(bytes, "password").unwrap_err()
    }

    #[test]
    fn one_line_break_at_the_end_does_not_count() {
        for text in ["pa55", "pa55\n", "pa55\r\n", "pa55\r"] {
            assert_eq!(cleaned(text), Some("pa55"), "{text:?}");
        }
        assert_eq!(cleaned(" pä 55 "), Some(" pä 55 "));
    }

    #[test]
    fn a_second_line_is_refused_with_what_to_do() {
        assert!(refusal(b"pa55\nuser: ada\n").contains("has 2 lines"));
        assert!(refusal(b"pa55\nuser: ada\n").contains("head -n 1"));
        assert!(refusal(b"pa55\n\n").contains("more than one line break"));
        assert!(refusal(b"\npa55").contains("2 lines"));
    }

    #[test]
    fn what_no_secret_holds_is_refused_by_name() {
        assert!(refusal(b"\xef\xbb\xbfpa55").contains("byte order mark"));
        assert!(refusal(b"\xff\xfep\0a\0").contains("UTF-16"));
        assert!(refusal(b"pa\xff").contains("UTF-8"));
        assert!(refusal(b"pa\x00").contains("U+0000"));
        assert!(refusal(b"\x1b[Apa").contains("U+001B"));
        assert!(refusal(b"pa\t55").contains("U+0009"));
        assert!(refusal("pa\u{9b}".as_bytes()).contains("U+009B"));
        assert_eq!(refusal(b""), "is empty");
        assert_eq!(refusal(b"\r\n"), "is empty");
    }

    #[test]
    fn no_refusal_repeats_what_was_read() {
        for bytes in [&b"s3cret\nx"[..], b"s3cret\n\n", b"s3cret\0", b"s3cret\xff"] {
            assert!(!refusal(bytes).contains("s3cret"));
        }
    }

    #[test]
    fn a_space_at_an_end_is_noticed() {
        for (text, noticed) in [
            ("a b", false),
            (" a", true),
            ("a ", true),
            ("a\u{a0}", true),
        ] {
            let clean = clean(text.as_bytes(), "password").unwrap();
            assert_eq!(clean.has_space_at_an_end, noticed, "{text:?}");
        }
    }
}
