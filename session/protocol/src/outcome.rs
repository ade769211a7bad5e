//! What an answer of the platform means for the session: what counts toward a
//! lock-out, what is an outage, what may be tried again.

use alloc::boxed::Box;

use rpa_auth_flows::{AuthError, Rejection, RejectionKind, Token};

use crate::{Digest, Platform};

/// How a token is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Renewal {
    /// With the credentials.
    Login,
    /// With the token.
    Refresh,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A new token, and its digest.
    Token(Box<Token>, Digest),
    /// The login was answered without a token, and may count toward a lock-out.
    Refused(AuthError),
    /// The token was refused.
    TokenRefused,
    /// Nothing came of it, and nothing counts.
    Failed(AuthError),
    /// The login may have reached the platform; its answer did not get here.
    Lost(AuthError),
    /// The platform is there (`Probe`), or the token is gone (`Logout`).
    Fine,
}

impl Outcome {
    /// What the answer to a login means. Every answer without a token counts as
    /// refused, unless it is known to be harmless. A 502 or 504 comes from a
    /// gateway that got no answer (RFC 9110, sections 15.6.3 and 15.6.5): it is
    /// a lost answer.
    pub fn of_login(platform: Platform, error: AuthError) -> Self {
        match &error {
            AuthError::InvalidArgument(_) | AuthError::Throttled(_) | AuthError::Redirected(_) => {
                Self::Failed(error)
            }
            AuthError::Unreachable(n) if n.may_have_acted => Self::Lost(error),
            AuthError::Unreachable(_) => Self::Failed(error),
            AuthError::Rejected(r) if is_harmless(platform, r) => Self::Failed(error),
            _ => match status(&error) {
                Some(404) => Self::Failed(error),
                Some(502 | 504) => Self::Lost(error),
                _ => Self::Refused(error),
            },
        }
    }

    /// What the answer to a refresh means. It proves nothing about the secret.
    pub fn of_refresh(error: AuthError) -> Self {
        match error {
            AuthError::Rejected(Rejection {
                kind: RejectionKind::TokenRejected,
                ..
            }) => Self::TokenRefused,
            error => Self::Failed(error),
        }
    }

    /// What the answer to a call without credentials means: a refusal is as good
    /// as any, a gateway's or a portal's word is none.
    pub fn of_probe(error: AuthError) -> Self {
        match error {
            AuthError::Rejected(Rejection { kind, .. }) if kind != RejectionKind::ServerError => {
                Self::Fine
            }
            error => Self::Failed(error),
        }
    }

    /// What the answer to a logout means: a token that is refused is logged out.
    pub fn of_logout(error: AuthError) -> Self {
        match Self::of_refresh(error) {
            Self::TokenRefused => Self::Fine,
            other => other,
        }
    }
}

/// A scope that is not known says nothing about the secret (RFC 6749, 5.2).
fn is_harmless(platform: Platform, rejection: &Rejection) -> bool {
    platform == Platform::ClientCredentials && rejection.code.as_deref() == Some("invalid_scope")
}

#[inline(never)]
fn status(error: &AuthError) -> Option<u16> {
    match error {
        AuthError::Rejected(r) => Some(r.status),
        AuthError::UnexpectedResponse(o) => Some(o.status),
        _ => None,
    }
}
