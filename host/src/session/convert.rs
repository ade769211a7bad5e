//! To and from the types that wasmtime makes of the interface `session-types`.

use std::time::Duration;

use super::{Account, Contest, Cooldown, Grant, SessionError, State, Status, TokenOrigin};
use crate::AuthError;
use crate::bindings::exports::rpa::auth::session_types as wit;
use crate::convert::{Transported, params};
use crate::store::StoreError;

/// An account, with what must be lists to be borrowed.
pub(super) struct Opened<'a> {
    account: &'a Account,
    transport: Transported<'a>,
    scopes: Vec<&'a str>,
}

impl<'a> Opened<'a> {
    pub(super) fn new(account: &'a Account) -> Self {
        let (transport, scopes): (_, &[String]) = match account {
            Account::ControlRoom(room, _) => (&room.transport, &[]),
            Account::Ropc(orchestrator, _) => (&orchestrator.transport, &[]),
            Account::ClientCredentials(server, client) => (&server.transport, &client.scopes),
        };
        Self {
            account,
            transport: Transported::new(transport),
            scopes: scopes.iter().map(String::as_str).collect(),
        }
    }

    pub(super) fn param(&self) -> wit::Account<'_> {
        match self.account {
            Account::ControlRoom(room, credentials) => {
                wit::Account::ControlRoom(wit::ControlRoomAccount {
                    control_room: params::room(room, &self.transport),
                    credentials: credentials.into(),
                })
            }
            Account::Ropc(orchestrator, credentials) => wit::Account::Ropc(wit::RopcAccount {
                orchestrator: params::orchestrator(orchestrator, &self.transport),
                credentials: credentials.into(),
            }),
            Account::ClientCredentials(server, credentials) => {
                wit::Account::ClientCredentials(wit::ClientAccount {
                    identity_server: params::identity_server(server, &self.transport),
                    credentials: params::client_credentials(credentials, &self.scopes),
                })
            }
        }
    }
}

impl From<wit::Grant> for Grant {
    fn from(grant: wit::Grant) -> Self {
        Self {
            token: grant.token.into(),
            origin: match grant.origin {
                wit::Origin::Memory => TokenOrigin::Memory,
                wit::Origin::Store => TokenOrigin::Store,
                wit::Origin::Login => TokenOrigin::Login,
                wit::Origin::Refresh => TokenOrigin::Refresh,
            },
            waited: Duration::from_millis(grant.waited_ms.into()),
            took_over: grant.took_over,
        }
    }
}

impl From<wit::Status> for Status {
    fn from(status: wit::Status) -> Self {
        Self {
            state: match status.state {
                wit::State::None => State::None,
                wit::State::Valid => State::Valid,
                wit::State::Renewing => State::Renewing,
                wit::State::CoolingDown => State::CoolingDown,
                wit::State::Contested => State::Contested,
                wit::State::Ended => State::Ended,
            },
            place: status.place,
            age: Duration::from_millis(status.age_ms),
            lifetime_seconds: status.lifetime_seconds,
            retry_after: status.retry_after_seconds.map(seconds),
            refusals: status.refusals,
            logins_left: status.logins_left,
            attempt: status.attempt,
            actor: status.actor,
            cause: status.cause.map(AuthError::from),
        }
    }
}

impl From<wit::SessionError> for SessionError {
    fn from(error: wit::SessionError) -> Self {
        match error {
            wit::SessionError::Auth(error) => Self::Auth(error.into()),
            wit::SessionError::CoolingDown(cooldown) => Self::CoolingDown(Cooldown {
                retry_after: cooldown.retry_after_seconds.map(seconds),
                refusals: cooldown.refusals,
                cause: cooldown.cause.into(),
            }),
            wit::SessionError::Contested(contest) => Self::Contested(Contest {
                refused: contest.refused,
                retry_after: seconds(contest.retry_after_seconds),
            }),
            wit::SessionError::StillGood => Self::StillGood,
            wit::SessionError::Ended => Self::Ended,
            wit::SessionError::Busy => Self::Busy,
            wit::SessionError::Store(error) => Self::Store(error.into()),
            wit::SessionError::Other(text) => Self::Other(text),
        }
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

impl From<wit::StoreErrorResult> for StoreError {
    fn from(error: wit::StoreErrorResult) -> Self {
        match error {
            wit::StoreErrorResult::Unavailable(text) => Self::Unavailable(text),
            wit::StoreErrorResult::Other(text) => Self::Other(text),
        }
    }
}

/// Returns an error of the store as the component takes it.
pub(super) fn store_error(error: &StoreError) -> wit::StoreErrorParam<'_> {
    match error {
        StoreError::Unavailable(text) => wit::StoreErrorParam::Unavailable(text.as_deref()),
        StoreError::Other(text) => wit::StoreErrorParam::Other(text.as_deref()),
    }
}
