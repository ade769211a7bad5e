//! `WWW-Authenticate`: who asks for which proof (RFC 9110, section 11.6.1), and
//! what a platform says there of a token (RFC 6750, section 3).

use alloc::string::String;
use alloc::vec::Vec;

use crate::text::has;

/// What the challenges of one answer say.
#[derive(Default)]
pub(crate) struct Challenges {
    /// `error` of a `Bearer` challenge.
    pub(crate) error: Option<String>,
    /// `error_description` of a `Bearer` challenge.
    pub(crate) description: Option<String>,
    /// Whether one of them is of the scheme `Bearer`.
    pub(crate) has_bearer: bool,
    /// The scheme of a web server or proxy that wants a sign-in of its own.
    pub(crate) sign_in: Option<SignIn>,
}

/// A scheme that neither platform's API has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// `Negotiate` (RFC 4559) or `NTLM`.
    Windows,
    /// `Basic` (RFC 7617).
    Basic,
    /// `Digest` (RFC 7616).
    Digest,
}

impl Challenges {
    /// Reads the header's values, with commas between them. What cannot be read is
    /// passed over.
    #[inline(never)]
    pub(crate) fn read(values: &str) -> Self {
        let mut all = Self::default();
        let mut is_bearer = false;
        let mut rest = Rest(values.as_bytes());
        while !rest.0.is_empty() {
            let word = rest.take(is_token_byte);
            if word.is_empty() {
                rest.takes_any();
                continue;
            }
            rest.take(is_blank);
            if rest.0.first() == Some(&b'=') {
                rest.takes_any();
                let value = rest.value();
                if is_bearer && word.eq_ignore_ascii_case(b"error") {
                    all.error = value;
                } else if is_bearer && word.eq_ignore_ascii_case(b"error_description") {
                    all.description = value;
                }
                continue;
            }
            is_bearer = word.eq_ignore_ascii_case(b"bearer");
            all.has_bearer |= is_bearer;
            for &(name, sign_in) in &SIGN_INS {
                if all.sign_in.is_none() && word.eq_ignore_ascii_case(name) {
                    all.sign_in = Some(sign_in);
                }
            }
        }
        all
    }
}

const SIGN_INS: [(&[u8], SignIn); 4] = [
    (b"negotiate", SignIn::Windows),
    (b"ntlm", SignIn::Windows),
    (b"basic", SignIn::Basic),
    (b"digest", SignIn::Digest),
];

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// As many bytes of a kind as come next.
    #[inline(never)]
    fn take(&mut self, is_one: fn(u8) -> bool) -> &'a [u8] {
        let length = self.0.iter().take_while(|&&b| is_one(b)).count();
        let (these, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        these
    }

    fn takes_any(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The value of a parameter, in quotation marks or not.
    fn value(&mut self) -> Option<String> {
        self.take(is_blank);
        let mut value = Vec::new();
        if self.0.first() != Some(&b'"') {
            value.extend_from_slice(self.take(|b| !has(b", \t", b)));
            return String::from_utf8(value).ok();
        }
        self.takes_any();
        while let Some(b) = self.takes_any() {
            match b {
                b'"' => break,
                b'\\' => value.extend(self.takes_any()),
                b => value.push(b),
            }
        }
        String::from_utf8(value).ok()
    }
}

fn is_blank(b: u8) -> bool {
    has(b" \t", b)
}

/// RFC 9110, section 5.6.2, and what section 11.2 has besides for `token68`, but
/// for its closing `=`: those are then read as a parameter that nobody asks for.
fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || has(b"!#$%&'*+-.^_`|~/", b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bearer_challenge_tells_its_error_and_its_words() {
        for (values, error, words) in [
            ("Bearer", None, None),
            (r#"Bearer realm="x""#, None, None),
            (
                r#"Bearer error="invalid_token", error_description="The audience 'empty' is invalid""#,
                Some("invalid_token"),
                Some("The audience 'empty' is invalid"),
            ),
            (
                r#"bEARER realm="a, b", Error = invalid_token ,ERROR_description="say \"no\" \\""#,
                Some("invalid_token"),
                Some(r#"say "no" \"#),
            ),
            (r#"Negotiate oYG1==, Bearer error="e""#, Some("e"), None),
            (
                r#"Bearer error="e", Negotiate, Basic error="x""#,
                Some("e"),
                None,
            ),
            (r#"Basic error="x""#, None, None),
            (r#"error="x""#, None, None),
            (r#"Bearer error="never closed"#, Some("never closed"), None),
            (r#"Bearer error="ends in \"#, Some("ends in "), None),
            ("Bearer error=", Some(""), None),
            ("Bearer ;;;, error=e", Some("e"), None),
            ("", None, None),
            (", ,", None, None),
            ("\u{e4}", None, None),
        ] {
            let read = Challenges::read(values);
            assert_eq!(read.error.as_deref(), error, "{values}");
            assert_eq!(read.description.as_deref(), words, "{values}");
        }
    }

    #[test]
    fn a_sign_in_of_a_web_server_is_told_by_its_scheme() {
        for (values, sign_in, has_bearer) in [
            ("Negotiate", Some(SignIn::Windows), false),
            ("NTLM", Some(SignIn::Windows), false),
            ("negotiate, ntlm", Some(SignIn::Windows), false),
            ("Negotiate oYG1/x+==", Some(SignIn::Windows), false),
            (r#"Basic realm="NTLM""#, Some(SignIn::Basic), false),
            (
                r#"Digest realm="x", qop="auth", nonce="y""#,
                Some(SignIn::Digest),
                false,
            ),
            (r#"Bearer realm="Negotiate, NTLM""#, None, true),
            ("Bearer, NTLM", Some(SignIn::Windows), true),
            (r#"NTLM, Bearer error="x""#, Some(SignIn::Windows), true),
            ("Negotiated", None, false),
            ("", None, false),
        ] {
            let read = Challenges::read(values);
            assert_eq!(
                (read.sign_in, read.has_bearer),
                (sign_in, has_bearer),
                "{values}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_value_can_make_it_panic_or_hang(values in r#"([ ,="\\a\t\u{e4}]|Bearer|error){0,30}"#) {
            let _ = Challenges::read(&values);
        }
    }
}
