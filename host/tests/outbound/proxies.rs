//! A real forward proxy (tinyproxy) with a password, between the library and the
//! simulators.

use std::net::TcpListener;

use rpa_auth_host::{AuthError, Error, Obstacle, Plugin, Proxy, Secret, TransportFailure};
use simulators::Authority;
use simulators::Tinyproxy;
use simulators::control_room::User;
use simulators::scripted::{Script, Step};
use simulators::{Answer, Scripted};

use crate::{control_room, failure, log_in};

fn address(proxy: &Tinyproxy) -> Proxy {
    Proxy::new(&proxy.url()).unwrap()
}

fn with_password(proxy: &Tinyproxy) -> Proxy {
    address(proxy).credentials(Tinyproxy::USER, &Secret::from(Tinyproxy::PASSWORD))
}

/// What stood in the way.
fn why<T>(result: &Result<T, Error>) -> Option<Obstacle> {
    match result.as_ref().err()?.as_auth()? {
        AuthError::Unreachable(no_answer) => no_answer.why.clone(),
        _ => None,
    }
}

#[tokio::test]
async fn tls_goes_through_a_tunnel_of_a_proxy_with_a_password() {
    let proxy = Tinyproxy::start().await;
    let authority = Authority::new();
    let server = control_room(&authority).await;
    let builder = Plugin::builder().ca_bundle(authority.pem());
    let plugin = builder.proxy(with_password(&proxy)).build().unwrap();
    log_in(&plugin, &server.url()).await.unwrap();
    assert!(
        proxy.log().contains(": CONNECT 127.0.0.1:"),
        "{}",
        proxy.log()
    );
}

#[tokio::test]
async fn a_plain_request_is_handed_to_the_proxy() {
    let proxy = Tinyproxy::start().await;
    let builder = simulators::ControlRoom::builder().user(User::new("ada", "password"));
    let server = builder.start().await;
    let plugin = Plugin::builder()
        .proxy(with_password(&proxy))
        .build()
        .unwrap();
    log_in(&plugin, &server.url()).await.unwrap();
    assert!(
        proxy.log().contains(": POST http://127.0.0.1:"),
        "{}",
        proxy.log()
    );
    let [request] = &server.requests()[..] else {
        panic!("one request");
    };
    // What the proxy was told stays with the proxy.
    assert_eq!(request.header("proxy-authorization"), None);
}

#[tokio::test]
async fn a_proxy_that_refuses_the_password_opens_no_tunnel() {
    let proxy = Tinyproxy::start().await;
    let authority = Authority::new();
    let server = control_room(&authority).await;
    let builder = Plugin::builder().ca_bundle(authority.pem());
    let plugin = builder.proxy(address(&proxy)).build().unwrap();
    let result = log_in(&plugin, &server.url()).await;
    assert_eq!(failure(&result), Some((TransportFailure::Denied, false)));
    assert_eq!(why(&result), Some(Obstacle::ProxyWantsPassword));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_plain_request_that_the_proxy_refuses_goes_no_further() {
    let proxy = Tinyproxy::start().await;
    let server = simulators::ControlRoom::builder().start().await;
    let plugin = Plugin::builder().proxy(address(&proxy)).build().unwrap();
    let result = log_in(&plugin, &server.url()).await;
    // The proxy closes without reading the body, so that its answer may get lost.
    match failure(&result) {
        Some((TransportFailure::Denied, false)) => {
            assert_eq!(why(&result), Some(Obstacle::ProxyWantsPassword));
        }
        other => assert_eq!(other, Some((TransportFailure::Closed, true))),
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_rule_sends_one_origin_through_the_proxy_and_no_other() {
    let proxy = Tinyproxy::start().await;
    let authority = Authority::new();
    let (one, other) = (
        control_room(&authority).await,
        control_room(&authority).await,
    );
    let plugin = Plugin::builder()
        .ca_bundle(authority.pem())
        .proxy_for(one.url().parse().unwrap(), with_password(&proxy))
        .build()
        .unwrap();
    log_in(&plugin, &other.url()).await.unwrap();
    assert!(
        !proxy.log().contains(": CONNECT 127.0.0.1:"),
        "{}",
        proxy.log()
    );
    log_in(&plugin, &one.url()).await.unwrap();
    assert!(
        proxy.log().contains(": CONNECT 127.0.0.1:"),
        "{}",
        proxy.log()
    );
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_a_refused_connection() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let proxy = Proxy::new(&format!("http://127.0.0.1:{port}")).unwrap();
    let authority = Authority::new();
    let server = control_room(&authority).await;
    let plugin = Plugin::builder()
        .ca_bundle(authority.pem())
        .proxy(proxy)
        .build()
        .unwrap();
    let result = log_in(&plugin, &server.url()).await;
    assert_eq!(failure(&result), Some((TransportFailure::Refused, false)));
    assert!(server.requests().is_empty());
}

/// How a login ends through a proxy that plays this script.
async fn through(script: Script, url: &str) -> Result<rpa_auth_host::Token, Error> {
    let proxy = Scripted::start([script]).await;
    let address = Proxy::new(&proxy.url()).unwrap();
    let plugin = Plugin::builder().proxy(address).build().unwrap();
    log_in(&plugin, url).await
}

#[tokio::test]
async fn what_a_proxy_answers_in_place_of_a_tunnel_is_said() {
    let wants = |ways: &[&str]| {
        let answer = Answer::new(407).header("content-length", "0");
        ways.iter().fold(answer, |answer, way| {
            answer.header("proxy-authenticate", way)
        })
    };
    let other = |ways: &str| Obstacle::ProxyWantsOther(ways.into());
    for (script, obstacle) in [
        (
            Script::answering(&Answer::new(301).header("location", "http://portal")),
            Obstacle::ProxyRefused(301),
        ),
        (
            Script::answering(&Answer::new(403).text("no")),
            Obstacle::ProxyRefused(403),
        ),
        (
            Script::answering(&Answer::new(502).text("no")),
            Obstacle::ProxyRefused(502),
        ),
        (
            Script::answering(&Answer::new(504).text("no")),
            Obstacle::ProxyRefused(504),
        ),
        (
            Script::answering(&wants(&["Basic realm=\"NTLM\""])),
            Obstacle::ProxyWantsPassword,
        ),
        (
            Script::answering(&wants(&["NTLM", "Basic realm=\"p\""])),
            Obstacle::ProxyWantsPassword,
        ),
        (Script::answering(&wants(&[])), Obstacle::ProxyWantsPassword),
        (Script::answering(&wants(&["NTLM"])), other("NTLM")),
        (
            Script::answering(&wants(&["Negotiate", "ntlm"])),
            other("Negotiate or NTLM"),
        ),
        (
            Script::answering(&wants(&["Negotiate, NTLM"])),
            other("Negotiate or NTLM"),
        ),
        (Script::sending("garbage\r\n\r\n"), Obstacle::ProxyBroken),
        (Script::closing_before_answer(), Obstacle::ProxyBroken),
        (Script::closing_at_once(), Obstacle::ProxyBroken),
    ] {
        let result = through(script, "https://cr.example.com").await;
        assert_eq!(failure(&result), Some((TransportFailure::Denied, false)));
        assert_eq!(why(&result), Some(obstacle));
    }
    let result = through(Script::answering(&wants(&["NTLM"])), "https://h").await;
    let text = result.unwrap_err().to_string();
    assert!(text.contains("NTLM") && text.contains("cntlm"), "{text}");
    let result = through(Script::answering(&Answer::new(502)), "https://h").await;
    let text = result.unwrap_err().to_string();
    assert!(text.contains("answered 502"), "{text}");
}

#[tokio::test]
async fn a_proxy_that_asks_for_proof_of_a_plain_request_let_nothing_through() {
    let answer = Answer::new(407).header("proxy-authenticate", "NTLM");
    let result = through(Script::answering(&answer), "http://cr.example.com").await;
    assert_eq!(failure(&result), Some((TransportFailure::Denied, false)));
    assert_eq!(why(&result), Some(Obstacle::ProxyWantsOther("NTLM".into())));
}

#[tokio::test]
async fn a_tunnel_that_is_cut_within_the_handshake_sent_nothing() {
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec();
    let script = Script::new([Step::Receive, Step::Send(established)]);
    let result = through(script, "https://cr.example.com").await;
    assert_eq!(failure(&result), Some((TransportFailure::Tls, false)));
    assert_eq!(why(&result), Some(Obstacle::CutInHandshake));
}
