//! A client that sends exactly what a test writes: nothing between the test and the
//! wire mends a request. It panics where a server answers with nonsense.

use std::{
    io::{self, Error, ErrorKind},
    net::SocketAddr,
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// One connection.
pub struct Client<S = TcpStream> {
    stream: S,
}

impl Client {
    /// Connects, without TLS.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Takes a connection that somebody else has opened.
    pub fn over(stream: S) -> Self {
        Self { stream }
    }

    /// Sends a piece of a request.
    pub async fn send(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await
    }

    /// Sends a request and reads the answer; the connection stays open.
    pub async fn exchange(&mut self, request: &str) -> io::Result<Reply> {
        self.send(request).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await?);
        }
        let mut reply = Reply::from_head(&String::from_utf8_lossy(&head))?;
        let length = reply
            .header("content-length")
            .map_or(0, |n| n.parse().unwrap());
        reply.body = vec![0; length];
        self.stream.read_exact(&mut reply.body).await?;
        Ok(reply)
    }
}

/// Connects with TLS to a server that proves to be `name`, by the authority of `pem`.
pub async fn connect_tls(
    address: SocketAddr,
    name: &str,
    pem: &str,
) -> io::Result<Client<tokio_rustls::client::TlsStream<TcpStream>>> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let stream = TcpStream::connect(address).await?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    Ok(Client { stream })
}

/// Sends one request on a connection of its own.
pub async fn exchange(address: SocketAddr, request: &str) -> Reply {
    Client::connect(address)
        .await
        .exchange(request)
        .await
        .unwrap()
}

/// A GET with the headers that belong to it, and more, each as `name: value`.
pub fn get(path: &str, more: &[&str]) -> String {
    let more: String = more.iter().map(|line| format!("{line}\r\n")).collect();
    format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n{more}\r\n")
}

/// A POST of JSON with the headers that belong to it, and more.
pub fn post(path: &str, body: &str, more: &[&str]) -> String {
    post_as("application/json", path, body, more)
}

/// A POST with another type.
pub fn post_as(content_type: &str, path: &str, body: &str, more: &[&str]) -> String {
    let more: String = more.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n\
         content-type: {content_type}\r\ncontent-length: {length}\r\n{more}\r\n{body}"
    )
}

/// An answer.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Returns the value of the first header of this name, in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Reads the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns a string of the body by its name.
    pub fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap().to_owned()
    }

    fn from_head(head: &str) -> io::Result<Self> {
        let bad = || Error::from(ErrorKind::InvalidData);
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Ok(Self {
            status: status.and_then(|s| s.parse().ok()).ok_or_else(bad)?,
            headers,
            body: Vec::new(),
        })
    }
}

/// Header and claims of a JWT.
pub fn jwt(token: &str) -> (Value, Value) {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    // A signature of RSA with 2048 bits.
    assert_eq!(URL_SAFE_NO_PAD.decode(parts[2]).unwrap().len(), 256);
    let part =
        |n: usize| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[n]).unwrap()).unwrap();
    (part(0), part(1))
}
