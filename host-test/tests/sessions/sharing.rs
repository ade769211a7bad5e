//! Whoever comes later gets the token that is there.

use rpa_auth_host::{SessionError, State, Store, TokenOrigin};

use crate::{ada, control_room, sessions};

#[tokio::test]
async fn the_second_caller_gets_the_first_ones_token() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let session = ada(&sessions, &room.url(), "password");

    let first = session.token().await.unwrap();
    let second = ada(&sessions, &room.url(), "password")
        .token()
        .await
        .unwrap();

    assert_eq!(first.origin, TokenOrigin::Login);
    assert_eq!(second.origin, TokenOrigin::Store);
    assert_eq!(first.token.value(), second.token.value());
    assert_eq!(room.logins_asked(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_a_late_refusal_gives_the_new_one() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let session = ada(&sessions, &room.url(), "password");
    let old = session.token().await.unwrap();
    room.person_logs_in("ada");

    let new = session.renew(old.token.value()).await.unwrap();
    let late = session.renew(old.token.value()).await.unwrap();

    assert_eq!(new.origin, TokenOrigin::Login);
    assert_eq!(late.origin, TokenOrigin::Store);
    assert_eq!(new.token.value(), late.token.value());
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn a_wrong_password_gets_no_token_and_nothing_is_sent_at_two() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    for wrong in ["one", "two"] {
        let refused = ada(&sessions, &room.url(), wrong).token().await;
        assert_eq!(refused.unwrap_err().name(), "credentials-rejected");
    }

    let right = ada(&sessions, &room.url(), "password");
    let error = right.token().await.unwrap_err();

    assert!(matches!(error, SessionError::CoolingDown(ref c) if c.retry_after_seconds.is_none()));
    assert_eq!(room.logins_asked(), 2);
    assert_eq!(room.refused("ada"), 2);
    right.reset_refusals().await.unwrap();
    right.token().await.unwrap();
}

#[tokio::test]
async fn the_end_logs_the_token_out_and_holds_until_it_is_reopened() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let session = ada(&sessions, &room.url(), "password");
    session.token().await.unwrap();

    session.end_for_all().await.unwrap();

    assert_eq!(room.live_token("ada"), None);
    assert!(matches!(session.token().await, Err(SessionError::Ended)));
    assert_eq!(session.status().await.unwrap().state, State::Ended);
    session.reopen().await.unwrap();
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
}
