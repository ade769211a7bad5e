//! A token, its claims and its lifetime.
//!
//! A token of these platforms can be read but not verified: a Control Room
//! publishes no key. Its claims are therefore hints. What cannot be used among
//! them is never an error, the next best source is taken instead.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::header::is_visible_ascii;
use crate::json::Object;
use crate::refusal::odd;
use crate::text::{concat, cut, has};
use crate::{Answer, AuthError, HeaderField, Result, Text, base64};

/// A token, ready for use. Its `Debug` leaves the token out.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token {
    /// The token itself. A secret.
    pub value: String,
    /// The header that carries it.
    pub header: TokenHeader,
    /// Lifetime left when the answer came, in seconds.
    pub lifetime_seconds: u32,
    /// Where that was learnt.
    pub lifetime_source: LifetimeSource,
    /// In Unix seconds, by the local clock.
    pub expires_at_seconds: u64,
    /// A Control Room token's claim to live beside the user's other sessions.
    pub multiple_login: Option<bool>,
    /// What an identity server granted, where it said so.
    pub scopes: Option<Vec<String>>,
}

impl Token {
    /// A token that came with `answer`. `response_lifetime` is what the answer
    /// says of it, `default_lifetime` what the platform documents, in seconds.
    #[inline(never)]
    pub(crate) fn received(
        value: String,
        header: TokenHeader,
        answer: &Answer,
        response_lifetime: Option<u64>,
        default_lifetime: u32,
    ) -> Result<Self> {
        if !is_visible_ascii(&value) {
            let what = "the token holds characters that no header can carry";
            return Err(odd(answer.status, what));
        }
        let payload = payload(&value);
        let claims = payload.as_deref().and_then(Object::parse);
        let claimed = claims.as_ref().and_then(claimed_lifetime);
        let (lifetime_seconds, lifetime_source) =
            match (claimed, response_lifetime.and_then(usable)) {
                (Some(seconds), _) => (seconds, LifetimeSource::Claims),
                (None, Some(seconds)) => (seconds, LifetimeSource::Response),
                (None, None) => (default_lifetime, LifetimeSource::DocumentedDefault),
            };
        Ok(Self {
            value,
            header,
            lifetime_seconds,
            lifetime_source,
            expires_at_seconds: answer
                .received_at_seconds
                .saturating_add(u64::from(lifetime_seconds)),
            multiple_login: match header {
                TokenHeader::XAuthorization => claims.and_then(|c| c.bool("multipleLogin")),
                TokenHeader::Bearer => None,
            },
            scopes: None,
        })
    }
}

/// A token with the header that carries it written out: the contract's `token`. Its
/// `Debug` leaves the token out.
#[derive(Clone)]
pub struct TokenWithHeader {
    /// The token itself. A secret.
    pub value: Text,
    /// The header that carries it.
    pub header: HeaderField<Text>,
    /// Lifetime left, in seconds.
    pub lifetime_seconds: u32,
    /// Where that was learnt.
    pub lifetime_source: LifetimeSource,
    /// In Unix seconds, by the local clock.
    pub expires_at_seconds: u64,
    /// A Control Room token's claim to live beside the user's other sessions.
    pub multiple_login: Option<bool>,
    /// What an identity server granted, where it said so.
    pub scopes: Option<Vec<String>>,
}

impl From<Token> for TokenWithHeader {
    fn from(token: Token) -> Self {
        Self {
            header: HeaderField {
                name: token.header.name().into(),
                value: token.header.value(&token.value).into(),
            },
            value: token.value.into(),
            lifetime_seconds: token.lifetime_seconds,
            lifetime_source: token.lifetime_source,
            expires_at_seconds: token.expires_at_seconds,
            multiple_login: token.multiple_login,
            scopes: token.scopes,
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted(f, self.lifetime_seconds, self.lifetime_source)
    }
}

impl fmt::Debug for TokenWithHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted(f, self.lifetime_seconds, self.lifetime_source)
    }
}

/// What may be shown of a token.
fn redacted(f: &mut fmt::Formatter<'_>, seconds: u32, source: LifetimeSource) -> fmt::Result {
    f.debug_struct("Token")
        .field("value", &format_args!("[redacted]"))
        .field("lifetime_seconds", &seconds)
        .field("lifetime_source", &source)
        .finish_non_exhaustive()
}

/// The header that carries a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenHeader {
    /// `X-Authorization: {token}`, for a Control Room.
    XAuthorization,
    /// `Authorization: Bearer {token}` (RFC 6750, section 2.1).
    Bearer,
}

impl TokenHeader {
    /// The field name.
    pub fn name(self) -> &'static str {
        match self {
            Self::XAuthorization => "X-Authorization",
            Self::Bearer => "Authorization",
        }
    }

    /// The field value with the token in it.
    pub fn value(self, token: &str) -> String {
        match self {
            Self::XAuthorization => token.into(),
            Self::Bearer => concat(&["Bearer ", token]),
        }
    }
}

/// Where a token's lifetime was learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifetimeSource {
    /// `exp` minus `iat` of the token itself.
    Claims,
    /// A field of the answer that carried the token.
    Response,
    /// The platform's documented default.
    DocumentedDefault,
}

/// Refuses a token that was passed in and that no header or URL can carry, or that
/// stands in what it came in. Any other visible ASCII may be real: a token need not
/// be a JWT.
pub(crate) fn check_token(token: &str) -> Result<()> {
    let begins = |with: &[u8]| {
        let start = token.as_bytes().get(..with.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    let problem = if token.is_empty() {
        "is empty"
    } else if begins(b"{") {
        "is a whole JSON answer; give the token in it alone"
    } else if begins(b"\"") || begins(b"'") {
        "stands in quotation marks; leave them out"
    } else if begins(b"bearer ") {
        "begins with Bearer; give what stands behind it"
    } else if begins(b"authorization:") || begins(b"x-authorization:") {
        "begins with the name of its header; give the token alone"
    } else if !is_visible_ascii(token) {
        "holds a space, a line break or what else no token has"
    } else {
        return Ok(());
    };
    Err(AuthError::invalid("token", problem))
}

/// The payload of a JWT (RFC 7519, section 7.2) without a look at its signature.
fn payload(token: &str) -> Option<Vec<u8>> {
    let (_header, rest) = cut(token, b'.');
    let (payload, signature) = cut(rest?, b'.');
    if has(signature?.as_bytes(), b'.') {
        return None;
    }
    base64::decode_url(payload)
}

/// `exp - iat`, counted from the moment of receipt: the clocks of platform and
/// caller may differ, their seconds do not.
fn claimed_lifetime(claims: &Object<'_>) -> Option<u32> {
    usable(claims.seconds("exp")?.checked_sub(claims.seconds("iat")?)?)
}

/// A lifetime that is one: not zero, and no more than 136 years.
fn usable(seconds: u64) -> Option<u32> {
    u32::try_from(seconds).ok().filter(|&seconds| seconds > 0)
}

#[cfg(test)]
mod tests;
