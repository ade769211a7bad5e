//! Nobody is locked out by us, and nobody gets a token with a made-up secret.

use std::time::Duration;

use host_test::simulator::orchestrator::Account as Robot;
use host_test::simulator::{Answer, Orchestrator as Simulated};
use rpa_auth_host::{
    Account, Cooldown, Orchestrator, Reply, RopcCredentials, Session, SessionError, Sessions,
    State, Store, TokenOrigin,
};

use crate::spy::Spy;
use crate::warm::warm;
use crate::{ada, asked, control_room, sessions};

#[track_caller]
fn cooldown(result: Result<impl Sized, SessionError>) -> Cooldown {
    match result.map(drop) {
        Err(SessionError::CoolingDown(cooldown)) => cooldown,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_made_up_secret_gets_no_token_while_there_is_one_and_costs_one_login() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let right = ada(&sessions, &room.url(), "password");
    let token = right.token().await.unwrap().token;

    let made_up = ada(&sessions, &room.url(), "made up");
    let refused = made_up.token().await.unwrap_err();
    let again = cooldown(made_up.token().await);
    let with_the_token = cooldown(made_up.renew("not the token").await);

    assert_eq!(refused.name(), "credentials-rejected");
    assert_eq!((again.refusals, again.retry_after), (1, None));
    assert_eq!(with_the_token, again);
    assert_eq!(room.logins_asked(), 2);
    // Who has the right one goes on.
    let served = right.token().await.unwrap();
    assert_eq!(served.token.value(), token.value());
    assert_eq!(served.origin, TokenOrigin::Store);
}

#[tokio::test]
async fn a_corrected_secret_works_at_once_and_clears_the_count() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    ada(&sessions, &room.url(), "typo")
        .token()
        .await
        .unwrap_err();

    let right = ada(&sessions, &room.url(), "password");
    assert_eq!(right.token().await.unwrap().origin, TokenOrigin::Login);

    let status = right.status().await.unwrap();
    assert_eq!((status.state, status.refusals), (State::Valid, 0));
    assert_eq!((status.attempt, room.logins_asked()), (2, 2));
}

#[tokio::test]
async fn the_count_of_one_user_does_not_touch_another_account() {
    let (room, other) = (control_room().await, control_room().await);
    let sessions = sessions(&Store::default());
    for wrong in ["one", "two"] {
        ada(&sessions, &room.url(), wrong)
            .token()
            .await
            .unwrap_err();
    }
    cooldown(ada(&sessions, &room.url(), "password").token().await);

    let elsewhere = ada(&sessions, &other.url(), "password");

    assert_eq!(elsewhere.token().await.unwrap().origin, TokenOrigin::Login);
    assert!(!room.is_disabled("ada"));
}

fn robot(sessions: &Sessions, url: &str, password: &str) -> Session {
    let mut orchestrator = Orchestrator::new(url);
    orchestrator.transport.allow_http = true;
    let credentials = RopcCredentials {
        tenancy_name: Some("Default".to_owned()),
        username_or_email_address: "ada".to_owned(),
        password: password.into(),
    };
    sessions.session(Account::Ropc(orchestrator, credentials))
}

#[tokio::test]
async fn an_orchestrators_second_refusal_is_followed_by_a_pause_that_a_person_can_end() {
    let builder = Simulated::builder().account(Robot::new("Default", "ada", "password"));
    let server = builder.start().await;
    let sessions = sessions(&Store::default());
    for wrong in ["one", "two"] {
        robot(&sessions, &server.url(), wrong)
            .token()
            .await
            .unwrap_err();
    }

    let right = robot(&sessions, &server.url(), "password");
    let pause = cooldown(right.token().await);
    let state = right.status().await.unwrap().state;

    let pause_left = pause.retry_after.expect("it passes by itself");
    assert!(pause_left <= Duration::from_secs(15), "{pause_left:?}");
    assert_eq!((pause.refusals, state), (2, State::CoolingDown));
    assert_eq!(server.logins_asked(), 2);
    right.reset_refusals().await.unwrap();
    assert_eq!(right.token().await.unwrap().origin, TokenOrigin::Login);
}

/// Somebody outside logs in again and again, or the API wants something else.
#[tokio::test]
async fn three_tokens_that_die_at_once_are_a_contest_that_ends_in_a_pause_or_by_a_person() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    let mut token = session.token().await.unwrap().token;
    for _ in 0..2 {
        room.person_logs_in("ada");
        token = session.renew(token.value()).await.unwrap().token;
    }
    room.person_logs_in("ada");

    for result in [session.renew(token.value()).await, session.token().await] {
        match result {
            Err(SessionError::Contested(contest)) => assert_eq!(contest.refused, 3),
            other => panic!("{other:?}"),
        }
    }

    assert_eq!(session.status().await.unwrap().state, State::Contested);
    assert_eq!(room.logins_asked(), 3);
    session.reset_refusals().await.unwrap();
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
}

/// One API call refuses what the platform itself calls good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_callers_401_takes_a_good_token_from_nobody() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "password");
    let token = session.token().await.unwrap().token;
    let held = room.hold_answers();
    let renew = || {
        let (session, token) = (ada(&sessions, &room.url(), "password"), token.clone());
        tokio::spawn(async move { session.renew(token.value()).await.unwrap_err() })
    };
    let first = renew();
    room.wait_for_requests(2).await;
    let others: Vec<_> = (0..9).map(|_| renew()).collect();
    spy.wait_for_waiters(9).await;
    // Meanwhile it serves.
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Store);
    drop(held);

    for renewal in others.into_iter().chain([first]) {
        assert_eq!(renewal.await.unwrap().name(), "still-good");
    }
    assert_eq!(asked(&room), ["login", "validate"]);
    let answer = session
        .with_token(|_| async { Reply::TokenRefused(401) })
        .await;
    assert_eq!(answer.unwrap(), 401);
    let grant = session.token().await.unwrap();
    assert_eq!(grant.token.value(), token.value());
    assert!(room.is_live(token.value()));
}

/// What stands in front answers, or nobody does.
#[tokio::test]
async fn a_renewal_without_a_verdict_leaves_the_token_to_everybody() {
    for answer in [
        Answer::new(500),
        Answer::new(200).body("<html>We will be back soon</html>"),
        Answer::new(401).body("<html>Sign in</html>"),
    ] {
        let room = control_room().await;
        let session = ada(&sessions(&Store::default()), &room.url(), "password");
        let token = session.token().await.unwrap().token;
        room.answer_next(answer);

        let error = session.renew(token.value()).await.unwrap_err();

        assert!(matches!(error, SessionError::Auth(_)), "{error:?}");
        let grant = session.token().await.unwrap();
        assert_eq!(grant.token.value(), token.value());
        assert_eq!(room.logins_asked(), 1);
    }
}

/// A process that heard the refusal goes by it, whatever the store has forgotten.
#[tokio::test]
async fn a_refusal_that_was_heard_holds_where_the_store_forgot_it() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&warm(&spy), &room.url(), "wrong");
    session.token().await.unwrap_err();
    spy.forget().await;

    let again = cooldown(session.token().await);

    assert_eq!((again.retry_after, again.refusals), (None, 1));
    assert_eq!(room.refused("ada"), 1);
    // Another process was told nothing.
    let other = ada(&warm(&spy), &room.url(), "wrong");
    assert_eq!(
        other.token().await.unwrap_err().name(),
        "credentials-rejected"
    );
    assert_eq!(room.refused("ada"), 2);
}
