//! The platform's own words, made fit for an error.
//!
//! Servers repeat what they were sent: a body that they could not read, the
//! path of a request, a header. So every secret of the call is struck out of
//! everything that is taken over from an answer: as it is and as JSON, a URL, a
//! form or HTML may spell it, in either case; and so is a long beginning of
//! one, because servers cut long texts short.
//!
//! What a terminal does not show as it is ([`visible`]) is blanked in everything
//! that a server says and that is handed on, in errors and results alike.

use alloc::string::String;
use alloc::vec::Vec;

use crate::text::{cut, has};
use crate::{Header, Text};

/// What stands where a secret stood.
const STRUCK: &str = "***";
/// The number of characters of a secret's beginning that give it away.
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

    /// The platform's words: no secret, nothing but [`visible`], not too long.
    pub(crate) fn message(&self, text: &str) -> Option<Text> {
        self.clean(text, 1, MESSAGE)
    }

    /// The platform's code, likewise.
    pub(crate) fn code(&self, text: &str) -> Option<Text> {
        self.clean(text, SHORT, CODE)
    }

    /// None where nothing is left to read. Struck out before it is cut, so
    /// that the cut cannot leave a piece of a secret that is not recognized.
    fn clean(&self, text: &str, shortest: usize, most: usize) -> Option<Text> {
        let struck = visible(&self.strike(text, shortest));
        let cleaned: String = struck.trim_ascii().chars().take(most).collect();
        (!cleaned.is_empty()).then(|| cleaned.into())
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
        let Some(after) = after_character(rest, expected, escaped) else {
            is_whole = false;
            break;
        };
        same = same.saturating_add(1);
        rest = after;
    }
    if is_whole || same >= BEGINNING {
        text.len().saturating_sub(rest.len())
    } else {
        0
    }
}

/// What follows on a character in either case, if the text begins with it.
fn after_character(text: &str, expected: char, escaped: bool) -> Option<&str> {
    if escaped
        && let Some((c, after)) = escape(text)
        && is_same_letter(c, expected)
    {
        return Some(after);
    }
    // In upper case `ß` is two letters, and in lower case `İ` one with a dot over it.
    let two = match expected {
        '\u{df}' | '\u{1e9e}' => text.get(..2).filter(|two| two.eq_ignore_ascii_case("ss")),
        '\u{130}' => text.get(..3).filter(|two| *two == "i\u{307}"),
        _ => None,
    };
    if let Some(two) = two {
        return text.get(two.len()..);
    }
    let mut chars = text.chars();
    is_same_letter(chars.next()?, expected).then_some(chars.as_str())
}

/// How far the two cases of a letter beyond ASCII lie apart, in Latin, Greek, Cyrillic
/// and Armenian. The tables of Unicode would be a third of the component.
const APART: [u8; 15] = [
    1, 0x08, 0x0f, 0x1f, 0x20, 0x25, 0x26, 0x30, 0x3f, 0x40, 0x50, 0x79, 0xca, 0xcd, 0xd2,
];

/// Whether two characters are the same letter, in a Turkish server's cases too,
/// where `i` and `I` are not. Beyond ASCII a few that are not the same are taken for
/// it: a word of an error that is struck out too much is worth less than a password.
fn is_same_letter(one: char, other: char) -> bool {
    if one == other || one.eq_ignore_ascii_case(&other) {
        return true;
    }
    if one.is_ascii() || other.is_ascii() {
        let is_i = |c| matches!(c, 'i' | 'I' | '\u{130}' | '\u{131}');
        return is_i(one) && is_i(other);
    }
    let is_sharp_s = |c| matches!(c, '\u{df}' | '\u{1e9e}');
    if is_sharp_s(one) && is_sharp_s(other) {
        return true;
    }
    let apart = u32::from(one).abs_diff(other.into());
    u8::try_from(apart).is_ok_and(|apart| has(&APART, apart))
}

/// A text without what a terminal obeys instead of showing it, and without what
/// makes a text look like another one: control characters (C0, DEL and C1), line
/// and paragraph separators, what turns the direction of writing, and invisible
/// marks and tags. A space stands for each. Letters of every language are kept,
/// with the joiners that some need.
#[inline(never)]
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        let is_hidden = c.is_control()
            || matches!(
                c,
                '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{feff}'
                    | '\u{fff9}'..='\u{fffb}'
                    | '\u{e0000}'..='\u{e007f}'
            );
        shown.push(if is_hidden { ' ' } else { c });
    }
    shown
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
mod tests;
