//! What the protocol must know of a platform.

use crate::Current;
use crate::outcome::Renewal;

/// Which platform an account is on, and by which flow it logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Platform {
    /// A Control Room: a login displaces the user's token, and the third refused
    /// one disables the user.
    ControlRoom,
    /// An Orchestrator, by user name and password: ten refused logins lock out.
    Ropc,
    /// An Orchestrator's identity server, by client credentials.
    ClientCredentials,
}

impl Platform {
    /// At so many refused logins in a row nothing more is sent.
    pub(crate) fn refusal_limit(self) -> u32 {
        match self {
            Self::ControlRoom => 2,
            Self::Ropc | Self::ClientCredentials => 5,
        }
    }

    /// How long nothing is sent after so many refused logins in a row. The first
    /// one leaves room for a corrected secret at once; a Control Room's second
    /// is its last.
    pub(crate) fn pause_after_refusals(self, refusals: u32) -> u64 {
        match (self, refusals) {
            (Self::ControlRoom, _) | (_, 0 | 1) => 0,
            (_, refusals) => 15_000_u64.saturating_mul(1 << refusals.saturating_sub(2).min(4)),
        }
    }

    /// Whether a token can be made to end before its time.
    pub fn has_logout(self) -> bool {
        self == Self::ControlRoom
    }

    /// How a token is renewed before it expires.
    pub(crate) fn early_renewal(self, current: &Current) -> Renewal {
        match self {
            Self::ControlRoom if current.token.multiple_login != Some(true) => Renewal::Refresh,
            _ => Renewal::Login,
        }
    }
}
