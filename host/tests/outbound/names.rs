//! A host name that ends with a dot, as curl takes it: the dot stays in `Host`, and
//! neither TLS nor the certificate knows it.

use std::sync::Arc;
use std::time::Duration;

use rpa_auth_host::{Plugin, Proxy};
use simulators::Authority;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

#[tokio::test]
async fn a_dot_behind_the_name_stays_in_the_host_header_and_nowhere_in_tls() {
    let authority = Authority::new();
    let config = authority.server_config(&["cr.example.com"]);
    // A proxy finds the name, so that no resolver has to know it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let connect = head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let acceptor = TlsAcceptor::from(Arc::clone(&config));
        let mut stream = acceptor.accept(stream).await.unwrap();
        let named = stream.get_ref().1.server_name().map(str::to_owned);
        let request = head(&mut stream).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"valid\":true}";
        stream.write_all(answer).await.unwrap();
        // The client closes.
        let _ = stream.read_u8().await;
        (connect, named, request)
    });
    let plugin = Plugin::builder()
        .ca_bundle(authority.pem())
        .proxy(Proxy::new(&address).unwrap())
        .build()
        .unwrap();
    // A probe goes the way of calls, and takes any address.
    let limit = Duration::from_secs(10);
    let probe = plugin.probe("https://cr.example.com.", limit).unwrap();
    assert_eq!(probe.look_at("/").await.unwrap().status, 200);
    drop((probe, plugin));
    let (connect, named, request) = server.await.unwrap();
    assert!(
        connect.starts_with("connect cr.example.com.:443 "),
        "{connect}"
    );
    assert_eq!(named.as_deref(), Some("cr.example.com"));
    assert!(
        request.contains("\r\nhost: cr.example.com.\r\n"),
        "{request}"
    );
}
