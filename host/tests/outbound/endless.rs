//! Peers that send without an end. The servers run in threads of their own: the client
//! has one thread, as a small program does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rpa_auth_host::{
    AuthError, ControlRoom, ControlRoomApi, ControlRoomCredentials, NoAnswer, Obstacle, Plugin,
    TransportFailure,
};
use simulators::scripted::{Script, Step};
use simulators::{Authority, Scripted};

use crate::NAMES;

/// A server that reads a little and then sends `bytes` over and over to whoever
/// connects. Says where, and when its first connection has ended.
fn flooding(first: &'static [u8], bytes: &'static [u8]) -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = flood(stream.unwrap(), first, bytes);
            let _ = ended.send(());
        }
    });
    (url, end)
}

fn flood(mut stream: TcpStream, first: &[u8], bytes: &[u8]) -> std::io::Result<()> {
    let _ = stream.read(&mut [0; 1024])?;
    stream.write_all(first)?;
    let piece = bytes.repeat(64 * 1024 / bytes.len());
    loop {
        stream.write_all(&piece)?;
    }
}

/// Logs in with limits of a second for the first byte and two for all, in a runtime of
/// one thread, and says how that ended and how long it took.
fn log_in(builder: rpa_auth_host::Builder, url: &str) -> (NoAnswer, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let plugin = builder.build().unwrap();
        let mut room = ControlRoom::new(url, ControlRoomApi::V2);
        room.transport.allow_http = true;
        room.transport.first_byte_timeout = Some(Duration::from_secs(1));
        room.transport.total_timeout = Some(Duration::from_secs(2));
        let ada = ControlRoomCredentials::password("ada", "password");
        let began = Instant::now();
        let error = plugin.authenticate(&room, &ada).await.unwrap_err();
        match error.as_auth() {
            Some(AuthError::Unreachable(no_answer)) => (no_answer.clone(), began.elapsed()),
            _ => panic!("{error:?}"),
        }
    })
}

/// A server that speaks TLS and, instead of an answer over HTTP/2, sends `frames` over
/// and over.
fn flooding_http2(authority: &Authority, frames: &'static [u8]) -> String {
    let mut config = (*authority.server_config(&NAMES)).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let steps = [
        // Settings, and the client's acknowledged.
        Step::Send(b"\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0".to_vec()),
        Step::Receive,
        Step::Flood(frames.to_vec()),
    ];
    let (started, start) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let server = Scripted::start_tls([Script::new(steps)], Arc::new(config)).await;
            started.send(server.url()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    start.recv().unwrap()
}

/// Far above every limit, and far below what it took while the limits did not hold.
const LONGEST: Duration = Duration::from_secs(5);

#[test]
fn interim_answers_without_an_end_are_given_up_after_a_few() {
    for interim in [
        &b"HTTP/1.1 103 Early\r\n\r\n"[..],
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n",
    ] {
        let (url, end) = flooding(b"", interim);
        let (no_answer, took) = log_in(Plugin::builder(), &url);
        let expected = NoAnswer {
            failure: TransportFailure::Other,
            may_have_acted: true,
            why: Some(Obstacle::InterimAnswers),
        };
        assert_eq!(no_answer, expected, "{took:?}");
        assert!(took < LONGEST, "{took:?}");
        end.recv_timeout(LONGEST)
            .expect("the connection was given up");
    }
}

#[test]
fn a_proxy_that_sends_interim_answers_without_an_end_is_given_up() {
    let (url, _end) = flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n");
    let proxy = rpa_auth_host::Proxy::new(&url).unwrap();
    let (no_answer, took) = log_in(Plugin::builder().proxy(proxy), "https://cr.example.com");
    let expected = NoAnswer {
        failure: TransportFailure::Denied,
        may_have_acted: false,
        why: Some(Obstacle::ProxyBroken),
    };
    assert_eq!(no_answer, expected, "{took:?}");
    assert!(took < LONGEST, "{took:?}");
}

#[test]
fn an_answer_after_a_few_interim_ones_is_the_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]).unwrap();
        let interim = b"HTTP/1.1 103 Early\r\n\r\n".repeat(8);
        stream.write_all(&interim).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"valid\":true}";
        stream.write_all(answer).unwrap();
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let valid = runtime.unwrap().block_on(async {
        let mut room = ControlRoom::new(url, ControlRoomApi::V2);
        room.transport.allow_http = true;
        let plugin = Plugin::builder().build().unwrap();
        plugin.validate(&room, "token").await
    });
    assert!(valid.unwrap());
}

#[test]
fn a_body_without_an_end_is_read_up_to_the_longest_answer() {
    let head = b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n";
    let (url, _end) = flooding(head, b"1\r\nx\r\n");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let began = Instant::now();
    let error = runtime.unwrap().block_on(async {
        let mut room = ControlRoom::new(url, ControlRoomApi::V2);
        room.transport.allow_http = true;
        room.transport.total_timeout = Some(Duration::from_secs(2));
        let plugin = Plugin::builder().build().unwrap();
        let ada = ControlRoomCredentials::password("ada", "password");
        plugin.authenticate(&room, &ada).await.unwrap_err()
    });
    assert!(error.as_auth().is_some(), "{error:?}");
    assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
}

#[test]
fn over_http2_the_limits_hold_whatever_comes() {
    let authority = Authority::new();
    for (what, frames) in [
        ("pings", &b"\0\0\x08\x06\0\0\0\0\0rpa-auth"[..]),
        ("settings", b"\0\0\0\x04\0\0\0\0\0"),
        // On the first request's stream: `:status` 103.
        ("interim answers", b"\0\0\x05\x01\x04\0\0\0\x01\x08\x03103"),
        ("a frame of no known kind", b"\0\0\x04\xee\0\0\0\0\x01what"),
    ] {
        let url = flooding_http2(&authority, frames);
        let builder = Plugin::builder().ca_bundle(authority.pem());
        let (no_answer, took) = log_in(builder, &url);
        assert!(no_answer.may_have_acted, "{what}: {no_answer:?}");
        assert!(took < LONGEST, "{what}: {took:?}");
    }
}
