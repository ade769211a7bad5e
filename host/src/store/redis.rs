//! Entries in a Redis, version 6 or later, for many machines: in one server, in the one
//! that sentinels name, or in a cluster.
//!
//! An entry is a hash, `rpa-auth:KEY`, with its version, its value and when the
//! server wrote it, in which run of it and at what time of the writer's own clock. A
//! read and a write are one script each, so that both are atomic, and both take the
//! server's clock. A write is announced on the channel
//! `rpa-auth:changes`; who waits looks again by itself as well, because an
//! announcement can be lost and nobody announces that an entry ran out.

mod address;
mod connection;
mod failure;
mod sentinel;
mod servers;

use std::time::Duration;

use ::redis::{FromRedisValue, Script, Value, from_redis_value};
use async_trait::async_trait;
use tokio::time::{Instant, timeout};

use super::changes::Changes;
use super::network::{LOOK_EVERY, wall_clock};
use super::sightings::Sightings;
use super::{Entry, StoreError, StoreKey, StoreOpenError, TokenStore, Version};
use crate::outbound::tls::Settings;
pub(super) use address::Address;
use connection::Link;
use servers::{Question, Servers};

const READ: &str = concat!(
    include_str!("redis/common.lua"),
    include_str!("redis/read.lua")
);
const STILL: &str = include_str!("redis/still.lua");
const WRITE: &str = concat!(
    include_str!("redis/common.lua"),
    include_str!("redis/write.lua")
);

/// Where writes are announced, with the key as the message.
const CHANNEL: &str = "rpa-auth:changes";

/// How often a reader that waits looks by itself where the server refuses to announce.
const LOOK_EVERY_UNANNOUNCED: Duration = Duration::from_millis(100);

pub(super) struct Redis {
    servers: Servers,
    changes: Changes,
    sightings: Sightings,
    read: Script,
    still: Script,
    write: Script,
}

impl Redis {
    pub(super) fn new(address: Address, tls: Settings) -> Result<Self, StoreOpenError> {
        let changes = Changes::default();
        Ok(Self {
            servers: Servers::new(address, tls, changes.clone())?,
            changes,
            sightings: Sightings::default(),
            read: Script::new(READ),
            still: Script::new(STILL),
            write: Script::new(WRITE),
        })
    }

    /// The answer, and whether changes are announced to us.
    async fn look(
        &self,
        key: &StoreKey,
        unless: Option<&Version>,
    ) -> Result<(Answer, bool), StoreError> {
        let arguments = |link: &Link| {
            vec![
                expected(unless).into_bytes(),
                link.run.as_bytes().to_vec(),
                wall_clock().to_string().into_bytes(),
            ]
        };
        let question = Question {
            script: &self.read,
            key,
            arguments: &arguments,
            is_repeatable: true,
        };
        self.servers.ask(&question).await
    }
}

#[async_trait]
impl TokenStore for Redis {
    async fn read(
        &self,
        key: &StoreKey,
        unless: Option<&Version>,
        wait: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        let end = Instant::now().checked_add(wait);
        let mut listener = self.changes.listen();
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            // At the end the entry is wanted whatever its version.
            let unless = unless.filter(|_| left != Some(Duration::ZERO));
            let (answer, is_announced) = self.look(key, unless).await?;
            if let Answer::Entry(entry) = answer {
                return Ok(entry.map(|entry| Entry {
                    age: self.sightings.age(key, &entry.version, entry.age),
                    ..entry
                }));
            }
            let pause = if is_announced {
                LOOK_EVERY
            } else {
                LOOK_EVERY_UNANNOUNCED
            };
            let pause = left.map_or(pause, |left| left.min(pause));
            let _ = timeout(pause, listener.change_of(key)).await;
        }
    }

    async fn is_still(&self, key: &StoreKey, version: &Version) -> Result<bool, StoreError> {
        let question = Question {
            script: &self.still,
            key,
            arguments: &|_: &Link| vec![version.as_str().as_bytes().to_vec()],
            is_repeatable: true,
        };
        let (is_still, _): (bool, _) = self.servers.ask(&question).await?;
        Ok(is_still)
    }

    async fn compare_and_set(
        &self,
        key: &StoreKey,
        expected_version: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Result<Option<Version>, StoreError> {
        let version = Version::random()?;
        let keep = match keep {
            Some(keep) => keep.as_millis().to_string(),
            None => String::new(),
        };
        let arguments = |link: &Link| {
            vec![
                expected(expected_version).into_bytes(),
                version.as_str().as_bytes().to_vec(),
                value.clone(),
                keep.clone().into_bytes(),
                CHANNEL.as_bytes().to_vec(),
                key.as_str().as_bytes().to_vec(),
                link.run.as_bytes().to_vec(),
                wall_clock().to_string().into_bytes(),
            ]
        };
        let question = Question {
            script: &self.write,
            key,
            arguments: &arguments,
            is_repeatable: false,
        };
        let (is_written, _): (bool, _) = self.servers.ask(&question).await?;
        if !is_written {
            return Ok(None);
        }
        self.sightings.age(key, &version, Duration::ZERO);
        Ok(Some(version))
    }
}

/// What the reading script says.
enum Answer {
    /// The entry has the version that the caller knows.
    Unchanged,
    Entry(Option<Entry>),
}

impl FromRedisValue for Answer {
    fn from_redis_value(value: Value) -> Result<Self, ::redis::ParsingError> {
        match value {
            Value::Nil => Ok(Self::Entry(None)),
            Value::Array(items) if items.is_empty() => Ok(Self::Unchanged),
            value => {
                let (version, age, value): (String, u64, Vec<u8>) = from_redis_value(value)?;
                Ok(Self::Entry(Some(Entry {
                    value,
                    version: version.into(),
                    age: Duration::from_millis(age),
                })))
            }
        }
    }
}

fn redis_key(key: &StoreKey) -> String {
    format!("rpa-auth:{}", key.as_str())
}

/// A version as the scripts take it: no version is told from an empty one.
fn expected(version: Option<&Version>) -> String {
    match version {
        Some(version) => format!("={}", version.as_str()),
        None => String::new(),
    }
}
