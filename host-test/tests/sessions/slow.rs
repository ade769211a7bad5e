//! A holder that is slow keeps its lease; one that is given up loses it.

use std::time::{Duration, Instant};

use rpa_auth_host::{Store, TokenOrigin};

use crate::{ada, asked, control_room, sessions};

/// What a holder may be silent for.
const LEASE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_takes_longer_than_a_lease_is_waited_for() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let held = room.hold_answers();
    let call = || {
        let session = ada(&sessions, &room.url(), "password");
        let session = session.patience(Duration::from_secs(120));
        tokio::spawn(async move { session.token().await.unwrap() })
    };
    let holder = call();
    room.wait_for_requests(1).await;
    let began = Instant::now();
    let waiters: Vec<_> = (0..3).map(|_| call()).collect();
    tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
    drop(held);

    let grant = holder.await.unwrap();
    assert_eq!(grant.origin, TokenOrigin::Login);
    for waiter in waiters {
        let waiter = waiter.await.unwrap();
        assert_eq!(waiter.token.value(), grant.token.value());
        assert!(!waiter.took_over && waiter.origin == TokenOrigin::Store);
        assert!(waiter.waited <= began.elapsed());
    }
    assert_eq!(asked(&room), ["login"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_dropped_in_mid_login_is_replaced_by_one_other() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let held = room.hold_answers();
    let call = || {
        let session = ada(&sessions, &room.url(), "password");
        let session = session.patience(Duration::from_secs(120));
        tokio::spawn(async move { session.token().await.unwrap() })
    };
    let holder = call();
    room.wait_for_requests(1).await;
    let waiters: Vec<_> = (0..3).map(|_| call()).collect();
    holder.abort();
    assert!(holder.await.unwrap_err().is_cancelled());
    drop(held);

    let mut takers = 0;
    for waiter in waiters {
        let grant = waiter.await.unwrap();
        takers += usize::from(grant.took_over);
        assert_eq!(Some(grant.token.value()), room.live_token("ada").as_deref());
    }
    assert_eq!(takers, 1);
    assert_eq!(asked(&room), ["login", "validate", "login"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_patience_ends_before_the_login_is_told_so() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let held = room.hold_answers();
    let session = ada(&sessions, &room.url(), "password");
    let holder = tokio::spawn(async move { session.token().await });
    room.wait_for_requests(1).await;

    let hasty = ada(&sessions, &room.url(), "password").patience(Duration::from_millis(100));

    assert_eq!(hasty.token().await.unwrap_err().name(), "busy");
    drop(held);
    holder.await.unwrap().unwrap();
}
