//! What the results of the flows need to be the contract's: the components lower them
//! as they are.
//!
//! The bindings take a result for the WIT type of the same name, and use its fields and
//! cases. Of a text they want two methods, and each export has its own code that calls
//! them: a text that is already in the form in which it goes out makes a component 3 KB
//! smaller than a `String`.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::ops::Deref;

use crate::TransportFailure;

/// A text of a result. It is made once and does not grow.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Text(Box<str>);

impl Text {
    /// Returns it as one that can grow.
    pub fn into_string(self) -> String {
        self.0.into_string()
    }

    /// Returns itself, where the bindings want the bytes of a `String`.
    #[doc(hidden)]
    pub fn into_bytes(self) -> Self {
        self
    }

    /// Returns its bytes.
    #[doc(hidden)]
    pub fn into_boxed_slice(self) -> Box<[u8]> {
        self.0.into_boxed_bytes()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    #[inline(never)]
    fn from(text: String) -> Self {
        Self(text.into_boxed_str())
    }
}

/// A text that does not exist: of a case that no flow gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Never {}

impl Never {
    /// Returns what the bindings want of a `String`.
    #[doc(hidden)]
    pub fn into_bytes(self) -> Text {
        match self {}
    }
}

impl TransportFailure {
    /// Returns the case of this number, in the order of the contract, where the bindings
    /// lift one that a host passed in.
    #[doc(hidden)]
    pub fn _lift(number: u8) -> Self {
        match number {
            0 => Self::Dns,
            1 => Self::Refused,
            2 => Self::Tls,
            3 => Self::Timeout,
            4 => Self::Closed,
            5 => Self::Denied,
            _ => Self::Other,
        }
    }
}

/// A header field (RFC 9110, section 5): one to send, as it was passed in, or with
/// [`Text`] the one that carries a token. Its value may be a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HeaderField<T = String> {
    /// The field name.
    pub name: T,
    /// The field value.
    pub value: T,
}

impl<T: fmt::Debug> fmt::Debug for HeaderField<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderField")
            .field("name", &self.name)
            .field("value", &format_args!("[redacted]"))
            .finish()
    }
}
