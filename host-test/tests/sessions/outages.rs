//! An outage is no refusal: what is lost or fails counts for nothing, is shared by
//! everybody who waits, and is not met with logins.

use std::time::Duration;

use rpa_auth_host::{AuthError, SessionError, State, Store, TokenOrigin};
use simulators::Answer;
use simulators::redis::RedisServer;

use crate::spy::Spy;
use crate::{ada, asked, control_room, sessions};

#[tokio::test]
async fn after_a_lost_answer_the_next_login_waits_for_a_call_without_credentials() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    session.token().await.unwrap();
    // The token expires.
    spy.age(Duration::from_secs(1200)).await;
    room.lose_next_answer();

    let lost = session.token().await.unwrap_err();
    let status = session.status().await.unwrap();
    let paused = session.token().await;
    // The pause passes by itself, and nothing else can come of it.
    let grant = loop {
        match session.token().await {
            Err(SessionError::CoolingDown(_)) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            other => break other.unwrap(),
        }
    };

    assert!(matches!(lost, SessionError::Auth(AuthError::Unreachable(ref n)) if n.may_have_acted));
    // The platform may have refused it.
    assert_eq!((status.refusals, status.logins_left), (1, 1));
    // A slow machine may have slept through the pause of a second.
    if let Err(error) = paused {
        assert!(
            matches!(error, SessionError::CoolingDown(ref c) if c.retry_after_seconds.is_some())
        );
    }
    assert!(matches!(
        grant.origin,
        TokenOrigin::Login | TokenOrigin::Store
    ));
    assert_eq!(asked(&room), ["login", "login", "validate", "login"]);
    assert_eq!(session.status().await.unwrap().refusals, 0);
}

#[tokio::test]
async fn a_lost_answer_counts_for_a_secret_that_never_logged_in() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    room.lose_next_answer();

    session.token().await.unwrap_err();

    assert_eq!(session.status().await.unwrap().refusals, 1);
}

#[tokio::test]
async fn a_pause_that_the_platform_asks_for_is_kept_by_everybody() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    room.answer_next(Answer::new(503).header("Retry-After", "120"));

    let first = ada(&sessions, &room.url(), "password").token().await;
    let other = ada(&sessions, &room.url(), "password");
    let error = other.token().await.unwrap_err();

    assert_eq!(first.unwrap_err().name(), "throttled");
    let SessionError::CoolingDown(cooldown) = error else {
        panic!("{error:?}");
    };
    let left = cooldown.retry_after_seconds.unwrap();
    assert!((31..=120).contains(&left), "{left}");
    assert_eq!(cooldown.refusals, 0);
    assert_eq!(other.status().await.unwrap().state, State::CoolingDown);
    assert_eq!(room.requests().len(), 1);
}

#[tokio::test]
async fn a_platform_that_is_not_there_counts_for_nothing() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    room.stop().await;

    let error = session.token().await.unwrap_err();

    assert_eq!(error.name(), "unreachable");
    let status = session.status().await.unwrap();
    assert_eq!((status.refusals, status.attempt), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_login_that_fails_gets_its_failure_and_sends_nothing() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    room.replace_next_answer(Answer::new(503).header("Retry-After", "120"));
    let held = room.hold_answers();
    let call = |sessions: &rpa_auth_host::Sessions| {
        let session = ada(sessions, &room.url(), "password");
        tokio::spawn(async move { session.token().await.unwrap_err() })
    };
    let holder = call(&sessions);
    room.wait_for_requests(1).await;
    let waiters: Vec<_> = (0..5).map(|_| call(&sessions)).collect();
    spy.wait_for_waiters(waiters.len()).await;
    drop(held);

    assert_eq!(holder.await.unwrap().name(), "throttled");
    for waiter in waiters {
        assert_eq!(waiter.await.unwrap().name(), "throttled");
    }
    assert_eq!(room.requests().len(), 1);
}

/// Killed and back within a moment, as a failover.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_callers_that_wait_while_their_redis_restarts_are_all_served() {
    let room = control_room().await;
    let redis = RedisServer::builder().line("appendonly yes");
    let mut redis = redis.line("appendfsync always").start();
    let spy = Spy::over(Store::open(&redis.url()).unwrap());
    let sessions = sessions(&spy.store());
    let held = room.hold_answers();
    let call = || {
        let session = ada(&sessions, &room.url(), "password");
        tokio::spawn(async move { session.token().await })
    };
    let holder = call();
    room.wait_for_requests(1).await;
    let waiters: Vec<_> = (0..5).map(|_| call()).collect();
    spy.wait_for_waiters(waiters.len()).await;

    redis.kill();
    // Each of them has noticed that it is away.
    while spy.held_back() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    redis.restart();
    drop(held);

    let grant = holder.await.unwrap().unwrap();
    assert_eq!(grant.origin, TokenOrigin::Login);
    for waiter in waiters {
        let served = waiter.await.unwrap().unwrap();
        assert_eq!(served.token.value(), grant.token.value());
    }
    assert_eq!(asked(&room), ["login"]);
}
