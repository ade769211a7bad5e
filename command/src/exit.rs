//! The exit codes: one per class of error, the same in every version.

use rpa_auth_host::{AuthError, RejectionKind, SessionError};

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Internal = 1,
    Usage = 2,
    NotValid = 3,
    Unreadable = 4,
    InvalidArgument = 10,
    CredentialsRejected = 11,
    TokenRejected = 12,
    RequestRejected = 13,
    Forbidden = 14,
    NotFound = 15,
    ServerError = 16,
    Throttled = 20,
    Redirected = 21,
    UnexpectedResponse = 22,
    Unreachable = 30,
    MayHaveActed = 31,
    CoolingDown = 40,
    Contested = 41,
    StillGood = 42,
    Ended = 43,
    Busy = 44,
    Store = 45,
    ApiStatus = 50,
    Interrupted = 130,
}

impl Exit {
    const ALL: [Self; 25] = [
        Self::Done,
        Self::Internal,
        Self::Usage,
        Self::NotValid,
        Self::Unreadable,
        Self::InvalidArgument,
        Self::CredentialsRejected,
        Self::TokenRejected,
        Self::RequestRejected,
        Self::Forbidden,
        Self::NotFound,
        Self::ServerError,
        Self::Throttled,
        Self::Redirected,
        Self::UnexpectedResponse,
        Self::Unreachable,
        Self::MayHaveActed,
        Self::CoolingDown,
        Self::Contested,
        Self::StillGood,
        Self::Ended,
        Self::Busy,
        Self::Store,
        Self::ApiStatus,
        Self::Interrupted,
    ];

    pub fn code(self) -> u8 {
        self as u8
    }

    /// The table as `--help` and the manual page show it.
    pub fn table() -> String {
        let lines = Self::ALL.iter();
        let lines = lines.map(|exit| format!("  {:>3}  {}", exit.code(), exit.meaning()));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Internal => "the command itself failed",
            Self::Usage => "arguments or account file: nothing was sent",
            Self::NotValid => "validate: the token is not good any more",
            Self::Unreadable => "a secret or a file could not be read: nothing was sent",
            Self::InvalidArgument => "invalid-argument: a value cannot be used; nothing was sent",
            Self::CredentialsRejected => "credentials-rejected: do not try again",
            Self::TokenRejected => "token-rejected: get a new token",
            Self::RequestRejected => "request-rejected: fix the input",
            Self::Forbidden => "forbidden: ask a person",
            Self::NotFound => "not-found: wrong URL, API version or tenant",
            Self::ServerError => "server-error: the platform failed",
            Self::Throttled => "throttled: wait",
            Self::Redirected => "redirected: fix the URL",
            Self::UnexpectedResponse => "unexpected-response: something else answered",
            Self::Unreachable => "unreachable: the request was not sent",
            Self::MayHaveActed => "unreachable: the request may have been received",
            Self::CoolingDown => "cooling-down: nothing was sent; wait, or see `rpa-auth status`",
            Self::Contested => "contested: somebody outside logs in with the same user",
            Self::StillGood => "still-good: the API refuses the call for another reason",
            Self::Ended => "ended: somebody ended the shared session; `rpa-auth reopen`",
            Self::Busy => "busy: no shared token in time; try again",
            Self::Store => "store-unavailable, store-other: nothing was sent; see to the store",
            Self::ApiStatus => "api: the platform answered with a status that is no success",
            Self::Interrupted => "interrupted: by Ctrl-C, or told to end (TERM, HUP, QUIT)",
        }
    }
}

impl From<&AuthError> for Exit {
    fn from(error: &AuthError) -> Self {
        match error {
            AuthError::InvalidArgument(_) => Self::InvalidArgument,
            AuthError::Rejected(rejection) => match rejection.kind {
                RejectionKind::CredentialsRejected => Self::CredentialsRejected,
                RejectionKind::TokenRejected => Self::TokenRejected,
                RejectionKind::RequestRejected => Self::RequestRejected,
                RejectionKind::Forbidden => Self::Forbidden,
                RejectionKind::NotFound => Self::NotFound,
                RejectionKind::ServerError => Self::ServerError,
                _ => Self::Internal,
            },
            AuthError::Throttled(_) => Self::Throttled,
            AuthError::Redirected(_) => Self::Redirected,
            AuthError::UnexpectedResponse(_) => Self::UnexpectedResponse,
            AuthError::Unreachable(no_answer) if no_answer.may_have_acted => Self::MayHaveActed,
            AuthError::Unreachable(_) => Self::Unreachable,
            _ => Self::Internal,
        }
    }
}

impl From<&SessionError> for Exit {
    fn from(error: &SessionError) -> Self {
        match error {
            SessionError::Auth(error) => Self::from(error),
            SessionError::CoolingDown(_) => Self::CoolingDown,
            SessionError::Contested(_) => Self::Contested,
            SessionError::StillGood => Self::StillGood,
            SessionError::Ended => Self::Ended,
            SessionError::Busy | SessionError::TooManyCalls { .. } => Self::Busy,
            SessionError::Store(_) => Self::Store,
            SessionError::NoSecret(_) => Self::Unreadable,
            SessionError::Component(stopped) if stopped.may_have_acted => Self::MayHaveActed,
            _ => Self::Internal,
        }
    }
}
