//! The tokens a Control Room gave out, and which of them it still takes.
//!
//! A user has one place for a plain session, one for a `multipleLogin` session
//! and any number of API key sessions. A new session displaces what stands in
//! its place, and nothing else (doc).

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
    /// None while nothing but time ends it.
    end: Option<Bad>,
}

#[derive(Default)]
pub(super) struct Sessions(Vec<Session>);

impl Sessions {
    /// Starts a session and displaces those in its place.
    pub(super) fn start(&mut self, user: &str, kind: Kind, token: &str, expires_ms: i64) {
        let displaced = |session: &&mut Session| {
            kind != Kind::ApiKey && session.user == user && session.kind == kind
        };
        for session in self.0.iter_mut().filter(displaced) {
            session.end.get_or_insert(Bad::Displaced);
        }
        self.add(user, kind, token, expires_ms);
    }

    /// Adds a token to a session that goes on: nothing is displaced.
    pub(super) fn add(&mut self, user: &str, kind: Kind, token: &str, expires_ms: i64) {
        self.0.push(Session {
            user: user.to_owned(),
            kind,
            token: token.to_owned(),
            expires_ms,
            end: None,
        });
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
