//! The four stores: one suite against all of them, with real processes, a real Redis and
//! a real PostgreSQL, and for each what is its own.
//!
//! No test waits for a time to pass and hopes: a limit here is one that only a store
//! that hangs can reach.

#![cfg(unix)]

mod contract;
mod directory;
mod expiry;
mod known;
mod places;
mod postgres;
mod races;
mod redis;
mod users;
mod waiting;
mod worker;

use std::time::Duration;

use rpa_auth_host::{Entry, Store, StoreError, Version};
use tokio::task::JoinHandle;

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Longer than any test may run: who comes back before was not held back.
const LONG: Duration = Duration::from_secs(600);

/// An entry's name, one for each digit.
fn key(digit: char) -> String {
    digit.to_string().repeat(64)
}

async fn read(store: &Store, key: &str) -> Result<Option<Entry>, StoreError> {
    soon(store.read(key, None, Duration::ZERO)).await
}

/// What is there, which must be something.
async fn entry(store: &Store, key: &str) -> Entry {
    read(store, key).await.unwrap().expect("there is an entry")
}

/// Writes, kept for good.
async fn set(
    store: &Store,
    key: &str,
    expected: Option<&Version>,
    value: &str,
) -> Result<Option<Version>, StoreError> {
    soon(store.compare_and_set(key, expected, value.into(), None)).await
}

/// Writes where nothing may be yet.
async fn make(store: &Store, key: &str, value: &str) -> Version {
    let version = set(store, key, None, value).await.unwrap();
    version.expect("nobody else writes")
}

/// Fails the test where something hangs.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(LIMIT, work).await;
    done.expect("it does not hang")
}

/// A reader that is held back has not come back after some looks. One that comes
/// back too soon is seen here; one that is slow to begin is not told from one that
/// waits, and the test is good in either case.
async fn held_back<T>(reader: &JoinHandle<T>) {
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!reader.is_finished());
}
