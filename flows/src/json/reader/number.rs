//! Numbers (RFC 8259, section 6), as whole ones: nobody asks for a fraction, and
//! exact floating-point numbers are most of what a library's reader weighs.

use super::Reader;
use crate::digits;

impl<'a> Reader<'a> {
    /// A number, cut down to a whole one where it is kept.
    pub(super) fn number(&mut self, kept: Option<&mut Option<u64>>) -> bool {
        let is_negative = self.takes(b'-');
        let whole = self.digits();
        if whole.is_empty() || (whole.len() > 1 && whole.first() == Some(&b'0')) {
            return false;
        }
        let mut fraction: &[u8] = b"";
        if self.takes(b'.') {
            fraction = self.digits();
            if fraction.is_empty() {
                return false;
            }
        }
        let mut length = whole.len();
        if self.takes(b'e') || self.takes(b'E') {
            let moves_left = self.takes(b'-');
            if !moves_left {
                self.takes(b'+');
            }
            let places = self.digits();
            if places.is_empty() {
                return false;
            }
            let places = digits::read(places).unwrap_or(u64::MAX);
            let places = usize::try_from(places).unwrap_or(usize::MAX);
            length = if moves_left {
                length.saturating_sub(places)
            } else {
                length.saturating_add(places)
            };
        }
        if let Some(kept) = kept {
            let mut digits = whole.iter().chain(fraction);
            let mut value = Some(0_u64);
            // 400 are more than any number that is asked for has, whatever the
            // exponent.
            for _ in 0..length.min(400) {
                let digit = digits.next().map_or(0, |b| u64::from(b & 15));
                value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
            }
            *kept = value.filter(|&value| value == 0 || !is_negative);
        }
        true
    }

    /// As many digits as come next.
    fn digits(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.at = self.at.wrapping_add(length);
        rest.get(..length).unwrap_or_default()
    }
}
