//! The seven functions of the contract.

/// A function of the contract, by its name there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Authenticate,
    Validate,
    Refresh,
    Logout,
    RopcAuthenticate,
    ClientCredentialsAuthenticate,
    CurrentUser,
}

impl Function {
    pub fn name(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::Validate => "validate",
            Self::Refresh => "refresh",
            Self::Logout => "logout",
            Self::RopcAuthenticate => "ropc-authenticate",
            Self::ClientCredentialsAuthenticate => "client-credentials-authenticate",
            Self::CurrentUser => "current-user",
        }
    }

    /// The platform that it is for, by its name in an account file.
    pub fn platform(self) -> &'static str {
        match self {
            Self::Authenticate | Self::Validate | Self::Refresh | Self::Logout => "control-room",
            Self::RopcAuthenticate | Self::ClientCredentialsAuthenticate | Self::CurrentUser => {
                "orchestrator"
            }
        }
    }

    /// Whom it speaks to, in a sentence.
    pub fn other_side(self) -> &'static str {
        match self {
            Self::Authenticate | Self::Validate | Self::Refresh | Self::Logout => {
                "the Control Room"
            }
            Self::RopcAuthenticate | Self::CurrentUser => "the Orchestrator",
            Self::ClientCredentialsAuthenticate => "the identity server",
        }
    }
}
