//! A token store in memory. It is there as long as the instance of the component that it
//! is composed with: two instances share nothing.

#![cfg(target_family = "wasm")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::exports::rpa::auth::token_store::{Entry, Guest, StoreError};

wit_bindgen::generate!({
    path: ["../../wit", "wit"],
    world: "example:token-store/memory",
    generate_all,
});

struct Memory;

export!(Memory);

struct Stored {
    value: Vec<u8>,
    version: String,
    written: Instant,
    expires: Option<Instant>,
}

thread_local! {
    static ENTRIES: RefCell<HashMap<String, Stored>> = RefCell::default();
}

impl Guest for Memory {
    /// Answers at once: while it waits nobody else can write.
    fn read(
        key: String,
        _unless_version: Option<String>,
        _wait_ms: u32,
    ) -> Result<Option<Entry>, StoreError> {
        ENTRIES.with_borrow(|entries| {
            Ok(current(entries, &key).map(|stored| Entry {
                value: stored.value.clone(),
                version: stored.version.clone(),
                age_ms: u64::try_from(stored.written.elapsed().as_millis()).unwrap_or(u64::MAX),
            }))
        })
    }

    fn compare_and_set(
        key: String,
        expected: Option<String>,
        value: Vec<u8>,
        keep_seconds: Option<u32>,
    ) -> Result<Option<String>, StoreError> {
        ENTRIES.with_borrow_mut(|entries| {
            let found = current(entries, &key).map(|stored| &stored.version);
            if found != expected.as_ref() {
                return Ok(None);
            }
            let version = version()?;
            let written = Instant::now();
            let keep = keep_seconds.map(|seconds| Duration::from_secs(seconds.into()));
            let stored = Stored {
                value,
                version: version.clone(),
                written,
                expires: keep.and_then(|keep| written.checked_add(keep)),
            };
            entries.insert(key, stored);
            Ok(Some(version))
        })
    }
}

/// The entry, unless its time is over.
fn current<'a>(entries: &'a HashMap<String, Stored>, key: &str) -> Option<&'a Stored> {
    let stored = entries.get(key)?;
    let is_over = stored
        .expires
        .is_some_and(|expires| expires <= Instant::now());
    (!is_over).then_some(stored)
}

/// Never the same twice, whatever was stored before.
fn version() -> Result<String, StoreError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| StoreError::Other(Some(error.to_string())))?;
    Ok(format!("{:032x}", u128::from_be_bytes(random)))
}
