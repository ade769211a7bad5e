//! What each function does, for the exports and for sessions: the arguments are
//! checked, then the flow runs to its end.

use rpa_auth_flows::control_room::{Authenticate, Logout, Refresh, Validate};
use rpa_auth_flows::oauth::{ClientCredentialsAuthenticate, Probe};
use rpa_auth_flows::orchestrator::{CurrentUser, RopcAuthenticate, User};
use rpa_auth_flows::{Flow, Next, Result, Timeouts, Token};

use crate::bindings::types::{
    ClientCredentials, ControlRoom, ControlRoomCredentials, IdentityServer, Orchestrator,
    RopcCredentials,
};
use crate::convert::Check;
use crate::transport::{self, Deadline, Pulse};

/// How a caller waits for an answer.
pub struct Waiting<'a> {
    /// When the request is given up, in milliseconds, where its own limit is longer.
    pub limit_ms: Option<u64>,
    /// Who gets a turn meanwhile.
    pub pulse: &'a mut dyn Pulse,
}

/// Logs in to a Control Room.
pub fn authenticate(
    room: &ControlRoom,
    credentials: &ControlRoomCredentials,
    waiting: &mut Waiting<'_>,
) -> Result<Token> {
    checked(room, |room, timeouts| {
        run(
            &mut Authenticate::new(room, credentials.into())?,
            timeouts,
            waiting,
        )
    })
}

/// Asks a Control Room whether a token is good.
pub fn validate(room: &ControlRoom, token: &str, waiting: &mut Waiting<'_>) -> Result<bool> {
    checked(room, |room, timeouts| {
        run(&mut Validate::new(room, token)?, timeouts, waiting)
    })
}

/// Asks a Control Room for a token in place of another.
pub fn refresh(room: &ControlRoom, token: &str, waiting: &mut Waiting<'_>) -> Result<Token> {
    checked(room, |room, timeouts| {
        run(&mut Refresh::new(room, token)?, timeouts, waiting)
    })
}

/// Ends a token of a Control Room.
pub fn logout(room: &ControlRoom, token: &str, waiting: &mut Waiting<'_>) -> Result<()> {
    checked(room, |room, timeouts| {
        run(&mut Logout::new(room, token)?, timeouts, waiting)
    })
}

/// Logs in to an Orchestrator.
pub fn ropc_authenticate(
    orchestrator: &Orchestrator,
    credentials: &RopcCredentials,
    waiting: &mut Waiting<'_>,
) -> Result<Token> {
    checked(orchestrator, |orchestrator, timeouts| {
        let mut flow = RopcAuthenticate::new(orchestrator, credentials.into())?;
        run(&mut flow, timeouts, waiting)
    })
}

/// Asks an Orchestrator whose token it is.
pub fn current_user(
    orchestrator: &Orchestrator,
    token: &str,
    waiting: &mut Waiting<'_>,
) -> Result<User> {
    checked(orchestrator, |orchestrator, timeouts| {
        run(
            &mut CurrentUser::new(orchestrator, token)?,
            timeouts,
            waiting,
        )
    })
}

/// Logs an application in to an identity server.
pub fn client_credentials_authenticate(
    server: &IdentityServer,
    credentials: &ClientCredentials,
    waiting: &mut Waiting<'_>,
) -> Result<Token> {
    checked(server, |server, timeouts| {
        let mut flow = ClientCredentialsAuthenticate::new(server, credentials.into())?;
        run(&mut flow, timeouts, waiting)
    })
}

/// Asks whether an identity server is there.
pub fn probe(server: &IdentityServer, waiting: &mut Waiting<'_>) -> Result<()> {
    checked(server, |server, timeouts| {
        run(&mut Probe::new(server), timeouts, waiting)
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

/// Runs a flow to its end, within the total time. One such loop for each kind of
/// result is smaller than one for each flow.
fn run<O>(
    flow: &mut dyn Flow<Output = O>,
    timeouts: Timeouts,
    waiting: &mut Waiting<'_>,
) -> Result<O> {
    let timeouts = timeouts.within(waiting.limit_ms);
    let deadline = Deadline::after_ms(timeouts.total());
    loop {
        let next = match transport::exchange(flow.request(), timeouts, deadline, waiting.pulse) {
            Ok(ref answer) => flow.read(answer),
            Err(error) => return Err(error),
        };
        if let Next::Done(result) = next {
            return result;
        }
    }
}
