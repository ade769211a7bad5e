//! Reads JSON (RFC 8259) into the small tree that `json` keeps.
//!
//! It is written here because a library brings what nobody asks for, exact
//! floating-point numbers and the line of a mistake: 10 KB of the component. The
//! tests hold it against `serde_json`. It takes what the RFC allows and nothing
//! else, reads every input in one pass, and needs the stack of [`DEPTH`] calls
//! at most. A text is taken in runs, and nothing is copied of one that is not
//! kept: a login's answer is read in microseconds.

use alloc::string::String;
use alloc::vec::Vec;
use core::iter;

use super::{KNOWN, Value};
use crate::digits;

/// So many lists and objects may stand within each other.
pub(super) const DEPTH: u32 = 127;

/// What is left to read, of a text that is UTF-8.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.as_bytes())
    }

    /// Reads any value. One that is not kept is read all the same, and leaves
    /// nothing.
    pub(super) fn value(&mut self, keep: bool, depth: u32) -> Option<Value> {
        self.skip_white_space();
        let all = self.0;
        Some(match self.next()? {
            b'"' => match self.string(keep)? {
                Some(text) => Value::Text(text),
                None => Value::Null,
            },
            b'{' => return self.members(b'}', keep, depth.checked_sub(1)?),
            b'[' => return self.members(b']', keep, depth.checked_sub(1)?),
            b't' if self.takes(b"rue") => Value::Bool(true),
            b'f' if self.takes(b"alse") => Value::Bool(false),
            b'n' if self.takes(b"ull") => Value::Null,
            _ => {
                self.0 = all;
                return self.number(keep);
            }
        })
    }

    /// Whether nothing but white space is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_white_space();
        self.0.is_empty()
    }

    /// The members of an object or the items of a list, up to its end.
    fn members(&mut self, end: u8, keep: bool, depth: u32) -> Option<Value> {
        let mut members = Vec::new();
        self.skip_white_space();
        let mut is_over = self.takes_byte(end);
        while !is_over {
            let mut name = keep.then_some("");
            if end == b'}' {
                if self.mark()? != b'"' {
                    return None;
                }
                let given = self.string(keep)?;
                name = given.and_then(|given| KNOWN.iter().copied().find(|known| *known == given));
                if self.mark()? != b':' {
                    return None;
                }
            }
            let value = self.value(name.is_some(), depth)?;
            if let Some(name) = name {
                members.push((name, value));
            }
            is_over = match self.mark()? {
                b',' => false,
                mark if mark == end => true,
                _ => return None,
            };
        }
        Some(Value::Members(members))
    }

    /// A string, behind its first quotation mark. One that is not kept must be
    /// right, but nothing of it is copied.
    fn string(&mut self, keep: bool) -> Option<Option<String>> {
        let mut text = keep.then(String::new);
        loop {
            let run = self.run();
            if let Some(text) = &mut text {
                text.push_str(str::from_utf8(run).ok()?);
            }
            let c = match self.next()? {
                b'"' => return Some(text),
                b'\\' => self.escaped()?,
                _ => return None,
            };
            if let Some(text) = &mut text {
                text.push(c);
            }
        }
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.next()? {
            c @ (b'"' | b'\\' | b'/') => char::from(c),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(),
            _ => return None,
        })
    }

    /// What stands behind `\u`: a character, or two halves of one (section 7).
    fn code_point(&mut self) -> Option<char> {
        let mut code = self.code_unit()?;
        if let 0xd800..0xdc00 = code {
            if !self.takes(b"\\u") {
                return None;
            }
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
            code = (code << 4) | char::from(self.next()?).to_digit(16)?;
        }
        Some(code)
    }

    /// A number, cut down to a whole one.
    fn number(&mut self, keep: bool) -> Option<Value> {
        let is_negative = self.takes_byte(b'-');
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with(b"0") {
            return None;
        }
        let mut fraction: &[u8] = b"";
        if self.takes_byte(b'.') {
            fraction = self.digits()?;
        }
        let mut length = whole.len();
        if self.takes_byte(b'e') || self.takes_byte(b'E') {
            let moves_left = self.takes_byte(b'-');
            if !moves_left {
                self.takes_byte(b'+');
            }
            let places = digits::read(self.digits()?).unwrap_or(u64::MAX);
            let places = usize::try_from(places).unwrap_or(usize::MAX);
            length = match moves_left {
                true => length.saturating_sub(places),
                false => length.saturating_add(places),
            };
        }
        if !keep {
            return Some(Value::Null);
        }
        let digits = whole.iter().chain(fraction);
        // 400 are more than any number that is asked for has, whatever the exponent.
        let all = digits.clone().chain(iter::repeat(&b'0'));
        let mut value = Some(0_u64);
        for digit in all.take(length.min(400)) {
            let digit = u64::from(digit & 15);
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
        }
        let is_zero = digits.clone().all(|&b| b == b'0');
        Some(Value::Number(value.filter(|_| is_zero || !is_negative)))
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<&'a [u8]> {
        let digits = self.all(|b| b.is_ascii_digit());
        (!digits.is_empty()).then_some(digits)
    }

    /// Takes a word if it comes next.
    fn takes(&mut self, word: &[u8]) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// The same of one byte, without the calls that compare words.
    fn takes_byte(&mut self, b: u8) -> bool {
        match self.0 {
            [first, rest @ ..] if *first == b => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// The next byte that is no white space.
    fn mark(&mut self) -> Option<u8> {
        self.skip_white_space();
        self.next()
    }

    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip_white_space(&mut self) {
        self.all(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// What a string holds before its next quotation mark, backslash or control
    /// character. Eight bytes are looked at together: most of a login's answer is
    /// strings, and byte by byte they took longer than the rest of the call.
    fn run(&mut self) -> &'a [u8] {
        let text = self.0;
        while let Some((eight, rest)) = self.0.split_first_chunk()
            && !ends_run(u64::from_le_bytes(*eight))
        {
            self.0 = rest;
        }
        self.all(|b| !matches!(b, b'"' | b'\\' | ..b' '));
        self.behind(text)
    }

    /// Takes as many such bytes as come next. Adapters of an iterator would stay
    /// calls here, one for each byte: the component is built for size.
    fn all(&mut self, is_such: impl Fn(u8) -> bool) -> &'a [u8] {
        let text = self.0;
        while let [b, rest @ ..] = self.0
            && is_such(*b)
        {
            self.0 = rest;
        }
        self.behind(text)
    }

    /// What was taken since `text` was all that was left.
    fn behind(&self, text: &'a [u8]) -> &'a [u8] {
        let length = text.len().saturating_sub(self.0.len());
        text.get(..length).unwrap_or_default()
    }
}

/// Whether one of eight bytes ends a run of a string.
fn ends_run(eight: u64) -> bool {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    // Of a byte below the bound the subtraction sets the highest bit. It can set
    // that of another only by borrowing for one that is below.
    let below = |bytes: u64, bound: u64| bytes.wrapping_sub(EACH.wrapping_mul(bound)) & !bytes;
    let is = |b: u8| below(eight ^ EACH.wrapping_mul(u64::from(b)), 1);
    (below(eight, 0x20) | is(b'"') | is(b'\\')) & EACH.wrapping_mul(0x80) != 0
}

#[cfg(test)]
mod tests;
