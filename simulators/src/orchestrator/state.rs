//! What an Orchestrator remembers: tokens and refused logins.
//!
//! Nothing is displaced here, and there is no logout (doc).

use std::{collections::HashMap, sync::Mutex, time::Duration};

use jsonwebtoken::Algorithm;
use serde_json::json;

use super::{
    account::Account,
    settings::{Settings, TokenKind},
};
use crate::{
    clock::{Clock, millis},
    exchange::lock,
    jwt,
};

pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) book: Mutex<Book>,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            clock: Clock::new(settings.clock_offset_seconds),
            settings,
            book: Mutex::default(),
        }
    }

    /// Makes a token for `holder` that the API takes.
    pub(super) fn issue(&self, holder: Holder, kind: TokenKind, lifetime: Duration) -> String {
        let now_ms = self.clock.now_ms();
        let token = match kind {
            TokenKind::Opaque => jwt::random_hex(20),
            TokenKind::Jwt => token(&holder, now_ms / 1000, millis(lifetime) / 1000),
        };
        lock(&self.book).tokens.push(Issued {
            token: token.clone(),
            holder,
            expires_ms: now_ms + millis(lifetime),
        });
        token
    }

    /// Whom a token that is good now speaks for.
    pub(super) fn holder(&self, token: &str) -> Option<Holder> {
        let now_ms = self.clock.now_ms();
        let book = lock(&self.book);
        let issued = book.tokens.iter().find(|issued| issued.token == token)?;
        (now_ms < issued.expires_ms).then(|| issued.holder.clone())
    }
}

/// All that changes.
#[derive(Default)]
pub(super) struct Book {
    pub(super) logins_asked: u64,
    pub(super) logins_granted: u64,
    pub(super) grants_asked: u64,
    pub(super) grants_granted: u64,
    tokens: Vec<Issued>,
    /// By tenant and user name, known or not.
    refusals: HashMap<(String, String), u32>,
}

impl Book {
    pub(super) fn refused(&self, tenancy: &str, name: &str) -> u32 {
        let key = (tenancy.to_owned(), name.to_owned());
        self.refusals.get(&key).copied().unwrap_or_default()
    }

    pub(super) fn refuse(&mut self, tenancy: &str, name: &str) {
        let key = (tenancy.to_owned(), name.to_owned());
        *self.refusals.entry(key).or_default() += 1;
    }

    pub(super) fn forget_refusals(&mut self, tenancy: &str, name: &str) {
        self.refusals.remove(&(tenancy.to_owned(), name.to_owned()));
    }

    pub(super) fn revoke(&mut self, token: &str) {
        self.tokens.retain(|issued| issued.token != token);
    }
}

/// Whom a token speaks for.
#[derive(Clone)]
pub(super) enum Holder {
    User(Account),
    Application { id: String, scopes: Vec<String> },
}

struct Issued {
    token: String,
    holder: Holder,
    expires_ms: i64,
}

/// Which claims there are is open; the plugin's flows read `iat` and `exp` only.
fn token(holder: &Holder, issued: i64, lifetime: i64) -> String {
    let mut claims = json!({
        "iss": "https://uipath.example.com/identity",
        "aud": "UiPath.Orchestrator",
        "nbf": issued,
        "iat": issued,
        "exp": issued + lifetime,
        // Two tokens of one second differ by it.
        "jti": jwt::random_hex(2),
    });
    match holder {
        Holder::User(account) => {
            claims["sub"] = account.name.as_str().into();
            claims["tenancy"] = account.tenancy.as_str().into();
        }
        Holder::Application { id, scopes } => {
            claims["client_id"] = id.as_str().into();
            claims["scope"] = scopes.as_slice().into();
        }
    }
    jwt::sign(Algorithm::RS256, Some("JWT"), &claims)
}
