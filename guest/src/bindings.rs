//! What the components have in common of their worlds, as wit-bindgen makes it from
//! `wit/`: the contract's vocabulary, and the way out over `wasi:http`.
//!
//! The types derive a `Debug` that prints secrets: nothing of ours prints.
//!
//! - `with`: `error_code` says why its type is ours.
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

wit_bindgen::generate!({
    path: ["../wit", "../wit/wasi"],
    inline: "
        package rpa:guest;

        world shared {
            import wasi:http/outgoing-handler@0.2.2;
            import wasi:clocks/monotonic-clock@0.2.2;
            import wasi:clocks/wall-clock@0.2.2;

            export rpa:auth/types@0.1.0;
        }
    ",
    world: "rpa:guest/shared",
    generate_all,
    with: {
        "wasi:http/types@0.2.2/error-code": crate::error_code::ErrorCode,
        "rpa:auth/types@0.1.0/header": rpa_auth_flows::HeaderField,
    },
    skip: ["[static]response-outparam.set"],
    disable_run_ctors_once_workaround: true,
});

/// The contract's vocabulary: what a call takes, as it is lifted, and what it gives, which
/// is what the flows give.
pub mod types {
    pub use rpa_auth_flows::orchestrator::User;
    pub use rpa_auth_flows::{AuthError, HeaderField, NoAnswer, TokenWithHeader as Token};

    pub use super::exports::rpa::auth::types::{
        ClientAuthentication, ClientCredentials, ControlRoom, ControlRoomApi,
        ControlRoomCredentials, ControlRoomSecret, IdentityServer, Orchestrator, RopcCredentials,
        TransportOptions,
    };
}

/// Makes a module with the bindings of a component's world, on top of what the components
/// have in common. One that calls out over `wasi:http` says so, and one without I/O, too.
#[macro_export]
macro_rules! world {
    ($vis:vis mod $name:ident: $world:tt in $path:tt, over wasi:http $(, with: { $($with:tt)* })?) => {
        $crate::world!($vis mod $name: $world in $path, with: {
            "wasi:io/poll@0.2.2": rpa_auth_guest::bindings::wasi::io::poll,
            "wasi:io/error@0.2.2": rpa_auth_guest::bindings::wasi::io::error,
            "wasi:io/streams@0.2.2": rpa_auth_guest::bindings::wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.2":
                rpa_auth_guest::bindings::wasi::clocks::monotonic_clock,
            "wasi:clocks/wall-clock@0.2.2": rpa_auth_guest::bindings::wasi::clocks::wall_clock,
            "wasi:http/types@0.2.2": rpa_auth_guest::bindings::wasi::http::types,
            "wasi:http/outgoing-handler@0.2.2":
                rpa_auth_guest::bindings::wasi::http::outgoing_handler,
            $($($with)*)?
        });
    };
    ($vis:vis mod $name:ident: $world:tt in $path:tt, sans io $(, with: { $($with:tt)* })?) => {
        $crate::world!($vis mod $name: $world in $path, with: {
            "rpa:auth/http-types@0.1.0/method": rpa_auth_guest::flows::Method,
            "rpa:auth/http-types@0.1.0/time-limits": rpa_auth_guest::replay::TimeLimits,
            "rpa:auth/http-types@0.1.0/request": rpa_auth_guest::replay::HttpRequest,
            "rpa:auth/http-types@0.1.0/answer": rpa_auth_guest::flows::Answer,
            $($($with)*)?
        });
    };
    (
        $vis:vis mod $name:ident: $world:tt in $path:tt
        $(, inline: $inline:tt)? $(, with: { $($with:tt)* })?
    ) => {
        #[allow(
            missing_docs,
            clippy::all,
            clippy::arithmetic_side_effects,
            clippy::expect_used,
            clippy::indexing_slicing,
            clippy::panic,
            clippy::unwrap_used,
            reason = "generated"
        )]
        $vis mod $name {
            $crate::wit_bindgen::generate!({
                path: $path,
                $(inline: $inline,)?
                world: $world,
                generate_all,
                with: {
                    "rpa:auth/types@0.1.0/client-authentication": rpa_auth_guest::bindings::types::ClientAuthentication,
                    "rpa:auth/types@0.1.0/client-credentials": rpa_auth_guest::bindings::types::ClientCredentials,
                    "rpa:auth/types@0.1.0/control-room": rpa_auth_guest::bindings::types::ControlRoom,
                    "rpa:auth/types@0.1.0/control-room-api": rpa_auth_guest::bindings::types::ControlRoomApi,
                    "rpa:auth/types@0.1.0/control-room-credentials": rpa_auth_guest::bindings::types::ControlRoomCredentials,
                    "rpa:auth/types@0.1.0/control-room-secret": rpa_auth_guest::bindings::types::ControlRoomSecret,
                    "rpa:auth/types@0.1.0/identity-server": rpa_auth_guest::bindings::types::IdentityServer,
                    "rpa:auth/types@0.1.0/orchestrator": rpa_auth_guest::bindings::types::Orchestrator,
                    "rpa:auth/types@0.1.0/ropc-credentials": rpa_auth_guest::bindings::types::RopcCredentials,
                    "rpa:auth/types@0.1.0/transport-options": rpa_auth_guest::bindings::types::TransportOptions,
                    "rpa:auth/types@0.1.0/header": rpa_auth_guest::flows::HeaderField,
                    "rpa:auth/types@0.1.0/token": rpa_auth_guest::flows::TokenWithHeader,
                    "rpa:auth/types@0.1.0/lifetime-source": rpa_auth_guest::flows::LifetimeSource,
                    "rpa:auth/types@0.1.0/user": rpa_auth_guest::flows::orchestrator::User,
                    "rpa:auth/types@0.1.0/auth-error": rpa_auth_guest::flows::AuthError,
                    "rpa:auth/types@0.1.0/rejection": rpa_auth_guest::flows::Rejection,
                    "rpa:auth/types@0.1.0/rejection-kind": rpa_auth_guest::flows::RejectionKind,
                    "rpa:auth/types@0.1.0/throttling": rpa_auth_guest::flows::Throttling,
                    "rpa:auth/types@0.1.0/redirection": rpa_auth_guest::flows::Redirection,
                    "rpa:auth/types@0.1.0/oddity": rpa_auth_guest::flows::Oddity,
                    "rpa:auth/types@0.1.0/no-answer": rpa_auth_guest::flows::NoAnswer,
                    "rpa:auth/types@0.1.0/transport-failure": rpa_auth_guest::flows::TransportFailure,
                    $($($with)*)?
                },
                runtime_path: "rpa_auth_guest::wit_bindgen::rt",
                disable_run_ctors_once_workaround: true,
            });
        }
    };
}
