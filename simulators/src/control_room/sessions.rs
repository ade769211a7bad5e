//! The tokens a Control Room gave out, and which of them it still takes.
//!
//! A user has one place for a plain session, one for a `multipleLogin` session
//! and any number of API key sessions. A new session displaces what stands in
//! its place, and nothing else (doc).

use std::time::Instant;

/// A token as it was given out, without its text.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Counts the tokens of this Control Room from 1.
    pub number: u64,
    /// Whose it is.
    pub user: String,
    /// When it was given out.
    pub at: Instant,
    /// What ended it, if a later login of the same user did.
    pub displaced: Option<Displacement>,
}

/// A login that ended an earlier token.
#[derive(Clone, Copy, Debug)]
pub struct Displacement {
    /// When.
    pub at: Instant,
    /// The number of the token that the login gave.
    pub by: u64,
}

/// The place of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A login without `multipleLogin`: a person, or a program that did not ask.
    Person,
    /// A login with `multipleLogin`, where that is allowed.
    Beside,
    /// A login with an API key.
    ApiKey,
}

impl Kind {
    /// What the token's `multipleLogin` claim says.
    pub(super) fn is_beside(self) -> bool {
        self != Self::Person
    }
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// Never given out, or changed on the way.
    Unknown,
    Expired,
    /// By a later login.
    Displaced,
    /// Logged out, or exchanged for a new one.
    Ended,
}

#[derive(Clone)]
pub(super) struct Session {
    pub(super) user: String,
    pub(super) kind: Kind,
    token: String,
    expires_ms: i64,
    issued: Instant,
    /// None while nothing but time ends it.
    end: Option<Bad>,
    displacement: Option<Displacement>,
}

#[derive(Default)]
pub(super) struct Sessions(Vec<Session>);

impl Sessions {
    /// Starts a session and displaces those in its place. Returns its token's number.
    pub(super) fn start(&mut self, user: &str, kind: Kind, token: &str, expires_ms: i64) -> u64 {
        let displacement = Displacement {
            at: Instant::now(),
            by: self.count() + 1,
        };
        let displaced = |session: &&mut Session| {
            kind != Kind::ApiKey && session.user == user && session.kind == kind
        };
        for session in self.0.iter_mut().filter(displaced) {
            if session.end.is_none() {
                session.end = Some(Bad::Displaced);
                session.displacement = Some(displacement);
            }
        }
        self.add(user, kind, token, expires_ms)
    }

    /// Adds a token to a session that goes on: nothing is displaced. Returns its number.
    pub(super) fn add(&mut self, user: &str, kind: Kind, token: &str, expires_ms: i64) -> u64 {
        self.0.push(Session {
            user: user.to_owned(),
            kind,
            token: token.to_owned(),
            expires_ms,
            issued: Instant::now(),
            end: None,
            displacement: None,
        });
        self.count()
    }

    fn count(&self) -> u64 {
        self.0.len() as u64
    }

    pub(super) fn issued(&self) -> Vec<Issued> {
        let numbered = (1..).zip(&self.0);
        numbered
            .map(|(number, session)| Issued {
                number,
                user: session.user.clone(),
                at: session.issued,
                displaced: session.displacement,
            })
            .collect()
    }

    /// Ends a token: it was logged out or exchanged.
    pub(super) fn end(&mut self, token: &str) {
        if let Some(session) = self.0.iter_mut().find(|session| session.token == token) {
            session.end.get_or_insert(Bad::Ended);
        }
    }

    /// The session of a token that is taken at `now_ms`.
    pub(super) fn find(&self, token: &str, now_ms: i64) -> Result<Session, Bad> {
        let session = self.0.iter().find(|session| session.token == token);
        let session = session.ok_or(Bad::Unknown)?;
        if let Some(bad) = session.end {
            return Err(bad);
        }
        if now_ms >= session.expires_ms {
            return Err(Bad::Expired);
        }
        Ok(session.clone())
    }

    pub(super) fn live_of(&self, user: &str, now_ms: i64) -> Vec<String> {
        self.0
            .iter()
            .filter(|session| session.user == user)
            .filter(|session| session.end.is_none() && now_ms < session.expires_ms)
            .map(|session| session.token.clone())
            .collect()
    }
}
