//! What a call gives back, in the form that the bindings lower.
//!
//! The bindings take these types for the WIT types of the same names (see `with`
//! in `bindings`), and use nothing of them but their fields, their cases and the
//! two methods of [`Text`]. They differ in two things from what the bindings
//! would make, and the component is 3 KB smaller for it, because every export
//! lowers its result with code of its own: a text is already in the form in which
//! it goes out, and the case that no call gives cannot be made.
//!
//! `Debug` and `Clone` are there for the bindings. Nothing of ours prints.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "session")]
use crate::bindings::exports::rpa::auth::session::{Contest, Cooldown};
use crate::bindings::exports::rpa::auth::types::{LifetimeSource, NoAnswer, RejectionKind};

/// A text on its way out.
#[derive(Clone, Debug)]
pub struct Text(Box<str>);

/// What the bindings ask of a `String`, and then of its bytes.
impl Text {
    /// Itself.
    pub fn into_bytes(self) -> Self {
        self
    }

    /// The bytes.
    pub fn into_boxed_slice(self) -> Box<[u8]> {
        self.0.into_boxed_bytes()
    }
}

impl From<String> for Text {
    #[inline(never)]
    fn from(text: String) -> Self {
        Self(text.into_boxed_str())
    }
}

/// The WIT record `header`. A caller's is lifted as strings.
#[derive(Clone, Debug)]
pub struct Header<T = String> {
    /// The field name.
    pub name: T,
    /// The field value. It may be a secret.
    pub value: T,
}

/// The WIT record `token`.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token itself.
    pub value: Text,
    /// The header that carries it.
    pub header: Header<Text>,
    /// Lifetime left, in seconds.
    pub lifetime_seconds: u32,
    /// Where that was learnt.
    pub lifetime_source: LifetimeSource,
    /// In Unix seconds.
    pub expires_at_seconds: u64,
    /// A Control Room token's claim to live beside other sessions.
    pub multiple_login: Option<bool>,
    /// What an identity server granted.
    pub scopes: Option<Vec<String>>,
}

/// The WIT record `user`.
#[derive(Clone, Debug)]
pub struct User {
    /// The user name.
    pub user_name: Option<Text>,
    /// The tenancy name.
    pub tenancy_name: Option<Text>,
}

/// The WIT variant `auth-error`.
#[derive(Clone, Debug)]
pub enum AuthError {
    /// An argument cannot be used.
    InvalidArgument(Text),
    /// The platform refused, or failed.
    Rejected(Rejection),
    /// Too many calls.
    Throttled(Throttling),
    /// An answer elsewhere.
    Redirected(Redirection),
    /// Not an answer of this API.
    UnexpectedResponse(Oddity),
    /// No answer came.
    Unreachable(NoAnswer),
    /// None of these: never given.
    Other(Option<Never>),
}

/// A text that does not exist.
#[derive(Clone, Debug)]
pub enum Never {}

impl Never {
    /// What the bindings ask of a `String`.
    pub fn into_bytes(self) -> Text {
        match self {}
    }
}

/// The WIT record `rejection`.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// What the platform refused.
    pub kind: RejectionKind,
    /// The HTTP status.
    pub status: u16,
    /// The platform's code.
    pub code: Option<Text>,
    /// The platform's words.
    pub message: Option<Text>,
}

/// The WIT record `throttling`.
#[derive(Clone, Debug)]
pub struct Throttling {
    /// The HTTP status.
    pub status: u16,
    /// From `Retry-After`.
    pub retry_after_seconds: Option<u32>,
    /// The platform's code.
    pub code: Option<Text>,
    /// The platform's words.
    pub message: Option<Text>,
}

/// The WIT record `redirection`.
#[derive(Clone, Debug)]
pub struct Redirection {
    /// The HTTP status.
    pub status: u16,
    /// Scheme, host and port of the new location.
    pub origin: Option<Text>,
}

/// The WIT record `oddity`.
#[derive(Clone, Debug)]
pub struct Oddity {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with it.
    pub what: Text,
}

/// The WIT variant `store-error`. The store's is lifted with a string.
#[cfg(feature = "session")]
#[derive(Clone, Debug)]
pub enum StoreError<T = String> {
    /// The store cannot be reached.
    Unavailable(Option<T>),
    /// Anything else.
    Other(Option<T>),
}

/// The WIT variant `session-error`.
#[cfg(feature = "session")]
#[derive(Clone, Debug)]
pub enum SessionError {
    /// The attempt failed, or an argument cannot be used.
    Auth(AuthError),
    /// Nothing was sent: the platform refused or failed a short while ago.
    CoolingDown(Cooldown),
    /// Nothing was sent: fresh tokens are refused at once.
    Contested(Contest),
    /// The platform says that the token is good.
    StillGood,
    /// Somebody ended the session for all.
    Ended,
    /// Somebody else is renewing and did not finish in time.
    Busy,
    /// The store failed.
    Store(StoreError<Text>),
    /// None of these: never given.
    Other(Option<Never>),
}
