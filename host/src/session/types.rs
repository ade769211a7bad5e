//! What sessions take and give.

use wasmtime::component::{ComponentType, Lift};

use crate::{
    AuthError, ClientCredentials, ControlRoom, ControlRoomCredentials, ControlRoomSecret,
    IdentityServer, Orchestrator, RopcCredentials, Secret, Token, Transport,
};

/// Whose token is shared. Address, tenant, user name or client id and scopes say
/// which account it is; the secret does not, so that an old and a new password
/// are the same account. `Ada` and `ada` are one user.
#[derive(Clone, Debug)]
pub enum Account {
    /// A user of a Control Room. Without a code of a second factor, which cannot
    /// be used twice.
    ControlRoom(ControlRoom, ControlRoomCredentials),
    /// A user of an Orchestrator.
    Ropc(Orchestrator, RopcCredentials),
    /// An external application of an Orchestrator.
    ClientCredentials(IdentityServer, ClientCredentials),
}

impl Account {
    /// The same with another secret.
    pub(super) fn with_secret(&self, secret: Secret) -> Self {
        let mut account = self.clone();
        match &mut account {
            Self::ControlRoom(_, credentials) => match &mut credentials.secret {
                ControlRoomSecret::Password(old) | ControlRoomSecret::ApiKey(old) => *old = secret,
            },
            Self::Ropc(_, credentials) => credentials.password = secret,
            Self::ClientCredentials(_, credentials) => credentials.client_secret = secret,
        }
        account
    }

    /// How long all of its texts are together, in bytes.
    pub(super) fn length(&self) -> usize {
        let some = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let transport = |transport: &Transport| {
            let headers = transport.headers.iter();
            let headers = headers.map(|header| header.name.len() + header.value.expose().len());
            headers.sum::<usize>()
        };
        match self {
            Self::ControlRoom(room, credentials) => {
                let (ControlRoomSecret::Password(secret) | ControlRoomSecret::ApiKey(secret)) =
                    &credentials.secret;
                room.url.len()
                    + transport(&room.transport)
                    + credentials.username.len()
                    + secret.expose().len()
            }
            Self::Ropc(orchestrator, credentials) => {
                orchestrator.url.len()
                    + some(&orchestrator.organization)
                    + some(&orchestrator.tenant)
                    + some(&orchestrator.authenticate_path)
                    + transport(&orchestrator.transport)
                    + some(&credentials.tenancy_name)
                    + credentials.username_or_email_address.len()
                    + credentials.password.expose().len()
            }
            Self::ClientCredentials(server, credentials) => {
                let scopes = credentials.scopes.iter().map(String::len);
                server.token_url.len()
                    + transport(&server.transport)
                    + credentials.client_id.len()
                    + credentials.client_secret.expose().len()
                    + scopes.sum::<usize>()
            }
        }
    }
}

/// A token, and how it came to hand.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Grant {
    /// The token. Its lifetime is what is left now.
    pub token: Token,
    /// Where it is from.
    pub origin: TokenOrigin,
    /// Spent waiting for somebody else's renewal, in milliseconds.
    #[component(name = "waited-ms")]
    pub waited_ms: u32,
    /// Whether this caller replaced a holder that fell silent.
    #[component(name = "took-over")]
    pub took_over: bool,
}

/// Where a token is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum TokenOrigin {
    /// The memory of this session.
    #[component(name = "memory")]
    Memory,
    /// The store.
    #[component(name = "store")]
    Store,
    /// This call's login.
    #[component(name = "login")]
    Login,
    /// This call's refresh.
    #[component(name = "refresh")]
    Refresh,
}

impl TokenOrigin {
    /// The contract's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Store => "store",
            Self::Login => "login",
            Self::Refresh => "refresh",
        }
    }
}

/// The platform refused or failed a short while ago. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Cooldown {
    /// When the next login may be sent, in seconds. None where a person must act:
    /// [`reset_refusals`](crate::Session::reset_refusals).
    #[component(name = "retry-after-seconds")]
    pub retry_after_seconds: Option<u32>,
    /// Logins of this user since the last good one that the platform may have counted
    /// as refused.
    pub refusals: u32,
    /// What the platform said.
    pub cause: AuthError,
}

/// Fresh tokens are refused at once. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Contest {
    /// Tokens refused in a row, each within a minute of its issue.
    pub refused: u32,
    /// When the next attempt may be made, in seconds.
    #[component(name = "retry-after-seconds")]
    pub retry_after_seconds: u32,
}

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum State {
    /// No token is there, and nothing holds a login back.
    #[component(name = "none")]
    None,
    /// There is a token.
    #[component(name = "valid")]
    Valid,
    /// Somebody is getting one.
    #[component(name = "renewing")]
    Renewing,
    /// Nothing is sent for a while, or until a person acts.
    #[component(name = "cooling-down")]
    CoolingDown,
    /// Fresh tokens were refused at once.
    #[component(name = "contested")]
    Contested,
    /// Somebody ended the session for all.
    #[component(name = "ended")]
    Ended,
}

impl State {
    /// The contract's name of it: `cooling-down`, say.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Valid => "valid",
            Self::Renewing => "renewing",
            Self::CoolingDown => "cooling-down",
            Self::Contested => "contested",
            Self::Ended => "ended",
        }
    }
}

/// What operators may see of an account. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Status {
    /// How it stands for this session's secret.
    pub state: State,
    /// The first 8 digits of the entry's key: the same for programs that share it.
    pub place: String,
    /// Since the state was written, in milliseconds by the store's clock.
    #[component(name = "age-ms")]
    pub age_ms: u64,
    /// Lifetime left of the current token, in seconds, where there is one.
    #[component(name = "lifetime-seconds")]
    pub lifetime_seconds: Option<u32>,
    /// When the next login may be sent, in seconds. None where nothing holds it back, or a
    /// person must act.
    #[component(name = "retry-after-seconds")]
    pub retry_after_seconds: Option<u32>,
    /// Logins of this user since the last good one that the platform may have counted
    /// as refused: those that were, and those without a verdict.
    pub refusals: u32,
    /// The number of logins that are left before a person must act.
    #[component(name = "logins-left")]
    pub logins_left: u32,
    /// The number of logins, refreshes and checks.
    pub attempt: u64,
    /// The actor that wrote the state.
    pub actor: Option<String>,
    /// Why nothing is sent.
    pub cause: Option<AuthError>,
}
