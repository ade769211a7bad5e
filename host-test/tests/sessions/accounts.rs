//! Who shares an entry: whoever means the same account, however it is spelled.

use rpa_auth_host::{
    Account, ClientAuthentication, ClientCredentials, ControlRoomApi, ControlRoomCredentials,
    Header, IdentityServer, Orchestrator, RopcCredentials, SessionKeys, Sessions, TokenOrigin,
};
use simulators::orchestrator::{Account as Robot, Client};

use crate::spy::Spy;
use crate::{ada, control_room, room, sessions, sessions_with};

async fn orchestrator() -> simulators::Orchestrator {
    let builder = simulators::Orchestrator::builder()
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
    gateway.transport.headers = vec![Header::new("X-Gateway", "key")];
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
    basic.client_authentication = Some(ClientAuthentication::Basic);
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

/// Active Directory folds case, and Control Room users can be its users.
#[tokio::test]
async fn a_user_is_one_however_the_name_is_spelled() {
    let (server, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let mut places = Vec::new();
    for name in ["ada", "Ada", "ADA", "ada ", " aDa"] {
        let credentials = ControlRoomCredentials::password(name, "password");
        let session = sessions.session(Account::ControlRoom(room(&server.url()), credentials));
        session.token().await.unwrap();
        places.push(session.status().await.unwrap().place);
    }

    assert_eq!(places[0].len(), 8);
    assert!(spy.key().starts_with(&places[0]));
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    assert_eq!(server.logins_asked(), 1);
}

#[tokio::test]
async fn a_platform_that_has_several_addresses_is_one_where_the_account_has_a_name() {
    let (server, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let urls = [server.url(), server.url_for("localhost")];
    let named = urls.map(|url| ada(&sessions, &url, "password").account_name("production"));

    let grants = [
        named[0].token().await.unwrap(),
        named[1].token().await.unwrap(),
    ];
    let places = [
        named[0].status().await.unwrap().place,
        named[1].status().await.unwrap().place,
    ];

    assert_eq!(grants[1].origin, TokenOrigin::Store);
    assert_eq!(grants[0].token.value(), grants[1].token.value());
    assert_eq!(places[0], places[1]);
    assert_eq!(server.logins_asked(), 1);
    // Without it, or with another one, it is another account.
    let others = [
        ada(&sessions, &server.url(), "password"),
        ada(&sessions, &server.url(), "password").account_name("test"),
    ];
    for other in others {
        assert_ne!(other.status().await.unwrap().place, places[0]);
    }
    assert_eq!(spy.keys().len(), 3);
}

/// RFC 6749, section 2.2: it is the server's own string.
#[tokio::test]
async fn a_client_id_is_taken_as_it_is() {
    let (server, spy) = (orchestrator().await, Spy::new());
    let sessions = sessions(&spy.store());
    let mut places = Vec::new();
    for id in ["app", "App", "app "] {
        let (server, mut credentials) = client(&server.token_url(), &["OR.Jobs"]);
        credentials.client_id = id.to_owned();
        let session = sessions.session(Account::ClientCredentials(server, credentials));
        places.push(session.status().await.unwrap().place);
    }

    places.sort();
    places.dedup();
    assert_eq!(places.len(), 3);
}

#[tokio::test]
async fn a_tenant_is_one_however_it_is_spelled() {
    let (server, spy) = (orchestrator().await, Spy::new());
    let sessions = sessions(&spy.store());
    for tenant in ["Default", "default", "DEFAULT "] {
        let session = sessions.session(ropc(&server.url(), tenant));
        session.status().await.unwrap();
    }

    assert_eq!(spy.keys().len(), 1);
}
