//! A Control Room as `host-test`'s simulator has it, as small as can be: one
//! user, one live token, three refused logins disable.

use std::collections::BTreeSet;

use rpa_auth_flows::{
    AuthError, LifetimeSource, NoAnswer, Rejection, RejectionKind, Throttling, Token, TokenHeader,
    TransportFailure,
};
use rpa_auth_session_protocol::{Digest, Outcome, Request};

/// The lifetime of a token, in seconds.
pub(crate) const LIFETIME_S: u32 = 1_200;

/// A token's number: the platform counts what it issues.
pub(crate) type TokenId = u8;

/// The platform's side.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Room {
    /// The secret that it takes now.
    pub(crate) good: u8,
    /// The token that the API takes.
    pub(crate) live: Option<TokenId>,
    /// How many tokens it has issued.
    pub(crate) issued: TokenId,
    /// Logins refused since the last good one.
    pub(crate) refusals: u8,
    /// The secrets that have ever logged in.
    pub(crate) logged_in: BTreeSet<u8>,
}

impl Room {
    pub(crate) fn new(good: u8) -> Self {
        Self {
            good,
            live: None,
            issued: 0,
            refusals: 0,
            logged_in: BTreeSet::new(),
        }
    }

    /// Answers a request from a caller with this secret.
    pub(crate) fn answer(&mut self, request: &Request, secret: u8) -> Outcome {
        match request {
            Request::Login if secret == self.good && self.refusals < 3 => {
                self.refusals = 0;
                self.logged_in.insert(secret);
                self.issue()
            }
            Request::Login => {
                self.refusals += 1;
                Outcome::Refused(refused())
            }
            Request::Refresh(token) if self.live == Some(id_of(token)) => self.issue(),
            Request::Refresh(_) => Outcome::TokenRefused,
            Request::Probe => Outcome::Fine,
            Request::Logout(token) => {
                if self.live == Some(id_of(token)) {
                    self.live = None;
                }
                Outcome::Fine
            }
        }
    }

    /// A new token, which displaces the one before.
    pub(crate) fn issue(&mut self) -> Outcome {
        self.issued += 1;
        self.live = Some(self.issued);
        Outcome::Token(Box::new(token(self.issued)), digest(self.issued))
    }
}

pub(crate) fn token(id: TokenId) -> Token {
    Token {
        value: id.to_string(),
        header: TokenHeader::XAuthorization,
        lifetime_seconds: LIFETIME_S,
        lifetime_source: LifetimeSource::DocumentedDefault,
        expires_at_seconds: 0,
        multiple_login: None,
        scopes: None,
    }
}

pub(crate) fn digest(id: TokenId) -> Digest {
    [id; 16]
}

pub(crate) fn id_of(token: &str) -> TokenId {
    token.parse().expect("a token of this platform")
}

/// What a caller learns of an answer that is lost.
pub(crate) fn lost(request: &Request) -> Outcome {
    let error = AuthError::Unreachable(NoAnswer {
        failure: TransportFailure::Timeout,
        may_have_acted: true,
    });
    match request {
        Request::Login => Outcome::Lost(error),
        _ => Outcome::Failed(error),
    }
}

/// What something before the platform says that has not passed a request on.
pub(crate) fn turned_away() -> Outcome {
    Outcome::Failed(AuthError::Throttled(Throttling {
        status: 503,
        retry_after_seconds: None,
        code: None,
        message: None,
    }))
}

fn refused() -> AuthError {
    AuthError::Rejected(Rejection {
        kind: RejectionKind::CredentialsRejected,
        status: 401,
        code: None,
        message: None,
    })
}
