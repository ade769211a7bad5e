//! What a PostgreSQL must be set to, and what is lost where it is not.

use rpa_auth_host::Store;
use simulators::postgres::{PostgresBuilder, PostgresServer};

use crate::{entry, key, make, set};

/// Writes that were answered outlive a `kill -9` of the server, also where the server,
/// its database or the user is set to answer before they are on the disk.
#[tokio::test]
async fn what_was_written_is_there_after_the_server_was_killed() {
    let lazy = |builder: PostgresBuilder| {
        builder
            .line("synchronous_commit = off")
            // Nobody else writes the log out meanwhile.
            .line("wal_writer_delay = '10s'")
            .line("bgwriter_delay = '10s'")
    };
    for number in 0..3 {
        let mut server = lazy(PostgresServer::builder()).start();
        if number == 1 {
            server.say("ALTER ROLE robot SET synchronous_commit = off");
        }
        let store = Store::open(&server.url()).unwrap();
        let old = make(&store, &key('a'), "old").await;
        let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
        let age = entry(&store, &key('a')).await.age;
        server.kill();
        server.restart();
        let seen = entry(&store, &key('a')).await;
        assert_eq!(
            (&seen.value[..], Some(&seen.version)),
            (&b"new"[..], new.as_ref())
        );
        assert!(seen.age >= age);
    }
}

/// Replication is not waited for, unless the server is set to.
#[tokio::test]
async fn a_failover_loses_what_the_standby_had_not_heard_of() {
    let mut primary = PostgresServer::start();
    let store = Store::open(&primary.url()).unwrap();
    let old = make(&store, &key('a'), "old").await;
    let standby = primary.standby();
    // Nothing goes over to it any more.
    standby.say("ALTER SYSTEM SET primary_conninfo = ''; SELECT pg_reload_conf()");
    let gone = "SELECT count(*) FROM pg_stat_replication";
    while primary.say(gone) != "0" {
        tokio::task::yield_now().await;
    }
    let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
    primary.kill();
    standby.promote();
    let store = Store::open(&standby.url()).unwrap();
    let seen = entry(&store, &key('a')).await;
    assert_eq!((&seen.value[..], &seen.version), (&b"old"[..], &old));
    // Whoever knows the lost one cannot write on top of it.
    assert_eq!(set(&store, &key('a'), new.as_ref(), "next").await, Ok(None));
}

#[tokio::test]
async fn a_write_that_waits_for_a_standby_that_is_gone_is_unavailable() {
    let primary = PostgresServer::start();
    let store = Store::open(&primary.url()).unwrap();
    let old = make(&store, &key('a'), "old").await;
    let standby = primary.standby();
    primary.say("ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf()");
    let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
    assert!(new.is_some(), "the standby has it");
    drop(standby);
    let late = set(&store, &key('a'), new.as_ref(), "late").await;
    assert!(late.is_err(), "{late:?}");
}
