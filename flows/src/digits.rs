//! Numbers in text, without the weight of `core::fmt` and of a parser for each
//! integer type.

use alloc::string::String;

/// Reads decimal digits and nothing else. None for an empty text, and for more
/// than fits.
pub(crate) fn read(text: &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for &b in text {
        let digit = u64::from(b.checked_sub(b'0').filter(|&digit| digit < 10)?);
        if value > u64::MAX.wrapping_sub(digit) / 10 {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(digit);
    }
    (!text.is_empty()).then_some(value)
}

/// Writes a whole number in decimal.
pub(crate) fn write(number: u32) -> String {
    let mut text = match number / 10 {
        0 => String::new(),
        tens => write(tens),
    };
    text.push(char::from_digit(number % 10, 10).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_number() {
        assert_eq!(read(b"0"), Some(0));
        assert_eq!(read(b"007"), Some(7));
        assert_eq!(read(b"18446744073709551615"), Some(u64::MAX));
        for none in [
            &b""[..],
            b"18446744073709551616",
            b"-1",
            b"+1",
            b"1 ",
            b"1.0",
            b"1:",
            b"\xff",
        ] {
            assert_eq!(read(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_number_is_written_as_it_is_read() {
        for number in [0, 7, 10, 1200, u32::MAX] {
            assert_eq!(write(number), number.to_string());
        }
    }
}
