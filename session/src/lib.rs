//! The component `shared-session`: the plugin, and sessions that share one token
//! per account through a store.
//!
//! - `keys` and `seal`: where an entry stands, and what stands there; without I/O.
//! - `stored`: the entry in the store, and how it goes along when keys are rotated.
//! - `account` and `fold`: whose token it is, and which flows it takes.
//! - `driver`: runs the protocol's machines over the store and the platform.
//! - `exports`: the interface `session`, and the plugin's.
//!
//! On other targets than wasm only fold, keys and seal are left, for their tests: a
//! component's exports have names that no native linker takes.

#![cfg_attr(target_family = "wasm", no_std)]
#![cfg_attr(
    target_family = "wasm",
    allow(unsafe_code, reason = "exported functions need unmangled names")
)]
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
    allow(dead_code, reason = "used by the component")
)]

extern crate alloc;

#[cfg(target_family = "wasm")]
mod account;
#[cfg(target_family = "wasm")]
mod convert;
#[cfg(target_family = "wasm")]
mod driver;
#[cfg(target_family = "wasm")]
mod exports;
mod fold;
mod keys;
mod seal;
#[cfg(target_family = "wasm")]
mod session;
#[cfg(target_family = "wasm")]
mod stored;

#[cfg(target_family = "wasm")]
rpa_auth_guest::world!(mod world: "shared-session" in "../wit", over wasi:http, with: {
    "rpa:auth/session@0.1.0/origin": rpa_auth_session_protocol::Origin,
    "rpa:auth/session@0.1.0/state": rpa_auth_session_protocol::State,
    "rpa:auth/token-store@0.1.0/store-error": rpa_auth_session_protocol::StoreError,
    "rpa:auth/session@0.1.0/session-error": crate::convert::SessionError,
});
