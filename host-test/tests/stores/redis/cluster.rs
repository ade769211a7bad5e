//! A Redis Cluster: each entry is on the node that has its slot.

use rpa_auth_host::{Store, StoreError, store_contract};
use simulators::redis::RedisServer;
use simulators::redis_cluster::RedisCluster;

use super::until_it_has;
use crate::worker::Worker;
use crate::{LONG, entry, held_back, key, make, read, set, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_every_store_promises_is_kept_by_a_cluster() {
    let cluster = RedisCluster::start();
    store_contract::check(|| Store::open(&cluster.url()).unwrap()).await;
    // All had a part in it.
    for node in &cluster.nodes {
        assert_ne!(node.say(&["dbsize"]), "0");
    }
}

#[tokio::test]
async fn readers_on_every_node_are_told_of_the_write_of_another_process() {
    let cluster = RedisCluster::start();
    let store = Store::open(&cluster.url()).unwrap();
    let mut holders = Vec::new();
    for digit in "0123456789abcdef".chars() {
        let (holder, _) = cluster.holder(&name(digit));
        if holders.contains(&holder) {
            continue;
        }
        holders.push(holder);
        let old = make(&store, &key(digit), "old").await;
        let reader = {
            let (store, old) = (store.clone(), old.clone());
            tokio::spawn(async move { store.read(&key(digit), Some(&old), LONG).await })
        };
        held_back(&reader).await;
        let mut other = Worker::start(&cluster.url(), &key(digit), &["put", "new"]);
        let new = tokio::task::spawn_blocking(move || other.go())
            .await
            .unwrap();
        let seen = soon(reader).await.unwrap().unwrap().expect("it is there");
        assert_eq!(seen.version, new);
    }
    assert_eq!(holders.len(), 3);
}

/// What takes connections and says nothing stands before what answers.
#[tokio::test]
async fn silent_seeds_are_passed_over_once_they_are_known() {
    let cluster = RedisCluster::start();
    let silent = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let [one, two] = silent.each_ref().map(|seed| seed.local_addr().unwrap());
    let living = cluster.nodes[0].port();
    let url = format!("redis+cluster://{one},{two},127.0.0.1:{living}");
    let store = Store::open(&url).unwrap();
    // The first calls may find out.
    for _ in 0..2 {
        let _ = read(&store, &key('a')).await;
    }
    assert_eq!(read(&store, &key('a')).await, Ok(None));
    assert_eq!(read(&store, &key('b')).await, Ok(None));
}

/// What the entry of a digit is called in Redis.
fn name(digit: char) -> String {
    format!("rpa-auth:{}", key(digit))
}

#[tokio::test]
async fn a_node_that_is_killed_is_unavailable_until_its_replica_has_taken_over() {
    let mut cluster = RedisCluster::start();
    let url = cluster.url_with("", &cluster.nodes);
    let store = Store::open(&url).unwrap();
    let mut digits = "0123456789abcdef".chars();
    let digit = digits
        .find(|digit| cluster.holder(&name(*digit)).0 == 0)
        .unwrap();
    let version = make(&store, &key(digit), "value").await;
    until_it_has(&cluster.nodes[3], "1").await;
    cluster.nodes[0].kill();
    let again = soon(async {
        loop {
            match read(&store, &key(digit)).await {
                Ok(seen) => return seen,
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
            }
        }
    });
    assert_eq!(again.await.expect("it was replicated").version, version);
    let written = set(&store, &key(digit), Some(&version), "new").await;
    assert!(written.unwrap().is_some());
    // A newcomer asks the nodes that are left.
    let newcomer = Store::open(&url).unwrap();
    assert_eq!(entry(&newcomer, &key(digit)).await.value, b"new");
}

/// With the rights that docs/stores.md has for a cluster.
fn with_user() -> (RedisCluster, String) {
    let rights = format!("{} +asking", super::access::USER);
    let cluster = RedisCluster::start_with(|builder| builder.line(&rights));
    let url = cluster.url_with("robot:s3cret%2F1@", &cluster.nodes[..1]);
    (cluster, url)
}

/// Each step of a move of a slot to another node (`ASK`, then `MOVED`).
#[tokio::test]
async fn an_entry_whose_slot_moves_is_served_throughout() {
    let (cluster, url) = with_user();
    let store = Store::open(&url).unwrap();
    let (holder, slot) = cluster.holder(&name('a'));
    let (from, to) = (&cluster.nodes[holder], &cluster.nodes[(holder + 1) % 3]);
    let version = make(&store, &key('a'), "one").await;
    let (slot, here) = (slot.to_string(), from.say(&["cluster", "myid"]));
    let there = to.say(&["cluster", "myid"]);
    let importing = ["cluster", "setslot", &slot, "importing", &here];
    assert_eq!(to.say(&importing), "OK");
    let migrating = ["cluster", "setslot", &slot, "migrating", &there];
    assert_eq!(from.say(&migrating), "OK");
    // It is still here.
    let version = set(&store, &key('a'), Some(&version), "two").await.unwrap();
    let port = to.port().to_string();
    let moved = from.say(&["migrate", "127.0.0.1", &port, &name('a'), "0", "5000"]);
    assert_eq!(moved, "OK");
    // It is there, and the slot is not yet.
    assert_eq!(entry(&store, &key('a')).await.value, b"two");
    let version = set(&store, &key('a'), version.as_ref(), "three")
        .await
        .unwrap();
    for node in &cluster.nodes[..3] {
        let taken = node.say(&["cluster", "setslot", &slot, "node", &there]);
        assert_eq!(taken, "OK");
    }
    let seen = entry(&store, &key('a')).await;
    assert_eq!(
        (&seen.value[..], Some(seen.version)),
        (&b"three"[..], version)
    );
}

#[tokio::test]
async fn a_node_that_is_not_there_is_passed_over() {
    let cluster = RedisCluster::start();
    let mut gone = RedisServer::start();
    gone.stop();
    let alive = cluster.url();
    let url = alive.replace("://", &format!("://127.0.0.1:{},", gone.port()));
    let version = make(&Store::open(&url).unwrap(), &key('a'), "value").await;
    let seen = entry(&Store::open(&alive).unwrap(), &key('a')).await;
    assert_eq!(seen.version, version);
}

#[tokio::test]
async fn a_user_logs_in_at_every_node() {
    let (cluster, url) = with_user();
    let store = Store::open(&url).unwrap();
    for digit in "0123456789abcdef".chars() {
        make(&store, &key(digit), "value").await;
    }
    let url = cluster.url_with("robot:wr0ng@", &cluster.nodes[..1]);
    let seen = read(&Store::open(&url).unwrap(), &key('a')).await;
    let Err(StoreError::Other(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(
        text.contains("password") && !text.contains("wr0ng"),
        "{text}"
    );
}

#[tokio::test]
async fn the_url_of_one_server_that_is_a_clusters_node_is_told_how_to_write_it() {
    let cluster = RedisCluster::start();
    let (holder, _) = cluster.holder(&name('a'));
    let other = &cluster.nodes[(holder + 1) % 3];
    let seen = read(&Store::open(&other.url()).unwrap(), &key('a')).await;
    let Err(StoreError::Other(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(text.contains("redis+cluster:"), "{text}");
}
