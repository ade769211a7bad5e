//! Where the way to a server can end: name, connection, TLS, proxy.

use std::net::TcpListener;

use host_test::Tinyproxy;
use host_test::simulator::control_room::Release;
use host_test::simulator::scripted::Script;
use host_test::simulator::{Authority, ControlRoom, Scripted};

use super::{check, harmless, room, verdict};
use crate::{NAMES, Run, trusting};

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
