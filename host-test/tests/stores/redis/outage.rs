//! A server that is stopped, hangs, or comes back.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use rpa_auth_host::{Store, StoreError};
use simulators::redis::RedisServer;

use crate::{LONG, entry, held_back, key, make, read, set, soon};

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(Some(_))))
}

#[tokio::test]
async fn a_server_that_is_stopped_is_unavailable_and_serves_again_when_it_is_back() {
    let mut server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "old").await;
    for _ in 0..2 {
        server.stop();
        for _ in 0..2 {
            assert!(is_unavailable(&read(&store, &key('a')).await));
            let written = set(&store, &key('a'), Some(&version), "late").await;
            assert!(is_unavailable(&written));
        }
        server.restart();
        // The very next call works, and the scripts are not there any more.
        assert_eq!(read(&store, &key('a')).await, Ok(None));
        assert_ne!(make(&store, &key('a'), "new").await, version);
    }
}

#[tokio::test]
async fn a_read_finds_a_server_that_was_restarted_without_its_noticing() {
    let mut server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "old").await;
    server.kill();
    server.restart();
    // This thread has seen nothing of it yet.
    assert_eq!(read(&store, &key('a')).await, Ok(None));
}

#[tokio::test]
async fn a_store_can_be_opened_before_its_server_is_there() {
    let mut server = RedisServer::start();
    server.stop();
    let store = Store::open(&server.url()).unwrap();
    assert!(is_unavailable(&read(&store, &key('a')).await));
    server.restart();
    make(&store, &key('a'), "value").await;
}

#[tokio::test]
async fn a_reader_that_waits_is_told_when_the_server_goes() {
    let mut server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "value").await;
    let reader = tokio::spawn(async move { store.read(&key('a'), Some(&version), LONG).await });
    held_back(&reader).await;
    server.stop();
    assert!(is_unavailable(&soon(reader).await.unwrap()));
}

/// Nobody answers, and the connection stays open.
#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unavailable_and_is_not_repeated() {
    let server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    let old = make(&store, &key('a'), "old").await;
    server.pause();
    let (key_a, key_b) = (key('a'), key('b'));
    let (written, seen) =
        tokio::join!(set(&store, &key_a, Some(&old), "new"), read(&store, &key_b),);
    assert!(is_unavailable(&written) && is_unavailable(&seen));
    server.resume();
    // It had been sent, and happened after all, once.
    let new = entry(&store, &key('a')).await;
    assert_eq!(new.value, b"new");
    assert_ne!(new.version, old);
    assert_eq!(set(&store, &key('a'), Some(&old), "new").await, Ok(None));
}

/// Fifty callers at once: none waits for the attempts of the others.
#[tokio::test]
async fn callers_of_a_server_that_takes_connections_and_says_nothing_wait_for_one_attempt() {
    // The kernel takes them.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let store = Store::open(&format!("redis://127.0.0.1:{port}")).unwrap();
    let read = |_| {
        let store = store.clone();
        tokio::spawn(async move { read(&store, &key('a')).await })
    };
    let readers: Vec<_> = (0..50).map(read).collect();
    soon(async {
        for reader in readers {
            assert!(is_unavailable(&reader.await.unwrap()));
        }
    })
    .await;
}

/// Announcements do not come any more, and nobody says so.
#[tokio::test]
async fn a_reader_that_waits_survives_the_loss_of_its_connection() {
    let server = RedisServer::start();
    let (store, other) = (
        Store::open(&server.url()).unwrap(),
        Store::open(&server.url()).unwrap(),
    );
    let old = make(&store, &key('a'), "old").await;
    let reader = {
        let old = old.clone();
        tokio::spawn(async move { store.read(&key('a'), Some(&old), LONG).await })
    };
    held_back(&reader).await;
    let killed = server.say(&["client", "kill", "type", "pubsub"]);
    assert_eq!(killed, "1");
    let new = set(&other, &key('a'), Some(&old), "new").await.unwrap();
    let seen = soon(reader).await.unwrap().unwrap();
    assert_eq!(seen.map(|entry| entry.version), new);
}

/// A command of `redis-cli` that keeps the server busy; ended with the value.
struct Busy(Child);

impl Busy {
    fn with(server: &RedisServer, words: &[&str]) -> Self {
        let child = Command::new("redis-cli")
            .args(["-p", &server.port().to_string()])
            .args(words)
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("redis-cli is there"))
    }

    /// Waits for its end.
    fn finish(mut self) {
        self.0.wait().unwrap();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until the server says `code`; every answer till then is good or unavailable.
async fn until_it_says(code: &str, url: &str, known: &Store) {
    let asked = async {
        loop {
            // One has a connection, the other makes one.
            let newcomer = Store::open(url).unwrap();
            let mut said = Vec::new();
            for store in [known, &newcomer] {
                said.extend(read(store, &key('a')).await.err());
                said.extend(set(store, &key('b'), Some(&"x".into()), "y").await.err());
            }
            for error in &said {
                assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
            }
            if said.len() == 4 && said.iter().all(|error| error.to_string().contains(code)) {
                return;
            }
        }
    };
    soon(asked).await;
}

#[tokio::test]
async fn a_server_that_loads_its_data_is_unavailable_to_old_and_new_connections() {
    let server = RedisServer::builder()
        .line("enable-debug-command yes")
        .line("loading-process-events-interval-bytes 1024")
        .line("rdbcompression no")
        .start();
    let url = format!("{}/1", server.url());
    let store = Store::open(&url).unwrap();
    for number in 0..64 {
        let value = vec![b'x'; 4096];
        let key = format!("{number:064x}");
        soon(store.compare_and_set(&key, None, value, None))
            .await
            .unwrap();
    }
    // Microseconds for each key, and it answers after each: seconds, over and over.
    server.say(&["config", "set", "key-load-delay", "50000"]);
    let busy = Busy::with(&server, &["-r", "1000", "debug", "reload"]);
    until_it_says("LOADING", &url, &store).await;
    drop(busy);
}

#[tokio::test]
async fn a_server_that_is_busy_with_a_script_is_unavailable_to_old_and_new_connections() {
    let server = RedisServer::builder().line("lua-time-limit 10").start();
    let url = format!("{}/1", server.url());
    let store = Store::open(&url).unwrap();
    let old = make(&store, &key('a'), "value").await;
    let busy = Busy::with(&server, &["eval", "while true do end", "0"]);
    until_it_says("BUSY", &url, &store).await;
    assert_eq!(server.say(&["script", "kill"]), "OK");
    busy.finish();
    assert_eq!(entry(&store, &key('a')).await.version, old);
}

#[tokio::test]
async fn a_cluster_that_is_down_is_unavailable() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let server = RedisServer::builder()
        .line("cluster-enabled yes")
        .line(format!("cluster-port {port}"))
        .start();
    let store = Store::open(&server.url()).unwrap();
    let seen = read(&store, &key('a')).await;
    assert!(is_unavailable(&seen), "{seen:?}");
    assert!(seen.unwrap_err().to_string().contains("CLUSTERDOWN"));
}

#[tokio::test]
async fn a_server_that_has_too_few_replicas_or_too_many_clients_is_unavailable() {
    let server = RedisServer::start();
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "value").await;
    server.say(&["config", "set", "min-replicas-to-write", "1"]);
    let written = set(&store, &key('b'), None, "value").await;
    assert!(is_unavailable(&written), "{written:?}");
    server.say(&["config", "set", "maxclients", "1"]);
    let seen = read(&Store::open(&server.url()).unwrap(), &key('a')).await;
    assert!(is_unavailable(&seen), "{seen:?}");
}
