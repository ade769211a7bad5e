//! What `open` refuses, before anything is read or sent.

use std::error::Error as _;

use rpa_auth_host::{
    Account, AuthError, ControlRoomCredentials, Plugin, SessionError, SessionKeys,
};

use crate::spy::Spy;
use crate::{ada, control_room, room, sessions, sessions_with};

#[track_caller]
fn refused(result: Result<impl Sized, SessionError>) -> String {
    match result.map(drop) {
        Err(SessionError::Auth(AuthError::InvalidArgument(text))) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_code_of_a_second_factor_and_a_long_actor_are_refused_and_nothing_is_sent() {
    let (server, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let mut credentials = ControlRoomCredentials::password("ada", "password");
    credentials.mfa_code = Some(918_273);
    let with_code = sessions.session(Account::ControlRoom(room(&server.url()), credentials));
    let with_actor = ada(&sessions, &server.url(), "password").actor("a".repeat(257));

    for (session, name) in [
        (with_code, "account.credentials.mfa-code"),
        (with_actor, "options.actor"),
    ] {
        let text = refused(session.token().await);
        assert!(text.contains(name), "{text}");
        assert!(!text.contains("918273"), "{text}");
    }

    assert!(spy.keys().is_empty());
    assert_eq!(server.requests().len(), 0);
    let longest = ada(&sessions, &server.url(), "password").actor("a".repeat(256));
    longest.token().await.unwrap();
    assert_eq!(longest.status().await.unwrap().actor.unwrap().len(), 256);
}

#[tokio::test]
async fn keys_that_are_zeros_or_stand_twice_are_refused_by_the_name_of_their_option() {
    let (server, spy) = (control_room().await, Spy::new());
    let (one, two, zeros) = ([1; 32], [2; 32], [0; 32]);
    let good = || SessionKeys::new(one, two);
    // The library refuses these before there is a component.
    for (keys, name, what) in [
        (SessionKeys::new(zeros, two), "place key", "zeros"),
        (SessionKeys::new(one, zeros), "sealing key", "zeros"),
        (good().also_opens(zeros), "sealing key", "zeros"),
        (SessionKeys::new(one, one), "sealing key", "equal"),
        (good().also_opens(two), "sealing key", "equal"),
    ] {
        let built = Plugin::builder().build_sessions(spy.store(), keys);
        let error = built.err().expect("the keys cannot be used");
        let cause = error.source().expect("a cause").to_string();
        assert!(cause.contains(name) && cause.contains(what), "{cause}");
    }
    for (keys, name, what) in [
        (good().next_place(zeros), "options.next-place-key", "zeros"),
        (
            good().former_place(zeros),
            "options.former-place-keys",
            "zeros",
        ),
        (good().next_place(one), "options.next-place-key", "the same"),
        (
            good().former_place(one),
            "options.former-place-keys",
            "the same",
        ),
        (good().former_place(two), "options.sealing-keys", "the same"),
    ] {
        let session = ada(
            &sessions_with(&spy.store(), keys),
            &server.url(),
            "password",
        );
        let text = refused(session.token().await);
        assert!(text.contains(name) && text.contains(what), "{text}");
    }
    assert!(spy.keys().is_empty());
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_limit_or_a_name_that_cannot_be_is_refused_and_nothing_is_sent() {
    let (server, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = || ada(&sessions, &server.url(), "password");
    for (session, name) in [
        (session().lockout_limit(0), "options.lockout-limit"),
        (session().lockout_limit(1), "options.lockout-limit"),
        (session().lockout_limit(100), "options.lockout-limit"),
        (session().account_name(""), "options.name"),
        (session().account_name("a".repeat(257)), "options.name"),
    ] {
        let text = refused(session.token().await);
        assert!(text.contains(name), "{text}");
    }
    assert!(spy.keys().is_empty());
    assert_eq!(server.requests().len(), 0);
    for session in [session().lockout_limit(2), session().lockout_limit(99)] {
        session.token().await.unwrap();
    }
}
