//! Ports for servers that cannot choose one themselves.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::TcpListener;

/// Returns a port that nobody has. It lies below those that a system gives to whoever asks
/// for any, so that nobody comes in between by chance.
pub(crate) fn free_port() -> u16 {
    let random = || RandomState::new().build_hasher().finish();
    let mut ports = std::iter::repeat_with(|| 10_000 + (random() % 20_000) as u16);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.find(is_free).expect("they do not end")
}
