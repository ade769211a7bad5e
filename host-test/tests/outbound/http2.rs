//! HTTP/2, where a server offers it.

use std::sync::{Arc, Mutex};

use host_test::simulator::Authority;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::HOST;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rpa_auth_host::{ControlRoom, ControlRoomApi, Plugin};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::NAMES;

/// Version, `Host` and authority of each request, and on which connection.
type Seen = Arc<Mutex<Vec<(Version, bool, Option<String>, u32)>>>;

async fn serve(authority: &Authority, protocols: &[&[u8]], seen: Seen) -> String {
    let mut config = (*authority.server_config(&NAMES)).clone();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for connection in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.unwrap();
                let service = service_fn(move |request: Request<Incoming>| {
                    let has_host = request.headers().contains_key(HOST);
                    let authority = request.uri().authority().map(ToString::to_string);
                    let line = (request.version(), has_host, authority, connection);
                    seen.lock().unwrap().push(line);
                    async { Response::builder().body(Full::new(Bytes::from("{\"valid\":true}"))) }
                });
                let server = auto::Builder::new(TokioExecutor::new());
                // It ends when the test does.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    url
}

#[tokio::test]
async fn many_calls_share_one_connection_and_carry_no_host_header() {
    let (authority, seen) = (Authority::new(), Seen::default());
    let url = serve(&authority, &[b"h2", b"http/1.1"], Arc::clone(&seen)).await;
    let plugin = Plugin::builder()
        .ca_bundle(authority.pem())
        .build()
        .unwrap();
    let room = ControlRoom::new(&url, ControlRoomApi::V2);
    for _ in 0..3 {
        assert!(plugin.validate(&room, "token").await.unwrap());
    }
    let authority = url.strip_prefix("https://").map(str::to_owned);
    let expected = (Version::HTTP_2, false, authority, 0);
    assert_eq!(*seen.lock().unwrap(), vec![expected; 3]);
}

#[tokio::test]
async fn a_server_without_it_is_spoken_to_in_http_1_1_with_a_host_header() {
    let (authority, seen) = (Authority::new(), Seen::default());
    let url = serve(&authority, &[b"http/1.1"], Arc::clone(&seen)).await;
    let plugin = Plugin::builder()
        .ca_bundle(authority.pem())
        .build()
        .unwrap();
    let room = ControlRoom::new(&url, ControlRoomApi::V2);
    assert!(plugin.validate(&room, "token").await.unwrap());
    assert_eq!(*seen.lock().unwrap(), [(Version::HTTP_11, true, None, 0)]);
}
