//! TLS, users and passwords.

use std::fs;

use rpa_auth_host::{Secret, Store, StoreError, StoreOpenError};
use simulators::Authority;
use simulators::redis::RedisServer;

use crate::{LONG, entry, held_back, key, make, read, set, soon};

/// Everything that a user needs, as SECURITY.md has it.
pub const USER: &str = "user robot on >s3cret/1 ~rpa-auth:* &rpa-auth:* -@all +hello +select \
    +evalsha +script|load +info +hmget +exists +time +hset +persist +pexpire +publish +subscribe";

fn with_user(line: &str) -> RedisServer {
    let builder = RedisServer::builder().line("user default off");
    builder.line(line).start()
}

#[tokio::test]
async fn a_server_with_a_certificate_of_a_private_ca_is_trusted_with_its_bundle_alone() {
    let authority = Authority::new();
    let server = RedisServer::builder().tls(&authority).start();
    let trusting = Store::options().ca_bundle(authority.pem());
    make(&trusting.open(&server.url()).unwrap(), &key('a'), "value").await;

    let other = Store::options().ca_bundle(Authority::new().pem());
    for options in [Store::options(), other] {
        let seen = read(&options.open(&server.url()).unwrap(), &key('a')).await;
        let Err(StoreError::Unavailable(Some(text))) = seen else {
            panic!("{seen:?}");
        };
        assert!(text.contains("certificate"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_client_certificate_gets_it() {
    let authority = Authority::new();
    let builder = RedisServer::builder().tls(&authority);
    let server = builder.for_clients_with_certificate().start();
    let folder = tempfile::tempdir().unwrap();
    let (chain, secret) = (folder.path().join("chain"), folder.path().join("key"));
    let ca = folder.path().join("ca");
    let (chain_pem, key_pem) = authority.client_certificate("robot");
    fs::write(&chain, chain_pem).unwrap();
    fs::write(&secret, key_pem).unwrap();
    fs::write(&ca, authority.pem()).unwrap();
    let trusting = Store::options().ca_bundle_file(&ca);

    let without = trusting.clone().open(&server.url()).unwrap();
    let seen = read(&without, &key('a')).await;
    assert!(matches!(seen, Err(StoreError::Unavailable(_))), "{seen:?}");

    let with = trusting.client_certificate_files(&chain, &secret);
    make(&with.open(&server.url()).unwrap(), &key('a'), "value").await;
}

#[test]
fn a_ca_bundle_that_is_none_is_told_when_the_store_is_opened() {
    let options = Store::options().ca_bundle("no PEM at all");
    let error = options.open("rediss://localhost").unwrap_err();
    assert!(matches!(error, StoreOpenError::Tls(_)), "{error}");
}

#[tokio::test]
async fn a_user_with_these_rights_and_no_others_can_do_everything() {
    let server = with_user(USER);
    let url = server.url_with("robot:s3cret%2F1@");
    let store = Store::open(&url).unwrap();
    let old = make(&store, &key('a'), "old").await;
    let reader = {
        let (store, old) = (Store::open(&url).unwrap(), old.clone());
        tokio::spawn(async move { store.read(&key('a'), Some(&old), LONG).await })
    };
    held_back(&reader).await;
    let keep = Some(LONG);
    let new = soon(store.compare_and_set(&key('a'), Some(&old), b"new".to_vec(), keep)).await;
    let seen = soon(reader).await.unwrap().unwrap();
    assert_eq!(seen.map(|entry| entry.version), new.unwrap());
    let beside = Store::options().password(Secret::from("s3cret/1"));
    let beside = beside.open(&server.url_with("robot@")).unwrap();
    assert_eq!(entry(&beside, &key('a')).await.value, b"new");
}

#[tokio::test]
async fn a_user_who_may_not_listen_or_publish_still_learns_of_changes() {
    let line = USER.replace("&rpa-auth:*", "resetchannels");
    let server = with_user(&line.replace("+publish +subscribe", "").replace("+info", ""));
    let url = server.url_with("robot:s3cret%2F1@");
    let store = Store::open(&url).unwrap();
    let old = make(&store, &key('a'), "old").await;
    let reader = {
        let (store, old) = (store.clone(), old.clone());
        tokio::spawn(async move { store.read(&key('a'), Some(&old), LONG).await })
    };
    held_back(&reader).await;
    let new = set(&store, &key('a'), Some(&old), "new").await.unwrap();
    let seen = soon(reader).await.unwrap().unwrap();
    assert_eq!(seen.map(|entry| entry.version), new);
}

#[tokio::test]
async fn a_login_that_is_refused_is_told_without_the_password() {
    let server = with_user(USER);
    let password = Store::options().password(Secret::from("wr0ng"));
    for (url, advice) in [
        (server.url_with("robot:wr0ng@"), "user name or the password"),
        (
            server.url_with("nobody:wr0ng@"),
            "user name or the password",
        ),
        (server.url(), "wants a password"),
    ] {
        let store = Store::open(&url).unwrap();
        let seen = read(&store, &key('a')).await;
        let Err(StoreError::Other(Some(text))) = &seen else {
            panic!("{seen:?}");
        };
        assert!(text.contains(advice) && !text.contains("wr0ng"), "{text}");
        assert!(!format!("{store:?}").contains("wr0ng"));
    }
    let beside = password
        .open(&server.url_with("robot:s3cret%2F1@"))
        .unwrap();
    assert!(read(&beside, &key('a')).await.is_err(), "it wins");
}

/// A server that does not know a command repeats its arguments, and one of them is
/// the password.
#[tokio::test]
async fn a_server_that_does_not_know_the_login_repeats_no_password_to_the_caller() {
    let server = RedisServer::builder()
        .line("rename-command HELLO \"\"")
        .start();
    let store = Store::open(&server.url_with("robot:s3cret@")).unwrap();
    let seen = read(&store, &key('a')).await;
    let Err(StoreError::Other(Some(text))) = &seen else {
        panic!("{seen:?}");
    };
    assert!(!text.contains("s3cret") && text.contains("Redis"), "{text}");
}

#[tokio::test]
async fn a_user_without_the_rights_is_told_of_the_acl() {
    let server = with_user(&USER.replace("+hset", ""));
    let store = Store::open(&server.url_with("robot:s3cret%2F1@")).unwrap();
    let written = set(&store, &key('a'), None, "value").await;
    let Err(StoreError::Other(Some(text))) = &written else {
        panic!("{written:?}");
    };
    assert!(text.contains("ACL"), "{text}");
    assert_eq!(read(&store, &key('a')).await, Ok(None));
}

#[test]
fn a_password_goes_over_the_network_in_clear_only_where_that_is_permitted() {
    let url = "redis://robot:s3cret@redis.example.com";
    let error = Store::open(url).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("rediss://") && text.contains("allow_plain_password"));
    assert!(!text.contains("s3cret"), "{text}");
    let beside = Store::options().password(Secret::from("s3cret"));
    assert!(beside.open("redis://robot@redis.example.com").is_err());
    assert!(Store::options().allow_plain_password().open(url).is_ok());
}
