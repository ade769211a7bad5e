//! What `token-store` promises of a read and of a write.

use std::time::{Duration, Instant};

use rpa_auth_host::{Store, StoreError, Version};

use crate::places::{Place, for_every_store};
use crate::{entry, key, make, read, set, soon};

for_every_store! {
    nothing_is_there_before_the_first_write,
    what_was_written_is_read_by_everybody,
    a_write_that_expects_another_version_changes_nothing,
    a_write_that_expects_a_version_where_nothing_is_makes_nothing,
    entries_do_not_touch_each_other,
    values_are_any_bytes_up_to_64_kib,
    a_longer_value_is_refused_and_changes_nothing,
    a_key_that_is_none_is_refused,
    age_counts_from_the_write_and_starts_anew_with_the_next,
}

async fn nothing_is_there_before_the_first_write(place: impl Place) {
    assert_eq!(read(&place.open(), &key('a')).await, Ok(None));
}

async fn what_was_written_is_read_by_everybody(place: impl Place) {
    let (one, other) = (place.open(), place.open());
    let first = make(&one, &key('a'), "first").await;
    let seen = entry(&other, &key('a')).await;
    assert_eq!((&seen.value[..], &seen.version), (&b"first"[..], &first));
    let second = set(&other, &key('a'), Some(&first), "second").await;
    let second = second.unwrap().expect("the version is that of the entry");
    assert_ne!(first, second);
    let seen = entry(&one, &key('a')).await;
    assert_eq!((&seen.value[..], &seen.version), (&b"second"[..], &second));
}

async fn a_write_that_expects_another_version_changes_nothing(place: impl Place) {
    let store = place.open();
    let old = make(&store, &key('a'), "old").await;
    let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
    let invented = Version::from("not a version of ours");
    let empty = Version::from("");
    for expected in [None, Some(&old), Some(&invented), Some(&empty)] {
        let written = set(&store, &key('a'), expected, "late").await;
        assert_eq!(written, Ok(None), "{expected:?}");
    }
    let seen = entry(&store, &key('a')).await;
    assert_eq!((&seen.value[..], Some(seen.version)), (&b"new"[..], new));
}

async fn a_write_that_expects_a_version_where_nothing_is_makes_nothing(place: impl Place) {
    let store = place.open();
    for expected in ["", "0", "00000000000000000000000000000000"] {
        let written = set(&store, &key('a'), Some(&expected.into()), "late").await;
        assert_eq!(written, Ok(None), "{expected}");
    }
    assert_eq!(read(&store, &key('a')).await, Ok(None));
}

async fn entries_do_not_touch_each_other(place: impl Place) {
    let store = place.open();
    make(&store, &key('a'), "a").await;
    let version = make(&store, &key('b'), "b").await;
    assert_eq!(set(&store, &key('a'), Some(&version), "c").await, Ok(None));
    assert_eq!(entry(&store, &key('a')).await.value, b"a");
    assert_eq!(entry(&store, &key('b')).await.value, b"b");
}

async fn values_are_any_bytes_up_to_64_kib(place: impl Place) {
    let store = place.open();
    let all: Vec<u8> = (0..=255).collect();
    for (digit, value) in [('a', vec![]), ('b', all.clone()), ('c', all.repeat(256))] {
        let written = soon(store.compare_and_set(&key(digit), None, value.clone(), None)).await;
        let version = written.unwrap().expect("nobody else writes");
        let seen = entry(&store, &key(digit)).await;
        assert!(seen.value == value && seen.version == version, "{digit}");
    }
}

async fn a_longer_value_is_refused_and_changes_nothing(place: impl Place) {
    let store = place.open();
    let version = make(&store, &key('a'), "old").await;
    let long = vec![b'x'; Store::MAX_VALUE + 1];
    let written = soon(store.compare_and_set(&key('a'), Some(&version), long, None)).await;
    assert!(matches!(written, Err(StoreError::Other(Some(_)))));
    assert_eq!(entry(&store, &key('a')).await.version, version);
}

async fn a_key_that_is_none_is_refused(place: impl Place) {
    let store = place.open();
    let (short, long) = ("a".repeat(63), "a".repeat(65));
    let (upper, path) = ("A".repeat(64), format!("../{}", "a".repeat(61)));
    for bad in ["", &short, &long, &upper, &path] {
        let (seen, written) = (
            read(&store, bad).await,
            set(&store, bad, None, "value").await,
        );
        assert!(matches!(seen, Err(StoreError::Other(Some(_)))), "{bad}");
        assert!(matches!(written, Err(StoreError::Other(Some(_)))), "{bad}");
    }
}

/// Held against this process's own monotonic clock, with a little for the drift
/// of a wall clock that is being set right.
async fn age_counts_from_the_write_and_starts_anew_with_the_next(place: impl Place) {
    let drift = Duration::from_millis(20);
    let store = place.open();
    let mut version = None;
    for value in ["first", "second"] {
        let before = Instant::now();
        let written = set(&store, &key('a'), version.as_ref(), value).await;
        version = written.unwrap();
        let after = Instant::now();
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let least = after.elapsed();
            let age = entry(&store, &key('a')).await.age;
            assert!(age + drift >= least, "{age:?} is less than {least:?}");
            let most = before.elapsed();
            assert!(age <= most + drift, "{age:?} is more than {most:?}");
        }
    }
}
