//! Takes a shared token from the session's component, which keeps it in the store that it
//! is composed with. See README.md of `consumer` for how.

#![cfg(target_family = "wasm")]

use std::error::Error;
use std::sync::LazyLock;

use crate::rpa::auth::session::Session;
use crate::rpa::auth::session_types::{Account, ControlRoomAccount, Options};
use crate::rpa::auth::types::{
    ControlRoom, ControlRoomApi, ControlRoomCredentials, ControlRoomSecret, TransportOptions,
};

wit_bindgen::generate!({
    path: ["../../wit", "wit"],
    world: "example:consumer-session/consumer-session",
    generate_all,
});

struct Consumer;

export!(Consumer);

impl Guest for Consumer {
    fn token_for(url: String, user: String, password: String) -> Result<String, String> {
        let account = Account::ControlRoom(ControlRoomAccount {
            control_room: ControlRoom {
                transport: transport(&url),
                url,
                api: ControlRoomApi::V2,
            },
            credentials: ControlRoomCredentials {
                username: user,
                secret: ControlRoomSecret::Password(password),
                mfa_code: None,
                multiple_login: None,
            },
        });
        // wit-bindgen's `Display` prints all fields. None of a `session-error` is a secret.
        shared_token(&account).map_err(|error| error.to_string())
    }
}

fn shared_token(account: &Account) -> Result<String, Box<dyn Error>> {
    let session = Session::open(account, &options())?;
    Ok(session.token()?.token.value)
}

/// A plain address is for the simulators.
fn transport(url: &str) -> Option<TransportOptions> {
    url.starts_with("http://127.0.0.1:")
        .then_some(TransportOptions {
            allow_http: Some(true),
            connect_timeout_ms: None,
            first_byte_timeout_ms: None,
            between_bytes_timeout_ms: None,
            total_timeout_ms: None,
            headers: None,
        })
}

/// The keys are as old as the store, which is in this instance: nobody else needs them. A
/// store that others use too wants keys that they all have.
static KEYS: LazyLock<[[u8; 32]; 2]> = LazyLock::new(|| {
    let mut keys = [[0; 32]; 2];
    for key in &mut keys {
        getrandom::fill(key).expect("the host has random bytes");
    }
    keys
});

fn options() -> Options {
    let [place_key, sealing_key] = *KEYS;
    Options {
        place_key: place_key.to_vec(),
        next_place_key: None,
        former_place_keys: Vec::new(),
        sealing_keys: vec![sealing_key.to_vec()],
        patience_ms: None,
        max_staleness_ms: None,
        actor: None,
        name: None,
        lockout_limit: None,
    }
}
