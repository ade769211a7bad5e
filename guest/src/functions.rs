//! What each function does, for every door and for sessions: the arguments are
//! checked, then the flow is driven.

use rpa_auth_flows::control_room::{Authenticate, Logout, Refresh, Validate};
use rpa_auth_flows::oauth::{ClientCredentialsAuthenticate, Probe};
use rpa_auth_flows::orchestrator::{CurrentUser, RopcAuthenticate, User};
use rpa_auth_flows::{Flow, Result, Timeouts, Token};

use crate::bindings::types::{
    ClientCredentials, ControlRoom, ControlRoomCredentials, IdentityServer, Orchestrator,
    RopcCredentials,
};
use crate::convert::Check;

/// Who drives a flow.
pub trait Driver {
    /// What comes of a flow that gives `O`.
    type Driven<O>;

    /// Says what an output is in the end, wherever a flow came by now.
    fn map<A, B>(driven: Self::Driven<A>, say: impl FnOnce(A) -> B) -> Self::Driven<B>;

    /// Drives `flow`, which may take as long as `timeouts` say.
    fn drive<O>(
        &mut self,
        flow: &mut dyn Flow<Output = O>,
        timeouts: Timeouts,
    ) -> Result<Self::Driven<O>>;
}

/// Logs in to a Control Room.
pub fn authenticate<D: Driver>(
    room: &ControlRoom,
    credentials: &ControlRoomCredentials,
    driver: &mut D,
) -> Result<D::Driven<Token>> {
    checked(room, |room, timeouts| {
        driver.drive(&mut Authenticate::new(room, credentials.into())?, timeouts)
    })
}

/// Asks a Control Room whether a token is good.
pub fn validate<D: Driver>(
    room: &ControlRoom,
    token: &str,
    driver: &mut D,
) -> Result<D::Driven<bool>> {
    checked(room, |room, timeouts| {
        driver.drive(&mut Validate::new(room, token)?, timeouts)
    })
}

/// Asks a Control Room for a token in place of another.
pub fn refresh<D: Driver>(
    room: &ControlRoom,
    token: &str,
    driver: &mut D,
) -> Result<D::Driven<Token>> {
    checked(room, |room, timeouts| {
        driver.drive(&mut Refresh::new(room, token)?, timeouts)
    })
}

/// Ends a token of a Control Room.
pub fn logout<D: Driver>(room: &ControlRoom, token: &str, driver: &mut D) -> Result<D::Driven<()>> {
    checked(room, |room, timeouts| {
        driver.drive(&mut Logout::new(room, token)?, timeouts)
    })
}

/// Logs in to an Orchestrator.
pub fn ropc_authenticate<D: Driver>(
    orchestrator: &Orchestrator,
    credentials: &RopcCredentials,
    driver: &mut D,
) -> Result<D::Driven<Token>> {
    checked(orchestrator, |orchestrator, timeouts| {
        let mut flow = RopcAuthenticate::new(orchestrator, credentials.into())?;
        driver.drive(&mut flow, timeouts)
    })
}

/// Asks an Orchestrator whose token it is.
pub fn current_user<D: Driver>(
    orchestrator: &Orchestrator,
    token: &str,
    driver: &mut D,
) -> Result<D::Driven<User>> {
    checked(orchestrator, |orchestrator, timeouts| {
        driver.drive(&mut CurrentUser::new(orchestrator, token)?, timeouts)
    })
}

/// Logs an application in to an identity server.
pub fn client_credentials_authenticate<D: Driver>(
    server: &IdentityServer,
    credentials: &ClientCredentials,
    driver: &mut D,
) -> Result<D::Driven<Token>> {
    checked(server, |server, timeouts| {
        let mut flow = ClientCredentialsAuthenticate::new(server, credentials.into())?;
        driver.drive(&mut flow, timeouts)
    })
}

/// Asks whether an identity server is there.
pub fn probe<D: Driver>(server: &IdentityServer, driver: &mut D) -> Result<D::Driven<()>> {
    checked(server, |server, timeouts| {
        driver.drive(&mut Probe::new(server), timeouts)
    })
}

fn checked<P: Check, O>(
    platform: &P,
    call: impl FnOnce(&P::Checked<'_>, Timeouts) -> Result<O>,
) -> Result<O> {
    // By reference: the description is large, and `?` would move it.
    match platform.check() {
        Ok((ref checked, timeouts)) => call(checked, timeouts),
        Err(error) => Err(error),
    }
}
