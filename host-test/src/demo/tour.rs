//! The tour: what the shared session is for, in three lines; then authenticate,
//! validate, refresh, logout, ROPC, client credentials, current user, and refusals of
//! each kind, over TLS against both simulators.

use std::process::ExitCode;
use std::time::Instant;

use rpa_auth_host::{
    AuthError, ClientCredentials, ControlRoom, ControlRoomApi, ControlRoomCredentials, Error,
    IdentityServer, Orchestrator, Plugin, RejectionKind, RopcCredentials, SANS_IO_COMPONENT, Token,
    TransportFailure,
};
use simulators::Authority;
use simulators::control_room::User;
use simulators::orchestrator::{Account, Client};

use super::fleet;
use super::report::{Report, describe, refused};

/// Runs the tour, and ends with 0 only if every step did what it should.
pub async fn run() -> ExitCode {
    let authority = Authority::new();
    let started = Instant::now();
    let plugin = match Plugin::builder().ca_bundle(authority.pem()).build() {
        Ok(plugin) => plugin,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let loading_ms = started.elapsed().as_secs_f64() * 1e3;
    let is_well = match fleet::in_short(&plugin).await {
        Ok(is_well) => is_well,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    introduce(&plugin, loading_ms).await;

    let mut report = Report::default();
    control_room(&mut report, &plugin, &authority).await;
    orchestrator(&mut report, &plugin, &authority).await;
    let end = report.end();
    if !is_well {
        say!("The shared session did not do what it should: see the first lines.");
    }
    say!(
        "\n\
        Where to go next\n\
        \x20 cargo run -- fleet         who displaced whom when, as a table and a timeline\n\
        \x20 README.md      from a shell, from Rust, from any other language\n\
        \x20 wit/           the contract itself: what your host calls\n\
        \x20 host/examples/ the Rust library that this tour used, in four programs\n\
        \x20 cargo run -p simulators    the same simulators for your own programs\n\
        \x20 cargo xtask test           every test"
    );
    if is_well { end } else { ExitCode::FAILURE }
}

async fn introduce(plugin: &Plugin, loading_ms: f64) {
    say!(
        "\nrpa-auth: {} bytes of WebAssembly, loaded in {loading_ms:.0} ms",
        SANS_IO_COMPONENT.len()
    );
    say!("It imports nothing: it says what to send, and what an answer means.");
    // An argument that is refused before anything is sent: what is left is the
    // instance, the way in, and the way out.
    let nowhere = ControlRoom::new("", ControlRoomApi::V2);
    let mut fastest = f64::INFINITY;
    for _ in 0..20 {
        let started = Instant::now();
        let _ = plugin.validate(&nowhere, "token").await;
        fastest = fastest.min(started.elapsed().as_secs_f64() * 1e6);
    }
    say!("\nA call in a new instance, without the network: {fastest:.0} µs (unoptimized host)");
}

async fn control_room(report: &mut Report, plugin: &Plugin, authority: &Authority) {
    let server = simulators::ControlRoom::builder()
        .user(User::new("ada", "Pa55 word"))
        .tls(authority.server_config(&["localhost", "127.0.0.1"]))
        .start()
        .await;
    let room = ControlRoom::new(server.url(), ControlRoomApi::V2);
    let ada = ControlRoomCredentials::password("ada", "Pa55 word");

    report.headline("Automation Anywhere Control Room (Automation 360 from v.31)");
    let result = plugin.authenticate(&room, &ada).await;
    let mut token = String::new();
    report.step(
        "authenticate: a user name and a password for a token",
        &server,
        result,
        |result| {
            token = keep(&result);
            granted(result)
        },
    );
    let result = plugin.validate(&room, &token).await;
    report.step("validate: is it still good?", &server, result, |valid| {
        is(valid, true)
    });
    let result = plugin.refresh(&room, &token).await;
    report.step(
        "refresh: another one, without credentials",
        &server,
        result,
        |result| {
            token = keep(&result);
            granted(result)
        },
    );
    let result = plugin.logout(&room, &token).await;
    report.step(
        "logout: forget it",
        &server,
        result,
        |result| match result {
            Ok(()) => Ok("logged out".to_owned()),
            Err(error) => Err(error.to_string()),
        },
    );
    let result = plugin.validate(&room, &token).await;
    report.step("validate once more", &server, result, |valid| {
        is(valid, false)
    });

    report.headline("What a Control Room refuses");
    let wrong = ControlRoomCredentials::password("ada", "guess");
    let result = plugin.authenticate(&room, &wrong).await;
    report.step(
        "authenticate with a wrong password",
        &server,
        result,
        rejected(RejectionKind::CredentialsRejected),
    );
    if let Ok(displaced) = plugin.authenticate(&room, &ada).await {
        server.take_requests();
        server.person_logs_in("ada");
        let result = plugin.refresh(&room, displaced.value()).await;
        report.step(
            "refresh, after the same user logged in elsewhere",
            &server,
            result,
            rejected(RejectionKind::TokenRejected),
        );
    }
    let clear = ControlRoom::new(server.url().replace("https:", "http:"), ControlRoomApi::V2);
    let result = plugin.authenticate(&clear, &ada).await;
    report.step(
        "authenticate in the clear, which nobody allowed",
        &server,
        result,
        refused(|error| matches!(error.as_auth(), Some(AuthError::InvalidArgument(_)))),
    );
    match Plugin::builder().build() {
        Ok(stranger) => {
            let result = stranger.authenticate(&room, &ada).await;
            report.step(
                "authenticate from a host that does not know the company's CA",
                &server,
                result,
                refused(was_not_sent_for_tls),
            );
        }
        Err(error) => report.headline(&error.to_string()),
    }
}

async fn orchestrator(report: &mut Report, plugin: &Plugin, authority: &Authority) {
    let server = simulators::Orchestrator::builder()
        .account(Account::new("Default", "ada", "Pa55 word"))
        .client(Client::new("app", "s3cret", &["OR.Folders.Read"]))
        .tls(authority.server_config(&["localhost", "127.0.0.1"]))
        .start()
        .await;
    let orchestrator = Orchestrator::new(server.base_url());
    let ropc = RopcCredentials {
        tenancy_name: Some("Default".into()),
        username_or_email_address: "ada".into(),
        password: "Pa55 word".into(),
    };
    let identity_server = IdentityServer::new(server.token_url());
    let client = |scope: &str| ClientCredentials {
        client_id: "app".into(),
        client_secret: "s3cret".into(),
        scopes: vec![scope.into()],
    };

    report.headline("UiPath Orchestrator (standalone)");
    let result = plugin.ropc_authenticate(&orchestrator, &ropc).await;
    let mut token = String::new();
    report.step(
        "ropc-authenticate: a user name and a password for a token",
        &server,
        result,
        |result| {
            token = keep(&result);
            granted(result)
        },
    );
    let result = plugin.current_user(&orchestrator, &token).await;
    report.step(
        "current-user: whose is it?",
        &server,
        result,
        |result| match result {
            Ok(user) => Ok(format!(
                "{} of {}",
                or_nobody(user.user_name),
                or_nobody(user.tenancy_name)
            )),
            Err(error) => Err(error.to_string()),
        },
    );
    let result = plugin
        .client_credentials_authenticate(&identity_server, &client("OR.Folders.Read"))
        .await;
    report.step(
        "client-credentials-authenticate: an external application",
        &server,
        result,
        granted,
    );
    let result = plugin
        .client_credentials_authenticate(&identity_server, &client("OR.Everything"))
        .await;
    report.step(
        "the same for a scope that nobody granted",
        &server,
        result,
        rejected(RejectionKind::RequestRejected),
    );
}

fn keep(result: &Result<Token, Error>) -> String {
    let token = result.as_ref().ok();
    token
        .map(|token| token.value().to_owned())
        .unwrap_or_default()
}

fn granted(result: Result<Token, Error>) -> Result<String, String> {
    result
        .map(|token| describe(&token))
        .map_err(|error| error.to_string())
}

fn is(result: Result<bool, Error>, expected: bool) -> Result<String, String> {
    match result {
        Ok(valid) if valid == expected => Ok(format!("valid: {valid}")),
        Ok(valid) => Err(format!("valid: {valid}")),
        Err(error) => Err(error.to_string()),
    }
}

fn rejected<T>(kind: RejectionKind) -> impl FnOnce(Result<T, Error>) -> Result<String, String> {
    refused(move |error| match error.as_auth() {
        Some(AuthError::Rejected(rejection)) => rejection.kind == kind,
        _ => false,
    })
}

fn was_not_sent_for_tls(error: &Error) -> bool {
    match error.as_auth() {
        Some(AuthError::Unreachable(no_answer)) => {
            no_answer.failure == TransportFailure::Tls && !no_answer.may_have_acted
        }
        _ => false,
    }
}

fn or_nobody(name: Option<String>) -> String {
    name.unwrap_or_else(|| "nobody".to_owned())
}
