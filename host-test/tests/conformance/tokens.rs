//! The whole of a token record, held against what a platform gave.

use rpa_auth_host::{LifetimeSource, Token};

use super::support::now;

/// What a token has to be. The rest is checked by [`Wanted::check`] alone: the
/// header's value, and when the token expires.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub header: &'a str,
    pub lifetime_seconds: u32,
    pub lifetime_source: LifetimeSource,
    pub multiple_login: Option<bool>,
    pub scopes: Option<&'a [&'a str]>,
}

impl Wanted<'_> {
    /// What a Control Room's token is in general.
    pub const CONTROL_ROOM: Self = Self {
        header: "X-Authorization",
        lifetime_seconds: 1200,
        lifetime_source: LifetimeSource::Claims,
        multiple_login: Some(false),
        scopes: None,
    };

    /// What a user's token of an Orchestrator is in general.
    pub const ORCHESTRATOR: Self = Self {
        header: "Authorization",
        lifetime_seconds: 1800,
        lifetime_source: LifetimeSource::DocumentedDefault,
        multiple_login: None,
        scopes: None,
    };

    /// Checks a token that was asked for at `asked`, by the machine's clock.
    #[track_caller]
    pub fn check(&self, token: &Token, asked: u64) {
        let value = match self.header {
            "Authorization" => format!("Bearer {}", token.value()),
            _ => token.value().to_owned(),
        };
        assert_eq!(token.header(), (self.header, value.as_str()));
        assert_eq!(
            (token.lifetime_seconds, token.lifetime_source),
            (self.lifetime_seconds, self.lifetime_source)
        );
        let lifetime = u64::from(self.lifetime_seconds);
        let expiry = asked + lifetime..=now() + lifetime;
        assert!(
            expiry.contains(&token.expires_at_seconds),
            "{} is not in {expiry:?}",
            token.expires_at_seconds
        );
        assert_eq!(token.multiple_login, self.multiple_login);
        let scopes = self.scopes.map(|scopes| {
            let scopes = scopes.iter().map(|scope| (*scope).to_owned());
            scopes.collect::<Vec<String>>()
        });
        assert_eq!(token.scopes, scopes);
    }
}
