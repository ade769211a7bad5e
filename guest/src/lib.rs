//! What the components of rpa-auth share: the contract's vocabulary and what their
//! worlds have in common, the transport over `wasi:http`, the conversion of arguments,
//! and the memory that wipes itself.
//!
//! On other targets than wasm only [`memory::Wiping`] is left, for its tests.

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

#[cfg(target_family = "wasm")]
extern crate alloc;

#[cfg(target_family = "wasm")]
pub mod bindings;
#[cfg(target_family = "wasm")]
mod call;
#[cfg(target_family = "wasm")]
mod convert;
#[cfg(target_family = "wasm")]
mod error_code;
#[cfg(target_family = "wasm")]
mod exports;
#[cfg(target_family = "wasm")]
pub mod functions;
#[cfg(target_family = "wasm")]
mod head;
pub mod memory;
#[cfg(target_family = "wasm")]
pub mod replay;
#[cfg(target_family = "wasm")]
mod transport;
#[cfg(target_family = "wasm")]
mod waiting;

#[cfg(target_family = "wasm")]
pub use call::call;
#[cfg(target_family = "wasm")]
pub use convert::Check;
#[cfg(target_family = "wasm")]
pub use transport::Heartbeat;
#[cfg(target_family = "wasm")]
pub use waiting::Waiting;
#[cfg(target_family = "wasm")]
pub use {rpa_auth_flows as flows, wit_bindgen};
