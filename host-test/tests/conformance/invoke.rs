//! The call from the command line, `wasmtime run -S http --invoke '...'`, made by
//! the same means: the text is parsed by wasmtime's WAVE support, and the export
//! is called without types.

use std::sync::Arc;

use simulators::control_room::User;
use simulators::orchestrator::{Account, Client};
use simulators::{ControlRoom, Orchestrator};
use wasmtime::Config;

use crate::embedded::Embedded;

async fn component() -> Embedded {
    Embedded::new(&mut Config::new(), Arc::new(|| {})).await
}

/// What stands between the quotation marks after `name`.
fn text<'a>(wave: &'a str, name: &str) -> &'a str {
    let (_, rest) = wave.split_once(&format!("{name}: \"")).unwrap();
    rest.split('"').next().unwrap()
}

#[tokio::test]
async fn a_login_from_the_command_line_gives_a_token() {
    let sim = ControlRoom::builder()
        .user(User::new("ada", "s3same"))
        .start()
        .await;
    let room = format!(
        r#"{{url: "{}", api: v2, transport: {{allow-http: true}}}}"#,
        sim.url()
    );
    let mut component = component().await;
    let result = component
        .invoke(&format!(
            r#"authenticate({room}, {{username: "ada", secret: password("s3same")}})"#
        ))
        .await;
    assert!(result.starts_with("ok({value: \"eyJ"), "{result}");
    let token = text(&result, "value").to_owned();
    assert_eq!(sim.live_token("ada").as_ref(), Some(&token));
    let header = format!(r#"header: {{name: "X-Authorization", value: "{token}"}}"#);
    assert!(result.contains(&header), "{result}");
    let rest = "lifetime-seconds: 1200, lifetime-source: claims, expires-at-seconds: ";
    assert!(result.contains(rest), "{result}");

    let valid = component
        .invoke(&format!(r#"validate({room}, "{token}")"#))
        .await;
    assert_eq!(valid, "ok(true)");
    let result = component
        .invoke(&format!(r#"refresh({room}, "{token}")"#))
        .await;
    let token = text(&result, "value").to_owned();
    assert!(sim.is_live(&token));
    assert_eq!(
        component
            .invoke(&format!(r#"logout({room}, "{token}")"#))
            .await,
        "ok"
    );
    assert!(!sim.is_live(&token));
}

#[tokio::test]
async fn the_orchestrators_functions_are_found_by_their_names_too() {
    let sim = Orchestrator::builder()
        .account(Account::new("Default", "ada", "s3same"))
        .client(Client::new("app", "cl1ent", &["OR.Folders"]))
        .start()
        .await;
    let orchestrator = format!(
        r#"{{url: "{}", transport: {{allow-http: true}}}}"#,
        sim.url()
    );
    let mut component = component().await;
    let login = r#"{username-or-email-address: "ada", password: "s3same"}"#;
    let result = component
        .invoke(&format!("ropc-authenticate({orchestrator}, {login})"))
        .await;
    let token = text(&result, "value");
    assert!(sim.is_live(token));
    let result = component
        .invoke(&format!(r#"current-user({orchestrator}, "{token}")"#))
        .await;
    assert_eq!(
        result,
        r#"ok({user-name: some("ada"), tenancy-name: some("Default")})"#
    );

    let server = format!(
        r#"{{token-url: "{}", client-authentication: basic, transport: {{allow-http: true}}}}"#,
        sim.token_url()
    );
    let client = r#"{client-id: "app", client-secret: "cl1ent", scopes: []}"#;
    let call = format!("client-credentials-authenticate({server}, {client})");
    let result = component.invoke(&call).await;
    assert!(sim.is_live(text(&result, "value")));
    assert!(
        result.contains(r#"scopes: some(["OR.Folders"])"#),
        "{result}"
    );
}

#[tokio::test]
async fn what_is_missing_or_refused_is_an_error_in_words() {
    let sim = ControlRoom::builder().start().await;
    let login = r#"{username: "ada", secret: api-key("k3y\\"), mfa-code: 7, multiple-login: true}"#;
    let mut component = component().await;
    let room = format!(r#"{{url: "{}", api: v1}}"#, sim.url());
    let result = component
        .invoke(&format!("authenticate({room}, {login})"))
        .await;
    assert!(
        result.starts_with("err(invalid-argument(\"control-room.url: "),
        "{result}"
    );
    assert_eq!(sim.requests().len(), 0);
    let room = format!(
        r#"{{url: "{}", api: v1, transport: {{allow-http: true}}}}"#,
        sim.url()
    );
    let result = component
        .invoke(&format!("authenticate({room}, {login})"))
        .await;
    assert_eq!(
        result,
        "err(rejected({kind: credentials-rejected, status: 401, code: some(\"UM1110\"), \
         message: some(\"Wrong credentials.\")}))"
    );
    assert_eq!(
        sim.requests()[0].text(),
        r#"{"username":"ada","apiKey":"k3y\\","mfaCode":7,"multipleLogin":true}"#
    );
}
