//! What both platforms refuse before they look at who asks.

use simulators::{ControlRoom, Orchestrator, orchestrator::Account};

use super::control_room::{PASSWORD, ada};
use simulators::client::{exchange, get, post, post_as};

const LOGIN: &str = "/v2/authentication";
const ROPC: &str = "/api/account/authenticate";
const ROPC_BODY: &str = r#"{"UsernameOrEmailAddress":"ada","Password":"pass"}"#;

#[tokio::test]
async fn a_login_that_is_not_in_the_documented_form_is_refused_with_the_reason_kept() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let good = post(LOGIN, PASSWORD, &[]);
    assert_eq!(exchange(room.address(), &good).await.status, 200);
    assert!(room.violations().is_empty());

    let body = |body: &str| post(LOGIN, body, &[]);
    let chunked = good
        .replace("content-length: 36", "transfer-encoding: chunked")
        .replace(PASSWORD, &format!("24\r\n{PASSWORD}\r\n0\r\n\r\n"));
    assert!(chunked.contains("chunked") && PASSWORD.len() == 0x24);
    let cases = [
        (
            "Content-Type",
            good.replace("application/json\r\ncontent-l", "text/plain\r\ncontent-l"),
        ),
        (
            "Content-Type",
            good.replace("content-type: application/json\r\n", ""),
        ),
        ("Accept", good.replace("accept: application/json\r\n", "")),
        (
            "came twice",
            good.replace("accept:", "accept: application/json\r\naccept:"),
        ),
        ("chunked", chunked),
        ("query", good.replace(LOGIN, "/v2/authentication?a=b")),
        ("JSON", body("username=ada&password=pass")),
        ("JSON", body(r#"["ada","pass"]"#)),
        (
            "`user` is unknown",
            body(r#"{"username":"ada","password":"pass","user":"ada"}"#),
        ),
        (
            "`password` is repeated",
            body(r#"{"username":"ada","password":"a","password":"pass"}"#),
        ),
        (
            "`apiKey` is null",
            body(r#"{"username":"ada","password":"pass","apiKey":null}"#),
        ),
        (
            "`password` is not",
            body(r#"{"username":"ada","password":""}"#),
        ),
        (
            "`password` is not",
            body(r#"{"username":"ada","password":1}"#),
        ),
        (
            "`mfaCode` is not",
            body(r#"{"username":"ada","password":"pass","mfaCode":"1"}"#),
        ),
        (
            "`mfaCode` is not",
            body(r#"{"username":"ada","password":"pass","mfaCode":1.5}"#),
        ),
        (
            "`multipleLogin` is not",
            body(r#"{"username":"ada","password":"pass","multipleLogin":"true"}"#),
        ),
        (
            "both",
            body(r#"{"username":"ada","password":"pass","apiKey":"k"}"#),
        ),
        ("neither", body(r#"{"username":"ada"}"#)),
        ("no `username`", body(r#"{"password":"pass"}"#)),
    ];
    for (n, (reason, request)) in cases.iter().enumerate() {
        let reply = exchange(room.address(), request).await;
        assert_eq!(reply.status, 400, "{reason}");
        assert_eq!(reply.text("code"), "generic.server.exception", "{reason}");
        assert_eq!(room.violations().len(), n + 1, "{reason}");
        assert!(
            room.violations()[n].contains(reason),
            "{:?}",
            room.violations()[n]
        );
    }
    // None of them was a refused login.
    assert_eq!((room.refused("ada"), room.logins_granted()), (0, 1));
}

#[tokio::test]
async fn a_post_without_its_length_is_refused() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let request = "POST /v1/authentication/logout HTTP/1.1\r\nhost: x\r\n\
                   accept: application/json\r\nx-authorization: a.b.c\r\n\r\n";
    assert_eq!(exchange(room.address(), request).await.status, 400);
    assert!(room.violations()[0].contains("Content-Length"));
}

#[tokio::test]
async fn logout_with_a_body_and_validate_with_a_stray_query_are_refused() {
    let room = ControlRoom::builder().start().await;
    let requests = [
        post(
            "/v1/authentication/logout",
            "{}",
            &["x-authorization: a.b.c"],
        ),
        get("/v1/authentication/token/a.b.c?token=a.b.c", &[]),
        get("/v1/authentication/token?token=a.b.c&x=y", &[]),
        get("/v1/authentication/token", &[]),
        get("/v1/authentication/token?token=a%zz", &[]),
    ];
    for request in &requests {
        assert_eq!(
            exchange(room.address(), request).await.status,
            400,
            "{request}"
        );
    }
    assert_eq!(room.violations().len(), requests.len());
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_wrong_method_405() {
    let room = ControlRoom::builder().start().await;
    let orchestrator = Orchestrator::builder().start().await;
    for (address, known) in [(room.address(), LOGIN), (orchestrator.address(), ROPC)] {
        assert_eq!(
            exchange(address, &get("/v2/nothing", &[])).await.status,
            404
        );
        assert_eq!(
            exchange(address, &get(&format!("{known}/"), &[]))
                .await
                .status,
            404
        );
        assert_eq!(exchange(address, &get(known, &[])).await.status, 405);
    }
}

#[tokio::test]
async fn a_ropc_login_that_is_not_in_the_documented_form_is_refused() {
    let account = Account::new("Default", "ada", "pass");
    let orchestrator = Orchestrator::builder().account(account).start().await;
    let good = post(ROPC, ROPC_BODY, &[]);
    assert_eq!(exchange(orchestrator.address(), &good).await.status, 200);

    let cases = [
        post_as("text/json", ROPC, ROPC_BODY, &[]),
        post(
            ROPC,
            r#"{"usernameOrEmailAddress":"ada","password":"pass"}"#,
            &[],
        ),
        post(ROPC, r#"{"UsernameOrEmailAddress":"ada"}"#, &[]),
        post(
            ROPC,
            r#"{"TenancyName":null,"UsernameOrEmailAddress":"ada","Password":"pass"}"#,
            &[],
        ),
        post(
            ROPC,
            r#"{"TenancyName":"","UsernameOrEmailAddress":"ada","Password":"pass"}"#,
            &[],
        ),
        good.replace("accept: application/json\r\n", ""),
    ];
    for (n, request) in cases.iter().enumerate() {
        let reply = exchange(orchestrator.address(), request).await;
        assert_eq!(
            (reply.status, &reply.json()["errorCode"]),
            (400, &0.into()),
            "case {n}"
        );
        assert_eq!(orchestrator.violations().len(), n + 1);
    }
    assert_eq!(orchestrator.refused("Default", "ada"), 0);
}
