//! Nobody is locked out by us, and nobody gets a token with a made-up secret.

use std::time::Duration;

use rpa_auth_host::{
    Account, Cooldown, Orchestrator, RopcCredentials, Session, SessionError, Sessions, State,
    Status, Store, TokenOrigin,
};
use simulators::orchestrator::Account as Robot;
use simulators::{Answer, Orchestrator as Simulated};

use crate::spy::Spy;
use crate::{ada, control_room, sessions};

#[track_caller]
pub fn cooldown(result: Result<impl Sized, SessionError>) -> Cooldown {
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
    assert_eq!((again.refusals, again.retry_after_seconds), (1, None));
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

pub fn robot(sessions: &Sessions, url: &str, password: &str) -> Session {
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

    let pause_left = pause.retry_after_seconds.expect("it passes by itself");
    assert!(pause_left <= 15, "{pause_left}");
    assert_eq!((pause.refusals, state), (2, State::CoolingDown));
    assert_eq!(server.logins_asked(), 2);
    right.reset_refusals().await.unwrap();
    assert_eq!(right.token().await.unwrap().origin, TokenOrigin::Login);
}

/// Somebody outside logs in again and again, or the API wants something else.
#[tokio::test]
async fn three_tokens_refused_at_once_are_a_quarrel_that_ends_in_a_pause() {
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
}

/// What one of them finds, another one may not.
#[tokio::test]
async fn a_status_says_how_the_account_stands_for_the_secret_that_asks() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let (right, wrong) = (
        ada(&sessions, &room.url(), "password"),
        ada(&sessions, &room.url(), "wrong"),
    );
    wrong.token().await.unwrap_err();

    let alone = [wrong.status().await.unwrap(), right.status().await.unwrap()];
    right.token().await.unwrap();
    let beside = [wrong.status().await.unwrap(), right.status().await.unwrap()];

    let state = |two: &[Status; 2]| two.each_ref().map(|status| status.state);
    assert_eq!(state(&alone), [State::CoolingDown, State::None]);
    assert_eq!(state(&beside), [State::CoolingDown, State::Valid]);
    for status in &alone {
        assert_eq!((status.refusals, status.logins_left), (1, 1));
    }
    for status in &beside {
        assert_eq!((status.refusals, status.logins_left), (0, 2));
    }
    for status in [&alone[0], &beside[0]] {
        assert_eq!(
            (status.retry_after_seconds, status.lifetime_seconds),
            (None, None)
        );
        let cause = status.cause.as_ref().map(|cause| cause.name());
        assert_eq!(cause, Some("credentials-rejected"));
    }
    assert!(beside[1].lifetime_seconds.is_some());
    // A pause that passes by itself has an end.
    spy.age(Duration::from_secs(1200)).await;
    room.answer_next(Answer::new(503).header("Retry-After", "120"));
    right.token().await.unwrap_err();
    let status = right.status().await.unwrap();
    assert_eq!(status.state, State::CoolingDown);
    let left = status.retry_after_seconds.unwrap();
    assert!((31..=120).contains(&left), "{left}");
}
