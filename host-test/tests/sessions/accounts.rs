//! Who shares an entry: whoever means the same account, however it is spelled.

use host_test::simulator;
use host_test::simulator::orchestrator::{Account as Robot, Client};
use rpa_auth_host::{
    Account, ClientAuthentication, ClientCredentials, ControlRoomApi, ControlRoomCredentials,
    IdentityServer, Orchestrator, RopcCredentials, SessionKeys, Sessions, TokenOrigin,
};

use crate::spy::Spy;
use crate::{ada, control_room, room, sessions, sessions_with};

async fn orchestrator() -> simulator::Orchestrator {
    let builder = simulator::Orchestrator::builder()
        .account(Robot::new("Default", "ada", "password"))
        .account(Robot::new("Other", "ada", "password"))
        .client(Client::new("app", "app-secret", &["OR.Folders", "OR.Jobs"]));
    builder.start().await
}

fn ropc(url: &str, tenant: &str) -> Account {
    let mut orchestrator = Orchestrator::new(url);
    orchestrator.transport.allow_http = true;
    let credentials = RopcCredentials {
        tenancy_name: Some(tenant.to_owned()),
        username_or_email_address: "ada".to_owned(),
        password: "password".into(),
    };
    Account::Ropc(orchestrator, credentials)
}

fn client(token_url: &str, scopes: &[&str]) -> (IdentityServer, ClientCredentials) {
    let mut server = IdentityServer::new(token_url);
    server.transport.allow_http = true;
    let credentials = ClientCredentials {
        client_id: "app".to_owned(),
        client_secret: "app-secret".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
    };
    (server, credentials)
}

/// Where the tokens of these accounts are from, one after the other.
async fn origins(
    sessions: &Sessions,
    accounts: impl IntoIterator<Item = Account>,
) -> Vec<TokenOrigin> {
    let mut origins = Vec::new();
    for account in accounts {
        let grant = sessions.session(account).token().await;
        origins.push(grant.unwrap().origin);
    }
    origins
}

#[tokio::test]
async fn a_control_room_is_one_however_its_address_api_and_login_are_written() {
    let (server, spy) = (control_room().await, Spy::new());
    let password = || ControlRoomCredentials::password("ada", "password");
    let mut v1 = room(&server.url());
    v1.api = ControlRoomApi::V1;
    let slashed = room(&format!("{}/", server.url()));
    let capitals = room(&server.url().replace("http", "HTTP"));
    let mut gateway = room(&server.url());
    gateway.transport.headers = vec![("X-Gateway".to_owned(), "key".into())];
    let mut beside = password();
    beside.multiple_login = Some(true);

    let accounts = [
        Account::ControlRoom(room(&server.url()), password()),
        Account::ControlRoom(v1, password()),
        Account::ControlRoom(slashed, password()),
        Account::ControlRoom(capitals, password()),
        Account::ControlRoom(gateway, password()),
        Account::ControlRoom(room(&server.url()), beside),
    ];
    let origins = origins(&sessions(&spy.store()), accounts).await;

    assert_eq!(origins[0], TokenOrigin::Login);
    assert_eq!(origins[1..], [TokenOrigin::Store; 5]);
    assert_eq!(spy.keys().len(), 1);
}

#[tokio::test]
async fn an_orchestrators_user_is_one_of_its_tenant() {
    let (server, spy) = (orchestrator().await, Spy::new());
    let accounts = ["Default", "Default", "Other"].map(|tenant| ropc(&server.url(), tenant));

    let origins = origins(&sessions(&spy.store()), accounts).await;

    use TokenOrigin::{Login, Store};
    assert_eq!(origins, [Login, Store, Login]);
    assert_eq!(spy.keys().len(), 2);
    assert_eq!(server.logins_asked(), 2);
}

#[tokio::test]
async fn an_application_is_one_for_each_set_of_scopes() {
    let (server, spy) = (orchestrator().await, Spy::new());
    let scopes: [&[&str]; 4] = [
        &["OR.Folders", "OR.Jobs"],
        &["OR.Jobs", "OR.Folders"],
        &["OR.Jobs", "OR.Folders", "OR.Jobs"],
        &["OR.Jobs"],
    ];
    let accounts = scopes.map(|scopes| {
        let (server, credentials) = client(&server.token_url(), scopes);
        Account::ClientCredentials(server, credentials)
    });
    let (mut basic, credentials) = client(&server.token_url(), scopes[0]);
    basic.client_authentication = ClientAuthentication::Basic;
    let basic = Account::ClientCredentials(basic, credentials);

    let origins = origins(&sessions(&spy.store()), accounts.into_iter().chain([basic])).await;

    use TokenOrigin::{Login, Store};
    assert_eq!(origins, [Login, Store, Store, Login, Store]);
    assert_eq!(spy.keys().len(), 2);
    assert_eq!(server.grants_asked(), 2);
}

#[tokio::test]
async fn a_refused_token_of_an_orchestrator_is_renewed_once_too() {
    let (server, spy) = (orchestrator().await, Spy::new());
    let sessions = sessions(&spy.store());
    let (identity, credentials) = client(&server.token_url(), &["OR.Jobs"]);
    for account in [
        ropc(&server.url(), "Default"),
        Account::ClientCredentials(identity, credentials),
    ] {
        let session = sessions.session(account);
        let old = session.token().await.unwrap().token;
        server.revoke(old.value());

        let new = session.renew(old.value()).await.unwrap();
        let late = session.renew(old.value()).await.unwrap();

        assert_eq!(
            (new.origin, late.origin),
            (TokenOrigin::Login, TokenOrigin::Store)
        );
        assert!(server.is_live(late.token.value()));
    }
    assert_eq!((server.logins_asked(), server.grants_asked()), (2, 2));
}

#[tokio::test]
async fn another_place_key_is_another_entry() {
    let (room, spy) = (control_room().await, Spy::new());
    let other = SessionKeys::new([9; 32], [2; 32]);
    let ours = ada(&sessions(&spy.store()), &room.url(), "password");
    let theirs = ada(&sessions_with(&spy.store(), other), &room.url(), "password");

    assert_eq!(ours.token().await.unwrap().origin, TokenOrigin::Login);
    assert_eq!(theirs.token().await.unwrap().origin, TokenOrigin::Login);
    assert_eq!(spy.keys().len(), 2);
}
