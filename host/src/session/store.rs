//! The store as the component sees it: its import `token-store`.

use std::time::Duration;

use crate::bindings::rpa::auth::token_store as wit;
use crate::engine::State;
use crate::store::{StoreError, Version};

impl wit::Host for State {
    async fn read(
        &mut self,
        key: String,
        unless_version: Option<String>,
        wait_ms: u32,
    ) -> Result<Option<wit::Entry>, wit::StoreError> {
        let unless = unless_version.map(Version::from);
        let wait = Duration::from_millis(wait_ms.into());
        let entry = self.tokens.read(&key, unless.as_ref(), wait).await?;
        Ok(entry.map(|entry| wit::Entry {
            value: entry.value,
            version: entry.version.as_str().to_owned(),
            age_ms: u64::try_from(entry.age.as_millis()).unwrap_or(u64::MAX),
        }))
    }

    async fn compare_and_set(
        &mut self,
        key: String,
        expected: Option<String>,
        value: Vec<u8>,
        keep_seconds: Option<u32>,
    ) -> Result<Option<String>, wit::StoreError> {
        let expected = expected.map(Version::from);
        let keep = keep_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let version = self
            .tokens
            .compare_and_set(&key, expected.as_ref(), value, keep);
        Ok(version.await?.map(|version| version.as_str().to_owned()))
    }
}

impl From<StoreError> for wit::StoreError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(text) => Self::Unavailable(text),
            StoreError::Other(text) => Self::Other(text),
        }
    }
}

impl From<wit::StoreError> for StoreError {
    fn from(error: wit::StoreError) -> Self {
        match error {
            wit::StoreError::Unavailable(text) => Self::Unavailable(text),
            wit::StoreError::Other(text) => Self::Other(text),
        }
    }
}
