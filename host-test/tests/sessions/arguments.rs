//! What `open` refuses, before anything is read or sent.

use rpa_auth_host::{Account, AuthError, ControlRoomCredentials, SessionError};

use crate::spy::Spy;
use crate::{ada, control_room, room, sessions};

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
        let error = session.token().await.unwrap_err();
        let SessionError::Auth(AuthError::InvalidArgument(text)) = &error else {
            panic!("{error:?}");
        };
        assert!(text.contains(name), "{text}");
        assert!(!text.contains("918273"), "{text}");
    }

    assert!(spy.keys().is_empty());
    assert_eq!(server.requests().len(), 0);
    let longest = ada(&sessions, &server.url(), "password").actor("a".repeat(256));
    longest.token().await.unwrap();
    assert_eq!(longest.status().await.unwrap().actor.unwrap().len(), 256);
}
