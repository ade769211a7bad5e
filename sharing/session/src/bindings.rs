//! The vocabulary of the session, as wit-bindgen makes it from `wit/`.

rpa_auth_guest::world!(mod generated: "rpa:sharing/shared" in "../../wit", inline: "
    package rpa:sharing;

    world shared {
        export rpa:auth/types@0.1.0;
        export rpa:auth/session-types@0.1.0;
    }
", with: {
    "rpa:auth/session-types@0.1.0/origin": rpa_auth_session_protocol::Origin,
    "rpa:auth/session-types@0.1.0/state": rpa_auth_session_protocol::State,
    "rpa:auth/session-types@0.1.0/store-error": rpa_auth_session_protocol::StoreError,
    "rpa:auth/session-types@0.1.0/session-error": crate::SessionError,
});

pub use generated::exports::rpa::auth::session_types::{
    Account, ClientAccount, Contest, ControlRoomAccount, Cooldown, Grant, Options, RopcAccount,
    Status,
};

/// Makes a module with the bindings of a component's world that has `session-types`.
#[macro_export]
macro_rules! world {
    (mod $name:ident: $world:tt in $path:tt $(, over $over:ident:$http:ident)? $(, sans $io:ident)?, with: { $($with:tt)* }) => {
        rpa_auth_guest::world!(mod $name: $world in $path $(, over $over:$http)? $(, sans $io)?, with: {
            "rpa:auth/session-types@0.1.0/account": rpa_auth_sharing::bindings::Account,
            "rpa:auth/session-types@0.1.0/client-account": rpa_auth_sharing::bindings::ClientAccount,
            "rpa:auth/session-types@0.1.0/contest": rpa_auth_sharing::bindings::Contest,
            "rpa:auth/session-types@0.1.0/control-room-account":
                rpa_auth_sharing::bindings::ControlRoomAccount,
            "rpa:auth/session-types@0.1.0/cooldown": rpa_auth_sharing::bindings::Cooldown,
            "rpa:auth/session-types@0.1.0/entry": rpa_auth_sharing::StoredValue,
            "rpa:auth/session-types@0.1.0/grant": rpa_auth_sharing::bindings::Grant,
            "rpa:auth/session-types@0.1.0/options": rpa_auth_sharing::bindings::Options,
            "rpa:auth/session-types@0.1.0/ropc-account": rpa_auth_sharing::bindings::RopcAccount,
            "rpa:auth/session-types@0.1.0/status": rpa_auth_sharing::bindings::Status,
            "rpa:auth/session-types@0.1.0/origin": rpa_auth_sharing::protocol::Origin,
            "rpa:auth/session-types@0.1.0/state": rpa_auth_sharing::protocol::State,
            "rpa:auth/session-types@0.1.0/store-error": rpa_auth_sharing::protocol::StoreError,
            "rpa:auth/session-types@0.1.0/session-error": rpa_auth_sharing::SessionError,
            $($with)*
        });
    };
}
