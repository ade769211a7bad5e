//! The server that does what a test writes down.

use std::{io::ErrorKind, time::Duration};

use simulators::{
    Answer, Authority, Scripted,
    scripted::{Script, Step},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use simulators::client::{Client, connect_tls, exchange, get, post};

fn answer() -> Answer {
    Answer::new(200).header("X-One", "1").text("0123456789")
}

/// Sends a request and reads until the server closes.
async fn everything(server: &Scripted) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(get("/", &[]).as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn an_answer_is_sent_byte_for_byte_and_the_request_kept() {
    let server = Scripted::start([Script::answering(&answer())]).await;
    let request = post("/x", "a body", &["X-Case: Kept"]);
    let reply = exchange(server.address(), &request).await;
    assert_eq!(
        (reply.status, reply.body.as_slice()),
        (200, &b"0123456789"[..])
    );
    assert_eq!(server.received(), [request.into_bytes()]);
    assert_eq!(
        answer().to_bytes(),
        b"HTTP/1.1 200 Scripted\r\ncontent-length: 10\r\nX-One: 1\r\n\
          content-type: text/plain; charset=utf-8\r\n\r\n0123456789"
    );
}

#[tokio::test]
async fn a_chunked_request_is_read_to_its_end() {
    let server = Scripted::start([Script::answering(&answer())]).await;
    let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    server.wait_for_bytes_on(1).await;
    stream.write_all(b"1\r\na\r\n0\r\n\r\n").await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    assert_eq!(reply, answer().to_bytes());
    assert!(server.received()[0].ends_with(b"0\r\n\r\n"));
}

#[tokio::test]
async fn dripped_pieces_make_the_whole() {
    let script = Script::dripping(&answer(), 7, Duration::from_millis(1));
    let server = Scripted::start([script]).await;
    assert_eq!(everything(&server).await, answer().to_bytes());
}

#[tokio::test]
async fn each_connection_plays_its_own_script_and_the_last_is_repeated() {
    let steps = [Step::Receive, Step::Send(b"no HTTP".to_vec())];
    let scripts = [
        Script::closing_within(&answer(), 4),
        Script::closing_before_answer(),
        Script::new(steps),
    ];
    let server = Scripted::start(scripts).await;
    assert!(everything(&server).await.ends_with(b"\r\n\r\n0123"));
    assert!(everything(&server).await.is_empty());
    assert_eq!(everything(&server).await, b"no HTTP");
    assert_eq!(everything(&server).await, b"no HTTP");
    assert_eq!(server.received().len(), 4);
}

#[tokio::test]
async fn a_server_may_close_as_soon_as_the_connection_stands() {
    let server = Scripted::start([Script::closing_at_once()]).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_silent_server_takes_the_request_and_keeps_the_connection() {
    let scripts = [Script::silent(), Script::hanging_within(&answer(), 3)];
    let server = Scripted::start(scripts).await;
    let mut silent = TcpStream::connect(server.address()).await.unwrap();
    silent.write_all(get("/", &[]).as_bytes()).await.unwrap();
    server.wait_for_bytes_on(1).await;
    let nothing = silent.try_read(&mut [0]).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);

    let mut hanging = TcpStream::connect(server.address()).await.unwrap();
    hanging.write_all(get("/", &[]).as_bytes()).await.unwrap();
    let mut sent = vec![0; answer().to_bytes().len() - 7];
    hanging.read_exact(&mut sent).await.unwrap();
    assert!(sent.ends_with(b"012"));
    let nothing = hanging.try_read(&mut [0]).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);

    // Dropping the server cuts what hangs.
    drop(server);
    assert_eq!(silent.read(&mut [0]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn tls_is_spoken_or_never_completed() {
    let authority = Authority::new();
    let config = authority.server_config(&["localhost"]);
    let scripts = [Script::answering(&answer()), Script::never_shaking_hands()];
    let server = Scripted::start_tls(scripts, config).await;
    assert_eq!(server.url(), server.https_url());
    let client = connect_tls(server.address(), "localhost", &authority.pem()).await;
    let reply = client.unwrap().exchange(&get("/", &[])).await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(server.received()[0], get("/", &[]).into_bytes());

    let (address, pem) = (server.address(), authority.pem());
    let shaking =
        tokio::spawn(async move { connect_tls(address, "localhost", &pem).await.is_ok() });
    server.wait_for_bytes_on(2).await;
    // The first byte of a TLS record that carries a handshake.
    assert_eq!(server.received()[1][0], 0x16);
    assert!(!shaking.is_finished());
    drop(server);
    assert!(!shaking.await.unwrap());
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_its_script_only() {
    let script = Script::answering(&answer());
    let server = Scripted::start([Script::silent(), script]).await;
    drop(Client::connect(server.address()).await);
    assert_eq!(everything(&server).await, answer().to_bytes());
}
