//! What a Redis must be set to, and what is lost where it is not.

use rpa_auth_host::{Store, StoreError, Version};
use simulators::redis::{RedisBuilder, RedisServer};

use super::until_it_has;
use crate::{entry, key, make, read, set, soon};

/// Room for some sixty values of 64 KiB beside what the server needs itself.
const SMALL: &str = "maxmemory 6mb";

#[tokio::test]
async fn a_server_that_makes_room_by_eviction_loses_an_entry() {
    let builder = RedisServer::builder().line(SMALL);
    let server = builder.line("maxmemory-policy allkeys-lru").start();
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "a mark that must stay").await;
    for number in 0..1000 {
        let written = fill(&store, number).await;
        assert!(written.unwrap().is_some());
    }
    // Not asked for meanwhile, it was the first to go.
    assert_eq!(read(&store, &key('a')).await, Ok(None));
}

#[tokio::test]
async fn a_server_without_eviction_refuses_to_write_when_it_is_full_and_loses_nothing() {
    let builder = RedisServer::builder().line(SMALL);
    let server = builder.line("maxmemory-policy noeviction").start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "a mark that must stay").await;
    let mut number = 0;
    let refused = loop {
        assert!(number < 1000, "it has room for everything");
        match fill(&store, number).await {
            Ok(written) => assert!(written.is_some()),
            Err(error) => break error,
        }
        number += 1;
    };
    let StoreError::Other(Some(text)) = &refused else {
        panic!("{refused:?}");
    };
    // What to do, and the server's own words.
    assert!(text.contains("give it more memory"), "{text}");
    assert!(text.contains("maxmemory"), "{text}");
    assert_eq!(entry(&store, &key('a')).await.version, version);
}

#[tokio::test]
async fn a_server_without_append_only_file_forgets_everything_when_it_is_killed() {
    let (mut server, store, _) = with_two_writes(RedisServer::builder()).await;
    server.kill();
    server.restart();
    assert_eq!(read(&store, &key('a')).await, Ok(None));
}

/// Snapshots alone: what was written after the last one is gone, and what it
/// replaced is back.
#[tokio::test]
async fn a_server_with_snapshots_alone_brings_an_old_entry_back_when_it_is_killed() {
    let mut server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    let old = make(&store, &key('a'), "old").await;
    assert_eq!(server.say(&["save"]), "OK");
    let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
    server.kill();
    server.restart();
    let seen = entry(&store, &key('a')).await;
    assert_eq!((&seen.value[..], &seen.version), (&b"old"[..], &old));
    // Whoever knows the lost one cannot write on top of it.
    assert_eq!(set(&store, &key('a'), new.as_ref(), "next").await, Ok(None));
}

#[tokio::test]
async fn a_server_with_append_only_file_has_the_last_write_when_it_was_killed() {
    let builder = RedisServer::builder().line("appendonly yes");
    let (mut server, store, new) = with_two_writes(builder.line("appendfsync always")).await;
    let age = entry(&store, &key('a')).await.age;
    server.kill();
    server.restart();
    let seen = entry(&store, &key('a')).await;
    assert_eq!((&seen.value[..], &seen.version), (&b"new"[..], &new));
    assert!(seen.age >= age);
    // To one who sees it for the first time as well.
    let newcomer = Store::open(&server.url()).unwrap();
    assert!(entry(&newcomer, &key('a')).await.age >= age);
}

/// Replication is not waited for.
#[tokio::test]
async fn a_failover_loses_what_the_replica_had_not_heard_of() {
    let mut primary = RedisServer::start();
    let line = format!("replicaof 127.0.0.1 {}", primary.port());
    let replica = RedisServer::builder().line(line).start();
    let store = Store::open(&primary.url()).unwrap();
    let old = make(&store, &key('a'), "old").await;
    until_it_has(&replica, "1").await;
    // The way between them is cut: to a port where nobody is.
    assert_eq!(replica.say(&["replicaof", "127.0.0.1", "1"]), "OK");
    let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
    primary.kill();
    assert_eq!(replica.say(&["replicaof", "no", "one"]), "OK");
    let store = Store::open(&replica.url()).unwrap();
    let seen = entry(&store, &key('a')).await;
    assert_eq!((&seen.value[..], &seen.version), (&b"old"[..], &old));
    assert_eq!(set(&store, &key('a'), new.as_ref(), "next").await, Ok(None));
}

/// One entry, written twice.
async fn with_two_writes(builder: RedisBuilder) -> (RedisServer, Store, Version) {
    let server = builder.start();
    let store = Store::open(&server.url()).unwrap();
    let old = make(&store, &key('a'), "old").await;
    let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
    (server, store, new.expect("nobody else writes"))
}

async fn fill(store: &Store, number: u32) -> Result<Option<Version>, StoreError> {
    let value = vec![b'x'; Store::MAX_VALUE];
    soon(store.compare_and_set(&format!("{number:064x}"), None, value, None)).await
}
