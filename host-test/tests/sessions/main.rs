//! One token for everybody: the component that shares sessions, in a real wasmtime,
//! over real stores, against the simulators.
//!
//! The protocol's own times are real: a lease is ten seconds. Where a test waits for
//! one, nothing but its end can come next.

#![cfg(unix)]

mod accounts;
mod answers;
mod api;
mod arguments;
mod early;
mod ends;
mod faults;
mod limits;
mod many;
mod memory;
mod observed;
mod outages;
mod processes;
mod refusals;
mod rotation;
mod sealed;
mod sealing;
mod secrets;
mod sharing;
mod slow;
mod spy;
mod still_good;

use std::time::Duration;

use host_test::worker::Worker;
use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, Session, SessionKeys,
    Sessions, Store,
};
use simulators::control_room::User;

/// Less than any attempt needs: a call that gets no answer from its store ends soon.
const SHORT: Duration = Duration::from_secs(1);

fn keys() -> SessionKeys {
    SessionKeys::new([1; 32], [2; 32])
}

fn sessions(store: &Store) -> Sessions {
    sessions_with(store, keys())
}

fn sessions_with(store: &Store, keys: SessionKeys) -> Sessions {
    let builder = Plugin::builder();
    builder.build_sessions(store.clone(), keys).unwrap()
}

/// So many other processes over one store.
fn workers<const N: usize>(store: &str) -> [Worker; N] {
    Worker::several(env!("CARGO_BIN_EXE_session_worker"), store)
}

/// A Control Room with one user, ada.
async fn control_room() -> simulators::ControlRoom {
    let builder = simulators::ControlRoom::builder().user(User::new("ada", "password"));
    builder.start().await
}

fn room(url: &str) -> ControlRoom {
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = true;
    room
}

/// Ada's session with this password.
fn ada(sessions: &Sessions, url: &str, password: &str) -> Session {
    let credentials = ControlRoomCredentials::password("ada", password);
    sessions.session(Account::ControlRoom(room(url), credentials))
}

/// Lets there be no token, and nothing else be forgotten: the next call logs in.
async fn take_the_token_away(session: &Session) {
    session.end_for_all().await.unwrap();
    session.reopen().await.unwrap();
}

/// What a Control Room was asked, in short.
fn asked(room: &simulators::ControlRoom) -> Vec<String> {
    let short = |request: simulators::Recorded| match (&*request.method, request.path()) {
        ("POST", "/v1/authentication" | "/v2/authentication") => "login".to_owned(),
        ("POST", "/v1/authentication/token" | "/v2/authentication/token") => "refresh".to_owned(),
        ("GET", path) if path.starts_with("/v1/authentication/token") => "validate".to_owned(),
        (_, path) => path.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    room.requests().into_iter().map(short).collect()
}
