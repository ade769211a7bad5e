//! The component `sans-io-session`: the shared session as steps, for hosts that do all
//! I/O.
//!
//! - `session`: sessions, and the calls of them that are under way.
//! - `store`: what a session does with its store, as far as the store has answered.
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

mod session;
mod store;

rpa_auth_sharing::world!(mod world: "sans-io-session" in "../../wit", sans io, with: {});

/// The exports.
struct Component;

world::export!(Component with_types_in world);
