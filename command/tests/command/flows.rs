//! Every flow over TLS with a private CA, through a real proxy with a password,
//! to a server that asks for a client certificate.

use serde_json::json;
use simulators::Tinyproxy;
use simulators::orchestrator::{Account, Client, Layout};
use simulators::scripted::Script;
use simulators::{Answer, Authority, ControlRoom, Orchestrator, Scripted};

use crate::{Ended, Files, NAMES, PASSWORD, Run, ada, login, plain_room};

/// A proxy, an authority, and the files that a client needs for both.
struct Way {
    proxy: Tinyproxy,
    authority: Authority,
    files: Files,
}

impl Way {
    async fn new() -> Self {
        let authority = Authority::new();
        let files = Files::new();
        let (chain, key) = authority.client_certificate("robot");
        files.write("ca.pem", &authority.pem());
        files.write("chain.pem", &chain);
        files.write("key.pem", &key);
        files.write("both.pem", &format!("{key}{chain}"));
        Self {
            proxy: Tinyproxy::start().await,
            authority,
            files,
        }
    }

    /// Runs `arguments` the whole way, with `secret` in the variable `SECRET`.
    async fn run(&self, arguments: &str, secret: &str) -> Ended {
        self.with_certificate(
            arguments,
            secret,
            "--client-certificate F/chain.pem --client-key F/key.pem",
        )
        .await
    }

    async fn with_certificate(&self, arguments: &str, secret: &str, certificate: &str) -> Ended {
        let folder = self.files.0.path().display().to_string();
        let way = format!(
            "--ca-bundle F/ca.pem {certificate} --proxy {} --proxy-user {} \
             --proxy-password-from env:PROXY_PASSWORD",
            self.proxy.url(),
            Tinyproxy::USER
        );
        Run::new(&format!(
            "{arguments} {}",
            way.replace("F/", &format!("{folder}/"))
        ))
        .env("SECRET", secret)
        .env("PROXY_PASSWORD", Tinyproxy::PASSWORD)
        .end()
        .await
    }

    fn tunnels(&self) -> usize {
        self.proxy.log().matches(": CONNECT 127.0.0.1:").count()
    }
}

#[tokio::test]
async fn the_flows_of_a_control_room_go_the_whole_way() {
    let way = Way::new().await;
    let tls = way.authority.server_config_for_clients(&NAMES);
    let room = ControlRoom::builder().user(ada()).tls(tls).start().await;
    let url = room.url();

    let login = way
        .run(
            &format!("authenticate {url} --user ada --password-from env:SECRET"),
            PASSWORD,
        )
        .await;
    assert_eq!(login.code, 0, "{login:?}");
    let token = login.out.trim_end();
    assert_eq!(room.live_token("ada").as_deref(), Some(token));
    assert_eq!(login.out, format!("{token}\n"));
    assert!(login.err.contains("good for 20 minutes"), "{login:?}");
    assert!(login.err.contains("`X-Authorization: TOKEN`"), "{login:?}");
    assert!(!login.err.contains(token), "{login:?}");

    let valid = way
        .run(&format!("validate {url} --token-from env:SECRET"), token)
        .await;
    assert_eq!(
        (valid.code, valid.out.as_str()),
        (0, "valid\n"),
        "{valid:?}"
    );

    let refreshed = way
        .run(&format!("refresh {url} --token-from env:SECRET"), token)
        .await;
    assert_eq!(refreshed.code, 0, "{refreshed:?}");
    let new = refreshed.out.trim_end();
    assert!(room.is_live(new) && new != token);

    let old = way
        .run(&format!("validate {url} --token-from env:SECRET"), token)
        .await;
    assert_eq!((old.code, old.out.as_str()), (3, "not valid\n"), "{old:?}");

    let ended = way
        .run(&format!("logout {url} --token-from env:SECRET"), new)
        .await;
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{ended:?}");
    assert!(!room.is_live(new));

    assert_eq!(way.tunnels(), 5, "{}", way.proxy.log());
    assert!(room.violations().is_empty(), "{:?}", room.violations());
}

#[tokio::test]
async fn one_file_may_hold_the_client_certificate_and_its_key() {
    let way = Way::new().await;
    let tls = way.authority.server_config_for_clients(&NAMES);
    let room = ControlRoom::builder().user(ada()).tls(tls).start().await;
    let login = format!(
        "authenticate {} --user ada --password-from env:SECRET",
        room.url()
    );
    let with = way
        .with_certificate(&login, PASSWORD, "--client-certificate F/both.pem")
        .await;
    assert_eq!(with.code, 0, "{with:?}");
    let without = way.with_certificate(&login, PASSWORD, "").await;
    assert_eq!(without.code, 30, "{without:?}");
    assert!(without.err.contains("--client-certificate"), "{without:?}");
    assert!(!without.err.contains("may count"), "{without:?}");
    assert_eq!(room.logins_asked(), 1);
}

#[tokio::test]
async fn the_flows_of_an_orchestrator_go_the_whole_way() {
    let way = Way::new().await;
    let orchestrator = Orchestrator::builder()
        .layout(Layout::AutomationSuite {
            organization: "acme".into(),
            tenant: "prod".into(),
        })
        .account(Account::new("prod", "ada", PASSWORD))
        .client(Client::new(
            "app",
            "cl1ent-s3cret",
            &["OR.Folders.Read", "OR.Jobs"],
        ))
        .tls(way.authority.server_config_for_clients(&NAMES))
        .start()
        .await;
    let place = format!("{} --organization acme --tenant prod", orchestrator.url());

    let login = way
        .run(
            &format!("ropc-authenticate {place} --user ada --password-from env:SECRET"),
            PASSWORD,
        )
        .await;
    assert_eq!(login.code, 0, "{login:?}");
    let token = login.out.trim_end();
    assert!(orchestrator.is_live(token));
    assert!(
        login.err.contains("`Authorization: Bearer TOKEN`"),
        "{login:?}"
    );

    let user = way
        .run(
            &format!("current-user {place} --token-from env:SECRET"),
            token,
        )
        .await;
    assert_eq!(user.code, 0, "{user:?}");
    assert_eq!(user.out, "user     ada\ntenancy  prod\n");

    let granted = way
        .run(
            &format!(
                "client-credentials-authenticate {} --client-id app --client-secret-from \
                 env:SECRET --scope OR.Folders.Read --client-authentication basic --json",
                orchestrator.token_url()
            ),
            "cl1ent-s3cret",
        )
        .await;
    assert_eq!(granted.code, 0, "{granted:?}");
    let object = granted.json();
    let token = object["token"]["value"].as_str().unwrap();
    assert!(orchestrator.is_live(token));
    assert_eq!(object["token"]["header"]["name"], "Authorization");
    assert_eq!(
        object["token"]["header"]["value"],
        format!("Bearer {token}")
    );
    assert_eq!(object["token"]["lifetime_seconds"], 3600);
    assert_eq!(object["token"]["scopes"], json!(["OR.Folders.Read"]));
    assert!(!granted.err.contains("cl1ent-s3cret"));

    assert_eq!(way.tunnels(), 3, "{}", way.proxy.log());
    assert!(
        orchestrator.violations().is_empty(),
        "{:?}",
        orchestrator.violations()
    );
}

#[tokio::test]
async fn the_proxy_of_the_environment_is_taken_unless_it_is_switched_off() {
    let way = Way::new().await;
    let tls = way.authority.server_config(&NAMES);
    let room = ControlRoom::builder().user(ada()).tls(tls).start().await;
    let proxy = way.proxy.url().replace(
        "http://",
        &format!("http://{}:{}@", Tinyproxy::USER, Tinyproxy::PASSWORD),
    );
    let login = |more: &str| {
        let bundle = way.files.0.path().join("ca.pem");
        Run::new(&format!(
            "authenticate {} --user ada --password-from env:PW --ca-bundle {} {more}",
            room.url(),
            bundle.display()
        ))
        .env("PW", PASSWORD)
        .env("HTTPS_PROXY", &proxy)
    };
    let straight = login("--no-proxy").end().await;
    assert_eq!((straight.code, way.tunnels()), (0, 0), "{straight:?}");
    let through = login("").end().await;
    assert_eq!((through.code, way.tunnels()), (0, 1), "{through:?}");
}

#[tokio::test]
async fn what_programs_get_of_a_login_is_one_object() {
    let room = crate::plain_room().await;
    let login = crate::login(&room.url()).argument("--json").end().await;
    let object = login.json();
    let token = room.live_token("ada").unwrap();
    let expires = object["token"]["expires_at_seconds"].as_u64().unwrap();
    assert!(expires > 1_700_000_000);
    let expires_at = object["token"]["expires_at"].clone();
    let format = &time::format_description::well_known::Rfc3339;
    let moment = time::OffsetDateTime::parse(expires_at.as_str().unwrap(), format).unwrap();
    assert_eq!(u64::try_from(moment.unix_timestamp()), Ok(expires));
    assert_eq!(
        object,
        json!({
            "token": {
                "value": token,
                "header": { "name": "X-Authorization", "value": token },
                "lifetime_seconds": 1200,
                "lifetime_source": "claims",
                "expires_at": expires_at,
                "expires_at_seconds": expires,
                "multiple_login": false,
                "scopes": null,
            },
            "exit_code": 0,
        })
    );
    let validate = |token: &str| {
        Run::new(&format!(
            "validate {} --allow-http --json --token-from env:T",
            room.url()
        ))
        .env("T", token)
    };
    let valid = validate(&token).end().await;
    assert_eq!(valid.json(), json!({ "valid": true, "exit_code": 0 }));
    room.person_logs_in("ada");
    let valid = validate(&token).end().await;
    assert_eq!(valid.json(), json!({ "valid": false, "exit_code": 3 }));
    assert_eq!(valid.code, 3);

    let logout = Run::new(&format!(
        "logout {} --allow-http --json --token-from env:T",
        room.url()
    ));
    let token = room.live_token("ada").unwrap();
    let logout = logout.env("T", &token).end().await;
    assert_eq!(logout.json(), json!({ "logged_out": true, "exit_code": 0 }));
    assert_eq!(room.live_token("ada"), None);
}

#[tokio::test]
async fn an_mfa_code_and_multiple_login_reach_the_control_room() {
    let user = ada().mfa_code(271_828).multiple_login_allowed();
    let room = ControlRoom::builder().user(user).start().await;
    let login = crate::login(&room.url())
        .argument("--multiple-login")
        .argument("--mfa-code-from=env:CODE")
        .env("CODE", "271828")
        .end()
        .await;
    assert_eq!(login.code, 0, "{login:?}");
    assert!(login.err.contains("lives beside"), "{login:?}");
    assert_eq!(room.requests()[0].json()["multipleLogin"], true);
}

#[tokio::test]
async fn what_a_server_says_steers_no_terminal() {
    let steering = "ad\u{1b}]0;x\u{7}a\u{9b}2J\u{202e}";
    let user = Answer::new(200).json(&json!({ "UserName": steering, "TenancyName": steering }));
    let granted = Answer::new(200).json(&json!({
        "access_token": "t0ken", "token_type": "Bearer", "expires_in": 60, "scope": steering,
    }));
    let refused = Answer::new(401).json(&json!({ "code": "X1", "message": steering }));
    let current_user = "current-user URL --allow-http --token-from env:T";
    let client = "client-credentials-authenticate URL/t --allow-http --client-id a \
                  --client-secret-from env:T";
    for (answer, arguments) in [
        (&user, current_user),
        (&granted, client),
        (&refused, current_user),
    ] {
        for json in ["", " --json"] {
            let server = Scripted::start([Script::answering(answer)]).await;
            let arguments = arguments.replace("URL", &server.url());
            let ended = Run::new(&format!("{arguments}{json}"))
                .env("T", "t.t.t")
                .end()
                .await;
            for shown in [&ended.out, &ended.err] {
                let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
                assert!(!shown.contains(steers), "{ended:?}");
            }
            if !json.is_empty() && answer.to_bytes() == user.to_bytes() {
                let name = &ended.json()["user"]["user_name"];
                assert_eq!(name, "ad ]0;x a 2J ", "blanked, and nothing lost");
            }
        }
    }
}

#[tokio::test]
async fn an_application_is_said_to_be_one() {
    let application = Answer::new(200).json(&json!({ "UserName": null, "TenancyName": "prod" }));
    let server = Scripted::start([Script::answering(&application)]).await;
    let ended = Run::new(&format!(
        "current-user {} --allow-http --token-from env:T",
        server.url()
    ))
    .env("T", "t.t.t")
    .end()
    .await;
    assert_eq!(ended.out, "user     (none)\ntenancy  prod\n");
    assert!(ended.err.contains("speaks for an application"), "{ended:?}");
}

#[tokio::test]
async fn scopes_may_be_given_in_one_string_as_the_vendors_pages_do() {
    let orchestrator = Orchestrator::builder()
        .client(Client::new(
            "app",
            "cl1ent-s3cret",
            &["OR.Folders.Read", "OR.Jobs"],
        ))
        .start()
        .await;
    let granted = Run::new(&format!(
        "client-credentials-authenticate {} --allow-http --json --client-id app \
         --client-secret-from env:SECRET --scope",
        orchestrator.token_url()
    ))
    .argument("OR.Folders.Read OR.Jobs")
    .env("SECRET", "cl1ent-s3cret")
    .end()
    .await;
    assert_eq!(granted.code, 0, "{granted:?}");
    assert_eq!(
        granted.json()["token"]["scopes"],
        json!(["OR.Folders.Read", "OR.Jobs"])
    );
}

#[tokio::test]
async fn a_token_of_ones_own_is_written_as_a_program_wants_it() {
    let room = plain_room().await;
    let header = login(&room.url()).arguments("--format header").end().await;
    assert!(header.out.starts_with("X-Authorization: "), "{header:?}");

    let files = Files::new();
    let file = files.0.path().join("token");
    let written = login(&room.url()).argument("--output").argument(&file);
    let written = written.end().await;
    assert_eq!((written.code, &*written.out), (0, ""), "{written:?}");
    let token = std::fs::read_to_string(&file).unwrap();
    assert!(room.is_live(token.trim_end()));

    let asked = room.requests().len();
    let nowhere = files.0.path().join("no/such");
    let refused = login(&room.url()).argument("--output").argument(nowhere);
    assert_eq!(refused.end().await.code, 4);
    let both = login(&room.url())
        .arguments("--json --format curl")
        .end()
        .await;
    assert_eq!(both.code, 2, "{both:?}");
    assert_eq!(room.requests().len(), asked);
}
