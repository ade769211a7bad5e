//! Header fields that cannot break out of their line.
//!
//! RFC 9110, section 5.5: a field value with CR, LF or NUL is dangerous and
//! must be refused. Visible ASCII, space and tab are all that is let through.

use alloc::borrow::Cow;

use crate::text::has;
use crate::{AuthError, Result};

/// A header field of a request.
///
/// It has no `Debug`: the value may be a secret.
#[derive(Clone)]
pub struct Header<'a> {
    name: &'a str,
    value: Cow<'a, str>,
}

impl<'a> Header<'a> {
    /// A header that a caller gave. Its name must be a token (RFC 9110,
    /// section 5.6.2), its value visible ASCII, space and tab.
    pub fn parse(name: &'a str, value: &'a str) -> Result<Self> {
        let problem = if name.is_empty() || !name.bytes().all(is_token_byte) {
            "a name is not a header name (RFC 9110, section 5.6.2)"
        } else if !value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')) {
            "a value holds a character that a header cannot carry"
        } else {
            return Ok(Self::own(name, value));
        };
        Err(AuthError::invalid("transport.headers", problem))
    }

    /// A header of a flow's own, whose value is known to be safe.
    pub(crate) fn own(name: &'a str, value: impl Into<Cow<'a, str>>) -> Self {
        Self {
            name,
            value: value.into(),
        }
    }

    /// The field name, as it is sent.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The field value. It may be a secret: keep it out of logs.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Whether a text can be a token of the platforms: something, and only what a
/// header carries without a second thought.
pub(crate) fn is_visible_ascii(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || has(b"!#$%&'*+-.^_`|~", b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parses(name: &str, value: &str) -> bool {
        Header::parse(name, value).is_ok()
    }

    #[test]
    fn a_name_is_a_token() {
        assert!(parses("X-Gateway_Key", "1"));
        for name in ["", "a b", "a:b", "a\r\nb", "ä", "a\0"] {
            assert!(!parses(name, "1"), "{name:?}");
        }
    }

    #[test]
    fn a_value_cannot_end_its_line() {
        assert!(parses("a", "one two\tthree ~"));
        assert!(parses("a", ""));
        for value in ["a\r\nB: c", "a\n", "a\r", "\0", "\u{7f}", "ä"] {
            assert!(!parses("a", value), "{value:?}");
        }
    }

    #[test]
    fn a_refused_value_is_not_repeated_in_the_error() {
        let error = Header::parse("a", "s3cret\n").err().unwrap();
        assert!(matches!(*error, AuthError::InvalidArgument(text) if !text.contains("s3cret")));
    }
}
