//! Entries in a PostgreSQL, version 12 or later, for many machines.
//!
//! An entry is a row of the table `rpa_auth_entries`, with its version, its value, when
//! the server wrote it, in which run of it and at what time of the writer's own clock,
//! and when it runs out. A read and a write are one statement each, so that both are
//! atomic, and both take the server's clock. A write is announced on the channel
//! `rpa_auth_changes`; who waits looks again by itself as well, because an announcement
//! can be lost and nobody announces that an entry ran out.

mod address;
mod connection;
mod failure;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::changes::Changes;
use super::network::{LOOK_EVERY, wall_clock};
use super::sightings::Sightings;
use super::{Entry, StoreError, StoreKey, StoreOpenError, TokenStore, Version};
use crate::outbound::tls::Settings;
pub(super) use address::Address;
use connection::{Connections, Link, Parameters};

const READ: &str = include_str!("postgres/read.sql");
const SETTLE: &str = include_str!("postgres/settle.sql");
const MAKE: &str = include_str!("postgres/make.sql");
const REPLACE: &str = include_str!("postgres/replace.sql");
const SWEEP: &str = include_str!("postgres/sweep.sql");

/// How often a writer deletes entries that have run out.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// The longest that an entry is kept, in milliseconds: a hundred years. The server's
/// calendar ends some time after that.
const LONGEST_KEEP: i64 = 100 * 365 * 24 * 60 * 60 * 1000;

pub(super) struct Postgres {
    connections: Connections,
    changes: Changes,
    sightings: Sightings,
    swept: Mutex<Option<Instant>>,
}

impl Postgres {
    pub(super) fn new(address: Address, tls: Settings) -> Result<Self, StoreOpenError> {
        let changes = Changes::default();
        Ok(Self {
            connections: Connections::new(address, tls, changes.clone())?,
            changes,
            sightings: Sightings::default(),
            swept: Mutex::default(),
        })
    }

    /// Asks once more where the connection turns out to be lost: a read can be repeated.
    async fn look(&self, key: &StoreKey, unless: Option<&str>) -> Result<Answer, StoreError> {
        let link = self.connections.link().await?;
        match self.look_by(&link, key, unless).await {
            Err(failure) if failure.is_connection_lost => {
                let link = self.connections.link().await?;
                self.look_by(&link, key, unless).await
            }
            answer => answer,
        }
        .map_err(|failure| failure.meaning)
    }

    async fn look_by(
        &self,
        link: &Link,
        key: &StoreKey,
        unless: Option<&str>,
    ) -> Result<Answer, failure::Failure> {
        let wall = milliseconds(wall_clock());
        let parameters: Parameters<'_> = &[
            (&key.as_str(), Type::TEXT),
            (&unless, Type::TEXT),
            (&wall, Type::INT8),
        ];
        let rows = self.connections.ask(link, READ, parameters).await?;
        let seen = rows.first().and_then(|row| Seen::of(row).ok());
        let seen = seen.ok_or_else(failure::of_unexpected_answer)?;
        let Some((version, age)) = seen.version.zip(seen.age) else {
            return Ok(Answer::Entry(None));
        };
        if seen.is_guess == Some(true) {
            let parameters: Parameters<'_> = &[
                (&key.as_str(), Type::TEXT),
                (&version, Type::TEXT),
                (&age, Type::INT8),
                (&seen.run, Type::TEXT),
                (&wall, Type::INT8),
            ];
            // Where it fails the next reader makes the same guess.
            let _ = self.connections.ask(link, SETTLE, parameters).await;
        }
        Ok(match seen.value {
            None => Answer::Unchanged,
            Some(value) => {
                let version = Version::from(version);
                let age = Duration::from_millis(u64::try_from(age).unwrap_or_default());
                Answer::Entry(Some(Entry {
                    age: self.sightings.age(key, &version, age),
                    value,
                    version,
                }))
            }
        })
    }

    /// Deletes what has run out, if nobody in this process did so lately. Nobody waits
    /// for it.
    fn sweep(&self, link: Link) {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.is_some_and(|when| when.elapsed() < SWEEP_EVERY) {
            return;
        }
        *swept = Some(Instant::now());
        // Where it fails a later write sweeps.
        tokio::spawn(async move { link.client.execute_typed(SWEEP, &[]).await });
    }
}

#[async_trait]
impl TokenStore for Postgres {
    async fn read(
        &self,
        key: &StoreKey,
        unless: Option<&Version>,
        wait: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        let end = Instant::now().checked_add(wait);
        let unless = unless.and_then(text);
        let mut listener = self.changes.listen();
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            // At the end the entry is wanted whatever its version.
            let unless = unless.filter(|_| left != Some(Duration::ZERO));
            if let Answer::Entry(entry) = self.look(key, unless).await? {
                return Ok(entry);
            }
            let pause = left.map_or(LOOK_EVERY, |left| left.min(LOOK_EVERY));
            let _ = timeout(pause, listener.change_of(key)).await;
        }
    }

    async fn is_still(&self, key: &StoreKey, version: &Version) -> Result<bool, StoreError> {
        let Some(version) = text(version) else {
            return Ok(false);
        };
        let answer = self.look(key, Some(version)).await?;
        Ok(matches!(answer, Answer::Unchanged))
    }

    async fn compare_and_set(
        &self,
        key: &StoreKey,
        expected: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Result<Option<Version>, StoreError> {
        let version = Version::random()?;
        let keep = keep.map(|keep| milliseconds(keep.as_millis()).min(LONGEST_KEEP));
        let wall = milliseconds(wall_clock());
        let new: [connection::Parameter<'_>; 5] = [
            (&key.as_str(), Type::TEXT),
            (&version.as_str(), Type::TEXT),
            (&value, Type::BYTEA),
            (&keep, Type::INT8),
            (&wall, Type::INT8),
        ];
        let link = self.connections.link().await?;
        let written = match expected.map(text) {
            None => self.connections.ask(&link, MAKE, &new).await,
            // It is none of ours.
            Some(None) => return Ok(None),
            Some(Some(expected)) => {
                let [key, version, value, keep, wall] = new;
                let parameters = [key, version, value, keep, wall, (&expected, Type::TEXT)];
                self.connections.ask(&link, REPLACE, &parameters).await
            }
        };
        if written.map_err(|failure| failure.meaning)?.is_empty() {
            return Ok(None);
        }
        self.sightings.age(key, &version, Duration::ZERO);
        self.sweep(link);
        Ok(Some(version))
    }
}

/// What a look at an entry finds.
enum Answer {
    /// The entry has the version that the caller knows.
    Unchanged,
    Entry(Option<Entry>),
}

/// The row of the reading statement.
struct Seen {
    run: String,
    version: Option<String>,
    age: Option<i64>,
    is_guess: Option<bool>,
    value: Option<Vec<u8>>,
}

impl Seen {
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            run: row.try_get(0)?,
            version: row.try_get(1)?,
            age: row.try_get(2)?,
            is_guess: row.try_get(3)?,
            value: row.try_get(4)?,
        })
    }
}

/// A version as the server takes it. A text with a zero in it is none that it has given.
fn text(version: &Version) -> Option<&str> {
    let text = version.as_str();
    (!text.contains('\0')).then_some(text)
}

fn milliseconds(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
