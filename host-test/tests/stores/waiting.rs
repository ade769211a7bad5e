//! Reads that are held back while the entry has a version that the caller knows.

use std::time::{Duration, Instant};

use crate::places::{Place, for_every_store};
use crate::worker::Worker;
use crate::{LONG, entry, held_back, key, make, set, soon};

for_every_store! {
    a_read_of_nothing_is_not_held_back,
    a_read_is_not_held_back_where_the_entry_has_another_version,
    a_read_is_held_back_until_somebody_writes,
    many_reads_are_held_back_until_somebody_writes,
    the_write_of_another_entry_ends_no_wait,
    a_read_that_was_held_back_to_the_end_gives_the_entry,
}

async fn a_read_of_nothing_is_not_held_back(place: impl Place) {
    let store = place.open();
    let seen = soon(store.read(&key('a'), Some(&"x".into()), LONG)).await;
    assert_eq!(seen, Ok(None));
    assert_eq!(soon(store.read(&key('a'), None, LONG)).await, Ok(None));
}

async fn a_read_is_not_held_back_where_the_entry_has_another_version(place: impl Place) {
    let store = place.open();
    let old = make(&store, &key('a'), "old").await;
    let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
    for unless in [None, Some(&old), Some(&"x".into())] {
        let seen = soon(store.read(&key('a'), unless, LONG)).await;
        assert_eq!(seen.unwrap().map(|entry| entry.version), new, "{unless:?}");
    }
}

async fn a_read_is_held_back_until_somebody_writes(place: impl Place) {
    let store = place.open();
    let old = make(&store, &key('a'), "old").await;
    let reader = {
        let (store, old) = (place.open(), old.clone());
        tokio::spawn(async move { store.read(&key('a'), Some(&old), LONG).await })
    };
    let new = match place.url() {
        Some(url) => {
            let mut other = Worker::start(&url, &key('a'), &["put", "new"]);
            held_back(&reader).await;
            tokio::task::spawn_blocking(move || other.go())
                .await
                .unwrap()
        }
        None => {
            held_back(&reader).await;
            let new = set(&store, &key('a'), Some(&old), "new").await;
            new.unwrap().expect("nobody else writes")
        }
    };
    let seen = soon(reader).await.unwrap().unwrap().expect("it is there");
    assert_eq!((&seen.value[..], seen.version), (&b"new"[..], new));
}

async fn many_reads_are_held_back_until_somebody_writes(place: impl Place) {
    let store = place.open();
    let old = make(&store, &key('a'), "old").await;
    let read = |_| {
        let (store, old) = (store.clone(), old.clone());
        tokio::spawn(async move { store.read(&key('a'), Some(&old), LONG).await })
    };
    let readers: Vec<_> = (0..50).map(read).collect();
    held_back(&readers[49]).await;
    let new = set(&place.open(), &key('a'), Some(&old), "new")
        .await
        .unwrap();
    for reader in readers {
        let seen = soon(reader).await.unwrap().unwrap();
        assert_eq!(seen.map(|entry| entry.version), new);
    }
}

async fn the_write_of_another_entry_ends_no_wait(place: impl Place) {
    let store = place.open();
    let (key, other) = (key('a'), key('b'));
    let version = make(&store, &key, "value").await;
    let wait = Duration::from_millis(400);
    let before = Instant::now();
    let (seen, _) = tokio::join!(
        soon(store.read(&key, Some(&version), wait)),
        make(&store, &other, "other"),
    );
    assert!(before.elapsed() >= wait);
    assert_eq!(seen.unwrap().map(|entry| entry.version), Some(version));
}

async fn a_read_that_was_held_back_to_the_end_gives_the_entry(place: impl Place) {
    let store = place.open();
    let version = make(&store, &key('a'), "value").await;
    for wait in [0, 300].map(Duration::from_millis) {
        let before = Instant::now();
        let seen = soon(store.read(&key('a'), Some(&version), wait)).await;
        assert!(before.elapsed() >= wait);
        let seen = seen.unwrap().expect("it is there");
        assert_eq!((&seen.value[..], &seen.version), (&b"value"[..], &version));
        assert!(entry(&store, &key('a')).await.age >= seen.age);
    }
}
