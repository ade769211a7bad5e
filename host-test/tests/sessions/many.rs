//! Many sessions and many calls at one time: none hangs, and none queues behind another's
//! patience.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Entry, Plugin, SessionError,
    State, Store, StoreError, StoreKey, TokenStore, Version,
};
use tokio::task::JoinSet;

use crate::spy::Spy;
use crate::{SHORT, ada, asked, control_room, sessions};

/// Far more than anything here takes.
const LONG: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_sessions_are_open_at_one_time_and_nobody_waits_for_a_place() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let user = |n: usize| {
        let room = ControlRoom::new("https://cr.example.com", ControlRoomApi::V2);
        let credentials = ControlRoomCredentials::password(format!("user{n}"), "password");
        sessions.session(Account::ControlRoom(room, credentials))
    };
    let all: Vec<_> = (0..10_000).map(user).collect();
    let mut calls = JoinSet::new();
    for session in &all {
        let session = session.clone();
        calls.spawn(async move { session.status().await });
    }
    while let Some(status) = calls.join_next().await {
        assert_eq!(status.unwrap().unwrap().state, State::None);
    }

    // They are all still open, and neither a new one nor a plugin waits.
    let session = ada(&sessions, &room.url(), "password");
    session.token().await.unwrap();
    let plugin = Plugin::builder().build().unwrap();
    let room = crate::room(&room.url());
    let valid = plugin.validate(&room, "made.up.token").await;
    assert!(!valid.unwrap());
    for session in &all {
        assert_eq!(session.status().await.unwrap().refusals, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_callers_of_a_session_wait_at_the_same_time() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    let held = room.hold_answers();
    let mut calls = JoinSet::new();
    for _ in 0..101 {
        let session = session.clone();
        calls.spawn(async move { session.token().await });
    }
    let waiting = async {
        // One of them holds the login.
        while spy.held_back() < 100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, waiting)
        .await
        .expect("some queue");
    // What an operator asks comes through.
    assert_eq!(session.status().await.unwrap().state, State::Renewing);
    drop(held);
    while let Some(grant) = calls.join_next().await {
        grant.unwrap().unwrap();
    }
    assert_eq!(asked(&room), ["login"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_too_many_waits_for_its_patience_and_is_told_the_limit() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    let session = session.calls_limit(1).patience(SHORT);
    let held = room.hold_answers();
    let holder = session.clone();
    let holder = tokio::spawn(async move { holder.token().await });
    room.wait_for_requests(1).await;

    let error = session.token().await.unwrap_err();
    assert!(
        matches!(error, SessionError::TooManyCalls { limit: 1 }),
        "{error:?}"
    );
    assert!(error.to_string().contains("calls_limit"), "{error}");
    drop(held);
    holder.await.unwrap().unwrap();
    session.token().await.unwrap();
    assert_eq!(asked(&room), ["login"]);
}

/// Nothing that a person must do may wait for those who hold all places.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_operators_call_waits_for_no_place() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password").calls_limit(1);
    let held = room.hold_answers();
    let holder = session.clone();
    let holder = tokio::spawn(async move { holder.token().await });
    room.wait_for_requests(1).await;

    assert_eq!(session.status().await.unwrap().state, State::Renewing);
    session.end_for_all().await.unwrap();
    session.reset_refusals().await.unwrap();
    session.reopen().await.unwrap();
    drop(held);
    holder.await.unwrap().unwrap_err();
}

/// It answers at once though it could hold its answer back, and in the end not at all.
#[derive(Clone)]
struct Restless(Arc<Inner>);

struct Inner {
    inner: Store,
    reads: AtomicU32,
    is_silent: AtomicBool,
}

#[async_trait]
impl TokenStore for Restless {
    async fn read(
        &self,
        key: &StoreKey,
        _: Option<&Version>,
        _: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        if self.0.is_silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        self.0.inner.read(key.as_str(), None, Duration::ZERO).await
    }

    async fn compare_and_set(
        &self,
        key: &StoreKey,
        expected: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Result<Option<Version>, StoreError> {
        let (store, key) = (&self.0.inner, key.as_str());
        store.compare_and_set(key, expected, value, keep).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_holds_nothing_back_is_not_asked_without_a_pause_and_a_silent_one_is_away() {
    let room = control_room().await;
    let store = Restless(Arc::new(Inner {
        inner: Store::default(),
        reads: AtomicU32::new(0),
        is_silent: AtomicBool::new(false),
    }));
    let sessions = sessions(&Store::custom(store.clone()));
    let session = ada(&sessions, &room.url(), "password");
    let held = room.hold_answers();
    let holder = session.clone();
    let holder = tokio::spawn(async move { holder.token().await });
    room.wait_for_requests(1).await;
    let hasty = ada(&sessions, &room.url(), "password").patience(SHORT);
    hasty.token().await.unwrap_err();
    // One every tenth of a second, where thousands fit in.
    assert!(store.0.reads.load(Ordering::Relaxed) < 100);
    drop(held);
    holder.await.unwrap().unwrap();

    store.0.is_silent.store(true, Ordering::Relaxed);
    let error = session.patience(SHORT).token().await.unwrap_err();
    assert_eq!(error.name(), "store-unavailable", "{error:?}");
}
