//! The interface `session-steps`: a shared session, a step at a time.

use wasmtime::component::{ComponentExportIndex, ComponentType, Lift, Lower, ResourceAny};

use super::function::Interface;
use super::http_types::{Answer, Request};
use crate::engine::{Exports, Instance};
use crate::{
    Account, AuthError, ClientCredentials, Contest, ControlRoom, ControlRoomCredentials, Cooldown,
    Grant, IdentityServer, NoAnswer, Orchestrator, RejectionKind, RopcCredentials, Status,
    StoreError,
};

/// Whose token is shared.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(variant)]
pub(crate) enum AccountParam<'a> {
    #[component(name = "control-room")]
    ControlRoom(ControlRoomAccount<'a>),
    #[component(name = "ropc")]
    Ropc(RopcAccount<'a>),
    #[component(name = "client-credentials")]
    ClientCredentials(ClientAccount<'a>),
}

#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ControlRoomAccount<'a> {
    #[component(name = "control-room")]
    control_room: &'a ControlRoom,
    credentials: &'a ControlRoomCredentials,
}

#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(crate) struct RopcAccount<'a> {
    orchestrator: &'a Orchestrator,
    credentials: &'a RopcCredentials,
}

#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ClientAccount<'a> {
    #[component(name = "identity-server")]
    identity_server: &'a IdentityServer,
    credentials: &'a ClientCredentials,
}

impl<'a> From<&'a Account> for AccountParam<'a> {
    fn from(account: &'a Account) -> Self {
        match account {
            Account::ControlRoom(control_room, credentials) => {
                Self::ControlRoom(ControlRoomAccount {
                    control_room,
                    credentials,
                })
            }
            Account::Ropc(orchestrator, credentials) => Self::Ropc(RopcAccount {
                orchestrator,
                credentials,
            }),
            Account::ClientCredentials(identity_server, credentials) => {
                Self::ClientCredentials(ClientAccount {
                    identity_server,
                    credentials,
                })
            }
        }
    }
}

/// How a session is to be opened.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct Options<'a> {
    #[component(name = "place-key")]
    pub(crate) place_key: &'a [u8],
    #[component(name = "next-place-key")]
    pub(crate) next_place_key: Option<&'a [u8]>,
    #[component(name = "former-place-keys")]
    pub(crate) former_place_keys: &'a [&'a [u8]],
    #[component(name = "sealing-keys")]
    pub(crate) sealing_keys: &'a [&'a [u8]],
    #[component(name = "patience-ms")]
    pub(crate) patience_ms: Option<u32>,
    #[component(name = "max-staleness-ms")]
    pub(crate) max_staleness_ms: Option<u32>,
    pub(crate) actor: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    #[component(name = "lockout-limit")]
    pub(crate) lockout_limit: Option<u32>,
}

/// What to do next.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Step {
    #[component(name = "read")]
    Read(StoreRead),
    #[component(name = "write")]
    Write(StoreWrite),
    #[component(name = "send")]
    Send(Sending),
    #[component(name = "await")]
    Await(u32),
    #[component(name = "sleep")]
    Sleep(u32),
    #[component(name = "done")]
    Done(Result<Outcome, SessionError>),
}

impl Step {
    /// Whether it comes of the secret that the session was opened with: it writes or sends
    /// for it, or says that it was refused.
    pub(crate) fn depends_on_the_secret(&self) -> bool {
        match self {
            Self::Write(_) | Self::Send(_) | Self::Done(Err(SessionError::CoolingDown(_))) => true,
            Self::Done(Err(SessionError::Auth(AuthError::Rejected(rejection)))) => {
                rejection.kind == RejectionKind::CredentialsRejected
            }
            Self::Read(_) | Self::Await(_) | Self::Sleep(_) | Self::Done(_) => false,
        }
    }
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct StoreRead {
    pub(crate) key: String,
    #[component(name = "unless-version")]
    pub(crate) unless_version: Option<String>,
    #[component(name = "wait-ms")]
    pub(crate) wait_ms: u32,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct StoreWrite {
    pub(crate) key: String,
    pub(crate) expected: Option<String>,
    pub(crate) value: Vec<u8>,
    #[component(name = "keep-seconds")]
    pub(crate) keep_seconds: Option<u32>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Sending {
    pub(crate) request: Request,
    #[component(name = "wait-ms")]
    pub(crate) wait_ms: u32,
}

/// What came of the last step.
#[derive(ComponentType, Lower)]
#[component(variant)]
pub(crate) enum Event<'a> {
    #[component(name = "begun")]
    Begun,
    #[component(name = "entry")]
    Entry(Option<EntryParam<'a>>),
    #[component(name = "written")]
    Written(Option<&'a str>),
    #[component(name = "store-failed")]
    StoreFailed(&'a StoreError),
    #[component(name = "answer")]
    Answer(&'a Answer),
    #[component(name = "no-answer")]
    NoAnswer(&'a NoAnswer),
    #[component(name = "quiet")]
    Quiet,
}

#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct EntryParam<'a> {
    pub(crate) value: &'a [u8],
    pub(crate) version: &'a str,
    #[component(name = "age-ms")]
    pub(crate) age_ms: u64,
}

/// The clocks of this process.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(crate) struct Now {
    #[component(name = "monotonic-ms")]
    pub(crate) monotonic_ms: u64,
    #[component(name = "unix-seconds")]
    pub(crate) unix_seconds: u64,
}

/// The result of a call that went well.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Outcome {
    #[component(name = "grant")]
    Grant(Grant),
    #[component(name = "status")]
    Status(Status),
    #[component(name = "done")]
    Done,
}

/// Why a call gave none. The library's own has more: what the library itself found.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum SessionError {
    #[component(name = "auth")]
    Auth(AuthError),
    #[component(name = "cooling-down")]
    CoolingDown(Cooldown),
    #[component(name = "contested")]
    Contested(Contest),
    #[component(name = "still-good")]
    StillGood,
    #[component(name = "ended")]
    Ended,
    #[component(name = "busy")]
    Busy,
    #[component(name = "store")]
    Store(StoreError),
    #[component(name = "other")]
    Other(Option<String>),
}

impl From<SessionError> for crate::SessionError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Auth(error) => Self::Auth(error),
            SessionError::CoolingDown(cooldown) => Self::CoolingDown(cooldown),
            SessionError::Contested(contest) => Self::Contested(contest),
            SessionError::StillGood => Self::StillGood,
            SessionError::Ended => Self::Ended,
            SessionError::Busy => Self::Busy,
            SessionError::Store(error) => Self::Store(error),
            SessionError::Other(text) => Self::Other(text),
        }
    }
}

/// What is asked of a session.
pub(crate) enum Call {
    Token,
    Renew(crate::Secret),
    Status,
    EndForAll,
    Reopen,
    ResetRefusals,
}

/// What the component exports.
#[derive(Clone, Copy)]
pub(crate) struct SessionSteps {
    open: ComponentExportIndex,
    token: ComponentExportIndex,
    renew: ComponentExportIndex,
    status: ComponentExportIndex,
    end_for_all: ComponentExportIndex,
    reopen: ComponentExportIndex,
    reset_refusals: ComponentExportIndex,
    on: ComponentExportIndex,
}

impl Exports for SessionSteps {
    const INTERFACE: &str = "rpa:auth/session-steps@0.1.0";

    fn find(interface: &Interface<'_>) -> wasmtime::Result<Self> {
        Ok(Self {
            open: interface.function("[static]session.open")?,
            token: interface.function("[method]session.token")?,
            renew: interface.function("[method]session.renew")?,
            status: interface.function("[method]session.status")?,
            end_for_all: interface.function("[method]session.end-for-all")?,
            reopen: interface.function("[method]session.reopen")?,
            reset_refusals: interface.function("[method]session.reset-refusals")?,
            on: interface.function("[method]running.on")?,
        })
    }
}

impl Instance<SessionSteps> {
    /// Opens a session. Returns its handle.
    pub(crate) fn open(
        &mut self,
        account: AccountParam<'_>,
        options: &Options<'_>,
        entropy: &[u8],
    ) -> wasmtime::Result<Result<ResourceAny, SessionError>> {
        self.call(&self.exports().open, (account, options, entropy))
    }

    /// Begins a call. Returns its handle.
    pub(crate) fn begin(
        &mut self,
        session: ResourceAny,
        call: &Call,
    ) -> wasmtime::Result<ResourceAny> {
        let exports = self.exports();
        let function = match call {
            Call::Token => exports.token,
            Call::Renew(rejected) => {
                return self.call(&exports.renew, (session, rejected.expose()));
            }
            Call::Status => exports.status,
            Call::EndForAll => exports.end_for_all,
            Call::Reopen => exports.reopen,
            Call::ResetRefusals => exports.reset_refusals,
        };
        self.call(&function, (session,))
    }

    /// Returns what comes next in a call, after what came of its last step.
    pub(crate) fn on(
        &mut self,
        running: ResourceAny,
        event: &Event<'_>,
        now: Now,
    ) -> wasmtime::Result<Step> {
        self.call(&self.exports().on, (running, event, now))
    }
}
