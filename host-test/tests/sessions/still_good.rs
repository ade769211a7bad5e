//! One caller's 401 proves nothing: the platform is asked, once for all.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rpa_auth_host::{Reply, SessionError, State, Store, TokenOrigin};
use simulators::orchestrator::Account as Robot;
use simulators::{Answer, Orchestrator as Simulated};

use crate::refusals::{cooldown, robot};
use crate::spy::Spy;
use crate::{ada, asked, control_room, sessions};

#[track_caller]
fn assert_is_still_good(result: Result<impl Sized, SessionError>) {
    match result.map(drop) {
        Err(SessionError::StillGood) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_callers_that_call_a_good_token_dead_one_asks_and_all_keep_it() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "password");
    let token = session.token().await.unwrap().token;
    let held = room.hold_answers();
    let renew = || {
        let (session, token) = (ada(&sessions, &room.url(), "password"), token.clone());
        tokio::spawn(async move { session.renew(token.value()).await })
    };
    let holder = renew();
    room.wait_for_requests(2).await;
    let waiters: Vec<_> = (0..9).map(|_| renew()).collect();
    spy.wait_for_waiters(waiters.len()).await;
    // Nobody else has to wait for the answer.
    let meanwhile = session.token().await.unwrap();
    drop(held);

    assert_is_still_good(holder.await.unwrap());
    for waiter in waiters {
        assert_is_still_good(waiter.await.unwrap());
    }
    let after = session.token().await.unwrap();
    for grant in [meanwhile, after] {
        assert_eq!(grant.origin, TokenOrigin::Store);
        assert_eq!(grant.token.value(), token.value());
    }
    assert_eq!(asked(&room), ["login", "validate"]);
}

#[tokio::test]
async fn a_good_token_that_is_called_dead_again_and_again_is_no_contest() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    let token = session.token().await.unwrap().token;

    for _ in 0..5 {
        assert_is_still_good(session.renew(token.value()).await);
    }

    let status = session.status().await.unwrap();
    assert_eq!((status.state, status.refusals), (State::Valid, 0));
    assert!(room.is_live(token.value()));
    assert_eq!(room.logins_asked(), 1);
}

#[tokio::test]
async fn an_answer_that_is_no_verdict_leaves_the_token_to_everybody() {
    for answer in [Answer::new(500), Answer::new(200).html("soon")] {
        let room = control_room().await;
        let sessions = sessions(&Store::default());
        let session = ada(&sessions, &room.url(), "password");
        let token = session.token().await.unwrap().token;
        room.answer_next(answer);

        let error = session.renew(token.value()).await.unwrap_err();
        let other = ada(&sessions, &room.url(), "password").token().await;

        assert!(matches!(error, SessionError::Auth(_)), "{error:?}");
        assert_eq!(other.unwrap().token.value(), token.value());
        assert_eq!(asked(&room), ["login", "validate"]);
    }
}

/// Two typos of somebody, and one endpoint that answers 401.
#[tokio::test]
async fn at_the_limit_a_token_stays_even_where_the_platform_calls_it_dead() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "password");
    let token = session.token().await.unwrap().token;
    for typo in ["one", "two"] {
        let typo = ada(&sessions, &room.url(), typo);
        typo.token().await.unwrap_err();
    }
    // For a while nothing at all is sent.
    let pause = cooldown(session.renew(token.value()).await).retry_after_seconds;
    assert!(pause.is_some_and(|pause| pause <= 15));
    spy.age(Duration::from_secs(15)).await;

    assert_is_still_good(session.renew(token.value()).await);
    assert_eq!(session.token().await.unwrap().token.value(), token.value());
    room.person_logs_in("ada");
    assert_eq!(
        cooldown(session.renew(token.value()).await).retry_after_seconds,
        None
    );
    assert_eq!(session.token().await.unwrap().token.value(), token.value());

    assert_eq!((room.refused("ada"), room.logins_asked()), (2, 3));
    // After a person has set it right it is replaced as ever.
    session.reset_refusals().await.unwrap();
    let new = session.renew(token.value()).await.unwrap();
    assert_eq!(new.origin, TokenOrigin::Login);
}

#[tokio::test]
async fn an_operator_ends_a_contest() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    let mut token = session.token().await.unwrap().token;
    let contest = loop {
        room.person_logs_in("ada");
        match session.renew(token.value()).await {
            Ok(grant) => token = grant.token,
            Err(error) => break error,
        }
    };
    assert!(matches!(contest, SessionError::Contested(_)), "{contest:?}");

    session.reset_refusals().await.unwrap();

    let status = session.status().await.unwrap();
    assert_eq!(
        (status.state, status.retry_after_seconds),
        (State::None, None)
    );
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
}

#[tokio::test]
async fn a_minute_of_peace_ends_a_contest_by_itself() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    for rounds in [3, 3] {
        let mut token = session.token().await.unwrap().token;
        for round in 1..=rounds {
            room.person_logs_in("ada");
            match session.renew(token.value()).await {
                Ok(grant) => token = grant.token,
                Err(SessionError::Contested(contest)) => {
                    assert_eq!((round, contest.refused), (rounds, 3));
                    // Each time anew: the first pause is half a minute.
                    assert!(contest.retry_after_seconds <= 30);
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        spy.age(Duration::from_secs(30)).await;
        session.token().await.unwrap();
        spy.age(Duration::from_secs(60)).await;
    }
}

#[tokio::test]
async fn who_calls_with_a_good_token_gets_the_refusal_of_the_api_as_it_is() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    let calls = AtomicU32::new(0);

    let answer = session.with_token(|_| async {
        calls.fetch_add(1, Ordering::SeqCst);
        Reply::TokenRefused("401: this robot lacks a right")
    });

    assert_eq!(answer.await.unwrap(), "401: this robot lacks a right");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(asked(&room), ["login", "validate"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_login_displaces_nothing_the_old_token_serves_until_a_new_one_is_there() {
    let builder = Simulated::builder().account(Robot::new("Default", "ada", "password"));
    let server = builder.start().await;
    let (sessions, spy) = {
        let spy = Spy::new();
        (sessions(&spy.store()), spy)
    };
    let session = robot(&sessions, &server.url(), "password");
    let old = session.token().await.unwrap().token;
    spy.age(Duration::from_secs(10)).await;
    let held = server.hold_answers();
    let renewing = (session.clone(), old.clone());
    let renewing = tokio::spawn(async move { renewing.0.renew(renewing.1.value()).await });
    server.wait_for_requests(2).await;
    let meanwhile = session.token().await.unwrap();
    drop(held);
    let new = renewing.await.unwrap().unwrap();

    assert_eq!(meanwhile.token.value(), old.value());
    assert_ne!(new.token.value(), old.value());
    assert_eq!(
        session.token().await.unwrap().token.value(),
        new.token.value()
    );
    assert_eq!(server.logins_asked(), 2);
}
