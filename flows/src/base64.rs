//! Base64 (RFC 4648), in a tenth of the size of a library: one is fast and the
//! other works in constant time, which a login now and then needs neither of.

use alloc::string::String;
use alloc::vec::Vec;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes the standard alphabet with padding (section 4).
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut encoded = String::new();
    for piece in bytes.chunks(3) {
        let byte = |i| piece.get(i).copied().unwrap_or_default();
        let mut group = u32::from_be_bytes([byte(0), byte(1), byte(2), 0]);
        for i in 0..4 {
            group = group.rotate_left(6);
            let letter = ALPHABET.get(group as usize & 63).copied();
            // n bytes need n + 1 characters.
            encoded.push(if i <= piece.len() {
                char::from(letter.unwrap_or_default())
            } else {
                '='
            });
        }
    }
    encoded
}

/// Reads the alphabet for URLs without padding (sections 5 and 3.2), as a JWT
/// has it. Bits that are left over must be zero (section 3.5).
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    // What grows leaves copies behind, each to be wiped.
    let mut decoded = Vec::with_capacity(text.len());
    // The bits that were read and not yet written are the lowest of these.
    let (mut bits, mut held) = (0_u32, 0_u32);
    for letter in text.bytes() {
        bits = (bits << 6) | u32::from(bits_of(letter)?);
        held = held.wrapping_add(6);
        if let Some(left) = held.checked_sub(8) {
            held = left;
            let [.., byte] = bits.wrapping_shr(held).to_be_bytes();
            decoded.push(byte);
        }
    }
    // A letter alone is less than a byte.
    let is_whole = held < 6 && bits & 1_u32.wrapping_shl(held).wrapping_sub(1) == 0;
    is_whole.then_some(decoded)
}

fn bits_of(letter: u8) -> Option<u8> {
    let (first, bits) = match letter {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'-' => (b'-', 62),
        b'_' => (b'_', 63),
        _ => return None,
    };
    Some(letter.wrapping_sub(first).wrapping_add(bits))
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Base64UrlUnpadded, Encoding};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_section_10_hold() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            let unpadded = text.trim_end_matches('=');
            assert_eq!(decode_url(unpadded).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn what_is_no_base64_for_urls_is_not_read() {
        for text in [
            "Z", "Zg==", "Zm9vY", "Zm8+", "Zm8/", "Zm 8", "Zm8\n", "Zh", "Zm9", "ü",
        ] {
            assert_eq!(decode_url(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_written_and_any_text_is_read_as_base64ct_does(
            bytes in proptest::collection::vec(any::<u8>(), 0..50),
            text in "[A-Za-z0-9_-]{0,12}",
            odd in "[A-Za-z0-9+/=_. -]{0,12}",
        ) {
            prop_assert_eq!(encode(&bytes), Base64::encode_string(&bytes));
            let encoded = Base64UrlUnpadded::encode_string(&bytes);
            prop_assert_eq!(decode_url(&encoded), Some(bytes));
            for text in [text, odd] {
                prop_assert_eq!(decode_url(&text), Base64UrlUnpadded::decode_vec(&text).ok());
            }
        }
    }
}
