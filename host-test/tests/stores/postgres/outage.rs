//! A server that is stopped, killed, hangs, or comes back.

use rpa_auth_host::{Store, StoreError};
use simulators::postgres::PostgresServer;

use crate::worker::Worker;
use crate::{LONG, entry, held_back, key, make, read, set, soon};

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(Some(_))))
}

#[tokio::test]
async fn a_server_that_is_stopped_is_unavailable_and_serves_again_when_it_is_back() {
    let mut server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let mut version = make(&store, &key('a'), "old").await;
    for _ in 0..2 {
        server.stop();
        for _ in 0..2 {
            assert!(is_unavailable(&read(&store, &key('a')).await));
            let written = set(&store, &key('a'), Some(&version), "late").await;
            assert!(is_unavailable(&written));
        }
        server.restart();
        // The very next call works.
        assert_eq!(entry(&store, &key('a')).await.version, version);
        let new = set(&store, &key('a'), Some(&version), "new").await;
        version = new.unwrap().expect("nobody else writes");
    }
}

#[tokio::test]
async fn a_read_finds_a_server_that_was_killed_and_restarted_without_its_noticing() {
    let mut server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "old").await;
    server.kill();
    server.restart();
    // This thread has seen nothing of it yet.
    assert_eq!(entry(&store, &key('a')).await.version, version);
}

#[tokio::test]
async fn a_store_can_be_opened_before_its_server_is_there() {
    let mut server = PostgresServer::start();
    server.stop();
    let store = Store::open(&server.url()).unwrap();
    assert!(is_unavailable(&read(&store, &key('a')).await));
    server.restart();
    make(&store, &key('a'), "value").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_wait_are_told_when_the_server_is_killed_and_wait_again_when_it_is_back() {
    let mut server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "value").await;
    let wait = |_| {
        let (store, version) = (store.clone(), version.clone());
        tokio::spawn(async move { store.read(&key('a'), Some(&version), LONG).await })
    };
    let readers: Vec<_> = (0..20).map(wait).collect();
    held_back(&readers[19]).await;
    server.kill();
    for reader in readers {
        assert!(is_unavailable(&soon(reader).await.unwrap()));
    }
    server.restart();
    let readers: Vec<_> = (0..20).map(wait).collect();
    held_back(&readers[19]).await;
    let mut other = Worker::start(&server.url(), &key('a'), &["put", "new"]);
    let new = tokio::task::spawn_blocking(move || other.go())
        .await
        .unwrap();
    for reader in readers {
        let seen = soon(reader).await.unwrap().unwrap().expect("it is there");
        assert_eq!(seen.version, new);
    }
}

/// Nobody answers, and the connection stays open.
#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unavailable_and_is_not_repeated() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let old = make(&store, &key('a'), "old").await;
    server.pause();
    let (key_a, key_b) = (key('a'), key('b'));
    let (written, seen) =
        tokio::join!(set(&store, &key_a, Some(&old), "new"), read(&store, &key_b),);
    assert!(is_unavailable(&written) && is_unavailable(&seen));
    server.resume();
    // It had arrived, and was done when the server came to it; or it was given up.
    let seen = soon(async {
        loop {
            match read(&store, &key('a')).await {
                Ok(Some(seen)) if seen.value == b"new" => return seen,
                _ => tokio::task::yield_now().await,
            }
        }
    });
    assert_ne!(seen.await.version, old);
}

/// A lock on the table, as a migration of an operator takes it.
#[tokio::test]
async fn a_statement_that_waits_for_a_lock_is_unavailable_and_the_server_gives_it_up() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "old").await;
    // Held until the server sees that its client is gone.
    let lock = Lock::of(&server);
    let written = set(&store, &key('a'), Some(&version), "late").await;
    assert!(is_unavailable(&written), "{written:?}");
    // No statement waits any more that could still be done.
    let waiting = "SELECT count(*) FROM pg_stat_activity \
        WHERE application_name = 'rpa-auth' AND wait_event_type = 'Lock'";
    let gone = async {
        while server.say(waiting) != "0" {
            tokio::task::yield_now().await;
        }
    };
    soon(gone).await;
    drop(lock);
    let unlocked = async {
        loop {
            if let Ok(Some(entry)) = read(&store, &key('a')).await {
                return entry;
            }
        }
    };
    assert_eq!(soon(unlocked).await.version, version);
}

/// A session that holds a lock on the table; ended with the value.
struct Lock(std::process::Child);

impl Lock {
    fn of(server: &PostgresServer) -> Self {
        let (child, held) = (
            server.keep_saying("BEGIN; LOCK rpa_auth_entries; SELECT pg_sleep(600)"),
            "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted \
             AND relation = 'rpa_auth_entries'::regclass",
        );
        while server.say(held) != "1" {
            std::thread::yield_now();
        }
        Self(child)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_server_that_has_no_room_for_connections_is_unavailable() {
    let server = PostgresServer::start();
    server.say("ALTER ROLE robot CONNECTION LIMIT 1");
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "value").await;
    let seen = read(&Store::open(&server.url()).unwrap(), &key('a')).await;
    assert!(is_unavailable(&seen), "{seen:?}");
    // The one that has a connection goes on.
    entry(&store, &key('a')).await;
}

/// An operator ends a connection: `pg_terminate_backend`, or `idle_session_timeout`.
#[tokio::test]
async fn a_connection_that_the_server_ends_is_replaced() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "value").await;
    for _ in 0..3 {
        server.say(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = 'rpa-auth'",
        );
        assert_eq!(entry(&store, &key('a')).await.version, version);
    }
}

#[tokio::test]
async fn what_answers_and_is_no_postgresql_is_unavailable() {
    let redis = simulators::redis::RedisServer::start();
    let url = format!("postgres://robot@127.0.0.1:{}/rpa", redis.port());
    let seen = read(&Store::open(&url).unwrap(), &key('a')).await;
    assert!(is_unavailable(&seen), "{seen:?}");
}
