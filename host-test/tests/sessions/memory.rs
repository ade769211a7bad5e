//! A session serves from its memory, for as long as its caller allows.

use std::time::Duration;

use rpa_auth_host::TokenOrigin;

use crate::spy::{Fault, Spy};
use crate::{ada, control_room, sessions};

/// Longer than any test runs.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn the_store_is_not_asked_for_a_token_that_may_be_so_old() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password").max_staleness(LONG);
    let first = session.token().await.unwrap();
    spy.spoil(|_| Fault::Unavailable);

    let second = session.token().await.unwrap();

    assert_eq!(
        (first.origin, second.origin),
        (TokenOrigin::Login, TokenOrigin::Memory)
    );
    assert_eq!(first.token.value(), second.token.value());
    assert!(!second.took_over && second.waited_ms == 0);
    assert_eq!(spy.reads(), 0);
}

#[tokio::test]
async fn who_allows_nothing_asks_the_store_each_time() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    session.token().await.unwrap();
    spy.spoil(|_| Fault::None);

    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Store);
    assert_eq!(spy.reads(), 1);
}

#[tokio::test]
async fn a_token_that_was_refused_is_not_remembered() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password").max_staleness(LONG);
    let old = session.token().await.unwrap().token;
    room.person_logs_in("ada");

    let new = session.renew(old.value()).await.unwrap();
    let remembered = session.token().await.unwrap();

    assert_eq!(new.origin, TokenOrigin::Login);
    assert_eq!(remembered.origin, TokenOrigin::Memory);
    assert_eq!(remembered.token.value(), new.token.value());
    // Nor is one that cannot be renewed because the store is gone.
    spy.spoil(|_| Fault::Unavailable);
    session.renew(new.token.value()).await.unwrap_err();
    assert_eq!(
        session.token().await.unwrap_err().name(),
        "store-unavailable"
    );
}
