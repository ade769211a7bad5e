//! Connections that end before the answer does, at every point of it.

use rpa_auth_host::TransportFailure::{Closed, Other};
use simulators::scripted::Script;
use simulators::{Answer, Scripted};

use super::check;
use crate::calls::Call;
use crate::support::{guarded, plugin, refused, transport, unreachable};

fn answer() -> Answer {
    Answer::new(200).text("{\"token\":\"n3w\",\"valid\":true}")
}

#[tokio::test]
async fn a_connection_that_closes_before_the_answer() {
    check(
        &Call::ALL,
        &Script::closing_before_answer(),
        |t| t,
        (Closed, true),
    )
    .await;
}

#[tokio::test]
async fn a_connection_that_closes_within_the_head() {
    let whole = answer().to_bytes();
    for length in [1, 8, 20, 40, whole.len() - 30] {
        let script = Script::sending(&whole[..length]);
        check(&Call::SEVEN[..2], &script, |t| t, (Closed, true)).await;
    }
    check(
        &Call::ALL,
        &Script::sending(&whole[..20]),
        |t| t,
        (Closed, true),
    )
    .await;
}

#[tokio::test]
async fn a_connection_that_closes_within_the_body() {
    for sent in [0, 1, 26] {
        let script = Script::closing_within(&answer(), sent);
        check(&Call::ALL, &script, |t| t, (Closed, true)).await;
    }
}

#[tokio::test]
async fn a_connection_that_closes_within_a_chunked_body() {
    // The first has a whole and well-formed object in it, but no end.
    for body in [
        "1b\r\n{\"token\":\"n3w\",\"valid\":true}\r\n",
        "1b\r\n{\"token\":\"n3w\"",
        "1b\r\n{\"token\":\"n3w\",\"valid\":true}\r\n0\r\n",
        "1",
    ] {
        let chunked = Answer::new(200)
            .header("transfer-encoding", "chunked")
            .body(body);
        check(
            &Call::ALL,
            &Script::answering(&chunked),
            |t| t,
            (Closed, true),
        )
        .await;
    }
}

#[tokio::test]
async fn a_connection_that_closes_within_an_error_body_may_have_been_a_refusal() {
    let refusal = Answer::new(401).text("{\"code\":\"UM1110\",\"message\":\"No.\"}");
    let script = Script::closing_within(&refusal, 10);
    check(&Call::ALL, &script, |t| t, (Closed, true)).await;
}

#[tokio::test]
async fn an_answer_that_ends_with_the_connection_is_whole() {
    for call in Call::SEVEN {
        let Some(members) = call.success() else {
            continue;
        };
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
        let script = Script::sending(format!("{head}{{{members}}}"));
        let server = Scripted::start([script]).await;
        let made = guarded(call.make(plugin(), &server.url(), transport(&server.url()))).await;
        assert_eq!(made.ok().as_deref(), Some(call.result()));
    }
}

#[tokio::test]
async fn bytes_that_are_no_http_may_stand_for_anything() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    ] {
        check(&Call::SEVEN, &Script::sending(bytes), |t| t, (Other, true)).await;
    }
}

#[tokio::test]
async fn a_connection_that_closes_at_once_is_opened_once() {
    for call in Call::ALL {
        let server = Scripted::start([Script::closing_at_once()]).await;
        let made = guarded(call.make(plugin(), &server.url(), transport(&server.url()))).await;
        assert_eq!(refused(made), unreachable(Closed, true), "{call:?}");
        assert_eq!(server.received().len(), 1, "{call:?}");
    }
}
