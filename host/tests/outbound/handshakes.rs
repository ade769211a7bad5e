//! TLS handshakes that do not come to their end: nothing was sent, and the library
//! says why.

use rpa_auth_host::{AuthError, CertificateProblem, NoAnswer, Obstacle, Plugin, TransportFailure};
use simulators::scripted::{Script, Step};
use simulators::{Authority, ControlRoom, Scripted};

use crate::{NAMES, log_in};

/// How a login ends at `url`.
async fn no_answer(plugin: &Plugin, url: &str) -> NoAnswer {
    let error = log_in(plugin, url).await.unwrap_err();
    match error.as_auth() {
        Some(AuthError::Unreachable(no_answer)) => no_answer.clone(),
        _ => panic!("{error:?}"),
    }
}

fn unsent(why: Obstacle) -> NoAnswer {
    NoAnswer {
        failure: TransportFailure::Tls,
        may_have_acted: false,
        why: Some(why),
    }
}

fn plugin(authority: &Authority) -> Plugin {
    let builder = Plugin::builder().ca_bundle(authority.pem());
    builder.build().unwrap()
}

#[tokio::test]
async fn a_handshake_that_the_server_does_not_go_on_with_sent_nothing() {
    // A fatal alert, protocol_version: what OpenSSL says where only TLS 1.1 is on.
    let alert = b"\x15\x03\x02\x00\x02\x02\x46".to_vec();
    // A hello of TLS 1.1.
    let mut hello = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02".to_vec();
    hello.extend([7; 32]);
    hello.extend(b"\x00\x00\x2f\x00");
    let plain = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec();
    for (script, why) in [
        (Script::closing_at_once(), Obstacle::CutInHandshake),
        (
            Script::in_the_clear([Step::Send(b"\x16\x03\x03".to_vec())]),
            Obstacle::CutInHandshake,
        ),
        (Script::in_the_clear([Step::Send(plain)]), Obstacle::NotTls),
        (Script::in_the_clear([Step::Send(alert)]), Obstacle::OldTls),
        (Script::in_the_clear([Step::Send(hello)]), Obstacle::OldTls),
    ] {
        let server = Scripted::start([script]).await;
        let plugin = Plugin::builder().build().unwrap();
        let ended = no_answer(&plugin, &server.https_url()).await;
        assert_eq!(ended, unsent(why));
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn a_refused_certificate_is_refused_for_a_reason() {
    let authority = Authority::new();
    for (config, trusted, problem) in [
        (
            authority.expired_server_config(&NAMES),
            &authority,
            CertificateProblem::Expired,
        ),
        (
            authority.server_config(&["cr.example.com"]),
            &authority,
            CertificateProblem::WrongName,
        ),
        (
            authority.server_config(&NAMES),
            &Authority::new(),
            CertificateProblem::OtherKey,
        ),
    ] {
        let server = ControlRoom::builder().tls(config).start().await;
        let plugin = plugin(trusted);
        let ended = no_answer(&plugin, &server.url()).await;
        assert_eq!(ended, unsent(Obstacle::Certificate(problem)));
        assert!(server.requests().is_empty());
        // A probe says the same.
        let probe = plugin.probe(&server.url(), std::time::Duration::from_secs(10));
        let probe = probe.unwrap();
        let shaken = probe.connect().await.unwrap().handshake().await.unwrap();
        assert_eq!(shaken.obstacle, ended.why);
    }
}

#[tokio::test]
async fn the_reason_stands_in_the_text() {
    let authority = Authority::new();
    let config = authority.expired_server_config(&NAMES);
    let server = ControlRoom::builder().tls(config).start().await;
    let error = log_in(&plugin(&authority), &server.url())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "unreachable: the certificate was refused: it has expired; the request was not sent"
    );
}
