//! The plugin component: the flows behind the exports of the world `plugin`.
//!
//! Nothing is kept between two calls. On other targets than wasm this crate is
//! empty: a component's exports have names that no native linker takes.

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

rpa_auth_guest::world!(
    mod world: "rpa:auth-wasi/plugin" in ["wit", "wit/wasi"],
    over wasi:http
);

/// The exports.
struct Plugin;

rpa_auth_guest::export_flows!(Plugin, world);
world::export!(Plugin with_types_in world);
