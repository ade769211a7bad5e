//! The exported functions of `auth` and `orchestrator-auth`.

use alloc::string::String;

use rpa_auth_flows::control_room::{Authenticate, Logout, Refresh, Validate};
use rpa_auth_flows::oauth::ClientCredentialsAuthenticate;
use rpa_auth_flows::orchestrator::{CurrentUser, RopcAuthenticate};
use rpa_auth_guest::bindings::exports::rpa::auth::types::{
    ClientCredentials, ControlRoom, ControlRoomCredentials, IdentityServer, Orchestrator,
    RopcCredentials,
};
use rpa_auth_guest::bindings::exports::rpa::auth::{auth, orchestrator_auth};
use rpa_auth_guest::outcome::{AuthError, Token, User};
use rpa_auth_guest::{bindings, call, run};

/// The exports.
pub(crate) struct Plugin;

impl auth::Guest for Plugin {
    fn authenticate(
        control_room: ControlRoom,
        credentials: ControlRoomCredentials,
    ) -> Result<Token, AuthError> {
        call(&control_room, |room, timeouts| {
            run(
                &mut Authenticate::new(room, (&credentials).into())?,
                timeouts,
            )
        })
    }

    fn validate(control_room: ControlRoom, token: String) -> Result<bool, AuthError> {
        call(&control_room, |room, timeouts| {
            run(&mut Validate::new(room, &token)?, timeouts)
        })
    }

    fn refresh(control_room: ControlRoom, token: String) -> Result<Token, AuthError> {
        call(&control_room, |room, timeouts| {
            run(&mut Refresh::new(room, &token)?, timeouts)
        })
    }

    fn logout(control_room: ControlRoom, token: String) -> Result<(), AuthError> {
        call(&control_room, |room, timeouts| {
            run(&mut Logout::new(room, &token)?, timeouts)
        })
    }

    fn ropc_authenticate(
        orchestrator: Orchestrator,
        credentials: RopcCredentials,
    ) -> Result<Token, AuthError> {
        call(&orchestrator, |orchestrator, timeouts| {
            let mut flow = RopcAuthenticate::new(orchestrator, (&credentials).into())?;
            run(&mut flow, timeouts)
        })
    }
}

impl orchestrator_auth::Guest for Plugin {
    fn client_credentials_authenticate(
        identity_server: IdentityServer,
        credentials: ClientCredentials,
    ) -> Result<Token, AuthError> {
        call(&identity_server, |server, timeouts| {
            let mut flow = ClientCredentialsAuthenticate::new(server, (&credentials).into())?;
            run(&mut flow, timeouts)
        })
    }

    fn current_user(orchestrator: Orchestrator, token: String) -> Result<User, AuthError> {
        call(&orchestrator, |orchestrator, timeouts| {
            run(&mut CurrentUser::new(orchestrator, &token)?, timeouts)
        })
    }
}

bindings::export!(Plugin);
