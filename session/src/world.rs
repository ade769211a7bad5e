//! The world `shared-session`, as wit-bindgen makes it from `wit/`.

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

rpa_auth_guest::world!("shared-session" in "../wit", with: {
    "rpa:auth/session@0.1.0/origin": rpa_auth_session_protocol::Origin,
    "rpa:auth/session@0.1.0/state": rpa_auth_session_protocol::State,
    "rpa:auth/token-store@0.1.0/store-error": rpa_auth_session_protocol::StoreError,
    "rpa:auth/session@0.1.0/session-error": crate::convert::SessionError,
});
