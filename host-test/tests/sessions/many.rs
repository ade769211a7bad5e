//! Many sessions and many calls at one time: none hangs, and none queues behind another's
//! patience.

use std::time::Duration;

use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, SessionError, State,
    Store,
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_costs_the_calls_of_its_instance_an_error_and_the_next_call_works() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "password");
    let held = room.hold_answers();
    let holder = session.clone();
    let holder = tokio::spawn(async move { holder.token().await });
    room.wait_for_requests(1).await;
    // More than all of an instance's memory.
    let endless = "s3cret".repeat(12_000_000);
    let error = ada(&sessions, &room.url(), &endless).token().await;
    let SessionError::Component(stopped) = error.unwrap_err() else {
        panic!("it is not stopped");
    };
    assert!(!stopped.may_have_acted, "{stopped}");
    drop(held);

    // Its request had left.
    let error = holder.await.unwrap().unwrap_err();
    let SessionError::Component(stopped) = &error else {
        panic!("{error:?}");
    };
    assert!(stopped.may_have_acted, "{stopped}");
    let text = format!("{error} {error:?}");
    assert!(
        !text.contains("s3cret") && !text.contains("password") && !text.contains("backtrace"),
        "{text}"
    );
    // Whoever comes next takes over, once the lease of what was stopped has ended.
    spy.age(Duration::from_secs(10)).await;
    let grant = session.token().await.unwrap();
    assert!(grant.took_over);
    assert_eq!(Some(grant.token.value()), room.live_token("ada").as_deref());
}
