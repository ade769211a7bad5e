//! Where the way to a server can end: name, connection, TLS, proxy.

use std::net::TcpListener;

use simulators::Tinyproxy;
use simulators::control_room::Release;
use simulators::scripted::Script;
use simulators::{Authority, ControlRoom, Scripted};

use super::{check, harmless, room, verdict};
use crate::{Files, NAMES, PASSWORD, Run, ada, trusting};

#[tokio::test]
async fn a_wrong_port_and_an_unknown_name_are_told_apart() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let ended = check(&format!("https://{free}")).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        verdict(&ended).starts_with("Nothing listens at 127.0.0.1 port"),
        "{ended:?}"
    );

    let ended = check("https://no-such-host.invalid").await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        verdict(&ended).starts_with("Nobody knows the name no-such-host.invalid"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_port_that_speaks_no_tls_is_said_to() {
    let room = crate::plain_room().await;
    let ended = check(&room.url().replace("http://", "https://")).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(verdict(&ended).contains("does not speak TLS"), "{ended:?}");
    let ended = check(&room.url()).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.out.contains("in the clear"), "{ended:?}");
    harmless(&room);
}

#[tokio::test]
async fn an_unknown_ca_is_shown_and_asked_for() {
    let authority = Authority::new();
    let room = room(&authority, Release::Automation360From31).await;
    let ended = check(&room.url()).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(ended.out.contains("tls         FAILED: "), "{ended:?}");
    assert!(ended.out.contains("trusted by nobody"), "{ended:?}");
    assert!(
        ended
            .out
            .contains("issued by CN=rpa-auth simulator authority"),
        "{ended:?}"
    );
    assert!(verdict(&ended).contains("--ca-bundle FILE"), "{ended:?}");
    // A bundle with an authority of the same name and another key.
    let (_files, other) = trusting(&Authority::new());
    let ended = check(&format!("{} {other}", room.url())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(verdict(&ended).contains("has another key"), "{ended:?}");
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn an_expired_certificate_and_one_for_another_name_are_told_apart() {
    let authority = Authority::new();
    let (_files, trust) = trusting(&authority);
    let expired = ControlRoom::builder()
        .tls(authority.expired_server_config(&NAMES))
        .start()
        .await;
    let ended = check(&format!("{} {trust}", expired.url())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        ended.out.contains("until 2021-01-01 00:00:00 UTC"),
        "{ended:?}"
    );
    assert!(verdict(&ended).contains("has expired"), "{ended:?}");

    let other = ControlRoom::builder()
        .tls(authority.server_config(&["cr.example.com"]))
        .start()
        .await;
    let ended = check(&format!("{} {trust}", other.url())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        verdict(&ended).contains("for cr.example.com, not for 127.0.0.1"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_is_said_to() {
    let authority = Authority::new();
    let tls = authority.server_config_for_clients(&NAMES);
    let room = ControlRoom::builder().tls(tls).start().await;
    let (files, trust) = trusting(&authority);
    let ended = check(&format!("{} {trust}", room.url())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        ended
            .out
            .contains("the server asks for a client certificate"),
        "{ended:?}"
    );
    assert!(
        verdict(&ended).contains("--client-certificate FILE"),
        "{ended:?}"
    );
    let (chain, key) = authority.client_certificate("robot");
    let both = files.write("both.pem", &format!("{chain}{key}"));
    let ended = check(&format!(
        "{} {trust} --client-certificate {}",
        room.url(),
        both.display()
    ))
    .await;
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[tokio::test]
async fn a_proxy_is_shown_and_one_that_wants_a_password_is_said_to() {
    let authority = Authority::new();
    let room = room(&authority, Release::Automation360From31).await;
    let (_files, trust) = trusting(&authority);
    let proxy = Tinyproxy::start().await;
    let through = format!("{} {trust} --proxy {}", room.url(), proxy.url());
    let ended = check(&through).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        verdict(&ended).contains("wants a user name and a password"),
        "{ended:?}"
    );
    assert!(room.requests().is_empty());

    let ended = Run::new(&format!(
        "check {through} --proxy-user {} --proxy-password-from env:PROXY_PASSWORD",
        Tinyproxy::USER
    ))
    .env("PROXY_PASSWORD", Tinyproxy::PASSWORD)
    .end()
    .await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.out.contains("with user name and password"),
        "{ended:?}"
    );
    assert!(proxy.log().contains(": CONNECT 127.0.0.1:"));

    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let ended = check(&format!("{} {trust} --proxy http://{free}", room.url())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        verdict(&ended).starts_with("Nothing listens at the proxy"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_proxy_of_the_environment_that_is_not_offered_is_said_to() {
    let run = Run::new("check https://cr.example.com").env("HTTPS_PROXY", "socks5://127.0.0.1:1");
    let ended = run.end().await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        verdict(&ended).contains("--proxy http://host:port"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_does_not_hold_the_check_up() {
    let server = Scripted::start([Script::never_shaking_hands()]).await;
    let ended = check(&format!("{} --connect-timeout 0.3", server.https_url())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        ended.out.contains("FAILED: a limit of time passed"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_server_that_signed_its_own_certificate_is_trusted_when_exactly_that_is_given() {
    let (tls, own) = Authority::self_signed_server_config(&NAMES);
    let room = ControlRoom::builder().user(ada()).tls(tls).start().await;
    let files = Files::new();
    let saved = files.0.path().join("chain.pem");
    let (_files, foreign) = trusting(&Authority::new());
    for trust in ["", &foreign] {
        let saving = format!("--save-chain {}", saved.display());
        let ended = check(&format!("{} {trust} {saving}", room.url())).await;
        assert_eq!(ended.code, 30, "{ended:?}");
        assert!(
            verdict(&ended).contains("made for a CA as its own"),
            "{ended:?}"
        );
        assert!(verdict(&ended).contains("--ca-bundle FILE"), "{ended:?}");
        assert!(!ended.out.contains("OtherError"), "{ended:?}");
    }
    assert_eq!(
        std::fs::read_to_string(&saved).unwrap().trim(),
        own.replace("\r\n", "\n").trim()
    );
    assert!(room.requests().is_empty());

    let trust = format!("--ca-bundle {}", saved.display());
    let ended = check(&format!("{} {trust} --json", room.url())).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let tls = &ended.json()["tls"];
    assert_eq!(tls["trusted_by"], serde_json::json!(["the given bundle"]));
    assert_eq!(tls["certificates"][0]["is_ca"], true);
    let login = Run::new(&format!(
        "authenticate {} --user ada --password-from env:PW {trust}",
        room.url()
    ));
    assert_eq!(login.env("PW", PASSWORD).end().await.code, 0);

    // Under another name it is no more trusted than any other.
    let (tls, other) = Authority::self_signed_server_config(&["cr.example.com"]);
    let room = ControlRoom::builder().user(ada()).tls(tls).start().await;
    let bundle = files.write("other.pem", &other);
    let ended = check(&format!("{} --ca-bundle {}", room.url(), bundle.display())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(verdict(&ended).contains("not for 127.0.0.1"), "{ended:?}");
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn the_chain_is_saved_with_its_fingerprint_shown() {
    let authority = Authority::new();
    let room = room(&authority, Release::Automation360From31).await;
    let files = Files::new();
    let saved = files.0.path().join("chain.pem");
    let ended = check(&format!(
        "{} --json --save-chain {}",
        room.url(),
        saved.display()
    ))
    .await;
    let object = ended.json();
    let certificate = &object["tls"]["certificates"][0];
    assert_eq!(certificate["is_ca"], false);
    let pem = std::fs::read_to_string(&saved).unwrap();
    assert_eq!(pem.matches("-----BEGIN CERTIFICATE-----").count(), 1);
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    use base64::Engine;
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .unwrap();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&der);
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(certificate["sha256"], pairs.join(":"));
}

#[tokio::test]
async fn trusted_by_nobody_is_said_only_where_that_is_why() {
    let authority = Authority::new();
    let (_files, trust) = trusting(&authority);
    let other = ControlRoom::builder()
        .tls(authority.server_config(&["cr.example.com"]))
        .start()
        .await;
    let ended = check(&format!("{} {trust}", other.url())).await;
    assert!(ended.out.contains("it is for another name"), "{ended:?}");
    assert!(!ended.out.contains("trusted by nobody"), "{ended:?}");
}

#[tokio::test]
async fn a_plain_address_of_a_port_that_speaks_tls_leads_to_https() {
    let authority = Authority::new();
    let room = room(&authority, Release::Automation360From31).await;
    let plain = room.url().replace("https://", "http://");
    let ended = check(&plain).await;
    assert_eq!(ended.code, 10, "{ended:?}");
    assert!(
        verdict(&ended).contains("speaks TLS: use https://"),
        "{ended:?}"
    );
    let ended = crate::login(&plain).end().await;
    assert!(ended.err.contains("speaks TLS: use https://"), "{ended:?}");
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(!ended.err.contains("may count"), "{ended:?}");
}

#[tokio::test]
async fn a_login_says_as_much_as_check_of_why_nothing_was_sent() {
    let authority = Authority::new();
    let (_files, trust) = trusting(&authority);
    let login = |url: &str, more: &str| {
        let run = Run::new(&format!(
            "authenticate {url} --user ada --password-from env:PW {more}"
        ));
        run.env("PW", PASSWORD)
    };
    let expired = ControlRoom::builder()
        .tls(authority.expired_server_config(&NAMES))
        .start()
        .await;
    let elsewhere = ControlRoom::builder()
        .tls(authority.server_config(&["cr.example.com"]))
        .start()
        .await;
    let unknown = room(&authority, Release::Automation360From31).await;
    let proxy = Tinyproxy::start().await;
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (ended, why) in [
        (login(&expired.url(), &trust).end().await, "has expired"),
        (
            login(&elsewhere.url(), &trust).end().await,
            "for cr.example.com, not for 127.0.0.1",
        ),
        (
            login(&unknown.url(), "").end().await,
            "signed by CN=rpa-auth simulator authority",
        ),
        (
            login(&unknown.url(), &format!("{trust} --proxy {}", proxy.url()))
                .end()
                .await,
            "wants a user name and a password",
        ),
        (
            login(&format!("https://{free}"), "").end().await,
            "Nothing listens at 127.0.0.1",
        ),
    ] {
        assert_eq!(ended.code, 30, "{ended:?}");
        assert!(ended.err.contains(why), "{why}: {ended:?}");
        assert!(!ended.err.contains("may count"), "{ended:?}");
    }
    assert!(unknown.requests().is_empty());

    let (tls, own) = Authority::self_signed_server_config(&NAMES);
    let self_signed = ControlRoom::builder().user(ada()).tls(tls).start().await;
    let files = crate::Files::new();
    let given = format!("--ca-bundle {}", files.write("own.pem", &own).display());
    let ended = login(&self_signed.url(), "").end().await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(ended.err.contains("made for a CA as its own"), "{ended:?}");
    assert!(self_signed.requests().is_empty());
    assert_eq!(login(&self_signed.url(), &given).end().await.code, 0);

    // What it does not read, the kernel answers with a reset.
    let resets = Scripted::start([Script::closing_at_once()]).await;
    let ended = login(&resets.https_url(), "").end().await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(!ended.err.contains("may count"), "{ended:?}");
}

#[tokio::test]
async fn a_limit_that_passed_is_named_with_its_option() {
    let server = Scripted::start([Script::silent()]).await;
    let login = |more: &str| crate::login(&server.url()).argument(more);
    for (more, named) in [
        (
            "--total-timeout=0.4",
            "The limit of 0.4 s passed (--total-timeout)",
        ),
        (
            "--first-byte-timeout=0.4",
            "The limit of 0.4 s passed (--first-byte-timeout)",
        ),
    ] {
        let ended = login(more).end().await;
        assert_eq!(ended.code, 31, "{ended:?}");
        assert!(ended.err.contains(named), "{ended:?}");
        assert!(ended.err.contains("may count as refused"), "{ended:?}");
    }
    let ended = check(&format!("{} --first-byte-timeout 0.4", server.url())).await;
    assert_eq!(ended.code, 31, "{ended:?}");
    assert!(
        verdict(&ended).contains("--first-byte-timeout"),
        "{ended:?}"
    );
    let tls = Scripted::start([Script::never_shaking_hands()]).await;
    let ended = check(&format!("{} --connect-timeout 0.4", tls.https_url())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        verdict(&ended).contains("0.4 s (--connect-timeout)"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_proxy_that_reads_the_request_and_wants_a_password_is_no_portal() {
    let room = crate::plain_room().await;
    let proxy = Tinyproxy::start().await;
    let ended = check(&format!("{} --proxy {}", room.url(), proxy.url())).await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(
        verdict(&ended).starts_with("The proxy wants a user name"),
        "{ended:?}"
    );
    let login = crate::login(&room.url())
        .argument("--proxy")
        .argument(proxy.url());
    let ended = login.end().await;
    assert!(ended.err.contains("--proxy-user"), "{ended:?}");
    assert!(room.requests().is_empty());
}
