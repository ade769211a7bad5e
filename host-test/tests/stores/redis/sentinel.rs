//! Sentinels: they know where the primary is, also after a failover.

use rpa_auth_host::{Store, StoreError, store_contract};
use simulators::Authority;
use simulators::redis::{RedisBuilder, RedisServer};

use super::until_it_has;
use crate::{entry, key, make, read, set, soon};

/// A primary, a replica of it, and a sentinel that knows both.
struct Watched {
    primary: RedisServer,
    replica: RedisServer,
    sentinel: RedisServer,
}

impl Watched {
    async fn start() -> Self {
        let primary = RedisServer::start();
        let line = format!("replicaof 127.0.0.1 {}", primary.port());
        let replica = RedisServer::builder().line(line).start();
        let sentinel = RedisServer::sentinel_of(&primary).start();
        let port = replica.port().to_string();
        let knows = async {
            loop {
                let said = sentinel.say(&["sentinel", "replicas", "main"]);
                if said.contains(&port) && said.contains("master-link-status\nok") {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        soon(knows).await;
        Self {
            primary,
            replica,
            sentinel,
        }
    }

    fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/main", self.sentinel.port())
    }
}

/// Asks until the store serves; until then it is unavailable.
async fn until_it_serves(store: &Store) -> Vec<u8> {
    let asked = async {
        loop {
            match read(store, &key('a')).await {
                Ok(seen) => return seen.expect("it was replicated").value,
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
            }
        }
    };
    soon(asked).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_every_store_promises_is_kept_behind_sentinels() {
    let watched = Watched::start().await;
    store_contract::check(|| Store::open(&watched.url()).unwrap()).await;
    assert_ne!(watched.primary.say(&["dbsize"]), "0");
}

#[tokio::test]
async fn a_primary_that_is_killed_is_unavailable_until_the_sentinels_have_another() {
    let mut watched = Watched::start().await;
    let store = Store::open(&watched.url()).unwrap();
    let version = make(&store, &key('a'), "value").await;
    until_it_has(&watched.replica, "1").await;
    watched.primary.kill();
    assert_eq!(until_it_serves(&store).await, b"value");
    let written = set(&store, &key('a'), Some(&version), "new").await;
    assert!(written.unwrap().is_some());
    let seen = entry(&Store::open(&watched.replica.url()).unwrap(), &key('a')).await;
    assert_eq!(seen.value, b"new");
}

/// The old primary lives on as a replica, with our connection to it open.
#[tokio::test]
async fn a_primary_that_becomes_a_replica_is_left() {
    let watched = Watched::start().await;
    let store = Store::open(&watched.url()).unwrap();
    make(&store, &key('a'), "value").await;
    until_it_has(&watched.replica, "1").await;
    assert_eq!(
        watched.sentinel.say(&["sentinel", "failover", "main"]),
        "OK"
    );
    let demoted = async {
        while !watched.primary.say(&["role"]).contains("slave") {
            tokio::task::yield_now().await;
        }
    };
    soon(demoted).await;
    assert_eq!(until_it_serves(&store).await, b"value");
    make(&store, &key('b'), "value").await;
    assert_eq!(
        watched
            .replica
            .say(&["exists", &format!("rpa-auth:{}", key('b'))]),
        "1"
    );
}

#[tokio::test]
async fn a_sentinel_that_wants_a_password_is_told_that_of_the_redis() {
    let user = "user robot on >s3cret allcommands allkeys allchannels";
    let password = "sentinel auth-pass main s3cret";
    let of_user = [
        user,
        "user default off",
        "sentinel auth-user main robot",
        password,
    ];
    for (login, primarys, sentinels) in [
        (
            ":s3cret",
            "requirepass s3cret",
            &["requirepass s3cret", password][..],
        ),
        ("robot:s3cret", user, &of_user),
    ] {
        let primary = RedisServer::builder().line(primarys).start();
        let sentinel = RedisServer::sentinel_of(&primary);
        let sentinel = sentinels.iter().fold(sentinel, |one, line| one.line(*line));
        let sentinel = sentinel.start();
        let url = |login: &str| {
            format!(
                "redis+sentinel://{login}@127.0.0.1:{}/main",
                sentinel.port()
            )
        };
        make(&Store::open(&url(login)).unwrap(), &key('a'), "value").await;

        let wrong = login.replace("s3cret", "wr0ng");
        let seen = read(&Store::open(&url(&wrong)).unwrap(), &key('a')).await;
        let Err(StoreError::Other(Some(text))) = seen else {
            panic!("{seen:?}");
        };
        assert!(
            text.contains("refused the user name or the password"),
            "{text}"
        );
        assert!(!text.contains("wr0ng"), "{text}");
    }
}

#[tokio::test]
async fn sentinels_and_their_primary_speak_tls() {
    let authority = Authority::new();
    let tls = |builder: RedisBuilder| builder.tls(&authority).line("tls-replication yes");
    let primary = tls(RedisServer::builder()).start();
    let sentinel = tls(RedisServer::sentinel_of(&primary)).start();
    let url = format!("rediss+sentinel://127.0.0.1:{}/main", sentinel.port());
    let trusting = Store::options().ca_bundle(authority.pem());
    make(&trusting.open(&url).unwrap(), &key('a'), "value").await;

    let other = Store::options().ca_bundle(Authority::new().pem());
    let seen = read(&other.open(&url).unwrap(), &key('a')).await;
    let Err(StoreError::Unavailable(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(text.contains("certificate"), "{text}");
}

#[tokio::test]
async fn a_sentinel_that_is_gone_is_passed_over_and_a_name_that_nobody_knows_is_told() {
    let watched = Watched::start().await;
    let mut gone = RedisServer::start();
    gone.stop();
    let url = watched.url();
    let both = url.replace("://", &format!("://127.0.0.1:{},", gone.port()));
    make(&Store::open(&both).unwrap(), &key('a'), "value").await;

    let other = url.replace("/main", "/other");
    let seen = read(&Store::open(&other).unwrap(), &key('a')).await;
    let Err(StoreError::Other(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(text.contains("know no Redis"), "{text}");

    let alone = format!("redis+sentinel://127.0.0.1:{}/main", gone.port());
    let seen = read(&Store::open(&alone).unwrap(), &key('a')).await;
    assert!(matches!(seen, Err(StoreError::Unavailable(_))), "{seen:?}");
}
