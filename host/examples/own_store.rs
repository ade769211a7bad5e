//! Shares a token through a store of one's own: here a map, in practice a database.
//!
//! ```text
//! CR_PASSWORD=... cargo run -p rpa-auth-host --example own_store -- https://cr.example.com ada
//! cargo run -p rpa-auth-host --features store-contract --example own_store -- check
//! ```
//!
//! The second one holds the store against what sessions need of one.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Entry, Plugin, SessionKeys,
    Store, StoreError, StoreKey, TokenStore, Version,
};

/// What was written last under each key, and when.
#[derive(Default)]
struct OwnStore(Mutex<HashMap<String, Written>>);

struct Written {
    value: Vec<u8>,
    version: Version,
    at: Instant,
}

#[async_trait]
impl TokenStore for OwnStore {
    async fn read(
        &self,
        key: &StoreKey,
        _unless: Option<&Version>, // a store that can hold its answer back looks at this
        _wait: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.get(key.as_str()).map(|written| Entry {
            value: written.value.clone(),
            version: written.version.clone(),
            age: written.at.elapsed(),
        }))
    }

    async fn compare_and_set(
        &self,
        key: &StoreKey,
        expected: Option<&Version>,
        value: Vec<u8>,
        _keep: Option<Duration>, // a store may drop the entry after this; a map need not
    ) -> Result<Option<Version>, StoreError> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let present = entries.get(key.as_str()).map(|written| &written.version);
        if present != expected {
            return Ok(None);
        }
        let version = Version::random()?;
        let written = Written {
            value,
            version: version.clone(),
            at: Instant::now(),
        };
        entries.insert(key.as_str().to_owned(), written);
        Ok(Some(version))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    #[cfg(feature = "store-contract")]
    if arguments == ["check"] {
        let mine = Store::custom(OwnStore::default());
        // A promise that is broken is a panic that names it.
        rpa_auth_host::store_contract::check(|| mine.clone()).await;
        println!("the store keeps what it promises");
        return Ok(());
    }
    let [url, user] = &arguments[..] else {
        return Err("usage: own_store URL USER, with the password in CR_PASSWORD".into());
    };
    // Two random keys that all programs share: these are for one process.
    let keys = SessionKeys::new(random()?, random()?);
    let store = Store::custom(OwnStore::default());
    let sessions = Plugin::builder().build_sessions(store, keys)?;

    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = url.starts_with("http://127.0.0.1:");
    let credentials = ControlRoomCredentials::password(user, env::var("CR_PASSWORD")?);
    let session = sessions.session(Account::ControlRoom(room, credentials));
    let (first, second) = tokio::join!(session.token(), session.token());
    println!("{:?}, then {:?}", first?.origin, second?.origin);
    Ok(())
}

fn random() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
