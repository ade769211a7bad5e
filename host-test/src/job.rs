//! What a job does with a token: it asks a Control Room how its work item is.

use std::io;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use rpa_auth_host::Token;
use tokio::net::TcpStream;

use simulators::control_room::WORK_ITEM;

/// The status that the API of a Control Room at `http://host:port` answers with:
/// 401 where it does not take the token.
pub async fn poll(url: &str, token: &Token) -> io::Result<u16> {
    poll_with(url, token, &[]).await
}

/// The same with further headers.
pub async fn poll_with(url: &str, token: &Token, headers: &[(&str, &str)]) -> io::Result<u16> {
    let authority = url.strip_prefix("http://").unwrap_or(url);
    let stream = TcpStream::connect(authority).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let (name, value) = token.header();
    let mut request = Request::get(WORK_ITEM)
        .header(header::HOST, authority)
        .header(header::ACCEPT, "application/json")
        .header(name, value);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<Bytes>::new());
    let request = request.map_err(io::Error::other)?;
    let answer = sender.send_request(request).await;
    let answer = answer.map_err(io::Error::other)?;
    let status = answer.status().as_u16();
    answer.collect().await.map_err(io::Error::other)?;
    connection.abort();
    Ok(status)
}
