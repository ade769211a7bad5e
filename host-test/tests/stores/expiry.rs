//! Entries that are kept for a time, and versions that never come again.

use std::collections::HashSet;
use std::time::Duration;

use crate::places::{Place, for_every_store};
use crate::{LONG, entry, key, make, read, set, soon};

for_every_store! {
    an_entry_is_dropped_after_its_time_and_can_be_made_anew,
    a_write_without_a_time_keeps_the_entry,
    a_version_never_comes_again,
}

async fn an_entry_is_dropped_after_its_time_and_can_be_made_anew(place: impl Place) {
    let store = place.open();
    let keep = Some(Duration::from_millis(500));
    let written = soon(store.compare_and_set(&key('a'), None, b"old".to_vec(), keep)).await;
    let old = written.unwrap().expect("nobody else writes");
    // Comes back when it is gone.
    let seen = soon(store.read(&key('a'), Some(&old), LONG)).await;
    assert_eq!(seen, Ok(None));
    assert_eq!(set(&store, &key('a'), Some(&old), "late").await, Ok(None));
    assert_ne!(make(&store, &key('a'), "new").await, old);
}

async fn a_write_without_a_time_keeps_the_entry(place: impl Place) {
    let store = place.open();
    let keep = Duration::from_secs(2);
    let value = b"old".to_vec();
    let written = soon(store.compare_and_set(&key('a'), None, value, Some(keep))).await;
    let version = set(&store, &key('a'), written.unwrap().as_ref(), "new").await;
    let version = version.unwrap().expect("it is not two seconds old");
    let seen = soon(store.read(&key('a'), Some(&version), keep)).await;
    assert_eq!(seen.unwrap().expect("it is kept").version, version);
    assert_eq!(entry(&store, &key('a')).await.value, b"new");
}

async fn a_version_never_comes_again(mut place: impl Place) {
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let store = place.open();
        assert_eq!(read(&store, &key('a')).await, Ok(None));
        let mut version = make(&store, &key('a'), "value").await;
        for _ in 0..5 {
            assert!(seen.insert(version.clone()), "{version:?} came again");
            let next = set(&store, &key('a'), Some(&version), "value").await;
            version = next.unwrap().expect("nobody else writes");
        }
        assert!(seen.insert(version.clone()), "{version:?} came again");
        place.forget();
    }
}
