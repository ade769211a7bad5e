//! Which server answers, by which clock, and what it holds.

use std::time::{Duration, Instant};

use rpa_auth_host::{Store, StoreError};
use simulators::redis::RedisServer;

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
    let version = make(&store, &key('a'), "value").await;
    assert_eq!(store.is_still(&key('a'), &version).await, Ok(true));
    // And back.
    let port = primary.port().to_string();
    assert_eq!(replica.say(&["replicaof", "127.0.0.1", &port]), "OK");
    assert!(read(&store, &key('a')).await.is_err());
    assert!(store.is_still(&key('a'), &version).await.is_err());
    // Who may not ask for the role is told by what INFO says.
    replica.say(&["acl", "setuser", "default", "-role"]);
    assert!(store.is_still(&key('a'), &version).await.is_err());
}

/// What a server wrote down by another clock: the server's own cannot be set here.
struct Hash<'a> {
    server: &'a RedisServer,
    name: String,
}

impl Hash<'_> {
    fn number(&self, field: &str) -> i64 {
        let text = self.server.say(&["hget", &self.name, field]);
        text.parse().expect(field)
    }

    fn set(&self, field: &str, value: impl ToString) {
        self.server
            .say(&["hset", &self.name, field, &value.to_string()]);
    }
}

const HOUR: i64 = 3_600_000;

/// Far more than passes in a test, far less than an hour.
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_program_that_knows_an_entry_counts_its_age_by_a_clock_of_its_own() {
    let server = RedisServer::start();
    let (writer, reader) = (
        Store::open(&server.url()).unwrap(),
        Store::open(&server.url()).unwrap(),
    );
    make(&writer, &key('a'), "value").await;
    let name = format!("rpa-auth:{}", key('a'));
    let hash = Hash {
        server: &server,
        name,
    };
    // A minute ago, so that an age that begins anew is seen too.
    let written = hash.number("written") - 60_000;
    hash.set("written", written);
    let first = entry(&reader, &key('a')).await.age;
    assert!(first >= MINUTE, "{first:?}");
    for moved in [written - HOUR, written + HOUR] {
        hash.set("written", moved);
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

/// The clock of the server was set back, or a failover led to one that is behind.
#[tokio::test]
async fn an_entry_of_a_time_to_come_is_new_to_everybody_and_ages_from_then_on() {
    let server = RedisServer::start();
    make(&Store::open(&server.url()).unwrap(), &key('a'), "value").await;
    let name = format!("rpa-auth:{}", key('a'));
    let hash = Hash {
        server: &server,
        name,
    };
    hash.set("written", hash.number("written") + HOUR);
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
    let server = RedisServer::start();
    make(&Store::open(&server.url()).unwrap(), &key('a'), "value").await;
    let name = format!("rpa-auth:{}", key('a'));
    let hash = Hash {
        server: &server,
        name,
    };
    let run = server.say(&["hget", &hash.name, "run"]);
    assert!(server.say(&["info", "server"]).contains(&run) && run.len() == 40);
    hash.set("run", "0".repeat(40));
    hash.set("written", hash.number("written") - HOUR);
    // Each is a newcomer: what the first finds out holds for the others.
    for _ in 0..2 {
        let newcomer = Store::open(&server.url()).unwrap();
        let age = entry(&newcomer, &key('a')).await.age;
        assert!(age < MINUTE, "{age:?}");
        assert_eq!(server.say(&["hget", &hash.name, "run"]), run);
    }
    // Clients whose clocks differ make nothing older than the server says.
    hash.set("run", "0".repeat(40));
    hash.set("wall", hash.number("wall") - HOUR);
    let newcomer = Store::open(&server.url()).unwrap();
    let age = entry(&newcomer, &key('a')).await.age;
    assert!(age < MINUTE, "{age:?}");
}

/// What is left: see SECURITY.md.
#[tokio::test]
async fn a_clock_that_was_set_ahead_makes_an_entry_older_to_those_who_see_it_first_then() {
    let server = RedisServer::start();
    make(&Store::open(&server.url()).unwrap(), &key('a'), "value").await;
    let name = format!("rpa-auth:{}", key('a'));
    let hash = Hash {
        server: &server,
        name,
    };
    hash.set("written", hash.number("written") - HOUR);
    let newcomer = Store::open(&server.url()).unwrap();
    let age = entry(&newcomer, &key('a')).await.age;
    assert!(age >= Duration::from_secs(3600), "{age:?}");
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
