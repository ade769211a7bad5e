//! A real forward proxy (tinyproxy) with a password, between the library and the
//! simulators.

use std::net::TcpListener;

use host_test::Tinyproxy;
use host_test::simulator::control_room::User;
use host_test::simulator::{self, Authority};
use rpa_auth_host::{AuthError, Plugin, Proxy, Secret, TransportFailure};

use crate::{control_room, failure, log_in};

fn address(proxy: &Tinyproxy) -> Proxy {
    Proxy::new(&proxy.url()).unwrap()
}

fn with_password(proxy: &Tinyproxy) -> Proxy {
    address(proxy).credentials(Tinyproxy::USER, &Secret::from(Tinyproxy::PASSWORD))
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
    let builder = simulator::ControlRoom::builder().user(User::new("ada", "password"));
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
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_plain_request_that_the_proxy_refuses_goes_no_further() {
    let proxy = Tinyproxy::start().await;
    let server = simulator::ControlRoom::builder().start().await;
    let plugin = Plugin::builder().proxy(address(&proxy)).build().unwrap();
    let result = log_in(&plugin, &server.url()).await;
    // The proxy closes without reading the body, so that its answer may get lost.
    match result.unwrap_err().as_auth() {
        Some(AuthError::UnexpectedResponse(oddity)) => {
            assert_eq!((oddity.status, oddity.what.contains("proxy")), (407, true));
        }
        Some(AuthError::Unreachable(no_answer)) => {
            assert_eq!(no_answer.failure, TransportFailure::Closed);
        }
        other => panic!("{other:?}"),
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
