//! The identity server's token endpoint.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use simulators::{
    Orchestrator,
    orchestrator::{Builder, Client, ExpiresIn, Layout, OauthErrors, TokenKind},
};

use simulators::client::{Reply, exchange, get, jwt, post_as};

const FORM: &str = "application/x-www-form-urlencoded";
const GOOD: &str =
    "grant_type=client_credentials&client_id=app&client_secret=s%3A%2B%26&scope=OR.Folders+OR.Jobs";

fn builder() -> Builder {
    Orchestrator::builder()
        .client(Client::new("app", "s:+&", &["OR.Folders", "OR.Jobs"]))
        .client(Client::new("idle", "s", &[]).without_grant())
}

async fn ask(server: &Orchestrator, form: &str, more: &[&str]) -> Reply {
    let path = server.token_url().replace(&server.url(), "");
    exchange(server.address(), &post_as(FORM, &path, form, more)).await
}

fn basic(credentials: &str) -> String {
    format!("authorization: Basic {}", STANDARD.encode(credentials))
}

#[tokio::test]
async fn a_grant_gives_a_token_that_the_api_takes() {
    let server = builder().start().await;
    let reply = ask(&server, GOOD, &[]).await;
    let token = reply.text("access_token");
    let expected = json!({
        "access_token": token, "token_type": "Bearer",
        "expires_in": 3600, "scope": "OR.Folders OR.Jobs",
    });
    assert_eq!((reply.status, reply.json()), (200, expected));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let claims = jwt(&token).1;
    assert_eq!(
        claims["exp"].as_i64(),
        claims["iat"].as_i64().map(|issued| issued + 3600)
    );

    let header = format!("authorization: Bearer {token}");
    let folders = exchange(server.address(), &get("/odata/Folders", &[&header])).await;
    assert_eq!(folders.status, 200);
    assert_eq!((server.grants_asked(), server.grants_granted()), (1, 1));
}

#[tokio::test]
async fn a_token_without_the_scope_may_not_see_folders() {
    let server = builder().start().await;
    let reply = ask(&server, &GOOD.replace("OR.Folders+", ""), &[]).await;
    let header = format!("authorization: Bearer {}", reply.text("access_token"));
    let folders = exchange(server.address(), &get("/odata/Folders", &[&header])).await;
    assert_eq!(folders.status, 403);
}

#[tokio::test]
async fn the_lifetime_may_be_quoted_or_absent_and_the_token_opaque() {
    for (form, expected) in [
        (ExpiresIn::Quoted, json!("3600")),
        (ExpiresIn::Absent, Value::Null),
    ] {
        let server = builder()
            .expires_in(form)
            .without_scope_in_answer()
            .access_token_kind(TokenKind::Opaque);
        let server = server.start().await;
        let reply = ask(&server, GOOD, &[]).await.json();
        assert_eq!(reply["expires_in"], expected);
        assert!(reply.get("scope").is_none());
        assert!(!reply["access_token"].as_str().unwrap().contains('.'));
    }
}

#[tokio::test]
async fn basic_wants_id_and_secret_encoded_as_in_a_form() {
    let server = builder().start().await;
    let form = "grant_type=client_credentials&scope=OR.Jobs";
    let good = basic("app:s%3A%2B%26");
    assert_eq!(ask(&server, form, &[&good]).await.status, 200);
    let raw = ask(&server, form, &[&basic("app:s:+&")]).await;
    assert_eq!(raw.text("error"), "invalid_request");
    let twice = ask(&server, GOOD, &[&good]).await;
    assert_eq!(twice.text("error"), "invalid_request");
}

#[tokio::test]
async fn each_error_of_rfc_6749_section_5_2_has_its_cause() {
    let server = builder().start().await;
    let idle = "grant_type=client_credentials&client_id=idle&client_secret=s";
    let cases = [
        ("invalid_client", GOOD.replace("=app", "=other")),
        ("invalid_client", GOOD.replace("=s%3A", "=t%3A")),
        ("invalid_client", "grant_type=client_credentials".to_owned()),
        ("invalid_scope", GOOD.replace("OR.Jobs", "OR.Robots")),
        (
            "unsupported_grant_type",
            GOOD.replace("client_credentials", "password"),
        ),
        ("unauthorized_client", idle.to_owned()),
    ];
    for (error, form) in &cases {
        let reply = ask(&server, form, &[]).await;
        assert_eq!(
            (reply.status, reply.text("error")),
            (400, error.to_string()),
            "{form}"
        );
    }
    assert!(server.violations().is_empty());

    let invalid = [
        GOOD.replace("grant_type=client_credentials&", ""),
        format!("{GOOD}&scope=OR.Jobs"),
        format!("{GOOD}&audience=x"),
        format!("{GOOD}&"),
        GOOD.replace("%26", "%2"),
        GOOD.replace("+OR", " OR"),
        GOOD.replace("scope=OR.Folders+OR.Jobs", "scope="),
        GOOD.replace("&client_secret=s%3A%2B%26", ""),
    ];
    for (n, form) in invalid.iter().enumerate() {
        let reply = ask(&server, form, &[]).await;
        let got = (reply.status, reply.text("error"));
        assert_eq!(got, (400, "invalid_request".to_owned()), "{form}");
        assert_eq!(server.violations().len(), n + 1);
    }
    assert!(server.violations()[1].contains("`scope` is repeated"));
    assert!(server.violations()[2].contains("`audience` is unknown"));
}

#[tokio::test]
async fn only_a_form_is_taken() {
    let server = builder().start().await;
    for content_type in [
        "application/json",
        "application/x-www-form-urlencoded; charset=utf-8",
    ] {
        let request = post_as(content_type, "/identity/connect/token", GOOD, &[]);
        let reply = exchange(server.address(), &request).await;
        assert_eq!(reply.text("error"), "invalid_request", "{content_type}");
    }
}

#[tokio::test]
async fn a_refused_client_may_get_401_or_plain_text() {
    let server = builder().invalid_client_status(401).start().await;
    let refused = GOOD.replace("=app", "=other");
    let reply = ask(&server, &refused, &[]).await;
    assert_eq!(
        (reply.status, reply.text("error")),
        (401, "invalid_client".to_owned())
    );
    assert!(
        reply
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic")
    );

    let server = builder().oauth_errors(OauthErrors::PlainText).start().await;
    let reply = ask(&server, &refused, &[]).await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (400, Some("text/plain; charset=utf-8"))
    );
}

#[tokio::test]
async fn the_endpoint_is_where_the_layout_has_it() {
    let suite = Layout::AutomationSuite {
        organization: "acme".to_owned(),
        tenant: "Default".to_owned(),
    };
    for (layout, standalone, others) in [(Layout::Standalone, 200, 404), (suite, 404, 200)] {
        let server = builder().layout(layout).start().await;
        for (path, status) in [
            ("/identity/connect/token", standalone),
            ("/identity_/connect/token", others),
        ] {
            let reply = exchange(server.address(), &post_as(FORM, path, GOOD, &[])).await;
            assert_eq!(reply.status, status, "{path}");
        }
        assert_eq!(ask(&server, GOOD, &[]).await.status, 200);
    }
}
