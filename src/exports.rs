//! The exported functions of `auth` and `orchestrator-auth`.

use alloc::string::String;

use rpa_auth_flows::control_room::{Authenticate, Logout, Refresh, Validate};
use rpa_auth_flows::oauth::ClientCredentialsAuthenticate;
use rpa_auth_flows::orchestrator::{CurrentUser, RopcAuthenticate};
use rpa_auth_guest::bindings::exports::rpa::auth::types::{
    AuthError, ClientCredentials, ControlRoom, ControlRoomCredentials, IdentityServer,
    Orchestrator, RopcCredentials, Token,
};
use rpa_auth_guest::bindings::exports::rpa::auth::{auth, orchestrator_auth};
use rpa_auth_guest::{Check, bindings, call, run};

struct Plugin;

impl auth::Guest for Plugin {
    fn authenticate(
        control_room: ControlRoom,
        credentials: ControlRoomCredentials,
    ) -> Result<Token, AuthError> {
        call(|| {
            let (room, timeouts) = control_room.check()?;
            run(Authenticate::new(&room, (&credentials).into())?, timeouts)
        })
    }

    fn validate(control_room: ControlRoom, token: String) -> Result<bool, AuthError> {
        call(|| {
            let (room, timeouts) = control_room.check()?;
            run(Validate::new(&room, &token)?, timeouts)
        })
    }

    fn refresh(control_room: ControlRoom, token: String) -> Result<Token, AuthError> {
        call(|| {
            let (room, timeouts) = control_room.check()?;
            run(Refresh::new(&room, &token)?, timeouts)
        })
    }

    fn logout(control_room: ControlRoom, token: String) -> Result<(), AuthError> {
        call(|| {
            let (room, timeouts) = control_room.check()?;
            run(Logout::new(&room, &token)?, timeouts)
        })
    }

    fn ropc_authenticate(
        orchestrator: Orchestrator,
        credentials: RopcCredentials,
    ) -> Result<Token, AuthError> {
        call(|| {
            let (orchestrator, timeouts) = orchestrator.check()?;
            let flow = RopcAuthenticate::new(&orchestrator, (&credentials).into())?;
            run(flow, timeouts)
        })
    }
}

impl orchestrator_auth::Guest for Plugin {
    fn client_credentials_authenticate(
        identity_server: IdentityServer,
        credentials: ClientCredentials,
    ) -> Result<Token, AuthError> {
        call(|| {
            let (server, timeouts) = identity_server.check()?;
            let flow = ClientCredentialsAuthenticate::new(&server, (&credentials).into())?;
            run(flow, timeouts)
        })
    }

    fn current_user(
        orchestrator: Orchestrator,
        token: String,
    ) -> Result<orchestrator_auth::User, AuthError> {
        call(|| {
            let (orchestrator, timeouts) = orchestrator.check()?;
            run(CurrentUser::new(&orchestrator, &token)?, timeouts)
        })
    }
}

bindings::export!(Plugin);
