//! Which server answers, by which clock, and what it holds.

use std::time::{Duration, Instant};

use host_test::redis::RedisServer;
use rpa_auth_host::{Store, StoreError};

use crate::{LONG, entry, key, make, read, set, soon};

#[tokio::test]
async fn a_replica_is_refused_for_reading_and_for_writing() {
    let primary = RedisServer::start();
    let line = format!("replicaof 127.0.0.1 {}", primary.port());
    let replica = RedisServer::builder().line(line).start();
    let store = Store::open(&replica.url()).unwrap();
    for _ in 0..2 {
        let (seen, written) = (
            read(&store, &key('a')).await.map(drop),
            set(&store, &key('a'), None, "value").await.map(drop),
        );
        for result in [seen, written] {
            let Err(StoreError::Unavailable(Some(text))) = result else {
                panic!("{result:?}");
            };
            assert!(text.contains("primary"), "{text}");
        }
    }
    // A failover: it becomes the primary, and serves.
    assert_eq!(replica.say(&["replicaof", "no", "one"]), "OK");
    make(&store, &key('a'), "value").await;
    // And back.
    let port = primary.port().to_string();
    assert_eq!(replica.say(&["replicaof", "127.0.0.1", &port]), "OK");
    assert!(read(&store, &key('a')).await.is_err());
}

/// The server's clock cannot be set here, so that what it wrote down is.
#[tokio::test]
async fn a_clock_of_the_server_that_was_set_by_an_hour_makes_an_entry_an_hour_old() {
    let server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "value").await;
    let name = format!("rpa-auth:{}", key('a'));
    let written: i64 = server.say(&["hget", &name, "written"]).parse().unwrap();
    let hour = 3_600_000;
    for moved in [written - hour, written + hour] {
        server.say(&["hset", &name, "written", &moved.to_string()]);
        let age = entry(&store, &key('a')).await.age;
        let hour = Duration::from_secs(3600);
        assert!(age.abs_diff(hour) < Duration::from_secs(60), "{age:?}");
    }
}

#[tokio::test]
async fn an_entry_that_is_none_of_ours_is_an_error_and_is_not_overwritten() {
    let server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    let name = format!("rpa-auth:{}", key('a'));
    let long = "x".repeat(Store::MAX_VALUE + 1);
    for command in [
        &["set", &name, "text"][..],
        &["hset", &name, "version", "v"],
        &[
            "hset", &name, "version", "v", "value", "x", "written", "soon",
        ],
        &[
            "hset", &name, "version", "v", "value", &long, "written", "1",
        ],
        &["hset", &name, "other", "field"],
        &[
            "hset", &name, "version", "v", "value", "x", "written", "nan",
        ],
        &[
            "hset", &name, "version", "v", "value", "x", "written", "inf",
        ],
        &["hset", &name, "version", "v", "value", "x", "written", "-1"],
        &[
            "hset", &name, "version", "v", "value", "x", "written", "1e300",
        ],
    ] {
        server.say(&["del", &name]);
        server.say(command);
        let before = server.say(&["dump", &name]);
        let seen = read(&store, &key('a')).await;
        let Err(StoreError::Other(Some(text))) = seen else {
            panic!("{seen:?}");
        };
        assert!(text.contains("damaged"), "{text}");
        for expected in [None, Some(&"v".into())] {
            let written = set(&store, &key('a'), expected, "new").await;
            assert!(matches!(written, Err(StoreError::Other(Some(_)))));
        }
        assert_eq!(server.say(&["dump", &name]), before);
    }
}

/// A reader that nobody tells of a write looks by itself, a second after it began.
/// One that comes back sooner, even once, was told.
#[tokio::test]
async fn a_write_is_announced_to_readers_that_wait() {
    let server = RedisServer::start();
    let (store, other) = (
        Store::open(&server.url()).unwrap(),
        Store::open(&server.url()).unwrap(),
    );
    let mut version = make(&store, &key('a'), "value").await;
    for _ in 0..20 {
        let began = Instant::now();
        let reader = {
            let (store, version) = (store.clone(), version.clone());
            tokio::spawn(async move { store.read(&key('a'), Some(&version), LONG).await })
        };
        tokio::time::sleep(Duration::from_millis(200)).await;
        let next = set(&other, &key('a'), Some(&version), "value").await;
        version = next.unwrap().expect("nobody else writes");
        let seen = soon(reader).await.unwrap().unwrap().expect("it is there");
        assert_eq!(seen.version, version);
        if began.elapsed() < Duration::from_millis(900) {
            return;
        }
    }
    panic!("nobody was told");
}

#[tokio::test]
async fn a_socket_leads_to_the_same_server() {
    let server = RedisServer::start();
    let url = format!("redis+unix://{}?db=0", server.socket().display());
    let version = make(&Store::open(&url).unwrap(), &key('a'), "value").await;
    let seen = entry(&Store::open(&server.url()).unwrap(), &key('a')).await;
    assert_eq!(seen.version, version);
}

#[tokio::test]
async fn databases_of_one_server_are_different_stores() {
    let server = RedisServer::start();
    let (zero, one) = (server.url(), format!("{}/1", server.url()));
    make(&Store::open(&zero).unwrap(), &key('a'), "value").await;
    assert_eq!(read(&Store::open(&one).unwrap(), &key('a')).await, Ok(None));
}

#[tokio::test]
async fn an_entry_that_is_kept_for_a_time_is_dropped_by_the_server_itself() {
    let server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    let name = format!("rpa-auth:{}", key('a'));
    let written = soon(store.compare_and_set(&key('a'), None, b"old".to_vec(), Some(LONG))).await;
    let left: u64 = server.say(&["pttl", &name]).parse().unwrap();
    assert!(u128::from(left) <= LONG.as_millis(), "{left}");
    set(&store, &key('a'), written.unwrap().as_ref(), "new")
        .await
        .unwrap();
    assert_eq!(server.say(&["pttl", &name]), "-1");
}

/// A connection outlives the program's part that made it.
#[test]
fn a_store_works_in_a_runtime_that_comes_after_another() {
    let server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    for digit in ['a', 'b'] {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime
            .unwrap()
            .block_on(make(&store, &key(digit), "value"));
    }
}
