//! The first contact: what it recognizes, and that it never logs in.

mod way;

use serde_json::{Value, json};
use simulators::control_room::Release;
use simulators::orchestrator::{Account, Client, Layout};
use simulators::scripted::Script;
use simulators::{Answer, Authority, ControlRoom, Orchestrator, Scripted};

use crate::{Ended, NAMES, PASSWORD, Run, ada, trusting};

async fn check(arguments: &str) -> Ended {
    Run::new(&format!("check {arguments}")).end().await
}

/// The sentence at the end.
fn verdict(ended: &Ended) -> &str {
    let last = ended.out.lines().last().unwrap();
    last.strip_prefix("verdict     ").unwrap()
}

async fn room(authority: &Authority, release: Release) -> ControlRoom {
    let builder = ControlRoom::builder().user(ada()).release(release);
    builder.tls(authority.server_config(&NAMES)).start().await
}

/// Nothing was sent that could count as a login or that the platform would not
/// take.
fn harmless(room: &ControlRoom) {
    assert_eq!((room.logins_asked(), room.refused("ada")), (0, 0));
    assert!(room.violations().is_empty(), "{:?}", room.violations());
    for request in room.requests() {
        assert_ne!(request.path(), "/v1/authentication", "{request:?}");
        assert_ne!(request.path(), "/v2/authentication", "{request:?}");
    }
}

#[tokio::test]
async fn a_good_server_is_shown_step_by_step() {
    let authority = Authority::new();
    let room = room(&authority, Release::Automation360From31).await;
    let (_files, trust) = trusting(&authority);
    let url = room.url_for("localhost");
    let ended = check(&format!("{url} {trust}")).await;
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:?}");
    let port = room.address().port();
    for line in [
        "proxy       none",
        "name        localhost is ",
        &format!("connection  localhost:{port} via 127.0.0.1"),
        "tls         TLS 1.3, trusted by the given bundle",
        "certificate CN=rpa-auth simulator; issued by CN=rpa-auth simulator authority; from ",
        "answer      as a Control Room (v1 validate): answers as the platform does",
        "api         v1 likely there: refresh refused with 401",
        "api         v2 likely there: refresh refused with 401",
    ] {
        assert!(
            ended.out.lines().any(|l| l.starts_with(line)),
            "{line}: {}",
            ended.out
        );
    }
    assert!(verdict(&ended).contains("use --api v2"), "{ended:?}");
    harmless(&room);
}

#[tokio::test]
async fn programs_get_the_check_as_one_object() {
    let authority = Authority::new();
    let room = room(&authority, Release::Automation360From31).await;
    let (_files, trust) = trusting(&authority);
    let ended = check(&format!("{} {trust} --json", room.url())).await;
    let object = ended.json();
    assert_eq!(object["platform"], "control-room");
    assert_eq!(
        object["api_versions"],
        json!({ "v1": "there", "v2": "there" })
    );
    assert_eq!(object["proxy"], Value::Null);
    assert_eq!(object["addresses"], json!(["127.0.0.1"]));
    assert_eq!(object["tls"]["trusted_by"], json!(["the given bundle"]));
    let own = &object["tls"]["certificates"][0];
    assert_eq!(own["subject"], "CN=rpa-auth simulator");
    assert_eq!(own["names"], json!(["localhost", "127.0.0.1"]));
    assert!(own["not_after_seconds"].as_i64() > own["not_before_seconds"].as_i64());
    assert_eq!(object["exit_code"], 0);
    assert!(object["verdict"].as_str().unwrap().contains("--api v2"));
    let steps = object["steps"].as_array().unwrap();
    assert!(
        steps.iter().all(|step| step["state"] != "failed"),
        "{steps:?}"
    );
}

#[tokio::test]
async fn the_api_versions_of_a_control_room_are_told_apart() {
    let authority = Authority::new();
    let (_files, trust) = trusting(&authority);
    for (release, advice, versions) in [
        (Release::Enterprise11, "use --api v1", ("there", "absent")),
        (
            Release::Automation360Before31,
            "use --api v1",
            ("there", "absent"),
        ),
        (
            Release::Automation360From33,
            "v.33 on: use --api v2",
            ("absent", "there"),
        ),
    ] {
        let room = room(&authority, release).await;
        let ended = check(&format!(
            "{} {trust} --platform control-room --json",
            room.url()
        ))
        .await;
        let object = ended.json();
        assert_eq!(ended.code, 0, "{ended:?}");
        let (v1, v2) = versions;
        assert_eq!(
            object["api_versions"],
            json!({ "v1": v1, "v2": v2 }),
            "{release:?}"
        );
        assert!(
            object["verdict"].as_str().unwrap().contains(advice),
            "{ended:?}"
        );
        harmless(&room);
    }
}

#[tokio::test]
async fn behind_a_gateway_that_refuses_whatever_it_does_not_know_no_version_is_claimed() {
    let room = crate::plain_room().await;
    let valid = Answer::new(200).json(&json!({ "valid": false }));
    let refused = Answer::new(401).json(&json!({ "code": "G1", "message": "Log in." }));
    // Two forms of validate, the address that there is not, two refreshes.
    for answer in [&valid, &valid, &refused, &refused, &refused] {
        room.answer_next(answer.clone());
    }
    let ended = check(&format!("{} --json", room.url())).await;
    let object = ended.json();
    assert_eq!(
        object["api_versions"],
        json!({ "v1": "unknown", "v2": "unknown" }),
        "{ended:?}"
    );
    assert_eq!(ended.code, 22, "{ended:?}");
}

#[tokio::test]
async fn a_portal_page_is_not_taken_for_a_platform() {
    let authority = Authority::new();
    let page = Answer::new(200).html("<html><script>steal()</script></html>");
    let tls = authority.server_config(&NAMES);
    let portal = Scripted::start_tls([Script::answering(&page)], tls).await;
    let (_files, trust) = trusting(&authority);
    let ended = check(&format!("{} {trust}", portal.url())).await;
    assert_eq!(ended.code, 22, "{ended:?}");
    assert!(
        verdict(&ended).starts_with("Something else answers"),
        "{ended:?}"
    );
    assert!(!ended.out.contains("steal"), "{ended:?}");
}

#[tokio::test]
async fn a_redirect_is_said_and_not_followed() {
    let away = Answer::new(302).header("location", "https://sso.example.com/login");
    let server = Scripted::start([Script::answering(&away)]).await;
    let ended = check(&server.url()).await;
    assert_eq!(ended.code, 21, "{ended:?}");
    assert!(
        verdict(&ended).contains("points to https://sso.example.com"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_redirect_to_a_page_of_the_same_server_names_no_other_address() {
    let page = Answer::new(302).header("location", "/Account/Login?ReturnUrl=%2F");
    let server = Scripted::start([Script::answering(&page)]).await;
    let ended = check(&server.url()).await;
    assert_eq!(ended.code, 21, "{ended:?}");
    let says = verdict(&ended);
    assert!(says.contains("leads to a page of its own"), "{ended:?}");
    assert!(!says.contains("check that address"), "{ended:?}");
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_told_as_a_login_tells_it() {
    for (url, words) in [
        ("cr.example.com", "does not begin with https://"),
        ("https://", "names no host"),
        ("https://h.invalid:99999", "a number from 1 to 65535"),
        ("https://ada@h.invalid", "user info"),
        ("https://m\u{fc}ller.invalid", "not ASCII"),
    ] {
        let ended = check(url).await;
        assert_eq!(ended.code, 10, "{ended:?}");
        let says = verdict(&ended);
        assert!(
            says.contains("the URL ") && says.contains(words),
            "{ended:?}"
        );
        let login = crate::login(url).end().await;
        assert_eq!(login.code, 10, "{login:?}");
        assert!(login.err.contains(words), "{login:?}");
    }
}

#[tokio::test]
async fn an_orchestrator_and_its_identity_server_are_recognized() {
    let orchestrator = Orchestrator::builder()
        .layout(Layout::AutomationSuite {
            organization: "acme".into(),
            tenant: "prod".into(),
        })
        .account(Account::new("prod", "ada", PASSWORD))
        .client(Client::new("app", "s", &[]))
        .start()
        .await;
    let place = format!("{} --organization acme --tenant prod", orchestrator.url());
    for arguments in [place.clone(), format!("{place} --platform orchestrator")] {
        let ended = check(&format!("{arguments} --json")).await;
        let object = ended.json();
        assert_eq!(
            (ended.code, &object["platform"]),
            (0, &json!("orchestrator")),
            "{ended:?}"
        );
        assert_eq!(
            object["token_urls"],
            json!([orchestrator.token_url()]),
            "{ended:?}"
        );
    }
    let ended = check(&orchestrator.token_url()).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        verdict(&ended).contains("identity server's token endpoint"),
        "{ended:?}"
    );
    assert_eq!(
        (orchestrator.logins_asked(), orchestrator.grants_asked()),
        (0, 0)
    );
    assert!(
        orchestrator.violations().is_empty(),
        "{:?}",
        orchestrator.violations()
    );
}

#[tokio::test]
async fn a_server_without_a_platform_is_not_found() {
    let nothing = Scripted::start([Script::answering(&Answer::new(404))]).await;
    let ended = check(&nothing.url()).await;
    assert_eq!(ended.code, 15, "{ended:?}");
    assert!(verdict(&ended).contains("no platform's API"), "{ended:?}");
}

#[tokio::test]
async fn a_platform_that_is_the_other_one_is_said_to_be() {
    let orchestrator = Orchestrator::builder()
        .account(Account::new("Default", "ada", PASSWORD))
        .start()
        .await;
    let ended = check(&format!("{} --platform control-room", orchestrator.url())).await;
    assert_eq!(ended.code, 15, "{ended:?}");
    assert!(
        verdict(&ended).starts_with("This is an Orchestrator, not a Control Room"),
        "{ended:?}"
    );
    let room = crate::plain_room().await;
    let ended = check(&format!("{} --platform orchestrator --json", room.url())).await;
    assert_eq!(ended.code, 15, "{ended:?}");
    let object = ended.json();
    let verdict = object["verdict"].as_str().unwrap();
    assert!(
        verdict.starts_with("This is a Control Room, not an"),
        "{verdict}"
    );
    assert_eq!(object["platform"], "control-room");
    harmless(&room);
}

#[tokio::test]
async fn a_step_that_failed_says_so_and_one_that_only_tells_does_not() {
    let page = Answer::new(200).html("<html>welcome</html>");
    for (answer, state) in [
        (page, "failed"),
        (Answer::new(500), "failed"),
        (Answer::new(503), "failed"),
        (Answer::new(404), "neutral"),
    ] {
        let server = Scripted::start([Script::answering(&answer)]).await;
        let ended = check(&format!("{} --json", server.url())).await;
        let object = ended.json();
        let steps = object["steps"].as_array().unwrap();
        let answers: Vec<&Value> = steps.iter().filter(|s| s["step"] == "answer").collect();
        assert!(!answers.is_empty(), "{ended:?}");
        assert!(answers.iter().all(|s| s["state"] == state), "{ended:?}");
        let ended = check(&server.url()).await;
        assert_eq!(
            ended.out.contains("answer      FAILED: "),
            state == "failed",
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn every_key_is_there_however_early_it_ends() {
    let ended = check("https://no-such-host.invalid --json").await;
    // What is required is the schema's.
    let object = ended.json();
    assert_eq!(object["platform"], Value::Null);
    assert_eq!(object["addresses"], json!([]));
}

#[tokio::test]
async fn a_request_that_was_sent_is_not_said_to_be_unsent() {
    let server = Scripted::start([Script::closing_before_answer()]).await;
    let ended = check(&server.url()).await;
    assert_eq!(ended.code, 31, "{ended:?}");
    assert!(verdict(&ended).contains("gives no answer"), "{ended:?}");
}

#[tokio::test]
async fn a_server_that_answers_400_to_everything_has_no_token_endpoint() {
    let server = Scripted::start([Script::answering(&Answer::new(400))]).await;
    let ended = check(&server.url()).await;
    assert!(!ended.out.contains("is likely there"), "{ended:?}");
}

#[tokio::test]
async fn how_long_a_server_is_out_of_service_is_said() {
    let busy = Answer::new(503).header("retry-after", "7");
    let server = Scripted::start([Script::answering(&busy)]).await;
    let ended = check(&server.url()).await;
    assert_eq!(ended.code, 20, "{ended:?}");
    assert!(verdict(&ended).contains("in 7 s"), "{ended:?}");
}

#[tokio::test]
async fn a_token_endpoint_is_looked_at_with_the_same_eyes() {
    let at = |server: &Scripted| format!("{}/identity_/connect/token", server.url());
    let busy = Answer::new(503).header("retry-after", "7");
    let server = Scripted::start([Script::answering(&busy)]).await;
    let ended = check(&at(&server)).await;
    assert_eq!(ended.code, 20, "{ended:?}");
    assert!(verdict(&ended).contains("in 7 s"), "{ended:?}");

    let away = Answer::new(302).header("location", "https://sso.example.com:8443/login");
    let server = Scripted::start([Script::answering(&away)]).await;
    let ended = check(&at(&server)).await;
    assert_eq!(ended.code, 21, "{ended:?}");
    assert!(
        verdict(&ended).contains("points to https://sso.example.com:8443,"),
        "{ended:?}"
    );

    let server = Scripted::start([Script::silent()]).await;
    let ended = check(&format!("{} --total-timeout 0.3", at(&server))).await;
    assert_eq!(ended.code, 31, "{ended:?}");
    assert!(verdict(&ended).contains("--total-timeout"), "{ended:?}");
}

#[tokio::test]
async fn a_quiet_check_says_its_verdict_alone() {
    let room = crate::plain_room().await;
    let ended = check(&format!("{} -q", room.url())).await;
    assert_eq!((ended.code, ended.out.lines().count()), (0, 1), "{ended:?}");
    assert!(verdict(&ended).contains("use --api v2"), "{ended:?}");
}
