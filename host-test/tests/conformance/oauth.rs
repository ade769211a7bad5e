//! Client credentials at the identity server (RFC 6749, section 4.4): both ways
//! of client authentication, three kinds of token URL, and every error.

use std::time::Duration;

use rpa_auth_host::ClientAuthentication::{self, Basic, RequestBody};
use rpa_auth_host::{ClientCredentials, Header, IdentityServer, LifetimeSource};
use simulators::Orchestrator as Sim;
use simulators::orchestrator::{Builder, Client, ExpiresIn, Layout, TokenKind};

use crate::client::api;
use crate::support::{FORM, Over, Wire, expected, identity_server, now, on_the_wire, only, plugin};
use crate::tokens::Wanted;

mod refusals;

/// Both need encoding in a form, and the colon must not move Basic's border.
const ID: &str = "app:1 \u{e9}";
const SECRET: &str = "s3c&r=t+/%~\u{20ac}";
const ID_ENCODED: &str = "app%3A1+%C3%A9";
const SECRET_ENCODED: &str = "s3c%26r%3Dt%2B%2F%25%7E%E2%82%AC";

/// Base64 of the two with a colon between them, by another encoder.
const BASIC: &str = "Basic YXBwJTNBMSslQzMlQTk6czNjJTI2ciUzRHQlMkIlMkYlMjUlN0UlRTIlODIlQUM=";

/// What an application's token is in general.
const WANTED: Wanted<'_> = Wanted {
    header: "Authorization",
    lifetime_seconds: 3600,
    lifetime_source: LifetimeSource::Claims,
    multiple_login: None,
    scopes: Some(&["OR.Folders", "OR.Jobs"]),
};

fn builder() -> Builder {
    Sim::builder().client(Client::new(ID, SECRET, &["OR.Folders", "OR.Jobs"]))
}

fn credentials(scopes: &[&str]) -> ClientCredentials {
    ClientCredentials {
        client_id: ID.into(),
        client_secret: SECRET.into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
    }
}

fn server(token_url: &str, client_authentication: ClientAuthentication) -> IdentityServer {
    IdentityServer {
        client_authentication: Some(client_authentication),
        ..identity_server(token_url)
    }
}

/// Gets a token, checks the request at `path` and the token, and lists folders.
async fn check(
    sim: &Sim,
    how: ClientAuthentication,
    scopes: &[&str],
    path: &str,
    wanted: Wanted<'_>,
) {
    let asked = now();
    let called = server(&sim.token_url(), how);
    let credentials = credentials(scopes);
    let token = plugin()
        .client_credentials_authenticate(&called, &credentials)
        .await;
    let token = token.unwrap();
    let scope = match scopes {
        [] => String::new(),
        scopes => format!("&scope={}", scopes.join("+")),
    };
    let client = format!("&client_id={ID_ENCODED}&client_secret={SECRET_ENCODED}");
    let (client, headers) = match how {
        RequestBody => (client.as_str(), vec![FORM]),
        Basic => ("", vec![FORM, ("authorization", BASIC)]),
    };
    let body = format!("grant_type=client_credentials{client}{scope}");
    assert_eq!(
        on_the_wire(&only(sim.take_requests())),
        expected(&format!("POST {path}"), sim.address(), &headers, &body)
    );
    assert_eq!(sim.violations(), [""; 0]);
    wanted.check(&token, asked);
    let folders = api(&sim.base_url(), "/odata/Folders", &token).await;
    assert_eq!(folders.status, 200);
    sim.take_requests();
}

#[tokio::test]
async fn both_client_authentications_work_at_each_token_url_over_both_schemes() {
    let (organization, tenant) = ("acme".to_owned(), "prod".to_owned());
    for wire in Wire::BOTH {
        for (layout, path) in [
            (Layout::Standalone, "/identity/connect/token"),
            (
                Layout::AutomationSuite {
                    organization: organization.clone(),
                    tenant: tenant.clone(),
                },
                "/identity_/connect/token",
            ),
            (
                Layout::Cloud {
                    organization: organization.clone(),
                    tenant: tenant.clone(),
                },
                "/identity_/connect/token",
            ),
        ] {
            for how in [RequestBody, Basic] {
                let sim = builder().layout(layout.clone()).over(wire).start().await;
                let scopes = ["OR.Folders", "OR.Jobs"];
                check(&sim, how, &scopes, path, WANTED).await;
            }
        }
    }
}

const PATH: &str = "/identity/connect/token";

#[tokio::test]
async fn the_scopes_are_those_that_were_granted() {
    let sim = builder().start().await;
    for how in [RequestBody, Basic] {
        // None asked for: the server gives what the client has.
        check(&sim, how, &[], PATH, WANTED).await;
        let one = Wanted {
            scopes: Some(&["OR.Folders"]),
            ..WANTED
        };
        check(&sim, how, &["OR.Folders"], PATH, one).await;
    }
    let silent = builder().without_scope_in_answer().start().await;
    let unknown = Wanted {
        scopes: None,
        ..WANTED
    };
    check(&silent, RequestBody, &["OR.Folders"], PATH, unknown).await;
}

#[tokio::test]
async fn a_jwts_own_lifetime_goes_before_that_of_the_answer() {
    for form in [ExpiresIn::Number, ExpiresIn::Quoted, ExpiresIn::Absent] {
        let sim = builder()
            .expires_in(form)
            .access_token_lifetime(Duration::from_secs(600));
        let sim = sim.clock_offset_seconds(86_400).start().await;
        let wanted = Wanted {
            lifetime_seconds: 600,
            ..WANTED
        };
        check(&sim, RequestBody, &[], PATH, wanted).await;
    }
}

#[tokio::test]
async fn an_opaque_tokens_lifetime_is_in_the_answer_or_an_hour() {
    for (form, lifetime_seconds, lifetime_source) in [
        (ExpiresIn::Number, 600, LifetimeSource::Response),
        (ExpiresIn::Quoted, 600, LifetimeSource::Response),
        (ExpiresIn::Absent, 3600, LifetimeSource::DocumentedDefault),
    ] {
        let sim = builder()
            .access_token_kind(TokenKind::Opaque)
            .expires_in(form)
            .access_token_lifetime(Duration::from_secs(600));
        let sim = sim.start().await;
        let wanted = Wanted {
            lifetime_seconds,
            lifetime_source,
            ..WANTED
        };
        for how in [RequestBody, Basic] {
            check(&sim, how, &["OR.Folders", "OR.Jobs"], PATH, wanted).await;
        }
    }
}

#[tokio::test]
async fn extra_headers_go_with_the_request_and_authorization_only_beside_the_form() {
    let sim = builder().start().await;
    let mut called = server(&sim.token_url(), Basic);
    called.transport.headers = vec![Header::new("X-Gateway-Key", "g4te")];
    let token = plugin()
        .client_credentials_authenticate(&called, &credentials(&[]))
        .await;
    assert!(token.is_ok());
    let request = only(sim.take_requests());
    assert_eq!(request.header("x-gateway-key"), Some("g4te"));
    assert_eq!(request.headers_named("authorization"), [BASIC]);
}
