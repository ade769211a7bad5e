//! HTTP/2, where a server offers it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::HOST;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rpa_auth_host::{ControlRoom, ControlRoomApi, Plugin, TransportFailure};
use simulators::scripted::{Script, Step};
use simulators::{Authority, Scripted};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{NAMES, failure, log_in};

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

/// Takes requests over HTTP/2 on any number of connections and answers none on the
/// first. Says how many requests came on each.
async fn silent_at_first(authority: &Authority) -> (String, Arc<Mutex<Vec<usize>>>) {
    let mut config = (*authority.server_config(&NAMES)).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let counts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&counts);
    tokio::spawn(async move {
        for connection in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            seen.lock().unwrap().push(0);
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.unwrap();
                let service = service_fn(move |_: Request<Incoming>| {
                    seen.lock().unwrap()[connection] += 1;
                    async move {
                        if connection == 0 {
                            std::future::pending::<()>().await;
                        }
                        Response::builder().body(Full::new(Bytes::from("{\"valid\":true}")))
                    }
                });
                let server = auto::Builder::new(TokioExecutor::new());
                // It ends when the test does.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (url, counts)
}

#[tokio::test]
async fn a_connection_on_which_a_call_timed_out_serves_no_new_call() {
    let authority = Authority::new();
    for limit_of_first_byte in [true, false] {
        let (url, counts) = silent_at_first(&authority).await;
        let builder = Plugin::builder().ca_bundle(authority.pem());
        let plugin = builder.build().unwrap();
        let mut room = ControlRoom::new(&url, ControlRoomApi::V2);
        let patient = room.clone();
        let limit = Some(Duration::from_millis(300));
        if limit_of_first_byte {
            room.transport.first_byte_timeout = limit
        } else {
            room.transport.total_timeout = limit
        }
        let ended = plugin.validate(&room, "token").await;
        assert_eq!(failure(&ended), Some((TransportFailure::Timeout, true)));
        for _ in 0..3 {
            assert!(plugin.validate(&patient, "token").await.unwrap());
        }
        assert_eq!(*counts.lock().unwrap(), [1, 3]);
    }
}

#[tokio::test]
async fn a_stream_that_is_reset_and_a_connection_that_goes_away_are_closed() {
    let authority = Authority::new();
    let mut config = (*authority.server_config(&NAMES)).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Settings, acknowledged settings; then what ends the first request (stream 1).
    let begin = [&b"\0\0\0\x04\0\0\0\0\0"[..], b"\0\0\0\x04\x01\0\0\0\0"].concat();
    let reset = b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x02";
    let away = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\x01\0\0\0\x02";
    for end in [&reset[..], away, b""] {
        let steps = [
            Step::Send(begin.clone()),
            Step::Receive,
            Step::Pause(Duration::from_millis(200)),
            Step::Send(end.to_vec()),
        ];
        let config = Arc::new(config.clone());
        let server = Scripted::start_tls([Script::new(steps)], config).await;
        let builder = Plugin::builder().ca_bundle(authority.pem());
        let plugin = builder.build().unwrap();
        let ended = log_in(&plugin, &server.url()).await;
        assert_eq!(failure(&ended), Some((TransportFailure::Closed, true)));
    }
}
