//! A store that fails: nothing is sent behind the others' backs, and a write that
//! happened is found again.

use std::time::Duration;

use rpa_auth_host::{SessionError, StoreError, TokenOrigin};

use crate::spy::{Fault, Operation, Spy};
use crate::{SHORT, ada, asked, control_room, sessions};

#[tokio::test]
async fn without_its_store_nobody_logs_in_not_even_with_a_token_that_was_refused() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password").patience(SHORT);
    let token = session.token().await.unwrap().token;
    room.person_logs_in("ada");

    spy.spoil(|_| Fault::Unavailable);

    for result in [session.token().await, session.renew(token.value()).await] {
        let error = result.unwrap_err();
        assert!(
            matches!(error, SessionError::Store(StoreError::Unavailable(_))),
            "{error:?}"
        );
    }
    for result in [
        session.end_for_all().await,
        session.reopen().await,
        session.reset_refusals().await,
        session.status().await.map(drop),
    ] {
        assert_eq!(result.unwrap_err().name(), "store-unavailable");
    }
    assert_eq!(asked(&room), ["login"]);
    spy.spoil(|_| Fault::None);
    assert_eq!(
        session.renew(token.value()).await.unwrap().origin,
        TokenOrigin::Login
    );
}

#[tokio::test]
async fn a_store_that_takes_no_writes_is_given_up() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    let conflict = |operation| {
        assert_ne!(operation, Operation::Write(5_000), "nobody gives up");
        Fault::Conflict
    };

    spy.spoil(conflict);
    let token = session.token().await.unwrap_err();
    let ended = session.end_for_all().await.unwrap_err();
    spy.spoil(|_| Fault::None);
    session.end_for_all().await.unwrap();
    spy.spoil(conflict);
    let reopened = session.reopen().await.unwrap_err();

    for error in [token, ended, reopened] {
        assert_eq!(error.name(), "store-unavailable");
    }
    assert_eq!(room.requests().len(), 0);
}

/// As a Redis that is full: it answers, and fails every write.
#[tokio::test]
async fn a_store_whose_writes_fail_is_given_up_with_and_without_a_token() {
    // The claim, that the login may leave, and the token.
    for (first_failure, logins) in [(1, 0), (2, 0), (3, 1)] {
        let (room, spy) = (control_room().await, Spy::new());
        let session = ada(&sessions(&spy.store()), &room.url(), "password");
        let session = session.patience(Duration::from_secs(6));
        spy.spoil(move |operation| match operation {
            Operation::Write(100) => panic!("nobody gives up"),
            Operation::Write(n) if n >= first_failure => Fault::Unavailable,
            _ => Fault::None,
        });
        let error = session.token().await.unwrap_err();
        assert_eq!(error.name(), "store-unavailable", "{first_failure}");
        assert_eq!(room.logins_asked(), logins, "{first_failure}");
    }
}

#[tokio::test]
async fn an_attempt_that_cannot_be_written_is_not_made() {
    let (room, spy) = (control_room().await, Spy::new());
    spy.spoil(|operation| match operation {
        Operation::Read(1) => Fault::None,
        _ => Fault::Unavailable,
    });

    let session = ada(&sessions(&spy.store()), &room.url(), "password").patience(SHORT);
    let error = session.token().await.unwrap_err();

    assert_eq!(error.name(), "store-unavailable");
    assert_eq!(room.logins_asked(), 0);
}

#[tokio::test]
async fn an_attempt_whose_write_was_not_confirmed_is_found_again() {
    let (room, spy) = (control_room().await, Spy::new());
    spy.spoil(|operation| match operation {
        Operation::Write(1) => Fault::AnswerLost,
        _ => Fault::None,
    });

    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    let grant = session.token().await.unwrap();

    assert_eq!(grant.origin, TokenOrigin::Login);
    assert!(!grant.took_over);
    // That one, that the login may leave, and the token.
    assert_eq!(spy.writes(), 3);
    assert_eq!(room.logins_asked(), 1);
}

#[tokio::test]
async fn a_write_that_did_not_happen_is_made_again() {
    let (room, spy) = (control_room().await, Spy::new());
    spy.spoil(|operation| match operation {
        Operation::Write(1) => Fault::Unavailable,
        _ => Fault::None,
    });

    let session = ada(&sessions(&spy.store()), &room.url(), "password");

    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
    assert_eq!(spy.writes(), 4);
    assert_eq!(room.logins_asked(), 1);
}

/// What was written is there; only the store's word for it is not.
#[tokio::test]
async fn a_token_is_given_once_it_stands_in_the_store_however_its_write_went() {
    let faults = [Fault::AnswerLost, Fault::Unavailable];
    // That the login may leave, and the token.
    for (write, fault) in [2, 3].into_iter().flat_map(|n| faults.map(|f| (n, f))) {
        let (room, spy) = (control_room().await, Spy::new());
        spy.spoil(move |operation| match operation {
            Operation::Write(n) if n == write => fault,
            // The store needs a moment.
            Operation::Read(2) => Fault::Unavailable,
            _ => Fault::None,
        });

        let sessions = sessions(&spy.store());
        let grant = ada(&sessions, &room.url(), "password")
            .token()
            .await
            .unwrap();
        let other = ada(&sessions, &room.url(), "password")
            .token()
            .await
            .unwrap();

        assert_eq!(grant.origin, TokenOrigin::Login);
        assert_eq!(other.origin, TokenOrigin::Store);
        assert_eq!(
            grant.token.value(),
            other.token.value(),
            "{write} {fault:?}"
        );
        assert_eq!(room.logins_asked(), 1);
    }
}

#[tokio::test]
async fn a_store_that_is_away_for_a_moment_is_tried_again_while_nothing_is_sent() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    for origin in [TokenOrigin::Login, TokenOrigin::Store] {
        spy.spoil(|operation| match operation {
            Operation::Read(1..=3) => Fault::Unavailable,
            _ => Fault::None,
        });
        let session = ada(&sessions, &room.url(), "password");
        assert_eq!(session.token().await.unwrap().origin, origin);
        assert!(spy.reads() >= 4);
    }
    assert_eq!(room.logins_asked(), 1);
}

#[tokio::test]
async fn a_store_that_takes_its_time_is_no_reason_to_be_busy() {
    for patience in [Duration::ZERO, SHORT] {
        let (room, spy) = (control_room().await, Spy::new());
        spy.spoil(|_| Fault::Late);

        let session = ada(&sessions(&spy.store()), &room.url(), "password");
        let grant = session.patience(patience).token().await.unwrap();

        assert_eq!(grant.origin, TokenOrigin::Login);
    }
}
