//! An Orchestrator's logins, failures and API.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{
    Orchestrator,
    orchestrator::{
        Account, CurrentUser, FailureShape, HOST_TENANT, Layout, ResultField, TokenKind,
    },
};

use simulators::client::{Reply, exchange, get, jwt, post};

const CURRENT_USER: &str = "/odata/Users/UiPath.Server.Configuration.OData.GetCurrentUser";

fn ada() -> Account {
    Account::new("Default", "ada", "pass")
}

fn body(tenancy: Option<&str>, name: &str, password: &str) -> String {
    let mut body = json!({ "UsernameOrEmailAddress": name, "Password": password });
    if let Some(tenancy) = tenancy {
        body["TenancyName"] = tenancy.into();
    }
    body.to_string()
}

async fn login_at(server: &Orchestrator, base: &str, body: &str) -> Reply {
    let path = format!("{base}/api/account/authenticate");
    exchange(server.address(), &post(&path, body, &[])).await
}

async fn login(server: &Orchestrator, tenancy: Option<&str>, name: &str, password: &str) -> Reply {
    login_at(server, "", &body(tenancy, name, password)).await
}

async fn call(server: &Orchestrator, path: &str, token: &str) -> Reply {
    let header = format!("authorization: Bearer {token}");
    exchange(server.address(), &get(path, &[&header])).await
}

#[tokio::test]
async fn a_login_gives_the_envelope_with_the_token_in_the_field_chosen() {
    for (field, name) in [
        (ResultField::Lower, "result"),
        (ResultField::Upper, "Result"),
    ] {
        let server = Orchestrator::builder().account(ada()).result_field(field);
        let server = server.start().await;
        let reply = login(&server, Some("Default"), "ada", "pass").await;
        let token = reply.text(name);
        assert!(!token.is_empty() && !token.contains('.'));
        let envelope = json!({
            name: token, "targetUrl": null, "success": true, "error": null,
            "unAuthorizedRequest": false, "__abp": true,
        });
        assert_eq!((reply.status, reply.json()), (200, envelope));
        assert!(server.is_live(&token));
    }
}

#[tokio::test]
async fn a_token_may_be_a_jwt_and_dies_after_thirty_minutes() {
    let server = Orchestrator::builder()
        .account(ada())
        .token_kind(TokenKind::Jwt);
    let server = server.start().await;
    let token = login(&server, None, "ada@example.com", "pass")
        .await
        .text("result");
    let (_, claims) = jwt(&token);
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 1800);
    assert_eq!(call(&server, "/odata/Folders", &token).await.status, 200);
    server.advance(Duration::from_secs(1800));
    assert_eq!(call(&server, "/odata/Folders", &token).await.status, 401);
}

#[tokio::test]
async fn a_refusal_has_the_shape_and_status_chosen() {
    let envelope = |unauthorized: bool| {
        json!({
            "result": null, "targetUrl": null, "success": false,
            "error": { "code": 1000, "message": "Invalid user name or password.",
                       "details": null, "validationErrors": null },
            "unAuthorizedRequest": unauthorized, "__abp": true,
        })
    };
    let plain = |extra: &str, value: Value| json!({ "message": "Invalid user name or password.", "errorCode": 1000, extra: value });
    let mut both = envelope(true);
    both["message"] = "Invalid user name or password.".into();
    both["errorCode"] = 1000.into();
    let trace = "00-5f2a8c1e9b7d4036-01".into();
    let mut cases = vec![
        (FailureShape::Plain, 400, plain("resourceIds", Value::Null)),
        (FailureShape::PlainWithTraceId, 400, plain("traceId", trace)),
        (FailureShape::Both, 400, both),
    ];
    for status in [200, 400, 401, 500] {
        cases.push((FailureShape::Envelope { status }, status, envelope(true)));
    }
    for (shape, status, expected) in cases {
        let server = Orchestrator::builder()
            .account(ada())
            .failure_shape(shape)
            .unauthorized_request(true);
        let server = server.start().await;
        let reply = login(&server, None, "ada", "wrong").await;
        assert_eq!(
            (reply.status, reply.json()),
            (status, expected),
            "{shape:?}"
        );
        // A call of the API keeps its status in every shape.
        let reply = call(&server, "/odata/Folders", "unknown").await;
        assert_eq!(reply.status, 401, "{shape:?}");
    }
}

#[tokio::test]
async fn tenant_password_and_directory_have_their_own_codes() {
    let server = Orchestrator::builder()
        .account(ada())
        .account(Account::new(HOST_TENANT, "admin", "pass"))
        .account(Account::new("Default", "sso", "pass").of_directory())
        .tenant("Empty");
    let server = server.start().await;
    let code = async |tenancy, name, password| {
        let reply = login(&server, tenancy, name, password).await;
        (reply.status, reply.json()["errorCode"].clone())
    };
    assert_eq!(
        code(Some("Nowhere"), "ada", "pass").await,
        (400, json!(1002))
    );
    assert_eq!(code(Some("Empty"), "ada", "pass").await, (400, json!(1000)));
    assert_eq!(
        code(Some("Default"), "ada", "wrong").await,
        (400, json!(1000))
    );
    assert_eq!(code(Some("Default"), "sso", "pass").await, (400, json!(0)));
    assert_eq!(code(Some("Host"), "ada", "pass").await, (400, json!(1000)));
    assert_eq!(
        login(&server, Some("Host"), "admin", "pass").await.status,
        200
    );
}

#[tokio::test]
async fn ten_refused_logins_lock_out_until_an_administrator_helps() {
    let server = Orchestrator::builder().account(ada()).start().await;
    for _ in 0..10 {
        assert!(!server.is_locked_out("Default", "ada"));
        login(&server, None, "ada", "wrong").await;
    }
    assert!(server.is_locked_out("Default", "ada"));
    // The mail address is the same account.
    assert_eq!(
        login(&server, None, "ada@example.com", "pass").await.status,
        400
    );
    server.unlock("Default", "ada");
    assert_eq!(login(&server, None, "ada", "pass").await.status, 200);
    assert_eq!((server.logins_asked(), server.logins_granted()), (12, 1));
    assert_eq!(server.refused("Default", "ada"), 0);
}

#[tokio::test]
async fn each_layout_has_its_own_paths() {
    let (organization, tenant) = ("acme".to_owned(), "Default".to_owned());
    let suite = Layout::AutomationSuite {
        organization: organization.clone(),
        tenant: tenant.clone(),
    };
    let gateway = Layout::Gateway {
        organization: organization.clone(),
        tenant: tenant.clone(),
    };
    let cloud = Layout::Cloud {
        organization,
        tenant,
    };
    let bases = [
        "",
        "/acme/Default",
        "/acme/Default/orchestrator_",
        "/acme/Other",
    ];
    // At the root of Automation Suite there is the host tenant, without Ada.
    for (layout, expected) in [
        (Layout::Standalone, [200, 404, 404, 404]),
        (suite, [400, 200, 404, 404]),
        (gateway, [404, 404, 200, 404]),
        (cloud, [404, 404, 404, 404]),
    ] {
        let server = Orchestrator::builder()
            .layout(layout.clone())
            .account(ada());
        let server = server.start().await;
        for (base, status) in bases.into_iter().zip(expected) {
            let reply = login_at(&server, base, &body(None, "ada", "pass")).await;
            assert_eq!(reply.status, status, "{layout:?} {base}");
        }
        let folders = format!("{}/odata/Folders", server.base_url());
        let folders = folders.strip_prefix(&server.url()).unwrap();
        assert_eq!(
            call(&server, folders, "unknown").await.status,
            401,
            "{layout:?}"
        );
    }
}

#[tokio::test]
async fn the_host_tenant_of_automation_suite_is_at_the_root() {
    let layout = Layout::AutomationSuite {
        organization: "acme".to_owned(),
        tenant: "Default".to_owned(),
    };
    let server = Orchestrator::builder()
        .layout(layout)
        .account(Account::new(HOST_TENANT, "admin", "pass"))
        .account(ada());
    let server = server.start().await;
    let host = body(Some("Host"), "admin", "pass");
    assert_eq!(login_at(&server, "", &host).await.status, 200);
    let through_tenant = login_at(&server, "/acme/Default", &host).await;
    assert_eq!(through_tenant.json()["errorCode"], 1002);
}

#[tokio::test]
async fn the_current_user_is_told_with_200_or_204() {
    let server = Orchestrator::builder().account(ada()).start().await;
    let token = login(&server, None, "ada", "pass").await.text("result");
    let user = call(&server, CURRENT_USER, &token).await;
    assert_eq!(user.status, 200);
    assert_eq!(
        (user.text("UserName"), user.text("TenancyName")),
        ("ada".into(), "Default".into())
    );
    assert_eq!(call(&server, CURRENT_USER, "unknown").await.status, 401);

    let server = Orchestrator::builder()
        .account(ada())
        .current_user(CurrentUser::NoContent);
    let server = server.start().await;
    let token = login(&server, None, "ada", "pass").await.text("result");
    let none = call(&server, CURRENT_USER, &token).await;
    assert_eq!((none.status, none.body.len()), (204, 0));
}

#[tokio::test]
async fn folders_want_a_bearer_token_that_lives_and_the_right() {
    let server = Orchestrator::builder()
        .account(ada())
        .account(Account::new("Default", "bob", "pass").without_folders());
    let server = server.start().await;
    let token = login(&server, None, "ada", "pass").await.text("result");
    let folders = call(&server, "/odata/Folders", &token).await;
    assert_eq!(folders.json()["value"][0]["DisplayName"], "Shared");
    let bare = format!("x-authorization: {token}");
    let bare = exchange(server.address(), &get("/odata/Folders", &[&bare])).await;
    assert_eq!(bare.status, 401);
    let bobs = login(&server, None, "bob", "pass").await.text("result");
    assert_eq!(call(&server, "/odata/Folders", &bobs).await.status, 403);
    // A later login displaces nothing.
    login(&server, None, "ada", "pass").await;
    assert!(server.is_live(&token));
    server.revoke(&token);
    assert_eq!(call(&server, "/odata/Folders", &token).await.status, 401);
}
