//! Who a token speaks for, and what the API says to one that it does not take.

use std::time::Duration;

use rpa_auth_host::RejectionKind::{Forbidden, TokenRejected};
use rpa_auth_host::{ClientCredentials, Orchestrator, RopcCredentials, User};
use serde_json::json;
use simulators::orchestrator::{Account, Client, CurrentUser, FailureShape, Layout, TokenKind};
use simulators::{Answer, Orchestrator as Sim};

use crate::client::api;
use crate::support::{
    Over, Wire, expected, identity_server, on_the_wire, only, orchestrator, plugin, refused,
    rejected, transport,
};

const PATH: &str = "/odata/Users/UiPath.Server.Configuration.OData.GetCurrentUser";

fn ada() -> RopcCredentials {
    RopcCredentials {
        tenancy_name: None,
        username_or_email_address: "ada".into(),
        password: "s3same".into(),
    }
}

fn user(name: Option<&str>, tenancy: Option<&str>) -> User {
    User {
        user_name: name.map(str::to_owned),
        tenancy_name: tenancy.map(str::to_owned),
    }
}

#[tokio::test]
async fn the_user_of_a_token_is_told_with_the_tenancy_name() {
    let place = || ("acme".to_owned(), "prod".to_owned());
    let [(a, b), (c, d)] = [place(), place()];
    for wire in Wire::BOTH {
        for (layout, tenancy, base) in [
            (Layout::Standalone, "Default", ""),
            (
                Layout::AutomationSuite {
                    organization: a.clone(),
                    tenant: b.clone(),
                },
                "prod",
                "/acme/prod",
            ),
            (
                Layout::Gateway {
                    organization: c.clone(),
                    tenant: d.clone(),
                },
                "prod",
                "/acme/prod/orchestrator_",
            ),
        ] {
            for kind in [TokenKind::Opaque, TokenKind::Jwt] {
                let sim = Sim::builder()
                    .layout(layout.clone())
                    .account(Account::new(tenancy, "ada", "s3same"))
                    .token_kind(kind)
                    .over(wire);
                let sim = sim.start().await;
                let called = orchestrator(&sim.base_url());
                let token = plugin().ropc_authenticate(&called, &ada()).await.unwrap();
                sim.take_requests();
                let found = plugin().current_user(&called, token.value()).await;
                assert_eq!(found.unwrap(), user(Some("ada"), Some(tenancy)));
                let authorization = format!("Bearer {}", token.value());
                let headers = [("authorization", authorization.as_str())];
                assert_eq!(
                    on_the_wire(&only(sim.take_requests())),
                    expected(&format!("GET {base}{PATH}"), sim.address(), &headers, "")
                );
                assert_eq!(sim.violations(), [""; 0]);
            }
        }
    }
}

#[tokio::test]
async fn organization_and_tenant_go_before_the_path_but_the_authenticate_path_does_not() {
    let layout = Layout::AutomationSuite {
        organization: "acme".into(),
        tenant: "prod".into(),
    };
    let sim = Sim::builder()
        .layout(layout)
        .account(Account::new("prod", "ada", "s3same"));
    let sim = sim.start().await;
    let called = Orchestrator {
        authenticate_path: Some("api/account/authenticate".into()),
        transport: transport(&sim.url()),
        ..Orchestrator::in_suite(sim.url(), "acme", "prod")
    };
    let token = plugin().ropc_authenticate(&called, &ada()).await.unwrap();
    let found = plugin().current_user(&called, token.value()).await;
    assert_eq!(found.unwrap(), user(Some("ada"), Some("prod")));
    assert_eq!(
        sim.requests()[1].path_and_query,
        format!("/acme/prod{PATH}")
    );
}

#[tokio::test]
async fn an_answer_without_content_is_a_user_of_whom_nothing_is_known() {
    for wire in Wire::BOTH {
        let sim = Sim::builder()
            .account(Account::new("Default", "ada", "s3same"))
            .current_user(CurrentUser::NoContent)
            .over(wire);
        let sim = sim.start().await;
        let called = orchestrator(&sim.url());
        let token = plugin().ropc_authenticate(&called, &ada()).await.unwrap();
        let found = plugin().current_user(&called, token.value()).await;
        assert_eq!(found.unwrap(), user(None, None));
        assert_eq!(sim.requests()[1].status, Some(204));
    }
}

#[tokio::test]
async fn an_application_has_a_tenancy_and_no_name() {
    let sim = Sim::builder().client(Client::new("app", "s3cret", &["OR.Folders"]));
    let sim = sim.start().await;
    let credentials = ClientCredentials {
        client_id: "app".into(),
        client_secret: "s3cret".into(),
        scopes: vec![],
    };
    let server = identity_server(&sim.token_url());
    let token = plugin()
        .client_credentials_authenticate(&server, &credentials)
        .await;
    let token = token.unwrap();
    let found = plugin()
        .current_user(&orchestrator(&sim.url()), token.value())
        .await;
    assert_eq!(found.unwrap(), user(None, Some("Default")));
}

#[tokio::test]
async fn a_bad_token_is_rejected_in_every_shape() {
    for shape in [
        FailureShape::Plain,
        FailureShape::PlainWithTraceId,
        FailureShape::Envelope { status: 400 },
        FailureShape::Both,
    ] {
        for flag in [true, false] {
            let sim = Sim::builder()
                .account(Account::new("Default", "ada", "s3same"))
                .failure_shape(shape)
                .unauthorized_request(flag);
            let sim = sim.start().await;
            let called = orchestrator(&sim.url());
            let rejection = rejected(TokenRejected, 401, "0", "You are not signed in.");
            let result = plugin().current_user(&called, "never-given").await;
            assert_eq!(refused(result), rejection);
            let token = plugin().ropc_authenticate(&called, &ada()).await.unwrap();
            sim.advance(Duration::from_secs(1800));
            let result = plugin().current_user(&called, token.value()).await;
            assert_eq!(refused(result), rejection);
            assert_eq!(sim.requests().len(), 3);
        }
    }
}

#[tokio::test]
async fn a_token_may_be_good_for_less_than_everything() {
    let account = Account::new("Default", "ada", "s3same").without_folders();
    let sim = Sim::builder().account(account).start().await;
    let called = orchestrator(&sim.url());
    let token = plugin().ropc_authenticate(&called, &ada()).await.unwrap();
    assert_eq!(api(&sim.url(), "/odata/Folders", &token).await.status, 403);
    let body = json!({ "message": "You may not.", "errorCode": 0, "resourceIds": null });
    sim.answer_next(Answer::new(403).json(&body));
    let result = plugin().current_user(&called, token.value()).await;
    assert_eq!(
        refused(result),
        rejected(Forbidden, 403, "0", "You may not.")
    );
}
