//! What the stores that are servers share: how to reach one, and one connection for all
//! callers.

mod links;
mod stream;

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use percent_encoding::percent_decode_str;

pub(super) use links::{Driver, Link, Links};
pub(super) use stream::{Stream, connect, secure};

/// Name, connection, TLS handshake and login together.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// One question and its answer.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How often a reader that waits looks by itself, though changes are announced: an
/// announcement can be lost, and nobody announces that an entry ran out.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Says whether a host is loopback, which nobody else hears. `localhost` is that
/// everywhere (RFC 6761, section 6.3); other names are not looked up.
pub(super) fn is_this_machine(host: &str) -> bool {
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    host == "localhost" || host.parse().is_ok_and(is_loopback)
}

/// Decodes a part of a URL; `None` where that is no UTF-8.
pub(super) fn decoded(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

/// Returns this machine's clock, in milliseconds since 1970.
pub(super) fn wall_clock() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or_default()
}
