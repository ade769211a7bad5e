//! The component `shared-session`: the plugin, and sessions that share one token
//! per account through a store.
//!
//! - `outside`: what this host gives a session.
//! - `driver`: runs the protocol's machines over the store and the platform.
//! - `exports`: the interface `session`, and the plugin's.
//!
//! On other targets than wasm this crate is empty: a component's exports have names that
//! no native linker takes.

#![cfg_attr(target_family = "wasm", no_std)]
#![allow(unsafe_code, reason = "exported functions need unmangled names")]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
#![cfg(target_family = "wasm")]

extern crate alloc;

mod driver;
mod exports;
mod outside;

rpa_auth_sharing::world!(
    mod world: "rpa:auth-wasi/shared-session" in ["../../wit", "../../wit/wasi"],
    over wasi:http,
    with: {
        "rpa:auth/token-store@0.1.0/store-error": rpa_auth_sharing::protocol::StoreError,
    }
);
