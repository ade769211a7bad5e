//! The platform's side, as small as can be: one user, what it counts, and the tokens
//! that its API takes. A Control Room's login displaces the token before; an
//! Orchestrator's tokens live side by side.
//!
//! It answers with the errors that the flows make of its answers; what they mean for
//! the session is decided by the production code ([`heard_as`]).

use std::collections::{BTreeMap, BTreeSet};

use rpa_auth_flows::{
    AuthError, LifetimeSource, NoAnswer, Oddity, Rejection, RejectionKind, Text, Throttling, Token,
    TokenHeader, TransportFailure,
};
use rpa_auth_session_protocol::{Digest, Flow, Outcome, Platform, Request};

use crate::scenario::Outage;

/// The lifetime of a token, in seconds.
pub(crate) const LIFETIME_S: u32 = 1_200;

/// What a `Retry-After` asks for, in seconds.
pub(crate) const RETRY_AFTER_S: u32 = 90;

/// A token's number: the platform counts what it issues.
pub(crate) type TokenId = u8;

/// The platform's side.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Room {
    pub(crate) platform: Platform,
    /// The number of refused logins in a row that disables the user.
    pub(crate) limit: u8,
    /// The secret that it takes now.
    pub(crate) good: u8,
    /// The tokens that the API takes, and when they were issued.
    live: BTreeMap<TokenId, u64>,
    /// When each token was issued or prolonged, the first one first.
    issued_at: Vec<u64>,
    /// Logins refused since the last good one.
    pub(crate) refusals: u8,
    /// The secrets that have ever logged in.
    pub(crate) logged_in: BTreeSet<u8>,
    /// The secrets that were ever refused.
    pub(crate) refused: BTreeSet<u8>,
    /// Whether a refresh gives the same token, with a new lifetime.
    refreshes_in_place: bool,
    /// Until when it is not well.
    pub(crate) outage: Option<Outage>,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// A token.
    Token(TokenId),
    /// Whether a token is good.
    Valid(bool),
    /// The logout is done.
    Done,
    /// An error.
    Error(AuthError),
}

/// An answer that is not the platform's own word on what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strange {
    /// 503, without a word on when to come again.
    Unavailable,
    /// 503 with a `Retry-After`.
    RetryAfter,
    /// 500 in the platform's own words.
    Error500,
    /// 200 with a page in HTML.
    Page,
    /// 403 without a code.
    Forbidden,
    /// 404.
    NotFound,
}

impl Room {
    pub(crate) fn new(platform: Platform, lockout_limit: u32, good: u8) -> Self {
        Self {
            platform,
            limit: u8::try_from(lockout_limit).unwrap_or(u8::MAX),
            good,
            live: BTreeMap::new(),
            issued_at: Vec::new(),
            refusals: 0,
            logged_in: BTreeSet::new(),
            refused: BTreeSet::new(),
            refreshes_in_place: false,
            outage: None,
        }
    }

    pub(crate) fn refreshing_in_place(mut self, refreshes_in_place: bool) -> Self {
        self.refreshes_in_place = refreshes_in_place;
        self
    }

    /// Whether a login ends the token before it.
    fn displaces(&self) -> bool {
        self.platform.flow() == Flow::ControlRoom
    }

    /// Whether the API takes a token.
    pub(crate) fn takes(&self, id: TokenId, now: u64) -> bool {
        let issued_at = self.live.get(&id);
        issued_at.is_some_and(|at| now - at < u64::from(LIFETIME_S) * 1_000)
    }

    /// Whether there is a token that the API takes.
    pub(crate) fn takes_any(&self, now: u64) -> bool {
        self.live.keys().any(|&id| self.takes(id, now))
    }

    /// The number of tokens that were issued.
    pub(crate) fn issued(&self) -> TokenId {
        u8::try_from(self.issued_at.len()).expect("a few tokens")
    }

    /// When a token was issued, or prolonged.
    pub(crate) fn issued_at(&self, id: TokenId) -> u64 {
        self.issued_at[usize::from(id) - 1]
    }

    /// Whether it is well.
    pub(crate) fn is_well(&self, now: u64) -> bool {
        self.outage.is_none_or(|outage| now >= outage.until)
    }

    /// Answers a request from a caller with this secret. In an outage it counts
    /// nothing: what it counted behind a strange answer is another action's.
    pub(crate) fn answer(&mut self, request: &Request, secret: u8, now: u64) -> Answer {
        if let Some(outage) = self.outage.filter(|outage| now < outage.until) {
            return outage.strange.answer();
        }
        match request {
            Request::Login if secret == self.good && self.refusals < self.limit => {
                self.refusals = 0;
                self.logged_in.insert(secret);
                self.refused.remove(&secret);
                Answer::Token(self.issue(now))
            }
            Request::Login => {
                self.refusals += 1;
                self.refused.insert(secret);
                Answer::Error(self.refusal())
            }
            Request::Refresh(token) if self.takes(id_of(token), now) => {
                Answer::Token(self.refresh(id_of(token), now))
            }
            Request::Refresh(_) => Answer::Error(self.refused_token()),
            Request::Probe => self.answer_to_a_probe(),
            Request::Check(token) => Answer::Valid(self.takes(id_of(token), now)),
            Request::Logout(token) => {
                self.live.remove(&id_of(token));
                Answer::Done
            }
        }
    }

    /// What it answers when it is well.
    fn answer_to_a_probe(&self) -> Answer {
        match self.platform.flow() {
            Flow::ControlRoom => Answer::Valid(false),
            Flow::Ropc => Answer::Error(self.refused_token()),
            Flow::ClientCredentials => Answer::Error(rejection(RejectionKind::NotFound, 405, None)),
        }
    }

    fn refresh(&mut self, id: TokenId, now: u64) -> TokenId {
        if !self.refreshes_in_place {
            return self.issue(now);
        }
        self.live.insert(id, now);
        self.issued_at[usize::from(id) - 1] = now;
        id
    }

    /// Issues a token, which displaces the one before on a Control Room.
    pub(crate) fn issue(&mut self, now: u64) -> TokenId {
        if self.displaces() {
            self.live.clear();
        }
        self.issued_at.push(now);
        let id = self.issued();
        self.live.insert(id, now);
        id
    }

    /// A token that was issued before the search began, and which nobody takes any
    /// more unless `lives`.
    pub(crate) fn has_issued(&mut self, lives: bool, now: u64) {
        let id = self.issue(now);
        if !lives {
            self.live.remove(&id);
        }
    }

    fn refusal(&self) -> AuthError {
        let (status, code) = match self.platform.flow() {
            Flow::ControlRoom => (401, None),
            Flow::Ropc => (400, Some("1000")),
            Flow::ClientCredentials => (401, Some("invalid_client")),
        };
        rejection(RejectionKind::CredentialsRejected, status, code)
    }

    fn refused_token(&self) -> AuthError {
        match self.platform.flow() {
            Flow::ClientCredentials => rejection(RejectionKind::NotFound, 405, None),
            Flow::ControlRoom | Flow::Ropc => rejection(RejectionKind::TokenRejected, 401, None),
        }
    }
}

impl Strange {
    /// Whether it says that the request counted for nothing.
    pub(crate) fn is_harmless(self) -> bool {
        matches!(self, Self::Unavailable | Self::RetryAfter | Self::NotFound)
    }

    pub(crate) fn answer(self) -> Answer {
        Answer::Error(match self {
            Self::Unavailable => throttling(None),
            Self::RetryAfter => throttling(Some(RETRY_AFTER_S)),
            Self::Error500 => rejection(RejectionKind::ServerError, 500, None),
            Self::Page => AuthError::UnexpectedResponse(Oddity {
                status: 200,
                what: "a page".into(),
            }),
            Self::Forbidden => rejection(RejectionKind::Forbidden, 403, None),
            Self::NotFound => rejection(RejectionKind::NotFound, 404, None),
        })
    }
}

/// What the production code takes an answer for.
pub(crate) fn heard_as(platform: Platform, request: &Request, answer: Answer) -> Outcome {
    match (request, answer) {
        (_, Answer::Token(id)) => Outcome::Token(Box::new(token(id)), digest(id)),
        (Request::Probe, Answer::Valid(_)) => Outcome::Fine,
        (_, Answer::Valid(is_good)) => Outcome::of_check(Ok(is_good)),
        (_, Answer::Done) => Outcome::Fine,
        (Request::Login, Answer::Error(error)) => Outcome::of_login(platform, error),
        (Request::Refresh(_), Answer::Error(error)) => Outcome::of_refresh(error),
        (Request::Check(_), Answer::Error(error)) => Outcome::of_check(Err(error)),
        (Request::Probe, Answer::Error(error)) => Outcome::of_probe(platform, error),
        (Request::Logout(_), Answer::Error(error)) => Outcome::of_logout(error),
    }
}

pub(crate) fn token(id: TokenId) -> Token {
    Token {
        header: TokenHeader::XAuthorization,
        value: id.to_string(),
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
pub(crate) fn lost() -> Answer {
    Answer::Error(AuthError::Unreachable(NoAnswer {
        failure: TransportFailure::Timeout,
        may_have_acted: true,
    }))
}

/// Whether an error is the platform's word on the credentials.
pub(crate) fn refuses_the_secret(error: &AuthError) -> bool {
    matches!(error, AuthError::Rejected(rejection)
        if rejection.kind == RejectionKind::CredentialsRejected)
}

fn throttling(retry_after_seconds: Option<u32>) -> AuthError {
    AuthError::Throttled(Throttling {
        status: 503,
        retry_after_seconds,
        code: None,
        message: None,
    })
}

fn rejection(kind: RejectionKind, status: u16, code: Option<&str>) -> AuthError {
    AuthError::Rejected(Rejection {
        kind,
        status,
        code: code.map(Text::from),
        message: None,
    })
}
