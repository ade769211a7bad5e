//! The exported functions of `auth` and `orchestrator-auth`, which several components
//! have, each a line or two.

/// Exports the flows from `$plugin`. The world in `$world` has both interfaces.
#[macro_export]
macro_rules! export_flows {
    ($plugin:ty, $world:ident) => {
        const _: () = {
            use alloc::string::String;

            use $crate::bindings::types::{
                AuthError, ClientCredentials, ControlRoom, ControlRoomCredentials, IdentityServer,
                Orchestrator, RopcCredentials, Token, User,
            };
            use $crate::{call, functions};

            use $world::exports::rpa::auth::{auth, orchestrator_auth};

            impl auth::Guest for $plugin {
                fn authenticate(
                    control_room: ControlRoom,
                    credentials: ControlRoomCredentials,
                ) -> Result<Token, AuthError> {
                    call(|waiting| functions::authenticate(&control_room, &credentials, waiting))
                }

                fn validate(control_room: ControlRoom, token: String) -> Result<bool, AuthError> {
                    call(|waiting| functions::validate(&control_room, &token, waiting))
                }

                fn refresh(control_room: ControlRoom, token: String) -> Result<Token, AuthError> {
                    call(|waiting| functions::refresh(&control_room, &token, waiting))
                }

                fn logout(control_room: ControlRoom, token: String) -> Result<(), AuthError> {
                    call(|waiting| functions::logout(&control_room, &token, waiting))
                }

                fn ropc_authenticate(
                    orchestrator: Orchestrator,
                    credentials: RopcCredentials,
                ) -> Result<Token, AuthError> {
                    call(|waiting| {
                        functions::ropc_authenticate(&orchestrator, &credentials, waiting)
                    })
                }
            }

            impl orchestrator_auth::Guest for $plugin {
                fn client_credentials_authenticate(
                    identity_server: IdentityServer,
                    credentials: ClientCredentials,
                ) -> Result<Token, AuthError> {
                    call(|waiting| {
                        functions::client_credentials_authenticate(
                            &identity_server,
                            &credentials,
                            waiting,
                        )
                    })
                }

                fn current_user(
                    orchestrator: Orchestrator,
                    token: String,
                ) -> Result<User, AuthError> {
                    call(|waiting| functions::current_user(&orchestrator, &token, waiting))
                }
            }
        };
    };
}
