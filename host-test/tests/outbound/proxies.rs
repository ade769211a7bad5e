//! A real forward proxy (tinyproxy) with a password, between the library and the
//! simulators.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use host_test::simulator::control_room::User;
use host_test::simulator::{self, Authority};
use rpa_auth_host::{AuthError, Plugin, Proxy, Secret, TransportFailure};
use tempfile::TempDir;

use crate::{control_room, failure, log_in};

/// A running tinyproxy, which wants `robot` and `open sesame`.
struct Tinyproxy {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Tinyproxy {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Taken and given back: nobody else asks for a port that was just used.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let log = folder.path().join("log");
        let settings = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\n\
            BasicAuth robot open-sesame\nLogLevel Connect\nLogFile \"{}\"\n",
            log.display(),
        );
        let path = folder.path().join("tinyproxy.conf");
        fs::write(&path, settings).unwrap();
        let child = Command::new("tinyproxy")
            .args(["-d", "-c"])
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("tinyproxy is missing: install the package tinyproxy-bin");
        let proxy = Self {
            child,
            folder,
            port,
        };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                return proxy;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("tinyproxy did not start");
    }

    fn address(&self) -> Proxy {
        Proxy::new(&format!("http://127.0.0.1:{}", self.port)).unwrap()
    }

    fn with_password(&self) -> Proxy {
        self.address()
            .credentials("robot", &Secret::from("open-sesame"))
    }

    /// What it says it did.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn tls_goes_through_a_tunnel_of_a_proxy_with_a_password() {
    let proxy = Tinyproxy::start().await;
    let authority = Authority::new();
    let server = control_room(&authority).await;
    let builder = Plugin::builder().ca_bundle(authority.pem());
    let plugin = builder.proxy(proxy.with_password()).build().unwrap();
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
        .proxy(proxy.with_password())
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
    let plugin = builder.proxy(proxy.address()).build().unwrap();
    let result = log_in(&plugin, &server.url()).await;
    assert_eq!(failure(&result), Some((TransportFailure::Denied, false)));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_plain_request_that_the_proxy_refuses_goes_no_further() {
    let proxy = Tinyproxy::start().await;
    let server = simulator::ControlRoom::builder().start().await;
    let plugin = Plugin::builder().proxy(proxy.address()).build().unwrap();
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
        .proxy_for(one.url().parse().unwrap(), proxy.with_password())
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
