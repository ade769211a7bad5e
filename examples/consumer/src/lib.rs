//! Logs in by way of the plugin, which is another component: the two are composed into one
//! file. See README.md for how.

#![cfg(target_family = "wasm")]

use crate::rpa::auth::auth::authenticate;
use crate::rpa::auth::types::{
    AuthError, ControlRoom, ControlRoomApi, ControlRoomCredentials, ControlRoomSecret,
    RejectionKind, TransportOptions,
};

// In a project of its own: `path: "wit"`, with a copy of our folder in `wit/deps/rpa-auth`.
wit_bindgen::generate!({
    path: ["../../wit", "wit"],
    world: "example:consumer/consumer",
    generate_all,
});

struct Consumer;

export!(Consumer);

impl Guest for Consumer {
    fn token_for(url: String, user: String, password: String) -> Result<String, String> {
        let room = ControlRoom {
            transport: transport(&url),
            url,
            api: ControlRoomApi::V2,
        };
        let credentials = ControlRoomCredentials {
            username: user,
            secret: ControlRoomSecret::Password(password),
            mfa_code: None,
            multiple_login: None,
        };
        match authenticate(&room, &credentials) {
            Ok(token) => Ok(token.value),
            Err(error) => Err(advice(&error)),
        }
    }
}

/// None is what a platform needs: TLS, and the limits of time that the contract says. A
/// plain address is for the simulators.
fn transport(url: &str) -> Option<TransportOptions> {
    url.starts_with("http://127.0.0.1:")
        .then_some(TransportOptions {
            allow_http: Some(true),
            ..DEFAULTS
        })
}

/// Whoever changes one of them writes that one, and takes the others from here.
const DEFAULTS: TransportOptions = TransportOptions {
    allow_http: None,
    connect_timeout_ms: None,
    first_byte_timeout_ms: None,
    between_bytes_timeout_ms: None,
    total_timeout_ms: None,
    headers: None,
};

fn advice(error: &AuthError) -> String {
    match error {
        AuthError::Rejected(rejection) if rejection.kind == RejectionKind::CredentialsRejected => {
            "the credentials are refused: ask a person, and do not try them again".to_owned()
        }
        // wit-bindgen's `Display` prints all fields. None of an `auth-error` is a secret.
        other => other.to_string(),
    }
}
