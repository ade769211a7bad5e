//! What an answer of the platform means for the session: what is a verdict on
//! the secret, what may have counted, what is an outage.

use alloc::boxed::Box;

use rpa_auth_flows::{AuthError, Rejection, RejectionKind, Token};

use crate::{Digest, Flow, Platform};

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A new token, and its digest.
    Token(Box<Token>, Digest),
    /// The platform's verdict on the login: refused. It counts.
    Refused(AuthError),
    /// The platform says that the token is dead.
    TokenRefused,
    /// Nothing came of it, and nothing counts.
    Failed(AuthError),
    /// The login may have reached the platform and may have been counted as
    /// refused, and no verdict came back.
    Doubtful(AuthError),
    /// The platform is well (`Probe`), the token is good (`Check`), or it is gone
    /// (`Logout`).
    Fine,
}

impl Outcome {
    /// What the answer to a login means.
    ///
    /// - Harmless are: an argument that was refused here, 429 and 503, a redirect,
    ///   404, `invalid_scope` of client credentials, and what never left.
    /// - No verdict are: no answer, a 5xx, an answer that is none of this API's,
    ///   and a 403 without a code of the platform's own. Something in front, or a
    ///   platform that is not well, speaks there; it may have counted all the same.
    /// - Everything else without a token is a refusal. Refused credentials are one
    ///   whatever the status: a code has one meaning.
    pub fn of_login(platform: Platform, error: AuthError) -> Self {
        match &error {
            AuthError::InvalidArgument(_) | AuthError::Throttled(_) | AuthError::Redirected(_) => {
                Self::Failed(error)
            }
            AuthError::Unreachable(n) if !n.may_have_acted => Self::Failed(error),
            AuthError::Unreachable(_) => Self::Doubtful(error),
            AuthError::UnexpectedResponse(oddity) if oddity.status == 404 => Self::Failed(error),
            AuthError::UnexpectedResponse(_) | AuthError::Other(_) => Self::Doubtful(error),
            AuthError::Rejected(rejection) => match rejection.kind {
                _ if is_harmless(platform, rejection) => Self::Failed(error),
                RejectionKind::CredentialsRejected => Self::Refused(error),
                _ if rejection.status >= 500 => Self::Doubtful(error),
                RejectionKind::Forbidden if rejection.code.is_none() => Self::Doubtful(error),
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

    /// What the answer to a check of the current token means. Only the platform's
    /// own word counts; an error is none.
    pub fn of_check(answer: Result<bool, AuthError>) -> Self {
        match answer {
            Ok(true) => Self::Fine,
            Ok(false) => Self::TokenRefused,
            Err(error) => Self::Failed(error),
        }
    }

    /// What the answer to a call without credentials means. A platform that is
    /// well refuses the token or the request in its own words; an address that is
    /// not there, a page, or a 403 without a code is the word of something in
    /// front, or of a platform that is still starting.
    pub fn of_probe(platform: Platform, error: AuthError) -> Self {
        let is_well = match &error {
            AuthError::Rejected(rejection) => match rejection.kind {
                _ if rejection.status >= 500 => false,
                // A token endpoint takes no GET (RFC 6749, section 3.2).
                RejectionKind::NotFound => {
                    rejection.status == 405 && platform.flow() == Flow::ClientCredentials
                }
                // A Control Room says of its own accord that a token is not valid, and
                // that is no error: another 401 is the word of something in front.
                RejectionKind::TokenRejected => platform.flow() != Flow::ControlRoom,
                RejectionKind::Forbidden => rejection.code.is_some(),
                RejectionKind::CredentialsRejected | RejectionKind::RequestRejected => true,
                // What is not known to be a sign of health is none.
                _ => false,
            },
            _ => false,
        };
        if is_well {
            Self::Fine
        } else {
            Self::Failed(error)
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

/// A wrong address or a method that it does not take counts nothing, nor does a scope
/// that is not known: it says nothing about the secret (RFC 6749, section 5.2).
fn is_harmless(platform: Platform, rejection: &Rejection) -> bool {
    let is_a_scope = platform.flow() == Flow::ClientCredentials
        && rejection.code.as_deref() == Some("invalid_scope");
    matches!(rejection.status, 404 | 405 | 410) || is_a_scope
}
