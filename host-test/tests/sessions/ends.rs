//! The end is for all: nobody has a token after it, whatever was under way.

use std::time::Duration;

use rpa_auth_host::{
    Account, Orchestrator, RopcCredentials, SessionError, State, Store, TokenOrigin,
};
use simulators::{Answer, Orchestrator as Simulated, orchestrator::Account as Robot};

use crate::{ada, asked, control_room, sessions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_is_in_flight_at_the_end_is_logged_out_by_its_holder() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let held = room.hold_answers();
    let session = ada(&sessions, &room.url(), "password");
    let login = tokio::spawn(async move { session.token().await });
    room.wait_for_requests(1).await;

    let other = ada(&sessions, &room.url(), "password");
    other.end_for_all().await.unwrap();
    drop(held);

    assert!(matches!(login.await.unwrap(), Err(SessionError::Ended)));
    assert_eq!(room.live_token("ada"), None);
    assert_eq!(asked(&room), ["login", "logout"]);
    assert!(matches!(other.token().await, Err(SessionError::Ended)));
}

#[tokio::test]
async fn a_logout_that_fails_leaves_the_mark_and_is_made_again() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    let token = session.token().await.unwrap().token;
    room.answer_next(Answer::new(503));

    session.end_for_all().await.unwrap_err();
    assert!(room.is_live(token.value()));
    for result in [session.token().await, session.renew(token.value()).await] {
        assert!(matches!(result, Err(SessionError::Ended)));
    }
    session.end_for_all().await.unwrap();

    assert!(!room.is_live(token.value()));
    session.end_for_all().await.unwrap();
    assert_eq!(asked(&room), ["login", "logout", "logout"]);
}

#[tokio::test]
async fn a_token_that_is_refused_at_its_logout_is_logged_out() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    session.token().await.unwrap();
    room.person_logs_in("ada");

    session.end_for_all().await.unwrap();

    assert_eq!(session.status().await.unwrap().state, State::Ended);
}

#[tokio::test]
async fn where_there_is_no_logout_the_mark_stands_alone() {
    let builder = Simulated::builder().account(Robot::new("Default", "ada", "password"));
    let server = builder.start().await;
    let mut orchestrator = Orchestrator::new(server.url());
    orchestrator.transport.allow_http = true;
    let credentials = RopcCredentials {
        tenancy_name: Some("Default".to_owned()),
        username_or_email_address: "ada".to_owned(),
        password: "password".into(),
    };
    let sessions = sessions(&Store::default());
    let session = sessions.session(Account::Ropc(orchestrator, credentials));
    session.token().await.unwrap();

    session.end_for_all().await.unwrap();

    assert!(matches!(session.token().await, Err(SessionError::Ended)));
    assert_eq!(server.requests().len(), 1);
    session.reopen().await.unwrap();
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
}

#[tokio::test]
async fn an_end_before_the_first_login_holds_too() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");

    session.end_for_all().await.unwrap();

    assert!(matches!(session.token().await, Err(SessionError::Ended)));
    assert_eq!(room.requests().len(), 0);
}

/// It has the token in its memory, and may serve it for so long.
#[tokio::test]
async fn a_session_that_remembers_notices_the_end_when_its_memory_is_too_old() {
    let room = control_room().await;
    let store = Store::default();
    let remembering = ada(&sessions(&store), &room.url(), "password");
    let remembering = remembering.max_staleness(Duration::from_secs(2));
    remembering.token().await.unwrap();

    let ended = std::time::Instant::now();
    let other = ada(&sessions(&store), &room.url(), "password");
    other.end_for_all().await.unwrap();
    let after = loop {
        match remembering.token().await {
            Ok(grant) => assert_eq!(grant.origin, TokenOrigin::Memory),
            Err(error) => break error,
        }
        // Whether it is still given is looked at until it is not: far longer than
        // the two seconds, it would be given for good.
        assert!(ended.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    };

    assert!(matches!(after, SessionError::Ended));
}

/// The end has its mark, and the logout is still under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_is_under_way_does_not_undo_what_was_reopened_meanwhile() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    session.token().await.unwrap();
    let held = room.hold_answers();
    let ending = session.clone();
    let ending = tokio::spawn(async move { ending.end_for_all().await });
    room.wait_for_requests(2).await;

    session.reopen().await.unwrap();
    let beginning = session.clone();
    let beginning = tokio::spawn(async move { beginning.token().await });
    room.wait_for_requests(3).await;
    drop(held);
    ending.await.unwrap().unwrap();
    let new = beginning.await.unwrap().unwrap().token;

    assert_eq!(room.live_token("ada").as_deref(), Some(new.value()));
    assert_eq!(session.status().await.unwrap().state, State::Valid);
    assert_eq!(session.token().await.unwrap().token.value(), new.value());
    // Whoever is done with its login before the end has noted its logout makes that
    // once more, of the old token.
    let asked = asked(&room);
    let (first, more) = asked.split_at(3);
    assert_eq!(first, ["login", "logout", "login"]);
    assert!(more.is_empty() || more == ["logout"], "{more:?}");
}
