//! What time does to an entry. It passes in the store, whose ages alone count.

use std::time::Duration;

use rpa_auth_host::{
    Account, ClientCredentials, IdentityServer, Session, SessionError, Store, TokenOrigin,
};
use simulators::{Answer, ControlRoom, Orchestrator as Simulated, orchestrator::Client};

use crate::spy::Spy;
use crate::{ada, asked, control_room, sessions};

/// A token of 20 minutes, half a minute before its end.
const NEARLY_OVER: Duration = Duration::from_secs(1170);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_rooms_token_is_refreshed_before_it_expires_while_others_use_it() {
    let (room, spy) = (control_room().await, Spy::over(Store::default()));
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "password");
    let first = session.token().await.unwrap().token;
    spy.age(NEARLY_OVER).await;
    room.advance(NEARLY_OVER);
    let held = room.hold_answers();
    let renewing = ada(&sessions, &room.url(), "password");
    let renewing = tokio::spawn(async move { renewing.token().await.unwrap() });
    room.wait_for_requests(2).await;

    // The old one still serves.
    let meanwhile = session.token().await.unwrap();
    assert_eq!(meanwhile.origin, TokenOrigin::Store);
    assert_eq!(meanwhile.token.value(), first.value());
    drop(held);

    let renewed = renewing.await.unwrap();
    assert_eq!(renewed.origin, TokenOrigin::Refresh);
    assert_eq!(
        session.token().await.unwrap().token.value(),
        renewed.token.value()
    );
    assert_eq!(asked(&room), ["login", "refresh"]);
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_the_token_that_is_there() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    let first = session.token().await.unwrap().token;
    spy.age(NEARLY_OVER).await;
    room.advance(NEARLY_OVER);
    room.answer_next(Answer::new(503).header("Retry-After", "120"));

    for _ in 0..2 {
        let grant = session.token().await.unwrap();
        assert_eq!(grant.token.value(), first.value());
        assert_eq!(grant.origin, TokenOrigin::Store);
    }

    assert_eq!(asked(&room), ["login", "refresh"]);
}

#[tokio::test]
async fn an_applications_token_is_renewed_before_it_expires_by_a_login() {
    let builder = Simulated::builder().client(Client::new("app", "app-secret", &["OR.Jobs"]));
    let server = builder.start().await;
    let mut identity = IdentityServer::new(server.token_url());
    identity.transport.allow_http = true;
    let credentials = ClientCredentials {
        client_id: "app".to_owned(),
        client_secret: "app-secret".into(),
        scopes: vec!["OR.Jobs".to_owned()],
    };
    let spy = Spy::new();
    let sessions = sessions(&spy.store());
    let session = sessions.session(Account::ClientCredentials(identity, credentials));
    session.token().await.unwrap();
    spy.age(Duration::from_secs(3570)).await;

    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Store);
    assert_eq!(server.grants_asked(), 2);
}

#[tokio::test]
async fn a_token_that_has_expired_is_replaced_by_a_login() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    session.token().await.unwrap();
    spy.age(Duration::from_secs(1200)).await;
    room.advance(Duration::from_secs(1200));

    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
    assert_eq!(asked(&room), ["login", "login"]);
}

/// Ada's session, after her password was changed and her token was displaced.
async fn refused(session: &Session, room: &ControlRoom) {
    let token = session.token().await.unwrap().token;
    room.change_password("ada", "another for now");
    room.person_logs_in("ada");
    let refused = session.renew(token.value()).await.unwrap_err();
    assert_eq!(refused.name(), "credentials-rejected");
}

#[tokio::test]
async fn where_more_refusals_are_allowed_a_refused_secret_that_was_good_is_tried_again_after_minutes()
 {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password").lockout_limit(10);
    refused(&session, &room).await;
    let paused = session.token().await.unwrap_err();
    room.change_password("ada", "password");
    spy.age(Duration::from_secs(295)).await;
    let still_paused = session.token().await.unwrap_err();
    spy.age(Duration::from_secs(300)).await;

    for error in [paused, still_paused] {
        assert!(
            matches!(error, SessionError::CoolingDown(ref c) if c.retry_after_seconds.is_some())
        );
    }
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
    let all = ["login", "validate", "login", "validate", "login"];
    assert_eq!(asked(&room), all);
}

#[tokio::test]
async fn on_a_control_room_a_refused_secret_that_was_good_waits_for_a_person() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    refused(&session, &room).await;
    for days in [0, 1, 30] {
        spy.age(Duration::from_secs(days * 86_400)).await;
        let waits = session.token().await.unwrap_err();
        assert!(
            matches!(waits, SessionError::CoolingDown(ref c) if c.retry_after_seconds.is_none())
        );
    }
    assert_eq!(asked(&room), ["login", "validate", "login"]);

    room.change_password("ada", "password");
    session.reset_refusals().await.unwrap();
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
}
