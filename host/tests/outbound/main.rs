//! The host library's way out: client certificates, HTTP/2, proxies, files that
//! change, and what operators see of it.

mod endless;
mod files;
mod handshakes;
mod http2;
mod mtls;
mod names;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod observed;
mod proxies;

use rpa_auth_host::{
    AuthError, ControlRoom, ControlRoomApi, ControlRoomCredentials, Error, Plugin, Token,
    TransportFailure,
};
use simulators::Authority;
use simulators::control_room::User;

/// The names that every server here answers to.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// A Control Room over TLS with one user, ada.
async fn control_room(authority: &Authority) -> simulators::ControlRoom {
    let builder = simulators::ControlRoom::builder().user(User::new("ada", "password"));
    builder.tls(authority.server_config(&NAMES)).start().await
}

async fn log_in(plugin: &Plugin, url: &str) -> Result<Token, Error> {
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = true;
    let ada = ControlRoomCredentials::password("ada", "password");
    plugin.authenticate(&room, &ada).await
}

/// What kept a call from its answer, and whether the platform may have acted.
fn failure<T>(result: &Result<T, Error>) -> Option<(TransportFailure, bool)> {
    match result.as_ref().err()?.as_auth()? {
        AuthError::Unreachable(no_answer) => Some((no_answer.failure, no_answer.may_have_acted)),
        _ => None,
    }
}
