//! Which server answers, by which clock, and how it tells of writes.

use std::time::{Duration, Instant};

use rpa_auth_host::{Store, StoreError};
use simulators::postgres::PostgresServer;

use crate::{LONG, entry, key, make, read, set, soon};

/// Far more than passes in a test, far less than an hour.
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_standby_is_refused_for_reading_and_for_writing() {
    let primary = PostgresServer::start();
    let known = Store::open(&primary.url()).unwrap();
    make(&known, &key('a'), "value").await;
    let standby = primary.standby();
    let store = Store::open(&standby.url()).unwrap();
    for _ in 0..2 {
        let (seen, written) = (
            read(&store, &key('a')).await.map(drop),
            set(&store, &key('b'), None, "value").await.map(drop),
        );
        for result in [seen, written] {
            let Err(StoreError::Unavailable(Some(text))) = result else {
                panic!("{result:?}");
            };
            assert!(text.contains("primary"), "{text}");
        }
    }
    // A failover: it becomes the primary, and serves.
    standby.promote();
    make(&store, &key('b'), "value").await;
}

#[tokio::test]
async fn a_program_that_knows_an_entry_counts_its_age_by_a_clock_of_its_own() {
    let server = PostgresServer::start();
    let (writer, reader) = (
        Store::open(&server.url()).unwrap(),
        Store::open(&server.url()).unwrap(),
    );
    make(&writer, &key('a'), "value").await;
    // A minute ago, so that an age that begins anew is seen too.
    move_written(&server, "- interval '1 minute'");
    let first = entry(&reader, &key('a')).await.age;
    assert!(first >= MINUTE, "{first:?}");
    for moved in ["- interval '1 hour'", "+ interval '2 hours'"] {
        move_written(&server, moved);
        let began = Instant::now();
        let own = entry(&writer, &key('a')).await.age;
        assert!(own < MINUTE, "{own:?}");
        let age = entry(&reader, &key('a')).await.age;
        assert!(age >= first && age < first + MINUTE, "{age:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
        let later = entry(&reader, &key('a')).await.age;
        assert!(later >= age + Duration::from_millis(20), "{later:?}");
        assert!(later <= age + began.elapsed(), "{later:?}");
    }
}

/// What a server wrote down by another clock: the server's own cannot be set here.
fn move_written(server: &PostgresServer, by: &str) {
    server.say(&format!(
        "UPDATE rpa_auth_entries SET written = written {by}"
    ));
}

/// The clock of the server was set back, or a failover led to one that is behind.
#[tokio::test]
async fn an_entry_of_a_time_to_come_is_new_to_everybody_and_ages_from_then_on() {
    let server = PostgresServer::start();
    make(&Store::open(&server.url()).unwrap(), &key('a'), "value").await;
    move_written(&server, "+ interval '1 hour'");
    let age = async || {
        let newcomer = Store::open(&server.url()).unwrap();
        entry(&newcomer, &key('a')).await.age
    };
    let first = age().await;
    assert_eq!(first, Duration::ZERO);
    let began = Instant::now();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = age().await;
    // As old as the time that passed, to the millisecond of the server's clock.
    let passed = began.elapsed();
    assert!(second >= Duration::from_millis(99), "{second:?}");
    assert!(second <= passed + Duration::from_secs(1), "{second:?}");
}

/// A failover to a server whose clock is an hour ahead.
#[tokio::test]
async fn an_entry_of_another_run_of_a_server_is_as_old_as_the_clients_clocks_say_if_that_is_younger()
 {
    let server = PostgresServer::start();
    make(&Store::open(&server.url()).unwrap(), &key('a'), "value").await;
    let run = server.say("SELECT run FROM rpa_auth_entries");
    server.say("UPDATE rpa_auth_entries SET run = '1', written = written - interval '1 hour'");
    // Each is a newcomer: what the first finds out holds for the others.
    for _ in 0..2 {
        let newcomer = Store::open(&server.url()).unwrap();
        let age = entry(&newcomer, &key('a')).await.age;
        assert!(age < MINUTE, "{age:?}");
        assert_eq!(server.say("SELECT run FROM rpa_auth_entries"), run);
    }
    // Clients whose clocks differ make nothing older than the server says.
    server.say("UPDATE rpa_auth_entries SET run = '1', wall = wall - 3600000");
    let newcomer = Store::open(&server.url()).unwrap();
    let age = entry(&newcomer, &key('a')).await.age;
    assert!(age < MINUTE, "{age:?}");
}

#[tokio::test]
async fn a_server_that_was_restarted_has_another_run() {
    let mut server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "value").await;
    let run = server.say("SELECT run FROM rpa_auth_entries");
    server.stop();
    server.restart();
    entry(&store, &key('a')).await;
    assert_ne!(server.say("SELECT run FROM rpa_auth_entries"), run);
}

/// A reader that nobody tells of a write looks by itself, a second after it began.
/// One that comes back sooner, even once, was told.
#[tokio::test]
async fn a_write_is_announced_to_readers_that_wait() {
    let server = PostgresServer::start();
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

/// Whoever writes by hand announces nothing.
#[tokio::test]
async fn a_write_that_nobody_announced_is_found_as_well() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "value").await;
    let reader = tokio::spawn({
        let (store, version) = (store.clone(), version.clone());
        async move { store.read(&key('a'), Some(&version), LONG).await }
    });
    crate::held_back(&reader).await;
    server.say("UPDATE rpa_auth_entries SET version = 'by hand'");
    let seen = soon(reader).await.unwrap().unwrap().expect("it is there");
    assert_eq!(seen.version.as_str(), "by hand");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_readers_that_wait_share_one_connection() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "value").await;
    let read = |_| {
        let (store, version) = (store.clone(), version.clone());
        tokio::spawn(async move { store.read(&key('a'), Some(&version), LONG).await })
    };
    let readers: Vec<_> = (0..50).map(read).collect();
    crate::held_back(&readers[49]).await;
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rpa-auth'";
    assert_eq!(server.say(count), "1");
    set(&store, &key('a'), Some(&version), "new").await.unwrap();
    for reader in readers {
        assert!(soon(reader).await.unwrap().unwrap().is_some());
    }
}

#[tokio::test]
async fn a_socket_leads_to_the_same_server() {
    let server = PostgresServer::start();
    let (folder, port) = (server.folder().display(), server.port());
    let url = format!("postgresql:///rpa?host={folder}&port={port}&user=robot");
    let version = make(&Store::open(&url).unwrap(), &key('a'), "value").await;
    let seen = entry(&Store::open(&server.url()).unwrap(), &key('a')).await;
    assert_eq!(seen.version, version);
}

/// A connection outlives the program's part that made it.
#[test]
fn a_store_works_in_a_runtime_that_comes_after_another() {
    let server = PostgresServer::start();
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

/// What a database or a role is set to does not reach the store's connections.
#[tokio::test]
async fn what_the_role_is_set_to_changes_no_promise() {
    let server = PostgresServer::start();
    server.say(
        "ALTER ROLE robot SET default_transaction_isolation = 'serializable'; \
         ALTER ROLE robot SET default_transaction_read_only = on; \
         ALTER ROLE robot SET synchronous_commit = off; \
         ALTER ROLE robot SET DateStyle = 'SQL, DMY'; \
         ALTER ROLE robot SET bytea_output = 'escape'; \
         ALTER ROLE robot SET TimeZone = 'Asia/Kathmandu'",
    );
    let store = Store::open(&server.url()).unwrap();
    let old = make(&store, &key('a'), "old").await;
    let seen = entry(&store, &key('a')).await;
    assert_eq!((&seen.value[..], &seen.version), (&b"old"[..], &old));
    assert!(seen.age < MINUTE, "{:?}", seen.age);
    // A write that waited for another one's lost to it, and is no error.
    let mut other = server.keep_saying(
        "BEGIN; UPDATE rpa_auth_entries SET version = 'other'; SELECT pg_sleep(2); COMMIT",
    );
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while server.say(asleep) != "1" {
        tokio::task::yield_now().await;
    }
    assert_eq!(set(&store, &key('a'), Some(&old), "late").await, Ok(None));
    assert!(other.wait().unwrap().success());
}

#[tokio::test]
async fn a_version_with_a_zero_in_it_is_nobodys() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "value").await;
    let odd = "v\0".into();
    assert_eq!(set(&store, &key('a'), Some(&odd), "new").await, Ok(None));
    let seen = soon(store.read(&key('a'), Some(&odd), LONG)).await;
    assert!(seen.unwrap().is_some());
}
