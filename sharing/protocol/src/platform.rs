//! What the protocol must know of a platform.

use crate::Current;

/// By which flow an account logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// A Control Room: a login displaces the user's token.
    ControlRoom,
    /// An Orchestrator, by user name and password.
    Ropc,
    /// An Orchestrator's identity server, by client credentials.
    ClientCredentials,
}

/// The platform of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Platform {
    flow: Flow,
    lockout_limit: u32,
}

/// How a token is renewed, and what comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Renewal {
    /// With the credentials.
    Login,
    /// With the token.
    Refresh,
    /// With the credentials, if the platform says that the token is dead.
    Check,
}

impl Platform {
    /// The smallest `lockout-limit` that leaves a login.
    pub const SMALLEST_LIMIT: u32 = 2;

    /// The largest: as many as a Control Room can be set to.
    pub const LARGEST_LIMIT: u32 = 99;

    /// `lockout_limit` is the number of refused logins in a row after which the
    /// platform disables the user: by default three on a Control Room, ten on an
    /// Orchestrator. None where it is out of range.
    pub fn new(flow: Flow, lockout_limit: Option<u32>) -> Option<Self> {
        let lockout_limit = lockout_limit.unwrap_or(match flow {
            Flow::ControlRoom => 3,
            Flow::Ropc | Flow::ClientCredentials => 10,
        });
        let range = Self::SMALLEST_LIMIT..=Self::LARGEST_LIMIT;
        range.contains(&lockout_limit).then_some(Self {
            flow,
            lockout_limit,
        })
    }

    /// By which flow it is logged in to.
    pub fn flow(self) -> Flow {
        self.flow
    }

    /// The number of logins between two good ones that the platform may have
    /// counted as refused, at most. The next one needs a person.
    pub fn logins_without_a_person(self) -> u32 {
        self.lockout_limit.saturating_sub(1)
    }

    /// How long nothing is sent after that number of logins in a row that may have
    /// been refused. The first one leaves room for a corrected secret at once.
    pub(crate) fn pause_after_refusals(self, refusals: u32) -> u64 {
        match refusals.checked_sub(2) {
            Some(more) => 15_000_u64.saturating_mul(1 << more.min(4)),
            None => 0,
        }
    }

    /// Whether a login ends the token before it.
    pub(crate) fn login_displaces(self) -> bool {
        self.flow == Flow::ControlRoom
    }

    /// Whether a token can be made to end before its time.
    pub fn has_logout(self) -> bool {
        self.flow == Flow::ControlRoom
    }

    /// How a token is renewed before it expires.
    pub(crate) fn early_renewal(self, current: &Current) -> Renewal {
        if self.login_displaces() && current.token.multiple_login != Some(true) {
            Renewal::Refresh
        } else {
            Renewal::Login
        }
    }
}
