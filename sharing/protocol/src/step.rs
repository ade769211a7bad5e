//! What a machine asks for, and what it is told.

use alloc::boxed::Box;
use alloc::string::String;

use rpa_auth_flows::AuthError;

use crate::{Entry, Outcome, Platform};

/// The version of an entry, as the store gave it.
pub type Version = String;

/// What to do next. Each is answered with an [`Event`], but for `Done`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step<T> {
    /// Read the entry; answered with `Entry` or `StoreFailed`. While the entry
    /// has the version `unless`, the answer may be held back for `wait_ms`.
    Read {
        /// The version that is known already.
        unless: Option<Version>,
        /// The longest wait.
        wait_ms: u64,
    },
    /// Write the entry if it still has the version `expected`; answered with
    /// `Written` or `StoreFailed`.
    Write {
        /// The version that was read; none where there was no entry.
        expected: Option<Version>,
        /// What is to stand there.
        entry: Box<Entry>,
    },
    /// Begin a request to the platform and wait for its end, but no longer than
    /// `wait_ms`; answered with `Answer` or `Quiet`.
    Send {
        /// What to send.
        request: Request,
        /// The longest wait.
        wait_ms: u64,
        /// The request is given up after this long, if its own limit of time is not
        /// shorter.
        limit_ms: Option<u64>,
    },
    /// Go on waiting for the request that is in flight.
    Await {
        /// The longest wait.
        wait_ms: u64,
    },
    /// Let time pass; answered with `Quiet`.
    Sleep {
        /// How much.
        ms: u64,
    },
    /// The machine has come to its end.
    Done(Result<T, Failure>),
}

impl<T> Step<T> {
    /// Reads the entry at once.
    pub(crate) fn read() -> Self {
        Self::Read {
            unless: None,
            wait_ms: 0,
        }
    }

    /// The same step of a machine within another one, which looks at its end
    /// itself: `done` is that end.
    pub fn within<U>(self, done: impl FnOnce(Result<T, Failure>) -> Step<U>) -> Step<U> {
        match self {
            Self::Read { unless, wait_ms } => Step::Read { unless, wait_ms },
            Self::Write { expected, entry } => Step::Write { expected, entry },
            Self::Send {
                request,
                wait_ms,
                limit_ms,
            } => Step::Send {
                request,
                wait_ms,
                limit_ms,
            },
            Self::Await { wait_ms } => Step::Await { wait_ms },
            Self::Sleep { ms } => Step::Sleep { ms },
            Self::Done(result) => done(result),
        }
    }
}

/// What is sent to the platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// The account's login.
    Login,
    /// A refresh of this token.
    Refresh(String),
    /// The question whether this token is still good.
    Check(String),
    /// A call without credentials, to see whether the platform is there.
    Probe,
    /// The logout of this token.
    Logout(String),
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::large_enum_variant,
    reason = "made and taken apart at once; a box would gain nothing"
)]
pub enum Event {
    /// The entry that was read.
    Entry(Option<Found>),
    /// The version that was written; none where somebody else was first.
    Written(Option<Version>),
    /// The store failed. A write may have happened.
    StoreFailed(StoreError),
    /// The request ended.
    Answer(Outcome),
    /// The time to wait is over.
    Quiet,
}

/// An entry as a store gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// What stands there.
    pub entry: Entry,
    /// How long ago it was written, by the store's clock.
    pub age_ms: u64,
    /// Its version.
    pub version: Version,
}

impl Found {
    /// The entry as it is when it is received. The way back from the store is
    /// not counted: a lease seems a little longer to others, never shorter.
    pub fn at_receipt(&self, platform: Platform) -> Entry {
        let mut entry = self.entry.clone();
        entry.elapse(self.age_ms, platform);
        entry
    }
}

/// Why the store gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StoreError<T = String> {
    /// It cannot be reached. A write may have happened.
    Unavailable(Option<T>),
    /// Anything else.
    Other(Option<T>),
}

/// Why a machine ended without what it was for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The attempt that this caller made, or waited for, failed.
    Auth(AuthError),
    /// Nothing was sent: the platform refused or failed a short while ago.
    CoolingDown {
        /// None where a person must act.
        retry_after_ms: Option<u64>,
        /// Logins since the last good one that the platform may have counted as
        /// refused.
        refusals: u32,
        /// What the platform said.
        cause: AuthError,
    },
    /// Nothing was sent: fresh tokens are dead at once.
    Contested {
        /// The number of them in a row.
        refused: u32,
        /// When the next attempt may be made.
        retry_after_ms: u64,
    },
    /// The platform says that the token is good: the API refuses the call for another
    /// reason.
    StillGood,
    /// Somebody ended the session for all.
    Ended,
    /// Somebody else is renewing and did not finish in time.
    Busy,
    /// The store failed.
    Store(StoreError),
}
