//! TLS, users and passwords.

use std::fs;

use rpa_auth_host::{Secret, Store, StoreError, StoreOpenError, StoreOptions};
use simulators::Authority;
use simulators::postgres::PostgresServer;
use tempfile::TempDir;

use crate::{entry, key, make, read};

fn over_tls(server: &PostgresServer) -> String {
    format!("{}?sslmode=verify-full", server.url())
}

#[tokio::test]
async fn a_server_with_a_certificate_of_a_private_ca_is_trusted_with_its_bundle_alone() {
    let authority = Authority::new();
    let server = PostgresServer::builder().tls(&authority).start();
    let trusting = Store::options().ca_bundle(authority.pem());
    make(
        &trusting.open(&over_tls(&server)).unwrap(),
        &key('a'),
        "value",
    )
    .await;
    let asked = "SELECT ssl FROM pg_stat_ssl NATURAL JOIN pg_stat_activity \
        WHERE application_name = 'rpa-auth'";
    let is_tls = |said: &str| !said.is_empty() && said.lines().all(|line| line == "t");
    let _store = {
        let trusting = Store::options().ca_bundle(authority.pem());
        let store = trusting.open(&over_tls(&server)).unwrap();
        assert_eq!(entry(&store, &key('a')).await.value, b"value");
        store
    };
    let said = server.say(asked);
    assert!(is_tls(&said), "{said}");

    let other = Store::options().ca_bundle(Authority::new().pem());
    for options in [Store::options(), other] {
        let seen = read(&options.open(&over_tls(&server)).unwrap(), &key('a')).await;
        let Err(StoreError::Unavailable(Some(text))) = seen else {
            panic!("{seen:?}");
        };
        assert!(text.contains("certificate"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_gets_no_login_where_tls_is_asked_for() {
    let server = PostgresServer::start();
    let store = Store::open(&over_tls(&server)).unwrap();
    let seen = read(&store, &key('a')).await;
    let Err(StoreError::Other(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(text.contains("`ssl`"), "{text}");
}

/// The files of a client that trusts `authority`, and its options.
fn client(authority: &Authority, name: &str) -> (TempDir, StoreOptions) {
    let folder = tempfile::tempdir().unwrap();
    let (chain, secret) = (folder.path().join("chain"), folder.path().join("key"));
    let ca = folder.path().join("ca");
    let (chain_pem, key_pem) = authority.client_certificate(name);
    fs::write(&chain, chain_pem).unwrap();
    fs::write(&secret, key_pem).unwrap();
    fs::write(&ca, authority.pem()).unwrap();
    let options = Store::options().ca_bundle_file(&ca);
    (folder, options.client_certificate_files(&chain, &secret))
}

#[tokio::test]
async fn a_client_certificate_is_a_login_without_a_password() {
    let authority = Authority::new();
    let builder = PostgresServer::builder().tls(&authority);
    let server = builder.for_clients_with_certificate().start();
    let url = format!("{}?sslmode=verify-full", server.url_with("robot@"));
    let (_files, with) = client(&authority, "robot");
    make(&with.open(&url).unwrap(), &key('a'), "value").await;

    let (_files, somebody) = client(&authority, "somebody");
    let without = Store::options().ca_bundle(authority.pem());
    for options in [somebody, without] {
        let seen = read(&options.open(&url).unwrap(), &key('a')).await;
        let Err(StoreError::Other(Some(text))) = seen else {
            panic!("{seen:?}");
        };
        assert!(text.contains("pg_hba.conf"), "{text}");
    }
}

#[test]
fn a_ca_bundle_that_is_none_is_told_when_the_store_is_opened() {
    let options = Store::options().ca_bundle("no PEM at all");
    let error = options.open("postgres://robot@db.example.com").unwrap_err();
    assert!(matches!(error, StoreOpenError::Tls(_)), "{error}");
}

#[tokio::test]
async fn a_login_that_is_refused_is_told_without_the_password() {
    let server = PostgresServer::start();
    for (login, advice) in [
        ("robot:wr0ng@", "user name, the password"),
        ("nobody:wr0ng@", "user name, the password"),
        ("robot@", "wants a password"),
    ] {
        let store = Store::open(&server.url_with(login)).unwrap();
        let seen = read(&store, &key('a')).await;
        let Err(StoreError::Other(Some(text))) = &seen else {
            panic!("{seen:?}");
        };
        assert!(text.contains(advice) && !text.contains("wr0ng"), "{text}");
        assert!(!format!("{store:?}").contains("wr0ng"));
    }
    let beside = Store::options().password(Secret::from("wr0ng"));
    let beside = beside.open(&server.url()).unwrap();
    assert!(read(&beside, &key('a')).await.is_err(), "it wins");
    let beside = Store::options().password(Secret::from("s3cret/1"));
    let beside = beside.open(&server.url_with("robot@")).unwrap();
    assert_eq!(read(&beside, &key('a')).await, Ok(None));
}

#[tokio::test]
async fn every_way_of_a_password_is_spoken() {
    for way in ["md5", "password", "scram-sha-256"] {
        let builder = PostgresServer::builder();
        let builder = builder.login(format!("host all robot 127.0.0.1/32 {way}"));
        let encryption = if way == "md5" { "md5" } else { "scram-sha-256" };
        let server = builder
            .line(format!("password_encryption = '{encryption}'"))
            .start();
        let store = Store::open(&server.url()).unwrap();
        assert_eq!(read(&store, &key('a')).await, Ok(None), "{way}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told() {
    let server = PostgresServer::start();
    let url = server.url().replace("/rpa", "/other");
    let seen = read(&Store::open(&url).unwrap(), &key('a')).await;
    let Err(StoreError::Other(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(text.contains("no such database"), "{text}");
}

#[test]
fn a_password_goes_over_the_network_in_clear_only_where_that_is_permitted() {
    let url = "postgres://robot:s3cret@db.example.com/rpa?sslmode=disable";
    let error = Store::open(url).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("sslmode") && text.contains("allow_plain_password"));
    assert!(!text.contains("s3cret"), "{text}");
    assert!(Store::options().allow_plain_password().open(url).is_ok());
}
