//! One account's shared session, whoever drives it: what the components that share
//! tokens have in common.
//!
//! - `keys` and `seal`: where an entry stands, and what stands there.
//! - `stored`: the entry in the store, and how it goes along when keys are rotated.
//! - `account` and `fold`: whose token it is, and which flows it takes.
//! - `session`: an account with its keys, and what this instance remembers.
//! - `machine`: a call of it, a step at a time.
//!
//! Nothing here does I/O: a driver sends the requests, and gives a clock, random bytes
//! and the store (`Outside`). On other targets than wasm only fold, keys and seal are
//! left, for their tests.

#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]
#![cfg_attr(
    not(any(target_family = "wasm", test)),
    allow(dead_code, reason = "used by the components")
)]

extern crate alloc;

#[cfg(target_family = "wasm")]
mod account;
#[cfg(target_family = "wasm")]
pub mod bindings;
#[cfg(target_family = "wasm")]
mod convert;
mod fold;
mod keys;
#[cfg(target_family = "wasm")]
mod machine;
#[cfg(target_family = "wasm")]
mod outside;
mod seal;
#[cfg(target_family = "wasm")]
mod session;
#[cfg(target_family = "wasm")]
mod stored;

#[cfg(target_family = "wasm")]
pub use {
    account::{Reply, attempt, outcome},
    convert::{SessionError, failure, grant},
    keys::Randomness,
    machine::{Given, Machine},
    outside::{Outside, StoredValue},
    rpa_auth_session_protocol as protocol,
    session::Session,
    stored::Visit,
};
