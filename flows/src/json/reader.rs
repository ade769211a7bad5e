//! Reads JSON (RFC 8259) into the small tree that `json` keeps.
//!
//! It is written here because a library brings what nobody asks for, exact
//! floating-point numbers and the line of a mistake: 10 KB of the component. The
//! tests hold it against `serde_json`. It takes what the RFC allows and nothing
//! else, reads every input in one pass, and needs the stack of [`DEPTH`] calls
//! at most.

use alloc::string::String;
use alloc::vec::Vec;
use core::iter;
use core::str::Chars;

use super::{KNOWN, Value};
use crate::digits;
use crate::text::has;

/// So many lists and objects may stand within each other.
pub(super) const DEPTH: u32 = 127;

/// What is left to read.
pub(super) struct Reader<'a>(Chars<'a>);

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.chars())
    }

    /// Reads any value. One that is not kept is read all the same, and leaves
    /// nothing.
    pub(super) fn value(&mut self, keep: bool, depth: u32) -> Option<Value> {
        if self.takes('"') {
            let text = self.string()?;
            return Some(match keep {
                true => Value::Text(text),
                false => Value::Null,
            });
        }
        if self.takes('{') {
            self.members('}', keep, depth.checked_sub(1)?)
        } else if self.takes('[') {
            self.members(']', keep, depth.checked_sub(1)?)
        } else if self.takes_word("true") {
            Some(Value::Bool(true))
        } else if self.takes_word("false") {
            Some(Value::Bool(false))
        } else if self.takes_word("null") {
            Some(Value::Null)
        } else {
            self.number()
        }
    }

    /// Whether nothing but white space is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_white_space();
        self.0.as_str().is_empty()
    }

    /// The members of an object or the items of a list, up to its end.
    fn members(&mut self, end: char, keep: bool, depth: u32) -> Option<Value> {
        let mut members = Vec::new();
        let mut is_over = self.takes(end);
        while !is_over {
            let mut name = Some("");
            if end == '}' {
                if !self.takes('"') {
                    return None;
                }
                let given = self.string()?;
                name = KNOWN.iter().copied().find(|known| *known == given);
                if !self.takes(':') {
                    return None;
                }
            }
            let name = name.filter(|_| keep);
            let value = self.value(name.is_some(), depth)?;
            if let Some(name) = name {
                members.push((name, value));
            }
            is_over = self.takes(end);
            if !is_over && !self.takes(',') {
                return None;
            }
        }
        Some(Value::Members(members))
    }

    /// A string, behind its first quotation mark.
    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            text.push(match self.0.next()? {
                '"' => return Some(text),
                '\\' => match self.0.next()? {
                    c @ ('"' | '\\' | '/') => c,
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => self.code_point()?,
                    _ => return None,
                },
                ..' ' => return None,
                c => c,
            });
        }
    }

    /// What stands behind `\u`: a character, or two halves of one (section 7).
    fn code_point(&mut self) -> Option<char> {
        let mut code = self.code_unit()?;
        if let 0xd800..0xdc00 = code {
            if !self.0.as_str().starts_with("\\u") {
                return None;
            }
            self.0.nth(1);
            let low = self
                .code_unit()?
                .checked_sub(0xdc00)
                .filter(|&low| low < 0x400)?;
            code = (((code & 0x3ff) << 10) | low).wrapping_add(0x1_0000);
        }
        char::from_u32(code)
    }

    fn code_unit(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            code = (code << 4) | self.0.next()?.to_digit(16)?;
        }
        Some(code)
    }

    /// A number, cut down to a whole one.
    fn number(&mut self) -> Option<Value> {
        let is_negative = self.takes_word("-");
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with("0") {
            return None;
        }
        let mut fraction = "";
        if self.takes_word(".") {
            fraction = self.digits()?;
        }
        let mut length = whole.len();
        if self.takes_word("e") || self.takes_word("E") {
            let moves_left = self.takes_word("-");
            if !moves_left {
                self.takes_word("+");
            }
            let places = digits::read(self.digits()?.as_bytes()).unwrap_or(u64::MAX);
            let places = usize::try_from(places).unwrap_or(usize::MAX);
            length = match moves_left {
                true => length.saturating_sub(places),
                false => length.saturating_add(places),
            };
        }
        let all = whole
            .bytes()
            .chain(fraction.bytes())
            .chain(iter::repeat(b'0'));
        // 400 are more than any number that is asked for has, whatever the exponent.
        let mut value = Some(0_u64);
        for digit in all.take(length.min(400)) {
            let digit = u64::from(digit & 15);
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
        }
        let is_zero = whole.bytes().chain(fraction.bytes()).all(|b| b == b'0');
        Some(Value::Number(value.filter(|_| is_zero || !is_negative)))
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<&'a str> {
        let digits = self.all_of(b"0123456789");
        (!digits.is_empty()).then_some(digits)
    }

    /// Takes a character and the white space before it, if it comes next.
    fn takes(&mut self, c: char) -> bool {
        self.skip_white_space();
        let mut rest = self.0.clone();
        let is_next = rest.next() == Some(c);
        if is_next {
            self.0 = rest;
        }
        is_next
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let rest = self.0.as_str().strip_prefix(word);
        if let Some(rest) = rest {
            self.0 = rest.chars();
        }
        rest.is_some()
    }

    fn skip_white_space(&mut self) {
        self.all_of(b" \t\n\r");
    }

    /// Takes as many of these ASCII characters as come next.
    fn all_of(&mut self, wanted: &[u8]) -> &'a str {
        let text = self.0.as_str();
        let length = text.bytes().take_while(|&b| has(wanted, b)).count();
        let (taken, rest) = text.split_at_checked(length).unwrap_or_default();
        self.0 = rest.chars();
        taken
    }
}

#[cfg(test)]
mod tests;
