//! What a session needs from outside.

use alloc::vec::Vec;

use rpa_auth_session_protocol::{StoreError, Version};

/// What a store gives: the WIT record `entry`.
#[derive(Clone, Debug)]
pub struct StoredValue {
    /// What stands there.
    pub value: Vec<u8>,
    /// Its version, as the store gave it.
    pub version: Version,
    /// How long ago it was written, by the store's clock.
    pub age_ms: u64,
}

/// A clock, random bytes and the store.
pub trait Outside {
    /// Why a store gives no answer.
    type Error: From<StoreError>;

    /// Returns monotonic time, in milliseconds.
    fn now_ms(&self) -> u64;

    /// Returns fresh random bytes. `what_for` are what they are for: where nothing better
    /// is there, equal bytes are given for equal purposes alone.
    fn random<const N: usize>(&self, what_for: &[&[u8]]) -> [u8; N];

    /// Reads what stands at `key`. While it has the version `unless`, the store may hold
    /// the answer back for `wait_ms`.
    fn read(
        &self,
        key: &str,
        unless: Option<&str>,
        wait_ms: u32,
    ) -> Result<Option<StoredValue>, Self::Error>;

    /// Writes to `key` if what stands there has the version `expected`. Returns the new
    /// version, or none where somebody else was first.
    fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&str>,
        value: Vec<u8>,
    ) -> Result<Option<Version>, Self::Error>;
}
