//! The table: who makes it, what stands in it, and what is deleted from it.

use std::time::Duration;

use rpa_auth_host::{Store, StoreError};
use simulators::postgres::PostgresServer;

use crate::{LONG, entry, key, make, read, set, soon};

const COUNT: &str = "SELECT count(*) FROM rpa_auth_entries";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_make_the_table_at_once_all_find_it() {
    let server = PostgresServer::start();
    for _ in 0..5 {
        let open = |_| {
            let store = Store::open(&server.url()).unwrap();
            tokio::spawn(async move { read(&store, &key('a')).await })
        };
        let all: Vec<_> = (0..16).map(open).collect();
        for one in all {
            assert_eq!(one.await.unwrap(), Ok(None));
        }
        server.say("DROP TABLE rpa_auth_entries");
    }
}

/// What docs/stores.md says that an administrator runs.
#[tokio::test]
async fn a_user_with_these_rights_and_no_others_can_do_everything() {
    let server = PostgresServer::start();
    server.say("CREATE ROLE maid LOGIN PASSWORD 'maid'");
    let maid = Store::open(&server.url_with("maid:maid@")).unwrap();
    let seen = read(&maid, &key('a')).await;
    let Err(StoreError::Other(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(text.contains("may not make it"), "{text}");

    let document = include_str!("../../../../docs/stores.md");
    let (_, made) = document.split_once("```sql\n").unwrap();
    let (made, _) = made.split_once("```").unwrap();
    server.say(&made.replace(";\n", "; "));
    let seen = read(&maid, &key('a')).await;
    let Err(StoreError::Other(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(text.contains("may not do this"), "{text}");

    server.say("GRANT SELECT, INSERT, UPDATE, DELETE ON rpa_auth_entries TO maid");
    let old = make(&maid, &key('a'), "old").await;
    let keep = Some(Duration::ZERO);
    let made = soon(maid.compare_and_set(&key('b'), None, b"gone".to_vec(), keep)).await;
    assert!(made.unwrap().is_some());
    let new = set(&maid, &key('a'), Some(&old), "new").await.unwrap();
    assert_eq!(Some(entry(&maid, &key('a')).await.version), new);
    // It is the table that the library makes.
    let form = "SELECT column_name, data_type, collation_name, is_nullable, column_default \
        FROM information_schema.columns WHERE table_name = 'rpa_auth_entries' ORDER BY 1; \
        SELECT indexdef FROM pg_indexes WHERE tablename = 'rpa_auth_entries' ORDER BY 1";
    let documented = server.say(form);
    server.say("DROP TABLE rpa_auth_entries");
    assert_eq!(
        read(&Store::open(&server.url()).unwrap(), &key('a')).await,
        Ok(None)
    );
    assert_eq!(server.say(form), documented);
}

#[tokio::test]
async fn entries_that_have_run_out_are_deleted_by_whoever_writes() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "kept").await;
    server.say(
        "INSERT INTO rpa_auth_entries SELECT lpad(to_hex(n), 64, '0'), 'v', '', now(), \
         now() - n * interval '1 second', '', 0 FROM generate_series(1, 150) AS n",
    );
    let kept = Some(LONG);
    // A store that has swept already does so a minute later.
    let other = Store::open(&server.url()).unwrap();
    let made = soon(other.compare_and_set(&key('b'), None, b"kept".to_vec(), kept)).await;
    assert!(made.unwrap().is_some());
    // 100 at once, the oldest first, so that no write takes long.
    let swept = async {
        while server.say(COUNT) != "52" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon(swept).await;
    let left = "SELECT max(now() - expires) < interval '60 seconds' FROM rpa_auth_entries";
    assert_eq!(server.say(left), "t");
    assert_eq!(entry(&other, &key('a')).await.value, b"kept");
}

#[tokio::test]
async fn a_table_of_another_form_is_an_error_and_is_left_alone() {
    let server = PostgresServer::start();
    server.say("CREATE TABLE rpa_auth_entries (key text, other text)");
    server.say("GRANT ALL ON rpa_auth_entries TO robot");
    let store = Store::open(&server.url()).unwrap();
    let (seen, written) = (
        read(&store, &key('a')).await.map(drop),
        set(&store, &key('a'), None, "value").await.map(drop),
    );
    for result in [seen, written] {
        let Err(StoreError::Other(Some(text))) = result else {
            panic!("{result:?}");
        };
        assert!(text.contains("another release"), "{text}");
    }
    assert_eq!(server.say(COUNT), "0");
}

#[tokio::test]
async fn a_value_that_is_longer_than_allowed_is_an_error() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    make(&store, &key('a'), "value").await;
    server.say("UPDATE rpa_auth_entries SET value = repeat('x', 65537)::bytea");
    let seen = read(&store, &key('a')).await;
    assert!(matches!(seen, Err(StoreError::Other(Some(_)))), "{seen:?}");
}

/// The value stands there as it was given, which is sealed.
#[tokio::test]
async fn an_entry_is_one_row() {
    let server = PostgresServer::start();
    let store = Store::open(&server.url()).unwrap();
    let version = make(&store, &key('a'), "value").await;
    let row = server
        .say("SELECT key, version, convert_from(value, 'UTF8'), expires FROM rpa_auth_entries");
    assert_eq!(row, format!("{}|{}|value|", key('a'), version.as_str()));
}

#[tokio::test]
async fn schemas_of_one_database_are_different_stores() {
    let server = PostgresServer::start();
    let public = Store::open(&server.url()).unwrap();
    make(&public, &key('a'), "value").await;
    server
        .say("CREATE SCHEMA robots AUTHORIZATION robot; ALTER ROLE robot SET search_path = robots");
    let own = Store::open(&server.url()).unwrap();
    assert_eq!(read(&own, &key('a')).await, Ok(None));
    assert_eq!(server.say(COUNT), "1");
}
