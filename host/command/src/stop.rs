//! Why the command ends without a result.

use rpa_auth_host::{AuthError, BuildError, Error, Stopped};

use crate::exit::Exit;
use crate::function::Function;

/// Why the command ends without a result. No text of it holds a secret.
pub enum Stop {
    /// The arguments or the account file cannot be used.
    Usage(String),
    /// A secret or a file could not be read.
    Unreadable(String),
    /// The flow ended with an error of the contract.
    Failed(Function, AuthError),
    /// The component was stopped within the call.
    Broken(Function, Stopped),
    /// The command broke.
    Internal(String),
    /// Ctrl-C before anything was sent that could count.
    InterruptedBefore,
    /// Ctrl-C while a call was under way.
    Interrupted(Function),
}

impl Stop {
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub fn unreadable(text: impl Into<String>) -> Self {
        Self::Unreadable(text.into())
    }

    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Internal(with_causes(error))
    }

    /// What a call ended with.
    pub fn of_call(function: Function, error: Error) -> Self {
        match error {
            Error::Auth(error) => Self::Failed(function, error),
            Error::Component(stopped) => Self::Broken(function, stopped),
            error => Self::internal(&error),
        }
    }

    /// A plugin that could not be set up: most often for a file.
    pub fn of_build(error: &BuildError) -> Self {
        match error {
            BuildError::CaBundle(_) | BuildError::ClientCertificate(_) | BuildError::Proxy(_) => {
                Self::Unreadable(with_causes(error))
            }
            error => Self::internal(error),
        }
    }

    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Unreadable(_) => Exit::Unreadable,
            Self::Failed(_, error) => Exit::from(error),
            Self::Broken(_, stopped) if stopped.may_have_acted => Exit::MayHaveActed,
            Self::Broken(..) | Self::Internal(_) => Exit::Internal,
            Self::InterruptedBefore | Self::Interrupted(_) => Exit::Interrupted,
        }
    }
}

fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
