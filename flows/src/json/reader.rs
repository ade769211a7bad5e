//! Reads JSON (RFC 8259) in place: what is asked for is found in the answer's own
//! bytes, and nothing else is kept of it.
//!
//! It is written here because a library brings what nobody asks for, exact
//! floating-point numbers and the line of a mistake: 10 KB of the component. The
//! tests hold it against `serde_json`. It takes what the RFC allows and nothing
//! else, reads every input in one pass, and needs the stack of [`DEPTH`] calls
//! at most. Most of a login's answer is short names and values that nobody asks
//! for: they are passed over without a copy, and without an `Option` on the way,
//! which would go through memory each time.

use alloc::string::String;

mod number;

/// The most lists and objects that may stand within each other.
const DEPTH: u32 = 127;

/// What stands behind the end of a text. JSON has no such character.
const END: u8 = 0;

/// Is told the members of an object or the items of a list as they are written:
/// the name with its quotation marks, empty for an item, and the value.
pub(super) type Each<'a, 'e> = &'e mut dyn FnMut(&'a str, &'a str);

/// Reads a whole JSON text and tells what its object or list has. Whether it is
/// JSON is known at the end: what was told before means nothing if it is not.
pub(super) fn read<'a>(text: &'a str, each: Each<'a, '_>) -> bool {
    let mut reader = Reader { text, at: 0 };
    let first = reader.mark();
    reader.value(first, DEPTH, Some(each)) && reader.mark() == END && reader.at > text.len()
}

/// The text of a value that is one, its escapes read.
pub(super) fn string(value: &str) -> Option<String> {
    let mut reader = Reader { text: value, at: 0 };
    let mut text = String::new();
    (reader.mark() == b'"' && reader.string(Some(&mut text))).then_some(text)
}

/// The whole part of a number that is one; none where it is below 0, or larger than
/// any that is asked for.
pub(super) fn whole(value: &str) -> Option<u64> {
    let mut reader = Reader { text: value, at: 0 };
    let mut number = None;
    reader.number(Some(&mut number)).then_some(number)?
}

/// A text, and how far it was read. Whatever reads a part of it says whether that
/// was right; after one that was not the rest means nothing.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Any value, behind its first byte.
    fn value(&mut self, first: u8, depth: u32, each: Option<Each<'a, '_>>) -> bool {
        match first {
            b'"' => self.string(None),
            b'{' | b'[' => self.members(first, depth, each),
            b't' => self.word(b"rue"),
            b'f' => self.word(b"alse"),
            b'n' => self.word(b"ull"),
            _ => {
                self.at = self.at.wrapping_sub(1);
                self.number(None)
            }
        }
    }

    /// The members of an object or the items of a list, up to its end.
    fn members(&mut self, first: u8, depth: u32, mut each: Option<Each<'a, '_>>) -> bool {
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
            let mut name = "";
            if is_object {
                let from = self.at;
                if mark != b'"' || !self.string(None) {
                    return false;
                }
                if each.is_some() {
                    name = self.since(from);
                }
                if self.mark() != b':' {
                    return false;
                }
                mark = self.mark();
            }
            let from = self.at;
            if !self.value(mark, depth, None) {
                return false;
            }
            if let Some(each) = &mut each {
                each(name, self.since(from));
            }
            mark = self.mark();
            if mark != b',' {
                return mark == end;
            }
            mark = self.mark();
        }
    }

    /// What was read since the byte before `from`, and that.
    fn since(&self, from: usize) -> &'a str {
        let text = self.text.get(from.wrapping_sub(1)..self.at);
        text.unwrap_or_default()
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
    fn word(&mut self, rest: &[u8]) -> bool {
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
