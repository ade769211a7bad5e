//! The world `plugin`, as wit-bindgen makes it from `wit/`.

#![allow(
    missing_docs,
    clippy::all,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "generated"
)]

rpa_auth_guest::world!("plugin" in "wit");
