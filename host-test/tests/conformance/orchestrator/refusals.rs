//! Logins that an Orchestrator refuses, in every shape and with every status
//! that is documented or was seen. Each is sent once: ten of them lock out.

use rpa_auth_host::RejectionKind::{
    self, CredentialsRejected, Forbidden, NotFound, RequestRejected,
};
use rpa_auth_host::{Orchestrator, RopcCredentials};
use serde_json::{Value, json};
use simulators::orchestrator::{Account, Builder, FailureShape, Layout};
use simulators::{Answer, Orchestrator as Sim};

use crate::support::{Over, Wire, orchestrator, plugin, refused, rejected, transport};

/// Every shape with the status that a refused login has in it.
const SHAPES: [(FailureShape, u16); 7] = [
    (FailureShape::Plain, 400),
    (FailureShape::PlainWithTraceId, 400),
    (FailureShape::Both, 400),
    (FailureShape::Envelope { status: 200 }, 200),
    (FailureShape::Envelope { status: 400 }, 400),
    (FailureShape::Envelope { status: 401 }, 401),
    (FailureShape::Envelope { status: 500 }, 500),
];

fn builder(shape: FailureShape) -> Builder {
    Sim::builder()
        .failure_shape(shape)
        .account(Account::new("Default", "ada", "s3same"))
        .account(Account::new("Default", "eve", "s3same").of_directory())
}

fn credentials(tenancy: &str, name: &str, password: &str) -> RopcCredentials {
    RopcCredentials {
        tenancy_name: Some(tenancy.into()),
        username_or_email_address: name.into(),
        password: password.into(),
    }
}

#[tokio::test]
async fn a_wrong_password_or_user_is_credentials_rejected_in_every_shape() {
    for wire in Wire::BOTH {
        for (shape, status) in SHAPES {
            let sim = builder(shape).over(wire).start().await;
            let message = "Invalid user name or password.";
            let wrong = rejected(CredentialsRejected, status, "1000", message);
            for (n, who) in [
                credentials("Default", "ada", "S3same"),
                credentials("Default", "nobody", "s3same"),
            ]
            .iter()
            .enumerate()
            {
                let called = orchestrator(&sim.url());
                assert_eq!(
                    refused(plugin().ropc_authenticate(&called, who).await),
                    wrong
                );
                assert_eq!(sim.requests().len(), n + 1);
            }
            assert_eq!(sim.refused("Default", "ada"), 1);
            assert_eq!(sim.violations(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn a_tenant_that_there_is_not_is_not_found_in_every_shape() {
    for (shape, status) in SHAPES {
        let sim = builder(shape).start().await;
        let who = credentials("Elsewhere", "ada", "s3same");
        let result = plugin()
            .ropc_authenticate(&orchestrator(&sim.url()), &who)
            .await;
        let missing = rejected(NotFound, status, "1002", "There is no such tenant.");
        assert_eq!(refused(result), missing);
        assert_eq!(sim.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_directory_account_is_refused_by_its_status_because_code_0_says_nothing() {
    for (shape, status) in SHAPES {
        let kind = match status {
            401 => CredentialsRejected,
            _ => RequestRejected,
        };
        let sim = builder(shape).start().await;
        let who = credentials("Default", "eve", "s3same");
        let result = plugin()
            .ropc_authenticate(&orchestrator(&sim.url()), &who)
            .await;
        assert_eq!(
            refused(result),
            rejected(kind, status, "0", "An error has occurred.")
        );
        assert_eq!(sim.requests().len(), 1);
    }
}

#[tokio::test]
async fn ten_refused_calls_are_ten_requests_and_lock_the_account_out() {
    let sim = builder(FailureShape::Plain).start().await;
    let called = orchestrator(&sim.url());
    for count in 1..=10 {
        assert!(!sim.is_locked_out("Default", "ada"));
        let who = credentials("Default", "ada", "n0t-it");
        refused(plugin().ropc_authenticate(&called, &who).await);
        assert_eq!(
            (sim.logins_asked(), sim.refused("Default", "ada")),
            (count, count as u32)
        );
    }
    assert!(sim.is_locked_out("Default", "ada"));
    let right = credentials("Default", "ada", "s3same");
    refused(plugin().ropc_authenticate(&called, &right).await);
    sim.unlock("Default", "ada");
    assert!(plugin().ropc_authenticate(&called, &right).await.is_ok());
}

#[tokio::test]
async fn an_organization_or_tenant_of_the_path_that_there_is_not_is_not_found() {
    let layout = Layout::AutomationSuite {
        organization: "acme".into(),
        tenant: "prod".into(),
    };
    let sim = Sim::builder().layout(layout).start().await;
    let called = Orchestrator {
        transport: transport(&sim.url()),
        ..Orchestrator::in_suite(sim.url(), "acme", "test")
    };
    let who = credentials("test", "ada", "s3same");
    let result = plugin().ropc_authenticate(&called, &who).await;
    assert_eq!(refused(result), rejected(NotFound, 404, "", ""));
}

#[tokio::test]
async fn a_cloud_without_ropc_is_not_found() {
    let layout = Layout::Cloud {
        organization: "acme".into(),
        tenant: "prod".into(),
    };
    let sim = Sim::builder().layout(layout).start().await;
    let who = credentials("prod", "ada", "s3same");
    let result = plugin()
        .ropc_authenticate(&orchestrator(&sim.base_url()), &who)
        .await;
    assert_eq!(refused(result), rejected(NotFound, 404, "", ""));
    assert_eq!(sim.requests().len(), 1);
}

/// What each of these bodies means under a status, sent instead of an answer.
async fn check(status: u16, body: Value, kind: RejectionKind, code: &str, message: &str) {
    let sim = builder(FailureShape::Plain).start().await;
    sim.answer_next(Answer::new(status).json(&body));
    let who = credentials("Default", "ada", "s3same");
    let result = plugin()
        .ropc_authenticate(&orchestrator(&sim.url()), &who)
        .await;
    assert_eq!(
        refused(result),
        rejected(kind, status, code, message),
        "{body}"
    );
    assert_eq!(sim.requests().len(), 1);
}

#[tokio::test]
async fn validation_errors_are_told_with_the_message() {
    let body = json!({
        "success": false,
        "error": {
            "code": 0,
            "message": "Your request is not valid!",
            "details": "See below.",
            "validationErrors": [
                { "message": "The Password field is required.", "members": ["password"] },
                { "message": "Too short.", "members": [] },
            ],
        },
        "unAuthorizedRequest": false,
        "__abp": true,
    });
    let message =
        "Your request is not valid!; See below.; The Password field is required.; Too short.";
    check(400, body, RequestRejected, "0", message).await;
}

#[tokio::test]
async fn un_authorized_request_decides_nothing() {
    for flag in [true, false] {
        let body = |code: u32| {
            json!({
                "result": null,
                "success": false,
                "error": { "code": code, "message": "Nein.", "details": null, "validationErrors": null },
                "unAuthorizedRequest": flag,
                "__abp": true,
            })
        };
        check(401, body(0), CredentialsRejected, "0", "Nein.").await;
        check(403, body(0), Forbidden, "0", "Nein.").await;
        check(500, body(0), RequestRejected, "0", "Nein.").await;
        check(200, body(1000), CredentialsRejected, "1000", "Nein.").await;
    }
}

#[tokio::test]
async fn a_code_beside_a_result_is_still_a_refusal() {
    let failed = json!({
        "result": "t0ken", "success": false,
        "error": { "code": 1000, "message": "No.", "details": null, "validationErrors": null },
    });
    check(200, failed, CredentialsRejected, "1000", "No.").await;
    let plain = json!({ "message": "No.", "errorCode": 1000, "resourceIds": null });
    for (status, body) in [(200, plain.clone()), (401, plain.clone()), (500, plain)] {
        check(status, body, CredentialsRejected, "1000", "No.").await;
    }
}

#[tokio::test]
async fn a_200_without_a_result_is_no_token() {
    for result in [json!(null), json!(""), json!(17), json!({})] {
        for field in ["result", "Result"] {
            let sim = builder(FailureShape::Plain).start().await;
            let body = json!({ field: result, "success": true, "error": null, "__abp": true });
            sim.answer_next(Answer::new(200).json(&body));
            let who = credentials("Default", "ada", "s3same");
            let result = plugin()
                .ropc_authenticate(&orchestrator(&sim.url()), &who)
                .await;
            let error = refused(result);
            assert!(
                matches!(&error, rpa_auth_host::AuthError::UnexpectedResponse(oddity)
                    if oddity.status == 200),
                "{body}: {error:?}"
            );
            assert_eq!(sim.requests().len(), 1);
        }
    }
}
