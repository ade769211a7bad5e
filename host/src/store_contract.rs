//! What a store promises, as checks that any store can be held against: the one suite
//! that the library's own stores pass (feature `store-contract`).
//!
//! Whoever writes a [`TokenStore`](crate::TokenStore) calls [`check`] in a test, over the
//! real database:
//!
//! ```
//! use rpa_auth_host::{Store, store_contract};
//!
//! # let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
//! # runtime.block_on(async {
//! let mine = Store::open("memory:").unwrap(); // here Store::custom(MyStore::new(...))
//! store_contract::check(|| mine.clone()).await;
//! # });
//! ```
//!
//! In a `#[tokio::test]` that is all. Better than a clone is one that is opened anew each
//! time, as another program opens it: then the checks see what programs see of each other.
//!
//! A promise that is broken is a panic that says which. Each check takes names of entries
//! that nobody has had, so a store that is in use may be held against them; what they
//! write is kept for an hour at most, or for good where the store keeps everything.

use std::collections::HashSet;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::{Entry, Store, StoreError, StoreKey, Version};

/// Far more than any step takes: what reaches it hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Longer than the checks may run: who comes back before was not held back.
const LONG: Duration = Duration::from_secs(3600);

/// What a wall clock that is being set right may differ.
const DRIFT: Duration = Duration::from_millis(20);

/// Makes [`check`] of the checks, so that none is left out.
macro_rules! checks {
    ($($name:ident,)+) => {
        /// Runs every check, one after the other, which takes some seconds. `open` gives the
        /// same store each time.
        ///
        /// # Panics
        ///
        /// If a promise is broken, with the name of the check.
        pub async fn check(open: impl Fn() -> Store + Sync) {
            $($name(&Place::new(&open, stringify!($name))).await;)+
        }
    };
}

checks! {
    nothing_is_there_before_the_first_write,
    what_was_written_is_read_by_everybody,
    a_write_that_expects_another_version_changes_nothing,
    a_write_that_expects_a_version_where_nothing_is_makes_nothing,
    entries_do_not_touch_each_other,
    values_are_any_bytes_up_to_64_kib,
    age_counts_from_the_write_and_starts_anew_with_the_next,
    an_entry_stays_for_its_time,
    a_write_without_a_time_keeps_the_entry,
    an_entry_that_was_dropped_can_be_made_anew,
    no_version_comes_again,
    an_entry_is_still_what_it_is_until_somebody_writes,
    a_read_of_nothing_is_not_held_back,
    a_read_is_not_held_back_where_the_entry_has_another_version,
    a_read_that_waits_ends_with_its_wait,
    readers_that_wait_learn_of_a_write,
    no_write_of_many_is_lost,
    of_many_who_make_an_entry_one_does,
}

async fn nothing_is_there_before_the_first_write(place: &Place<'_>) {
    let seen = place.read(&place.open(), &place.key()).await;
    place.holds(seen.is_none(), "there is an entry that nobody wrote");
}

async fn what_was_written_is_read_by_everybody(place: &Place<'_>) {
    let (one, other, key) = (place.open(), place.open(), place.key());
    let first = place.make(&one, &key, "first").await;
    let seen = place.entry(&other, &key).await;
    place.is(&seen, b"first", &first);
    let second = place.set(&other, &key, Some(&first), "second").await;
    let second = place.some(second, "a write that knew the version was refused");
    place.holds(first != second, "two writes have the same version");
    place.is(&place.entry(&one, &key).await, b"second", &second);
}

async fn a_write_that_expects_another_version_changes_nothing(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    let old = place.make(&store, &key, "old").await;
    let new = place.set(&store, &key, Some(&old), "new").await;
    let new = place.some(new, "a write that knew the version was refused");
    let invented = [Version::from("not one of yours"), "".into(), "'\0".into()];
    for expected in invented.iter().chain([&old]).map(Some).chain([None]) {
        let written = place.set(&store, &key, expected, "late").await;
        place.holds(written.is_none(), "a write that was too late was taken");
    }
    place.is(&place.entry(&store, &key).await, b"new", &new);
}

async fn an_entry_is_still_what_it_is_until_somebody_writes(place: &Place<'_>) {
    let (one, other, key) = (place.open(), place.open(), place.key());
    let is_still = async |version: &Version| {
        let answer = timeout(LIMIT, one.is_still(key.as_str(), version)).await;
        let answer = place.some(answer.ok(), "the store gives no answer");
        place.some(answer.ok(), "the store fails")
    };
    let invented = Version::from("not one of yours");
    place.holds(
        !is_still(&invented).await,
        "what is not there has a version",
    );
    let first = place.make(&other, &key, "first").await;
    place.holds(
        is_still(&first).await,
        "an entry that nobody wrote has changed",
    );
    place.holds(
        !is_still(&invented).await,
        "an invented version is the entry's",
    );
    place.set(&other, &key, Some(&first), "second").await;
    place.holds(
        !is_still(&first).await,
        "a write of somebody else was not seen",
    );
}

async fn a_write_that_expects_a_version_where_nothing_is_makes_nothing(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    for expected in ["", "0", "00000000000000000000000000000000"] {
        let written = place
            .set(&store, &key, Some(&expected.into()), "late")
            .await;
        place.holds(written.is_none(), "what is not there was replaced");
    }
    let seen = place.read(&store, &key).await;
    place.holds(seen.is_none(), "a write that was refused was done");
}

async fn entries_do_not_touch_each_other(place: &Place<'_>) {
    let (store, one, other) = (place.open(), place.key(), place.key());
    let first = place.make(&store, &one, "one").await;
    let second = place.make(&store, &other, "other").await;
    let written = place.set(&store, &one, Some(&second), "late").await;
    place.holds(written.is_none(), "the version of another entry was taken");
    place.is(&place.entry(&store, &one).await, b"one", &first);
    place.is(&place.entry(&store, &other).await, b"other", &second);
}

async fn values_are_any_bytes_up_to_64_kib(place: &Place<'_>) {
    let store = place.open();
    let all: Vec<u8> = (0..=255).collect();
    for value in [vec![], all.clone(), all.repeat(256)] {
        let key = place.key();
        let written = place.write(&store, &key, None, value.clone(), Some(LONG));
        let version = place.some(written.await, "the first write was refused");
        place.is(&place.entry(&store, &key).await, &value, &version);
    }
}

/// Held against this process's own monotonic clock.
async fn age_counts_from_the_write_and_starts_anew_with_the_next(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    let mut version = None;
    for value in ["first", "second"] {
        let before = Instant::now();
        let written = place.set(&store, &key, version.as_ref(), value).await;
        version = Some(place.some(written, "nobody else writes"));
        let after = Instant::now();
        for _ in 0..2 {
            sleep(Duration::from_millis(100)).await;
            let least = after.elapsed();
            let age = place.entry(&store, &key).await.age;
            place.holds(age + DRIFT >= least, "an entry looks younger than it is");
            let most = before.elapsed();
            place.holds(age <= most + DRIFT, "an entry looks older than it is");
        }
    }
}

async fn an_entry_stays_for_its_time(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    let written = place.write(&store, &key, None, b"value".to_vec(), Some(LONG));
    let version = place.some(written.await, "the first write was refused");
    sleep(Duration::from_secs(2)).await;
    place.is(&place.entry(&store, &key).await, b"value", &version);
}

async fn a_write_without_a_time_keeps_the_entry(place: &Place<'_>) {
    let (store, keep) = (place.open(), Duration::from_secs(1));
    let (key, version) = loop {
        let key = place.key();
        let old = place.write(&store, &key, None, b"old".to_vec(), Some(keep));
        let old = place.some(old.await, "the first write was refused");
        // Where that took longer than a second it was dropped meanwhile.
        let new = place.write(&store, &key, Some(&old), b"new".to_vec(), None);
        if let Some(new) = new.await {
            break (key, new);
        }
    };
    sleep(2 * keep).await;
    place.is(&place.entry(&store, &key).await, b"new", &version);
    // Nothing is left behind.
    let brief = Some(Duration::ZERO);
    place
        .write(&store, &key, Some(&version), vec![], brief)
        .await;
}

/// A store need not drop anything.
async fn an_entry_that_was_dropped_can_be_made_anew(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    let keep = Some(Duration::from_millis(1));
    let old = place.write(&store, &key, None, b"old".to_vec(), keep);
    let old = place.some(old.await, "the first write was refused");
    sleep(Duration::from_millis(100)).await;
    if place.read(&store, &key).await.is_some() {
        return;
    }
    let written = place.set(&store, &key, Some(&old), "late").await;
    place.holds(written.is_none(), "what was dropped was replaced");
    let new = place.make(&store, &key, "new").await;
    place.holds(
        new != old,
        "a version came again after the entry was dropped",
    );
}

async fn no_version_comes_again(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    let mut seen = HashSet::new();
    let mut version = None;
    for _ in 0..30 {
        let written = place.set(&store, &key, version.as_ref(), "value").await;
        let new = place.some(written, "nobody else writes");
        place.holds(seen.insert(new.clone()), "a version came again");
        version = Some(new);
    }
}

async fn a_read_of_nothing_is_not_held_back(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    for unless in [None, Some(&"x".into())] {
        let seen = place.wait(&store, &key, unless, LONG).await;
        place.holds(seen.is_none(), "there is an entry that nobody wrote");
    }
}

async fn a_read_is_not_held_back_where_the_entry_has_another_version(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    let old = place.make(&store, &key, "old").await;
    let new = place.set(&store, &key, Some(&old), "new").await;
    let new = place.some(new, "nobody else writes");
    for unless in [None, Some(&old), Some(&"x".into())] {
        let seen = place.wait(&store, &key, unless, LONG).await;
        let seen = place.some(seen, "an entry is gone");
        place.is(&seen, b"new", &new);
    }
}

async fn a_read_that_waits_ends_with_its_wait(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    let version = place.make(&store, &key, "value").await;
    for wait in [0, 300].map(Duration::from_millis) {
        let seen = place.wait(&store, &key, Some(&version), wait).await;
        let seen = place.some(seen, "a read that waited gave no entry at its end");
        place.is(&seen, b"value", &version);
    }
}

/// A store may answer sooner. Then the reader asks again.
async fn readers_that_wait_learn_of_a_write(place: &Place<'_>) {
    let (store, key) = (place.open(), place.key());
    let old = place.make(&store, &key, "old").await;
    let reads = |_| {
        let (store, key, old) = (place.open(), key.clone(), old.clone());
        tokio::spawn(async move {
            loop {
                let seen = store.read(&key, Some(&old), LONG).await?;
                if seen.as_ref().map(|seen| &seen.version) != Some(&old) {
                    return Ok::<_, StoreError>(seen);
                }
                sleep(Duration::from_millis(50)).await;
            }
        })
    };
    let readers: Vec<_> = (0..10).map(reads).collect();
    // Some wait by now; for one that does not the check is good as well.
    sleep(Duration::from_millis(200)).await;
    let new = place.set(&place.open(), &key, Some(&old), "new").await;
    let new = place.some(new, "nobody else writes");
    for reader in readers {
        let seen = place.some(place.end_of(reader).await, "an entry is gone");
        place.is(&seen, b"new", &new);
    }
}

async fn no_write_of_many_is_lost(place: &Place<'_>) {
    const WRITERS: u32 = 8;
    const TIMES: u32 = 10;
    let key = place.key();
    let counts = |_| {
        let (store, key) = (place.open(), key.clone());
        tokio::spawn(async move {
            let mut done = 0;
            while done < TIMES {
                let entry = store.read(&key, None, Duration::ZERO).await?;
                let (number, version) = match entry {
                    Some(entry) => (number(&entry.value), Some(entry.version)),
                    None => (0, None),
                };
                let value = (number + 1).to_string().into_bytes();
                let written = store.compare_and_set(&key, version.as_ref(), value, Some(LONG));
                done += u32::from(written.await?.is_some());
            }
            Ok::<_, StoreError>(())
        })
    };
    let writers: Vec<_> = (0..WRITERS).map(counts).collect();
    for writer in writers {
        place.end_of(writer).await;
    }
    let last = place.entry(&place.open(), &key).await;
    let is_whole = number(&last.value) == WRITERS * TIMES;
    place.holds(
        is_whole,
        "of two writes that knew the same version both were taken",
    );
}

fn number(value: &[u8]) -> u32 {
    let text = str::from_utf8(value).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

async fn of_many_who_make_an_entry_one_does(place: &Place<'_>) {
    for _ in 0..5 {
        let key = place.key();
        let makes = |number: u32| {
            let (store, key, value) = (place.open(), key.clone(), number.to_string());
            let made = async move {
                let made = store.compare_and_set(&key, None, value.into(), Some(LONG));
                made.await
            };
            tokio::spawn(made)
        };
        let all: Vec<_> = (0..8).map(makes).collect();
        let mut made = Vec::new();
        for one in all {
            made.extend(place.end_of(one).await);
        }
        place.holds(made.len() == 1, "not one of many who made an entry did");
        let seen = place.entry(&place.open(), &key).await;
        place.holds(
            made.contains(&seen.version),
            "another one's version is there",
        );
    }
}

/// A store that is held against one check.
struct Place<'a> {
    open: &'a (dyn Fn() -> Store + Sync + 'a),
    check: &'static str,
}

impl<'a> Place<'a> {
    fn new(open: &'a (dyn Fn() -> Store + Sync + 'a), check: &'static str) -> Self {
        Self { open, check }
    }

    fn open(&self) -> Store {
        (self.open)()
    }

    /// A name that no entry has had.
    fn key(&self) -> String {
        let half = || self.good(Version::random());
        let key = format!("{}{}", half().as_str(), half().as_str());
        self.good(StoreKey::parse(&key)).as_str().to_owned()
    }

    async fn read(&self, store: &Store, key: &str) -> Option<Entry> {
        self.wait(store, key, None, Duration::ZERO).await
    }

    async fn wait(
        &self,
        store: &Store,
        key: &str,
        unless: Option<&Version>,
        wait: Duration,
    ) -> Option<Entry> {
        self.good(self.soon(store.read(key, unless, wait)).await)
    }

    async fn entry(&self, store: &Store, key: &str) -> Entry {
        self.some(self.read(store, key).await, "an entry is gone")
    }

    async fn write(
        &self,
        store: &Store,
        key: &str,
        expected: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Option<Version> {
        let written = store.compare_and_set(key, expected, value, keep);
        self.good(self.soon(written).await)
    }

    async fn set(
        &self,
        store: &Store,
        key: &str,
        expected: Option<&Version>,
        value: &str,
    ) -> Option<Version> {
        self.write(store, key, expected, value.into(), Some(LONG))
            .await
    }

    async fn make(&self, store: &Store, key: &str, value: &str) -> Version {
        let made = self.set(store, key, None, value).await;
        self.some(made, "the first write was refused")
    }

    async fn soon<T>(&self, work: impl Future<Output = T>) -> T {
        self.some(timeout(LIMIT, work).await.ok(), "it hangs")
    }

    async fn end_of<T>(&self, task: JoinHandle<Result<T, StoreError>>) -> T {
        let end = self.some(self.soon(task).await.ok(), "the store panicked");
        self.good(end)
    }

    fn good<T>(&self, result: Result<T, StoreError>) -> T {
        result.unwrap_or_else(|error| panic!("{}: {error}", self.check))
    }

    fn some<T>(&self, value: Option<T>, otherwise: &str) -> T {
        value.unwrap_or_else(|| panic!("{}: {otherwise}", self.check))
    }

    fn holds(&self, condition: bool, otherwise: &str) {
        assert!(condition, "{}: {otherwise}", self.check);
    }

    fn is(&self, entry: &Entry, value: &[u8], version: &Version) {
        self.holds(entry.value == value, "another value is there");
        self.holds(entry.version == *version, "another version is there");
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::TokenStore;

    /// What a store can do wrong.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fault {
        Forgets,
        Overwrites,
        LooksBeforeItWrites,
        OneEntryForAll,
        Cuts,
        OneVersionForAll,
        NoAge,
        TooOld,
        DropsSoon,
        DropsWhatIsKept,
        WaitsForNothing,
        WaitsForTheEnd,
        SilentAtTheEnd,
    }

    /// A store that is good but for one fault.
    struct Faulty {
        good: Store,
        fault: Fault,
    }

    impl Faulty {
        fn key<'a>(&self, key: &'a StoreKey) -> &'a str {
            match self.fault {
                Fault::OneEntryForAll => {
                    "0000000000000000000000000000000000000000000000000000000000000000"
                }
                _ => key.as_str(),
            }
        }
    }

    #[async_trait]
    impl TokenStore for Faulty {
        async fn read(
            &self,
            key: &StoreKey,
            unless: Option<&Version>,
            wait: Duration,
        ) -> Result<Option<Entry>, StoreError> {
            let key = self.key(key);
            let held = self.good.read(key, None, Duration::ZERO).await?;
            if self.fault == Fault::WaitsForTheEnd && unless.is_some() && held.is_some()
                || self.fault == Fault::WaitsForNothing && held.is_none()
            {
                sleep(wait).await;
            }
            let seen = match self.fault {
                Fault::OneVersionForAll => held,
                _ => self.good.read(key, unless, wait).await?,
            };
            Ok(match (self.fault, seen) {
                (Fault::Forgets, _) => None,
                (Fault::SilentAtTheEnd, Some(seen)) if Some(&seen.version) == unless => None,
                (Fault::OneVersionForAll, Some(seen)) => {
                    let version = Version::from("one");
                    Some(Entry { version, ..seen })
                }
                (Fault::NoAge, Some(seen)) => {
                    let age = Duration::ZERO;
                    Some(Entry { age, ..seen })
                }
                (Fault::TooOld, Some(seen)) => {
                    let age = seen.age + Duration::from_secs(1);
                    Some(Entry { age, ..seen })
                }
                (_, seen) => seen,
            })
        }

        async fn compare_and_set(
            &self,
            key: &StoreKey,
            expected: Option<&Version>,
            mut value: Vec<u8>,
            keep: Option<Duration>,
        ) -> Result<Option<Version>, StoreError> {
            let key = self.key(key);
            let there = async || {
                let held = self.good.read(key, None, Duration::ZERO).await;
                held.map(|held| held.map(|held| held.version))
            };
            let expected = match self.fault {
                Fault::Overwrites => there().await?,
                Fault::LooksBeforeItWrites => {
                    if there().await?.as_ref() != expected {
                        return Ok(None);
                    }
                    sleep(Duration::from_millis(10)).await;
                    there().await?
                }
                Fault::OneVersionForAll if expected == Some(&"one".into()) => there().await?,
                _ => expected.cloned(),
            };
            if self.fault == Fault::Cuts {
                value.truncate(65_535);
            }
            let second = Some(Duration::from_secs(1));
            let keep = match self.fault {
                Fault::DropsSoon => second,
                Fault::DropsWhatIsKept => keep.or(second),
                _ => keep,
            };
            let written = self
                .good
                .compare_and_set(key, expected.as_ref(), value, keep);
            let written = written.await?;
            Ok(match self.fault {
                Fault::OneVersionForAll => written.map(|_| "one".into()),
                _ => written,
            })
        }
    }

    /// What the suite says of a store, or nothing.
    async fn said(store: Store) -> Option<String> {
        let checked = tokio::spawn(async move { check(|| store.clone()).await });
        let panic = checked.await.err()?.into_panic();
        Some(panic.downcast_ref::<String>().expect("a text").clone())
    }

    /// The clock goes on by itself where all wait.
    #[tokio::test(start_paused = true)]
    async fn each_fault_of_a_store_is_found_and_named() {
        for (fault, wanted) in [
            (
                Fault::Forgets,
                "what_was_written_is_read_by_everybody: an entry is gone",
            ),
            (Fault::Overwrites, "a write that was too late was taken"),
            (Fault::LooksBeforeItWrites, "both were taken"),
            (Fault::OneEntryForAll, "refused"),
            (
                Fault::Cuts,
                "values_are_any_bytes_up_to_64_kib: another value is there",
            ),
            (Fault::OneVersionForAll, "two writes have the same version"),
            (Fault::NoAge, "an entry looks younger than it is"),
            (Fault::TooOld, "an entry looks older than it is"),
            (
                Fault::DropsSoon,
                "an_entry_stays_for_its_time: an entry is gone",
            ),
            (
                Fault::DropsWhatIsKept,
                "a_write_without_a_time_keeps_the_entry: an entry is gone",
            ),
            (
                Fault::WaitsForNothing,
                "a_read_of_nothing_is_not_held_back: it hangs",
            ),
            (Fault::WaitsForTheEnd, "has_another_version: it hangs"),
            (Fault::SilentAtTheEnd, "a read that waited gave no entry"),
        ] {
            let good = Store::default();
            let said = said(Store::custom(Faulty { good, fault })).await;
            let said = said.unwrap_or_else(|| panic!("{fault:?} is not found"));
            assert!(said.contains(wanted), "{fault:?}: {said}");
        }
        assert_eq!(said(Store::default()).await, None);
    }
}
