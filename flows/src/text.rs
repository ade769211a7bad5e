//! Text, put together, taken apart and encoded, for less than what `core` and
//! `alloc` have for any pattern and any kind of parts: 3 KB of the component.

use alloc::string::String;

/// The parts, one after the other.
#[inline(never)]
pub(crate) fn concat(parts: &[&str]) -> String {
    parts.iter().copied().collect()
}

/// What stands before the first `border`, an ASCII character, and what stands
/// behind it; all of the text and nothing where there is none.
#[inline(never)]
pub(crate) fn cut(text: &str, border: u8) -> (&str, Option<&str>) {
    debug_assert!(border.is_ascii());
    let at = text.bytes().position(|b| b == border).unwrap_or(text.len());
    let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    (before, rest.get(1..))
}

/// Whether one of the bytes is `b`.
#[inline(never)]
#[expect(
    clippy::manual_contains,
    reason = "`contains` is made for long slices, and six times as large"
)]
pub(crate) fn has(bytes: &[u8], b: u8) -> bool {
    bytes.iter().any(|&one| one == b)
}

/// A path segment of its own, whatever the text holds: all but the unreserved
/// characters is encoded (RFC 3986, section 2.3).
pub(crate) fn encode_segment(text: &str) -> String {
    percent_encode(text, b"-._~", "%20")
}

/// Percent-encodes all but letters, digits and what is in `kept`; `space` stands
/// for a space. Written here because the library's table alone is larger.
#[inline(never)]
pub(crate) fn percent_encode(text: &str, kept: &[u8], space: &str) -> String {
    let digit = |half: u8| {
        let digit = char::from_digit(half.into(), 16).unwrap_or_default();
        digit.to_ascii_uppercase()
    };
    let mut encoded = String::new();
    for b in text.bytes() {
        if b == b' ' {
            encoded.push_str(space);
        } else if b.is_ascii_alphanumeric() || has(kept, b) {
            encoded.push(char::from(b));
        } else {
            encoded.push('%');
            encoded.push(digit(b >> 4));
            encoded.push(digit(b & 15));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_the_first_border() {
        assert_eq!(cut("a:b:c", b':'), ("a", Some("b:c")));
        assert_eq!(cut(":", b':'), ("", Some("")));
        assert_eq!(cut("ä:ö", b':'), ("ä", Some("ö")));
        assert_eq!(cut("ä", b':'), ("ä", None));
        assert_eq!(cut("", b':'), ("", None));
    }

    #[test]
    fn parts_are_put_one_after_the_other() {
        assert_eq!(concat(&["a", "", "bc"]), "abc");
        assert_eq!(concat(&[]), "");
    }

    #[test]
    fn a_segment_holds_its_text_and_nothing_else() {
        assert_eq!(
            encode_segment("a/../b?c#d e%ä"),
            "a%2F..%2Fb%3Fc%23d%20e%25%C3%A4"
        );
        assert_eq!(encode_segment("Aa0-._~"), "Aa0-._~");
    }
}
