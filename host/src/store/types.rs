//! What goes into a store and comes out of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::StoreError;

/// The name of an entry: 64 lower-case hexadecimal digits. A clone is cheap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreKey(Arc<str>);

impl StoreKey {
    /// Anything else is [`StoreError::Other`], and nothing of it is shown.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Self(text.into()))
        } else {
            Err(StoreError::other(
                "a key is 64 lower-case hexadecimal digits",
            ))
        }
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which write an entry comes from. Opaque: two are the same or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// One that no store has given before: 128 bits from the operating system,
    /// as 32 hexadecimal digits.
    ///
    /// A counter would begin again where a store forgets: an entry that was
    /// dropped, a folder deleted, a Redis that comes back empty. Random bits need
    /// no memory. After 2^40 writes of one key the odds that two of them
    /// got the same version are below 1 to 2^48.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|_| StoreError::other("the operating system gives no random bytes"))?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// The version as it stands in the contract.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Version {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Version {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// An entry as it was when it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was written, 64 KiB at most.
    pub value: Vec<u8>,
    /// Which write it comes from.
    pub version: Version,
    /// How long ago that was, by the store's own clock, to the millisecond.
    pub age: Duration,
}

impl Entry {
    /// Whether `entry` is there with the version that a caller knows already.
    pub(super) fn is_known(entry: Option<&Self>, unless: Option<&Version>) -> bool {
        entry.is_some() && entry.map(|entry| &entry.version) == unless
    }
}

/// Shows how long the value is, and nothing of it.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("value", &format_args!("[{} bytes]", self.value.len()))
            .field("version", &self.version)
            .field("age", &self.age)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_lower_case_hexadecimal_digits_and_nothing_else() {
        let good = "0123456789abcdef".repeat(4);
        assert_eq!(StoreKey::parse(&good).unwrap().as_str(), good);
        let up = good.to_uppercase();
        let path = format!("../{}", &good[3..]);
        let long = format!("{good}0");
        let wide = "é".repeat(32);
        for bad in ["", &good[1..], &up, &path, &long, &wide] {
            assert!(StoreKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let entry = Entry {
            value: b"s3cret".to_vec(),
            version: "v".into(),
            age: Duration::ZERO,
        };
        assert!(format!("{entry:?}").contains("[6 bytes]"));
    }
}
