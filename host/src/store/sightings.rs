//! What this process has seen of entries, so that it counts their ages on by a clock
//! that nobody can set.
//!
//! The server's clock can be set, and a failover leads to another server's. Both would
//! make a lease jump: it would end beside a living holder, or begin anew. Only the
//! age at the first sight of a version is the server's.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::uptime::uptime;
use super::{StoreKey, Version};

/// The most entries that are remembered. Beyond that all are forgotten, and their ages
/// are the server's again.
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct Sightings(Mutex<HashMap<StoreKey, Sighting>>);

struct Sighting {
    version: Version,
    /// When it was that old.
    at: Duration,
    age: Duration,
}

impl Sightings {
    /// The age of a version that the server says is `age` old now.
    pub(super) fn age(&self, key: &StoreKey, version: &Version, age: Duration) -> Duration {
        self.age_at(uptime(), key, version, age)
    }

    fn age_at(&self, now: Duration, key: &StoreKey, version: &Version, age: Duration) -> Duration {
        // No change of the map can be left half done.
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = seen.get(key).filter(|first| first.version == *version) {
            return first.age.saturating_add(now.saturating_sub(first.at));
        }
        if seen.len() >= MOST {
            seen.clear();
        }
        let sighting = Sighting {
            version: version.clone(),
            at: now,
            age,
        };
        seen.insert(key.clone(), sighting);
        age
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_was_seen_ages_by_the_own_clock_whatever_the_server_says() {
        let seen = Sightings::default();
        let key = StoreKey::parse(&"a".repeat(64)).unwrap();
        let (one, other) = (Version::from("1"), Version::from("2"));
        let seconds = Duration::from_secs;
        let age = |now, version, said| seen.age_at(seconds(now), &key, version, seconds(said));
        assert_eq!(age(100, &one, 4), seconds(4));
        for said in [0, 7, 3600] {
            assert_eq!(age(103, &one, said), seconds(7), "{said}");
        }
        assert_eq!(age(104, &other, 2), seconds(2));
        assert_eq!(age(105, &other, 0), seconds(3));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let seen = Sightings::default();
        for number in 0..2 * MOST {
            let key = StoreKey::parse(&format!("{number:064x}")).unwrap();
            seen.age(&key, &Version::from("1"), Duration::ZERO);
        }
        assert!(seen.0.lock().unwrap().len() <= MOST);
    }
}
