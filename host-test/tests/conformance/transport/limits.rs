//! The four limits of time, each against a server that would never end.

use std::time::Duration;

use rpa_auth_host::Transport;
use rpa_auth_host::TransportFailure::Timeout;
use simulators::scripted::{Script, Step};
use simulators::{Answer, Scripted};

use super::{SHORT, check};
use crate::calls::Call;
use crate::support::{guarded, plugin, refused, transport, unreachable};

fn first_byte(transport: Transport) -> Transport {
    Transport {
        first_byte_timeout: SHORT,
        ..transport
    }
}

fn between_bytes(transport: Transport) -> Transport {
    Transport {
        between_bytes_timeout: SHORT,
        ..transport
    }
}

fn total(transport: Transport) -> Transport {
    Transport {
        total_timeout: SHORT,
        ..transport
    }
}

fn answer() -> Answer {
    Answer::new(200).text(&"x".repeat(50_000))
}

#[tokio::test]
async fn an_answer_that_never_comes_ends_at_the_first_byte_limit() {
    check(&Call::SEVEN, &Script::silent(), first_byte, (Timeout, true)).await;
}

#[tokio::test]
async fn half_a_head_is_no_first_byte() {
    let script = Script::new([
        Step::Receive,
        Step::Send(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        Step::Hang,
    ]);
    check(&Call::SEVEN[..1], &script, first_byte, (Timeout, true)).await;
}

#[tokio::test]
async fn a_pause_within_the_body_ends_at_the_limit_between_bytes() {
    for sent in [0, 1, 20_000] {
        let script = Script::hanging_within(&answer(), sent);
        check(&Call::SEVEN[..2], &script, between_bytes, (Timeout, true)).await;
    }
    check(
        &Call::SEVEN,
        &Script::hanging_within(&answer(), 5),
        between_bytes,
        (Timeout, true),
    )
    .await;
}

#[tokio::test]
async fn a_pause_within_a_chunked_body_ends_at_the_limit_between_bytes() {
    let chunked = Answer::new(200)
        .header("transfer-encoding", "chunked")
        .body("5\r\n{\"tok\r\n");
    let script = Script::hanging_within(&chunked, 10);
    check(&Call::SEVEN[..1], &script, between_bytes, (Timeout, true)).await;
}

#[tokio::test]
async fn the_total_limit_holds_while_nothing_comes() {
    check(&Call::SEVEN, &Script::silent(), total, (Timeout, true)).await;
}

#[tokio::test]
async fn the_total_limit_holds_against_one_byte_at_a_time() {
    // 50 000 bytes, far longer than the guard; every other limit is far off.
    let script = Script::dripping(&answer(), 1, Duration::from_millis(5));
    check(&Call::SEVEN, &script, total, (Timeout, true)).await;
}

#[tokio::test]
async fn the_total_limit_holds_over_both_forms_of_validate() {
    let missing = Answer::new(404).text("no");
    let scripts = [
        // Closes, so that the second form comes on a connection of its own.
        Script::answering(&missing.header("connection", "close")),
        Script::silent(),
    ];
    let server = Scripted::start(scripts).await;
    let limits = total(transport(&server.url()));
    let call = Call::Validate(rpa_auth_host::ControlRoomApi::V2);
    let made = guarded(call.make(plugin(), &server.url(), limits)).await;
    assert_eq!(refused(made), unreachable(Timeout, true));
    assert!(super::requests(&server) <= 2);
}

#[tokio::test]
async fn a_connection_that_is_never_taken_ends_at_the_connect_limit() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    // Nobody ever accepts, and the backlog is full after two: the system lets
    // further ones wait.
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut taken = Vec::new();
    loop {
        let connecting = tokio::net::TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(500), connecting).await {
            Ok(connected) => taken.push(connected.unwrap()),
            Err(_) => break,
        }
        assert!(taken.len() < 100, "the backlog does not fill");
    }
    let url = format!("http://{address}");
    for call in Call::SEVEN {
        // The guard is shorter than the default of every other limit.
        let limits = Transport {
            connect_timeout: SHORT,
            ..transport(&url)
        };
        let made = guarded(call.make(plugin(), &url, limits)).await;
        assert_eq!(refused(made), unreachable(Timeout, true), "{call:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_ends_at_the_connect_limit() {
    for call in Call::SEVEN {
        let server = Scripted::start([Script::never_shaking_hands()]).await;
        let limits = Transport {
            connect_timeout: SHORT,
            ..Transport::default()
        };
        let made = guarded(call.make(plugin(), &server.https_url(), limits)).await;
        assert_eq!(refused(made), unreachable(Timeout, true), "{call:?}");
        guarded(server.wait_for_bytes_on(1)).await;
        // A TLS record with a handshake, and nothing of HTTP.
        assert_eq!(server.received()[0][0], 0x16);
        assert_eq!((server.received().len(), super::requests(&server)), (1, 0));
    }
}

#[tokio::test]
async fn a_slow_answer_within_its_limits_is_an_answer() {
    for call in Call::SEVEN {
        let Some(members) = call.success() else {
            continue;
        };
        let answer = Answer::new(200).body(format!("{{{members}}}"));
        let script = Script::dripping(&answer, 3, Duration::from_millis(1));
        let server = Scripted::start([script]).await;
        let made = guarded(call.make(plugin(), &server.url(), transport(&server.url()))).await;
        assert_eq!(made.ok().as_deref(), Some(call.result()));
    }
}
