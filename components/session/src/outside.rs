//! What a session has of this host: its clocks, its random bytes and its store.

use alloc::string::String;
use alloc::vec::Vec;

use rpa_auth_guest::bindings::wasi::clocks::monotonic_clock;
use rpa_auth_sharing::protocol::StoreError;
use rpa_auth_sharing::{Outside, StoredValue};

use crate::world::rpa::auth::token_store;
use crate::world::wasi::random::random;

pub(crate) const NANOSECONDS: u64 = 1_000_000;

/// This host.
pub(crate) struct Host;

impl Outside for Host {
    type Error = StoreError;

    fn now_ms(&self) -> u64 {
        monotonic_clock::now() / NANOSECONDS
    }

    /// A host that gives another number of them breaks the contract of `wasi:random`:
    /// nothing that rests on them may go on.
    fn random<const N: usize>(&self, _: &[&[u8]]) -> [u8; N] {
        let length = u64::try_from(N).unwrap_or_default();
        match random::get_random_bytes(length).try_into() {
            Ok(bytes) => bytes,
            Err(_) => core::arch::wasm32::unreachable(),
        }
    }

    fn read(
        &self,
        key: &str,
        unless: Option<&str>,
        wait_ms: u32,
    ) -> Result<Option<StoredValue>, StoreError> {
        let found = token_store::read(key, unless, wait_ms)?;
        Ok(found.map(|found| StoredValue {
            value: found.value,
            version: found.version,
            age_ms: found.age_ms,
        }))
    }

    fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&str>,
        value: Vec<u8>,
    ) -> Result<Option<String>, StoreError> {
        token_store::compare_and_set(key, expected, &value, None)
    }
}
