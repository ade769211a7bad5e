//! The world `plugin`, or with the feature `session` the world `shared-session`, as
//! wit-bindgen makes it from `wit/`.
//!
//! The types derive a `Debug` that prints secrets: nothing of ours prints.
//!
//! - `with`: the types that weigh most are ours. Their modules say why.
//! - `skip`: the one function that takes an error code apart, of no use to a client.
//! - There are no constructors that would have to run once: no libc.

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

macro_rules! bindings_of {
    ($world:tt $($more:tt)*) => {
        wit_bindgen::generate!({
            path: "../wit",
            world: $world,
            generate_all,
            with: {
                "wasi:http/types@0.2.2/error-code": crate::error_code::ErrorCode,
                "rpa:auth/types@0.1.0/header": crate::outcome::Header,
                "rpa:auth/types@0.1.0/token": crate::outcome::Token,
                "rpa:auth/orchestrator-auth@0.1.0/user": crate::outcome::User,
                "rpa:auth/types@0.1.0/auth-error": crate::outcome::AuthError,
                "rpa:auth/types@0.1.0/rejection": crate::outcome::Rejection,
                "rpa:auth/types@0.1.0/throttling": crate::outcome::Throttling,
                "rpa:auth/types@0.1.0/redirection": crate::outcome::Redirection,
                "rpa:auth/types@0.1.0/oddity": crate::outcome::Oddity,
                $($more)*
            },
            skip: ["[static]response-outparam.set"],
            pub_export_macro: true,
            disable_run_ctors_once_workaround: true,
            default_bindings_module: "rpa_auth_guest::bindings",
        });
    };
}

#[cfg(not(feature = "session"))]
bindings_of!("plugin");

#[cfg(feature = "session")]
bindings_of!("shared-session"
    "rpa:auth/token-store@0.1.0/store-error": crate::outcome::StoreError,
    "rpa:auth/session@0.1.0/session-error": crate::outcome::SessionError,
);
