//! The service's own calls.

use serde_json::json;
use simulators::client::{exchange, get};

use super::{SECRET, Service, bearer};

#[tokio::test]
async fn a_caller_gets_the_token_and_the_next_one_where_the_api_refused_it() {
    let service = Service::start().await;
    let room = &service.home.room;
    let reply = service.get("/v1/accounts/robots/token").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let answer = reply.json();
    let token = answer["token"]["value"].as_str().unwrap().to_owned();
    assert!(room.is_live(&token));
    let header = json!({ "name": "X-Authorization", "value": token });
    assert_eq!(answer["token"]["header"], header);
    assert_eq!(answer["shared"]["origin"], "login");
    // The command takes the same one.
    assert_eq!(service.home.token().await, token);

    room.person_logs_in("ada");
    let body = json!({ "rejected": token }).to_string();
    let renewed = service
        .post("/v1/accounts/robots/renew", &body)
        .await
        .json();
    let new = renewed["token"]["value"].as_str().unwrap().to_owned();
    assert!(new != token && room.is_live(&new));
    let late = service
        .post("/v1/accounts/robots/renew", &body)
        .await
        .json();
    assert_eq!(late["token"]["value"], new);
    let body = json!({ "rejected": new }).to_string();
    let good = service.post("/v1/accounts/robots/renew", &body).await;
    assert_eq!(
        (good.status, good.header("rpa-auth-error")),
        (409, Some("still-good"))
    );
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn a_status_says_how_the_account_stands_and_holds_no_token() {
    let service = Service::start().await;
    let token = service.token().await;
    let status = service.get("/v1/accounts/robots/status").await;
    let answer = status.json();
    assert_eq!(answer["status"]["state"], "valid");
    assert_eq!(answer["platform"], "control-room");
    assert!(
        answer["status"]["next"]
            .as_str()
            .unwrap()
            .contains("renews")
    );
    assert!(!String::from_utf8(status.body).unwrap().contains(&token));
    let accounts = service.get("/v1/accounts").await.json();
    assert_eq!(accounts["accounts"][0]["name"], "robots");
}

#[tokio::test]
async fn all_but_its_health_wants_the_secret() {
    let service = Service::start().await;
    let health = exchange(service.address(), &get("/healthz", &[])).await;
    assert_eq!((health.status, &*health.body), (200, &b"ok\n"[..]));
    for path in [
        "/",
        "/metrics",
        "/openapi.json",
        "/v1/accounts",
        "/v1/accounts/robots/token",
        "/v1/accounts/robots/status",
        "/v1/events",
        "/robots/v3/wlm/queues/4/workitems/17",
        "/nobody/x",
        "/no/such/path",
    ] {
        for shown in [
            "x: y",
            &bearer("another-secret-0123456789"),
            "authorization: Bearer",
        ] {
            let reply = exchange(service.address(), &get(path, &[shown])).await;
            assert_eq!(reply.status, 401, "{path} {shown}");
            assert!(reply.header("www-authenticate").is_some(), "{path}");
            assert_eq!(reply.header("rpa-auth-error"), Some("unauthorized"));
        }
    }
    assert!(service.home.room.requests().is_empty());
}

#[tokio::test]
async fn what_a_browser_sends_for_a_person_opens_the_page_and_no_call() {
    use base64::Engine;
    let service = Service::start().await;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("me:{SECRET}"));
    let basic = format!("authorization: Basic {pair}");
    let page = exchange(service.address(), &get("/", &[&basic])).await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("'sha256-"),
        "{policy}"
    );
    for path in ["/v1/accounts/robots/token", "/robots/v3/x", "/metrics"] {
        let reply = exchange(service.address(), &get(path, &[&basic])).await;
        assert_eq!(reply.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_made_has_a_typed_error() {
    let service = Service::start().await;
    for (reply, status, kind) in [
        (
            service.get("/v1/accounts/nobody/token").await,
            404,
            "no-such-account",
        ),
        (
            service.get("/v1/accounts/%ff/token").await,
            404,
            "no-such-account",
        ),
        (service.get("/nobody/x").await, 404, "no-such-path"),
        (service.get("/robots").await, 404, "no-such-path"),
        (
            service.get("/v1/accounts/robots/renew").await,
            405,
            "no-such-method",
        ),
        (
            service.post("/v1/accounts/robots/renew", "{}").await,
            400,
            "bad-request",
        ),
        (
            service.post("/v1/accounts/robots/renew", "no json").await,
            400,
            "bad-request",
        ),
        (
            service
                .post("/v1/accounts/robots/renew", r#"{"rejected":""}"#)
                .await,
            400,
            "bad-request",
        ),
        (
            service
                .post("/v1/accounts/robots/renew", r#"{"rejected":"t","x":1}"#)
                .await,
            400,
            "bad-request",
        ),
    ] {
        assert_eq!(reply.status, status, "{kind}");
        assert_eq!(reply.header("rpa-auth-error"), Some(kind));
        assert_eq!(reply.json()["error"]["kind"], kind);
    }
    assert!(service.home.room.requests().is_empty());
}

#[tokio::test]
async fn a_refused_secret_is_said_to_callers_with_what_to_do() {
    let service = Service::start().await;
    service.home.files.write("password", "not-her-password");
    let refused = service.get("/v1/accounts/robots/token").await;
    assert_eq!(refused.status, 502);
    assert_eq!(refused.json()["error"]["kind"], "credentials-rejected");
    // No code of a second factor helps an account that is shared.
    let advice = refused.json()["error"]["advice"].to_string();
    assert!(
        advice.contains("second factor") && !advice.contains("--mfa-code-from"),
        "{advice}"
    );
    let waits = service.get("/v1/accounts/robots/token").await;
    assert_eq!(waits.status, 503);
    assert_eq!(waits.json()["error"]["kind"], "cooling-down");
    assert!(waits.json()["error"]["advice"].is_string());
    assert_eq!(service.home.room.logins_asked(), 1);
    // The file is read again, without a restart.
    service.home.files.write("password", crate::PASSWORD);
    service.token().await;
    assert_eq!(service.home.room.logins_asked(), 2);
}

#[tokio::test]
async fn what_is_counted_is_there_for_prometheus() {
    let service = Service::start().await;
    service.token().await;
    service
        .get(&format!("/robots{}", service.home.room.work_item_path()))
        .await;
    let metrics = service.get("/metrics").await;
    let text = String::from_utf8(metrics.body).unwrap();
    for line in [
        "rpa_auth_calls_total{function=\"session-token\",outcome=\"ok\"} 2",
        "# HELP rpa_auth_grants_total ",
        "rpa_auth_call_duration_seconds_bucket{",
        "rpa_auth_grants_total{origin=\"login\"} 1",
        "rpa_auth_passed_through_total{account=\"robots\",status=\"200\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("ada"), "{text}");
}
