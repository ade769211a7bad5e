//! A token as people and programs are told of it.

use std::time::Duration;

use rpa_auth_host::{LifetimeSource, Token};
use serde_json::{Value, json};

use super::{moment, moment_for_programs};

pub(super) fn token_object(token: &Token) -> Value {
    let (name, value) = token.header();
    let expires = i64::try_from(token.expires_at_seconds).ok();
    json!({
        "value": token.value(),
        "header": { "name": name, "value": value },
        "lifetime_seconds": token.lifetime_seconds,
        "lifetime_source": lifetime_source(token.lifetime_source),
        "expires_at": expires.and_then(moment_for_programs),
        "expires_at_seconds": token.expires_at_seconds,
        "multiple_login": token.multiple_login,
        "scopes": token.scopes,
    })
}

pub(super) fn token_explained(token: &Token) -> String {
    let (name, value) = token.header();
    let value = value.replace(token.value(), "TOKEN");
    let lifetime = lifetime(Duration::from_secs(token.lifetime_seconds.into()));
    let learnt = match token.lifetime_source {
        LifetimeSource::Claims => "by the token's own claims",
        LifetimeSource::Response => "by the answer",
        LifetimeSource::DocumentedDefault => "by the platform's documentation",
    };
    let until = i64::try_from(token.expires_at_seconds).unwrap_or(i64::MAX);
    let until = moment(until);
    let beside = match token.multiple_login {
        Some(true) => " It lives beside the user's other sessions.",
        Some(false) => " It does not live beside the user's other sessions.",
        None => "",
    };
    let scopes = match &token.scopes {
        Some(scopes) => format!(" Granted: {}.", scopes.join(" ")),
        None => String::new(),
    };
    format!(
        "good for {lifetime} {learnt}, until {until}. Send it in the header `{name}: {value}`.\
         {beside}{scopes}"
    )
}

pub(super) fn lifetime(lifetime: Duration) -> String {
    match lifetime.as_secs() {
        seconds if seconds >= 120 && seconds.is_multiple_of(60) => {
            format!("{} minutes", seconds / 60)
        }
        seconds => format!("{seconds} seconds"),
    }
}

fn lifetime_source(source: LifetimeSource) -> &'static str {
    match source {
        LifetimeSource::Claims => "claims",
        LifetimeSource::Response => "response",
        LifetimeSource::DocumentedDefault => "documented-default",
    }
}
