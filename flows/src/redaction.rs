//! The platform's own words, made fit for an error.
//!
//! Servers repeat what they were sent: a body that they could not read, the
//! path of a request, a header. So every secret of the call is struck out of
//! everything that is taken over from an answer: as it is and as JSON, a URL, a
//! form or HTML may spell it, in either case; and so is a long beginning of
//! one, because servers cut long texts short.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Header;
use crate::text::cut;

/// What stands where a secret stood.
const STRUCK: &str = "***";
/// So many characters of a secret's beginning give it away.
const BEGINNING: usize = 12;
/// A shorter value of a caller's header (`1`, say) is no secret. And a code is
/// worth more than the hint that a secret of fewer characters is in it.
const SHORT: usize = 4;
/// The longest message that is passed on, in characters.
const MESSAGE: usize = 512;
/// The longest code that is passed on, in characters.
const CODE: usize = 64;

/// The secrets of one call.
pub(crate) struct Secrets<'a>(Vec<&'a str>);

impl<'a> Secrets<'a> {
    /// What the call proves itself with, and the caller's headers: the whole
    /// value of each, and what stands behind a scheme such as `Bearer`.
    pub(crate) fn new(secrets: &[&'a str], headers: &'a [Header<'_>]) -> Self {
        let mut all = Vec::from(secrets);
        for header in headers {
            let (_, behind) = cut(header.value(), b' ');
            for value in [Some(header.value()), behind].into_iter().flatten() {
                if value.len() >= SHORT {
                    all.push(value);
                }
            }
        }
        Self(all)
    }

    /// The platform's words: no secret, no control character, not too long.
    pub(crate) fn message(&self, text: &str) -> Option<String> {
        self.clean(text, 1, MESSAGE)
    }

    /// The platform's code, likewise.
    pub(crate) fn code(&self, text: &str) -> Option<String> {
        self.clean(text, SHORT, CODE)
    }

    /// None where nothing is left to read. Struck out before it is cut, so
    /// that the cut cannot leave a piece of a secret that is not recognized.
    fn clean(&self, text: &str, shortest: usize, most: usize) -> Option<String> {
        let struck = self.strike(text, shortest);
        let mut cleaned = String::new();
        for c in struck.trim_ascii().chars().take(most) {
            cleaned.push(if c.is_control() { ' ' } else { c });
        }
        (!cleaned.is_empty()).then_some(cleaned)
    }

    /// Each secret is looked for in one pass, which goes on behind what it
    /// found: a step costs at most [`BEGINNING`] comparisons, whatever the text.
    fn strike(&self, text: &str, shortest: usize) -> String {
        let mut struck = Vec::new();
        struck.resize(text.len(), false);
        for secret in self.0.iter().filter(|secret| secret.len() >= shortest) {
            // A backslash in a secret may stand for itself or be spelt as two:
            // each way of reading is tried from end to end.
            for escaped in [false, true] {
                let mut rest = text;
                while let Some(c) = rest.chars().next() {
                    let length = matching(secret, rest, escaped);
                    let at = text.len().saturating_sub(rest.len());
                    if let Some(marks) = struck.get_mut(at..at.saturating_add(length)) {
                        marks.fill(true);
                    }
                    rest = rest.get(length.max(c.len_utf8())..).unwrap_or_default();
                }
            }
        }
        let mut left = String::new();
        let mut was_struck = false;
        for (at, c) in text.char_indices() {
            let is_struck = struck.get(at) == Some(&true);
            match (is_struck, was_struck) {
                (true, false) => left.push_str(STRUCK),
                (true, true) => {}
                (false, _) => left.push(c),
            }
            was_struck = is_struck;
        }
        left
    }
}

/// How many bytes of the text's beginning are the secret, or a long beginning of
/// it, with the text's escapes read as such or not.
#[inline(never)]
fn matching(secret: &str, text: &str, escaped: bool) -> usize {
    let mut rest = text;
    let mut same = 0_usize;
    let mut is_whole = true;
    for expected in secret.chars() {
        let read = match escaped {
            true => escape(rest).filter(|(c, _)| c.eq_ignore_ascii_case(&expected)),
            false => None,
        };
        let literal = rest.strip_prefix(|c: char| c.eq_ignore_ascii_case(&expected));
        let Some(after) = read.map(|(_, after)| after).or(literal) else {
            is_whole = false;
            break;
        };
        same = same.saturating_add(1);
        rest = after;
    }
    match is_whole || same >= BEGINNING {
        true => text.len().saturating_sub(rest.len()),
        false => 0,
    }
}

/// A character in the spelling of JSON (`\\`, `\u00e4`), a URL (`%C3%A4`), a form
/// (`+`) or HTML (`&amp;`, `&#228;`), and what follows it.
fn escape(text: &str) -> Option<(char, &str)> {
    let rest = text.get(1..)?;
    match text.as_bytes().first()? {
        b'+' => Some((' ', rest)),
        b'%' => percent(text),
        b'\\' => {
            if rest.starts_with('u') {
                return code_units(text);
            }
            let mut chars = rest.chars();
            let c = match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                c => c,
            };
            Some((c, chars.as_str()))
        }
        b'&' => {
            // No name that is known here is longer.
            let end = rest.bytes().take(9).position(|b| b == b';')?;
            let (name, after) = rest.split_at_checked(end)?;
            let c = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => {
                    let digits = name.strip_prefix('#')?;
                    match digits.strip_prefix(['x', 'X']) {
                        Some(digits) => code_point(digits, 16)?,
                        None => code_point(digits, 10)?,
                    }
                }
            };
            Some((c, after.get(1..)?))
        }
        _ => None,
    }
}

/// One character, each of its bytes percent-encoded.
fn percent(text: &str) -> Option<(char, &str)> {
    let mut bytes = [0_u8; 4];
    let mut rest = text;
    for i in 1..=bytes.len() {
        let digits = rest.strip_prefix('%')?.get(..2)?;
        *bytes.get_mut(i.checked_sub(1)?)? = u8::from_str_radix(digits, 16).ok()?;
        rest = rest.get(3..)?;
        let read = bytes.get(..i).and_then(|bytes| str::from_utf8(bytes).ok());
        if let Some(c) = read.and_then(|text| text.chars().next()) {
            return Some((c, rest));
        }
    }
    None
}

/// One character as JSON escapes it: `\u` once, or twice for the halves of one.
fn code_units(text: &str) -> Option<(char, &str)> {
    let mut units = [0_u16; 2];
    let mut rest = text;
    for i in 1..=units.len() {
        let digits = rest.strip_prefix("\\u")?.get(..4)?;
        *units.get_mut(i.checked_sub(1)?)? = u16::from_str_radix(digits, 16).ok()?;
        rest = rest.get(6..)?;
        let read = char::decode_utf16(units.iter().copied().take(i)).next();
        if let Some(Ok(c)) = read {
            return Some((c, rest));
        }
    }
    None
}

fn code_point(digits: &str, radix: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(secret: &str, text: &str) -> String {
        Secrets::new(&[secret], &[])
            .message(text)
            .unwrap_or_default()
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
        let secrets = Secrets::new(&["abcd", "cdef"], &[]);
        assert_eq!(secrets.message("1abcdef2").as_deref(), Some("1***2"));
    }

    #[test]
    fn a_secret_is_struck_out_however_servers_escape_it() {
        let secret = "p\u{e4}\"<&\\/ +%";
        for spelling in [
            "p\\u00e4\\u0022\\u003C\\u0026\\\\\\/ +%",
            "p\\u00E4\\\"<\\u0026\\\\/ +%",
            "p&#228;&quot;&lt;&amp;\\/ +%",
            "p&#xE4;&#34;&#x3c;&amp;&#92;/ &#43;%",
            "p%C3%A4%22%3c%26%5C/%20%2B%25",
        ] {
            let text = ["<", spelling, ">"].concat();
            assert_eq!(cleaned(secret, &text), "<***>", "{spelling}");
        }
        // What only looks like an escape is what it is.
        for text in [
            "%",
            "%4",
            "%zz",
            "%ff",
            "\\",
            "\\u12",
            "&",
            "&;",
            "&#;",
            "&#x110000;",
        ] {
            assert_eq!(cleaned("secret", text), text);
            assert_eq!(cleaned(text, &["1", text, "2"].concat()), "1***2");
        }
    }

    #[test]
    fn a_character_in_two_halves_is_read_as_one() {
        assert_eq!(cleaned("p\u{1f600}s", "1p\\ud83d\\ude00s2"), "1***2");
        assert_eq!(cleaned("p\u{1f600}s", "1p\\ud83ds2"), "1p\\ud83ds2");
        assert_eq!(cleaned("a\nb", "1a\\nb2"), "1***2");
    }

    /// As long as an answer can be, made to match as long as it can.
    #[test]
    fn no_text_takes_more_than_a_few_steps_for_each_character() {
        let secret = "a".repeat(60_000);
        for piece in ["a", "&", "&#", "%", "%61", "\\", "\\u0061", "aaaaaaaaaaab"] {
            let text = piece.repeat(256 * 1024 / piece.len());
            // Quadratic, this would take minutes: the test would be seen to hang.
            assert!(!cleaned(&secret, &text).contains(&secret));
        }
    }

    #[test]
    fn the_callers_headers_are_secrets_with_and_without_their_scheme() {
        let header = |value| Header::parse("X-Gateway", value).unwrap();
        let headers = [header("Bearer t0ken"), header("1")];
        let secrets = Secrets::new(&["7"], &headers);
        let message = secrets.message("bearer T0KEN, t0ken, 1");
        assert_eq!(message.as_deref(), Some("***, ***, 1"));
        assert_eq!(secrets.code("UM1117").as_deref(), Some("UM1117"));
    }

    #[test]
    fn an_empty_secret_strikes_nothing() {
        assert_eq!(cleaned("", "words"), "words");
    }

    #[test]
    fn words_are_one_line_and_at_most_512_characters() {
        assert_eq!(cleaned("x", " a\r\nb\tc\u{85}d "), "a  b c d");
        assert_eq!(cleaned("x", &"ü".repeat(600)).chars().count(), 512);
        assert_eq!(
            Secrets::new(&[], &[]).code(&"1".repeat(99)).unwrap().len(),
            64
        );
        assert_eq!(Secrets::new(&[], &[]).message(" \n"), None);
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
            let left = Secrets::new(&[&secret], &[]).message(&text).unwrap_or_default();
            prop_assert!(!left.contains(&*secret));
        }
    }
}
