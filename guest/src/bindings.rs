//! The world `plugin`, as wit-bindgen makes it from `wit/`.
//!
//! The types derive a `Debug` that prints secrets: nothing of ours prints.

#![allow(
    unsafe_code,
    missing_docs,
    clippy::all,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "generated"
)]

wit_bindgen::generate!({
    path: "../wit",
    world: "plugin",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "rpa_auth_guest::bindings",
});
