//! Many writers of one entry at once, in processes of their own where a store can be
//! shared by processes.

use std::collections::HashSet;

use crate::places::{Place, for_every_store};
use crate::worker::Worker;
use crate::{entry, key, read, set, soon};

const WRITERS: u32 = 4;
const TIMES: u32 = 25;

for_every_store! {
    no_write_of_many_is_lost_and_no_version_is_given_twice,
    of_many_who_make_an_entry_one_does,
}

async fn no_write_of_many_is_lost_and_no_version_is_given_twice(place: impl Place) {
    let store = place.open();
    let (key, times) = (key('a'), TIMES.to_string());
    let mut versions = Vec::new();
    match place.url() {
        Some(url) => {
            let start = |_| Worker::start(&url, &key, &["increment", &times]);
            let workers: Vec<Worker> = (0..WRITERS).map(start).collect();
            for worker in workers {
                versions.extend(worker.finish());
            }
        }
        None => {
            let start = |_| tokio::spawn(increment(store.clone(), key.clone()));
            let tasks: Vec<_> = (0..WRITERS).map(start).collect();
            for task in tasks {
                versions.extend(task.await.unwrap());
            }
        }
    }
    let total = WRITERS * TIMES;
    let last = entry(&store, &key).await;
    assert_eq!(last.value, total.to_string().into_bytes());
    assert!(versions.contains(&last.version.as_str().to_owned()));
    assert_eq!(versions.len(), total as usize);
    assert_eq!(HashSet::<String>::from_iter(versions).len(), total as usize);
}

/// What `store_worker` does.
async fn increment(store: rpa_auth_host::Store, key: String) -> Vec<String> {
    let mut versions = Vec::new();
    while versions.len() < TIMES as usize {
        let entry = read(&store, &key).await.unwrap();
        let number = match &entry {
            Some(entry) => str::from_utf8(&entry.value).unwrap().parse().unwrap(),
            None => 0,
        };
        let expected = entry.map(|entry| entry.version);
        let value = (number + 1).to_string();
        let version = set(&store, &key, expected.as_ref(), &value).await.unwrap();
        versions.extend(version.map(|version| version.as_str().to_owned()));
    }
    versions
}

async fn of_many_who_make_an_entry_one_does(place: impl Place) {
    for digit in "0123456789".chars() {
        let make = |number: u32| {
            let store = place.open();
            tokio::spawn(async move { set(&store, &key(digit), None, &number.to_string()).await })
        };
        let tasks: Vec<_> = (0..8).map(make).collect();
        let mut made = Vec::new();
        for task in tasks {
            made.extend(soon(task).await.unwrap().unwrap());
        }
        assert_eq!(made, [entry(&place.open(), &key(digit)).await.version]);
    }
}
