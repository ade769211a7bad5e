//! Why the command ends without a result.

use rpa_auth_host::{AuthError, BuildError, Error, Stopped};

use crate::advice::Case;
use crate::call::Sent;
use crate::check::Found;
use crate::exit::Exit;
use crate::function::Function;
use crate::shared;

/// Why the command ends without a result. No text of it holds a secret.
pub enum CliError {
    /// The arguments or the account file cannot be used.
    Usage(String),
    /// A secret or a file could not be read.
    Unreadable(String),
    /// The flow ended with an error of the contract.
    Failed(Box<Failure>),
    /// A shared session ended with an error.
    Shared(Box<shared::Failure>),
    /// A call of the platform's API got no answer.
    Unanswered(AuthError),
    /// The command broke.
    Internal(String),
    /// The component was stopped in the middle of a call.
    Broken(Function, Stopped),
    /// The result could not be written.
    Unwritten {
        why: String,
        /// The call that had been made, if one had.
        made: Option<Function>,
    },
    /// A signal, before anything was sent that could count.
    InterruptedBefore,
    /// A signal while an operator's call to the store was under way.
    HalfDone(shared::Task),
    /// A signal while a call was under way.
    Interrupted(Function),
}

/// An error of the contract, and what is known around it.
pub struct Failure {
    pub function: Function,
    pub error: AuthError,
    pub sent: Sent,
    /// What a look at the connection found afterwards: more than the error says.
    pub found: Option<String>,
}

impl Failure {
    /// Adds what a look at the connection found afterwards.
    pub fn explain(&mut self, found: Found) {
        if let AuthError::Unreachable(no_answer) = &mut self.error {
            no_answer.may_have_acted &= !found.reached_nobody;
        }
        self.found = Some(found.text);
    }

    /// As the table of advice looks at it.
    pub fn case(&self) -> Case<'_> {
        Case {
            function: self.function,
            error: &self.error,
            sent: &self.sent,
        }
    }
}

impl CliError {
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub fn unreadable(text: impl Into<String>) -> Self {
        Self::Unreadable(text.into())
    }

    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Internal(with_causes(error))
    }

    /// Standard output takes nothing; no call was made.
    pub fn unwritten(error: &std::io::Error) -> Self {
        Self::Unwritten {
            why: Self::deaf(error),
            made: None,
        }
    }

    /// Says that standard output takes nothing.
    pub fn deaf(error: &std::io::Error) -> String {
        format!("standard output took nothing: {error}")
    }

    /// What a call ended with.
    pub fn of_call(function: Function, error: Error, sent: Sent) -> Self {
        match error {
            Error::Auth(error) => Self::Failed(Box::new(Failure {
                function,
                error,
                sent,
                found: None,
            })),
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
            BuildError::Keys(_) => Self::Usage(with_causes(error)),
            error => Self::internal(error),
        }
    }

    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Unreadable(_) => Exit::Unreadable,
            Self::Failed(failure) => Exit::from(&failure.error),
            Self::Shared(failure) => Exit::from(&failure.error),
            Self::Unanswered(error) => Exit::from(error),
            Self::Broken(_, stopped) if stopped.may_have_acted => Exit::MayHaveActed,
            Self::Internal(_) | Self::Broken(..) | Self::Unwritten { .. } => Exit::Internal,
            Self::InterruptedBefore | Self::HalfDone(_) | Self::Interrupted(_) => Exit::Interrupted,
        }
    }
}

/// An error and its causes, the first line of each: the engine's own go on with
/// a trace of its insides.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        let text = text.lines().next().unwrap_or_default();
        let text = if text.starts_with("error while executing at wasm backtrace") {
            ""
        } else {
            text.trim_end_matches(':')
        };
        if !text.is_empty() && texts.last().is_none_or(|last| last != text) {
            texts.push(text.to_owned());
        }
        next = cause.source();
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Trap(Option<Box<Trap>>, &'static str);

    impl fmt::Display for Trap {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.1)
        }
    }

    impl std::error::Error for Trap {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.0.as_deref().map(|cause| cause as _)
        }
    }

    #[test]
    fn a_trap_is_said_without_a_trace_of_the_component() {
        let trap = Trap(None, "wasm trap: unreachable\n    0: 0x1 - rpa_auth.wasm!f");
        let place = "error while executing at wasm backtrace:\n    0: 0x1 - rpa_auth.wasm!f";
        let stopped = Trap(
            Some(Box::new(Trap(Some(Box::new(trap)), place))),
            "the component was stopped",
        );
        assert_eq!(
            with_causes(&stopped),
            "the component was stopped: wasm trap: unreachable"
        );
    }
}
