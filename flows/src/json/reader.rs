//! Reads JSON (RFC 8259) into the small tree that `json` keeps.
//!
//! It is written here because a library brings what nobody asks for, exact
//! floating-point numbers and the line of a mistake: 10 KB of the component. The
//! tests hold it against `serde_json`. It takes what the RFC allows and nothing
//! else, reads every input in one pass, and needs the stack of [`DEPTH`] calls
//! at most. Most of a login's answer is short names and values that nobody asks
//! for: they are passed over without a copy, and without an `Option` on the way,
//! which would go through memory each time.

use alloc::string::String;
use alloc::vec::Vec;

use super::{KNOWN, Value};

mod number;

/// So many lists and objects may stand within each other.
const DEPTH: u32 = 127;

/// What stands behind the end of a text. JSON has no such character.
const END: u8 = 0;

/// Reads a whole JSON text.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader { text, at: 0 };
    let mut value = Value::Null;
    let mark = reader.mark();
    let is_read = reader.value(mark, DEPTH, Some(&mut value)) && reader.mark() == END;
    (is_read && reader.at > text.len()).then_some(value)
}

/// A text, and how far it was read. Whatever reads a part of it says whether that
/// was right; after one that was not the rest means nothing.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Any value, behind its first byte. One that is not kept is read all the same.
    fn value(&mut self, first: u8, depth: u32, kept: Option<&mut Value>) -> bool {
        match (first, kept) {
            (b'"', None) => self.string(None),
            (b'"', Some(kept)) => {
                let mut text = String::new();
                let is_right = self.string(Some(&mut text));
                *kept = Value::Text(text);
                is_right
            }
            (b'{' | b'[', None) => self.members(first, depth, None),
            (b'{' | b'[', Some(kept)) => {
                let mut members = Vec::new();
                let is_right = self.members(first, depth, Some(&mut members));
                *kept = Value::Members(members);
                is_right
            }
            (b't', kept) => self.word(b"rue", Value::Bool(true), kept),
            (b'f', kept) => self.word(b"alse", Value::Bool(false), kept),
            (b'n', kept) => self.word(b"ull", Value::Null, kept),
            (_, kept) => {
                self.at = self.at.wrapping_sub(1);
                self.number(kept)
            }
        }
    }

    /// The members of an object or the items of a list, up to its end.
    fn members(
        &mut self,
        first: u8,
        depth: u32,
        mut kept: Option<&mut Vec<(&'static str, Value)>>,
    ) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let is_object = first == b'{';
        let end = if is_object { b'}' } else { b']' };
        let mut mark = self.mark();
        if mark == end {
            return true;
        }
        loop {
            let mut name = Some("");
            if is_object {
                if mark != b'"' {
                    return false;
                }
                let mut given = kept.is_some().then(String::new);
                if !self.string(given.as_mut()) || self.mark() != b':' {
                    return false;
                }
                name = given.and_then(|given| KNOWN.iter().copied().find(|known| *known == given));
                mark = self.mark();
            }
            let is_right = match (&mut kept, name) {
                (Some(kept), Some(name)) => {
                    let mut value = Value::Null;
                    let is_right = self.value(mark, depth, Some(&mut value));
                    kept.push((name, value));
                    is_right
                }
                _ => self.value(mark, depth, None),
            };
            if !is_right {
                return false;
            }
            mark = self.mark();
            if mark != b',' {
                return mark == end;
            }
            mark = self.mark();
        }
    }

    /// A string, behind its first quotation mark.
    fn string(&mut self, mut kept: Option<&mut String>) -> bool {
        loop {
            let from = self.at;
            let end = self.run();
            if let Some(kept) = &mut kept {
                let run = self.text.get(from..self.at.wrapping_sub(1));
                kept.push_str(run.unwrap_or_default());
            }
            match end {
                b'"' => return true,
                b'\\' => {}
                _ => return false,
            }
            match (self.escaped(), &mut kept) {
                (Some(c), Some(kept)) => kept.push(c),
                (Some(_), None) => {}
                (None, _) => return false,
            }
        }
    }

    /// Takes what a string holds before its next quotation mark, backslash or
    /// control character, and that, and gives that. Eight bytes are looked at
    /// together.
    fn run(&mut self) -> u8 {
        while let Some(eight) = self.rest().first_chunk() {
            let ends = ends_of_run(u64::from_le_bytes(*eight));
            if ends != 0 {
                let before = ends.trailing_zeros() as usize / 8;
                self.at = self.at.wrapping_add(before);
                break;
            }
            self.at = self.at.wrapping_add(8);
        }
        loop {
            let b = self.next();
            if matches!(b, b'"' | b'\\' | ..b' ') {
                return b;
            }
        }
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.next() {
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
            if !(self.next() == b'\\' && self.next() == b'u') {
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
            code = (code << 4) | char::from(self.next()).to_digit(16)?;
        }
        Some(code)
    }

    /// The rest of a word, which stands for a value.
    fn word(&mut self, rest: &[u8], value: Value, kept: Option<&mut Value>) -> bool {
        if let Some(kept) = kept {
            *kept = value;
        }
        for &b in rest {
            if self.next() != b {
                return false;
            }
        }
        true
    }

    /// Takes a byte if it comes next.
    fn takes(&mut self, b: u8) -> bool {
        let is_next = self.rest().first() == Some(&b);
        self.at = self.at.wrapping_add(usize::from(is_next));
        is_next
    }

    /// The next byte that is no white space.
    #[inline(never)]
    fn mark(&mut self) -> u8 {
        loop {
            let b = self.next();
            if !matches!(b, b' ' | b'\t' | b'\n' | b'\r') {
                return b;
            }
        }
    }

    #[inline(always)]
    fn next(&mut self) -> u8 {
        let b = self.text.as_bytes().get(self.at).copied();
        self.at = self.at.wrapping_add(1);
        b.unwrap_or(END)
    }

    #[inline(always)]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

/// The highest bit of each of eight bytes that ends a run of a string; above the
/// lowest that is set, others can be set by mistake.
fn ends_of_run(eight: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    // Of a byte below the bound the subtraction sets the highest bit. It can set
    // that of another only by borrowing for one that is below.
    let below = |bytes: u64, bound: u64| bytes.wrapping_sub(EACH.wrapping_mul(bound)) & !bytes;
    let is = |b: u8| below(eight ^ EACH.wrapping_mul(u64::from(b)), 1);
    (below(eight, 0x20) | is(b'"') | is(b'\\')) & EACH.wrapping_mul(0x80)
}

#[cfg(test)]
mod tests;
