//! Bytes on their way, and the parts that everything else is made of.
//!
//! Invariant: reading takes nothing from beyond the bytes, and a list ends with
//! them, whatever its length says.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use rpa_auth_flows::Text;

/// Bytes on their way, and which way that is.
pub(super) enum Wire<'a> {
    Writing(Vec<u8>),
    /// What is still to be read.
    Reading(&'a [u8]),
    /// Reading has failed.
    Failed,
}

impl Wire<'_> {
    /// Writes the bytes, or fills them.
    #[inline(never)]
    fn bytes(&mut self, bytes: &mut [u8]) {
        match self {
            Self::Writing(written) => written.extend_from_slice(bytes),
            Self::Reading(rest) => match rest.split_at_checked(bytes.len()) {
                Some((these, after)) => {
                    bytes.copy_from_slice(these);
                    *rest = after;
                }
                None => *self = Self::Failed,
            },
            Self::Failed => {}
        }
        if matches!(self, Self::Failed) {
            bytes.fill(0);
        }
    }

    /// Writes a byte, or reads one that is less than `limit`.
    #[inline(never)]
    pub(super) fn byte(&mut self, mut byte: u8, limit: u8) -> u8 {
        byte.pass(self);
        if byte >= limit {
            *self = Self::Failed;
            return 0;
        }
        byte
    }

    /// Writes a length, or reads one.
    #[inline(never)]
    fn length(&mut self, length: usize) -> u32 {
        let mut length = u32::try_from(length).unwrap_or(u32::MAX);
        length.pass(self);
        length
    }
}

/// A part of an entry.
pub(super) trait Part {
    /// What reading begins with.
    fn blank() -> Self;

    /// Writes the part, or fills it.
    fn pass(&mut self, wire: &mut Wire<'_>);
}

macro_rules! numbers {
    ($($number:ty)+) => {$(
        impl Part for $number {
            fn blank() -> Self {
                0
            }

            fn pass(&mut self, wire: &mut Wire<'_>) {
                let mut bytes = self.to_le_bytes();
                wire.bytes(&mut bytes);
                *self = Self::from_le_bytes(bytes);
            }
        }
    )+};
}

numbers!(u8 u16 u32 u64);

impl Part for [u8; 16] {
    fn blank() -> Self {
        [0; 16]
    }

    fn pass(&mut self, wire: &mut Wire<'_>) {
        wire.bytes(self);
    }
}

impl Part for bool {
    fn blank() -> Self {
        false
    }

    fn pass(&mut self, wire: &mut Wire<'_>) {
        *self = wire.byte(u8::from(*self), 2) == 1;
    }
}

impl Part for String {
    fn blank() -> Self {
        Self::new()
    }

    #[inline(never)]
    fn pass(&mut self, wire: &mut Wire<'_>) {
        let length = wire.length(self.len());
        match wire {
            Wire::Writing(written) => written.extend_from_slice(self.as_bytes()),
            Wire::Reading(rest) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let text = rest.split_at_checked(length);
                match text.map(|(text, after)| (core::str::from_utf8(text), after)) {
                    Some((Ok(text), after)) => {
                        *self = text.into();
                        *rest = after;
                    }
                    _ => *wire = Wire::Failed,
                }
            }
            Wire::Failed => {}
        }
    }
}

impl Part for Text {
    fn blank() -> Self {
        Self::default()
    }

    #[inline(never)]
    fn pass(&mut self, wire: &mut Wire<'_>) {
        let mut text = mem::take(self).into_string();
        text.pass(wire);
        *self = text.into();
    }
}

impl<T: Part> Part for Option<T> {
    fn blank() -> Self {
        None
    }

    fn pass(&mut self, wire: &mut Wire<'_>) {
        if wire.byte(u8::from(self.is_some()), 2) == 1 {
            self.get_or_insert_with(T::blank).pass(wire);
        }
    }
}

impl<T: Part> Part for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    #[inline(never)]
    fn pass(&mut self, wire: &mut Wire<'_>) {
        let length = wire.length(self.len());
        if matches!(wire, Wire::Writing(_)) {
            self.iter_mut().for_each(|part| part.pass(wire));
            return;
        }
        for _ in 0..length {
            // Each part takes a byte at least, so this ends with the bytes.
            if matches!(wire, Wire::Failed) {
                return;
            }
            let mut part = T::blank();
            part.pass(wire);
            self.push(part);
        }
    }
}
