//! What an identity server refuses: the codes of RFC 6749, section 5.2, under
//! either status, as JSON or as plain text.

use rpa_auth_host::ClientAuthentication::{Basic, RequestBody};
use rpa_auth_host::RejectionKind::{self, CredentialsRejected, RequestRejected, ServerError};
use rpa_auth_host::{AuthError, ClientCredentials};
use serde_json::json;
use simulators::orchestrator::{Client, OauthErrors};
use simulators::{Answer, Orchestrator as Sim};

use super::{ID, SECRET, builder, credentials, server};
use crate::support::{Over, Wire, only, plugin, refused, rejected};

#[tokio::test]
async fn an_unknown_client_or_a_wrong_secret_is_credentials_rejected() {
    for wire in Wire::BOTH {
        for status in [400, 401] {
            let sim = builder()
                .invalid_client_status(status)
                .over(wire)
                .start()
                .await;
            for how in [RequestBody, Basic] {
                for (id, secret) in [("other", SECRET), (ID, "n0t-it")] {
                    let credentials = ClientCredentials {
                        client_id: id.into(),
                        client_secret: secret.into(),
                        scopes: vec![],
                    };
                    let called = server(&sim.token_url(), how);
                    let result = plugin()
                        .client_credentials_authenticate(&called, &credentials)
                        .await;
                    let message = "The client is unknown or its secret wrong.";
                    assert_eq!(
                        refused(result),
                        rejected(CredentialsRejected, status, "invalid_client", message)
                    );
                    only(sim.take_requests());
                }
            }
            assert_eq!(sim.violations(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn a_scope_or_a_grant_that_the_client_may_not_have_is_request_rejected() {
    let sim = builder().start().await;
    let called = server(&sim.token_url(), RequestBody);
    let asked = credentials(&["OR.Robots"]);
    let result = plugin()
        .client_credentials_authenticate(&called, &asked)
        .await;
    let message = "The client may not have this scope.";
    assert_eq!(
        refused(result),
        rejected(RequestRejected, 400, "invalid_scope", message)
    );

    let sim = Sim::builder().client(Client::new(ID, SECRET, &[]).without_grant());
    let sim = sim.start().await;
    let called = server(&sim.token_url(), RequestBody);
    let asked = credentials(&[]);
    let result = plugin()
        .client_credentials_authenticate(&called, &asked)
        .await;
    let message = "The client may not use this grant.";
    assert_eq!(
        refused(result),
        rejected(RequestRejected, 400, "unauthorized_client", message)
    );
}

async fn answered(answer: Answer) -> AuthError {
    let sim = builder().start().await;
    sim.answer_next(answer);
    let called = server(&sim.token_url(), RequestBody);
    let asked = credentials(&[]);
    let result = plugin()
        .client_credentials_authenticate(&called, &asked)
        .await;
    let error = refused(result);
    only(sim.take_requests());
    error
}

#[tokio::test]
async fn the_code_decides_under_400_and_401_alike() {
    for status in [400, 401] {
        for (code, kind) in [
            ("invalid_client", CredentialsRejected),
            ("invalid_request", RequestRejected),
            ("invalid_grant", RequestRejected),
            ("unauthorized_client", RequestRejected),
            ("unsupported_grant_type", RequestRejected),
            ("invalid_scope", RequestRejected),
        ] {
            let alone = Answer::new(status).json(&json!({ "error": code }));
            assert_eq!(answered(alone).await, rejected(kind, status, code, ""));
            let described = json!({ "error": code, "error_description": "Why.", "error_uri": "x" });
            assert_eq!(
                answered(Answer::new(status).json(&described)).await,
                rejected(kind, status, code, "Why.")
            );
            // Now and then an error comes as nothing but its code.
            let bare = Answer::new(status).text(&format!("{code}\n"));
            assert_eq!(answered(bare).await, rejected(kind, status, code, code));
        }
    }
}

#[tokio::test]
async fn a_code_that_the_rfc_has_not_leaves_the_decision_to_the_status() {
    for (status, kind) in [
        (400, RequestRejected),
        (401, CredentialsRejected),
        (403, RejectionKind::Forbidden),
        (500, ServerError),
    ] {
        let body = json!({ "error": "slow_down", "error_description": "Why." });
        assert_eq!(
            answered(Answer::new(status).json(&body)).await,
            rejected(kind, status, "slow_down", "Why.")
        );
    }
}

#[tokio::test]
async fn a_sentence_in_plain_text_is_told_and_its_status_decides() {
    for (status, kind) in [(400, RequestRejected), (401, CredentialsRejected)] {
        let sim = builder()
            .oauth_errors(OauthErrors::PlainText)
            .invalid_client_status(status);
        let sim = sim.start().await;
        let credentials = ClientCredentials {
            client_secret: "n0t-it".into(),
            ..credentials(&[])
        };
        let called = server(&sim.token_url(), Basic);
        let result = plugin()
            .client_credentials_authenticate(&called, &credentials)
            .await;
        let message = "The client is unknown or its secret wrong.";
        assert_eq!(refused(result), rejected(kind, status, "", message));
    }
}

#[tokio::test]
async fn a_200_without_a_bearer_token_is_not_one() {
    for body in [
        json!({}),
        json!({ "access_token": "", "token_type": "Bearer" }),
        json!({ "access_token": null, "token_type": "Bearer" }),
        json!({ "access_token": "t0ken", "token_type": "mac" }),
        json!({ "access_token": "t0 ken", "token_type": "Bearer" }),
    ] {
        let error = answered(Answer::new(200).json(&body)).await;
        assert!(
            matches!(&error, AuthError::UnexpectedResponse(oddity) if oddity.status == 200),
            "{body}: {error:?}"
        );
    }
}
