//! A tunnel through a forward proxy (`CONNECT`, RFC 9110, section 9.3.6).
//!
//! hyper speaks HTTP with the proxy here, as with everybody else, and leaves the
//! connection alone after a 200. hyper-util's own tunnel keeps the status of any
//! other answer to itself, and what a proxy wants that asks for proof.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;

use super::connector::Stream;
use super::{Obstacle, interim};

/// Opens a tunnel to `destination` over a connection to the proxy.
pub(super) async fn open(
    stream: Stream,
    destination: &Uri,
    authorization: Option<HeaderValue>,
) -> Result<Stream, NoTunnel> {
    let host = destination.host().ok_or(NoTunnel::Broken)?;
    let place = format!("{host}:{}", destination.port_u16().unwrap_or(443));
    let mut request = Request::connect(&place)
        .header(HOST, &place)
        .body(Empty::<Bytes>::new())
        .map_err(|_| NoTunnel::Broken)?;
    if let Some(authorization) = authorization {
        let headers = request.headers_mut();
        headers.insert(PROXY_AUTHORIZATION, authorization);
    }
    let too_many = interim::count(&mut request);
    let broken = |_: hyper::Error| NoTunnel::Broken;
    let (mut sender, mut connection) = http1::handshake(stream).await.map_err(broken)?;
    let answer = {
        let mut answer = pin!(sender.send_request(request));
        let mut too_many = pin!(too_many.reached());
        let mut ended = false;
        poll_fn(|context| {
            // What comes of the connection, the answer says.
            ended = ended || connection.poll_without_shutdown(context).is_ready();
            match too_many.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Err(NoTunnel::Broken)),
                Poll::Pending => answer.as_mut().poll(context).map_err(broken),
            }
        })
        .await?
    };
    match answer.status() {
        // What may have come with the answer is no TLS: there the client begins.
        StatusCode::OK => Ok(connection.into_parts().io),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(NoTunnel::of_407(answer.headers())),
        status => Err(NoTunnel::Refused(status)),
    }
}

/// The proxy did not open the tunnel: nothing was sent to the destination.
#[derive(Debug)]
pub(super) enum NoTunnel {
    /// It wants a user name and a password.
    WantsPassword,
    /// It wants proof in one of these ways and no other.
    WantsOther(String),
    Refused(StatusCode),
    /// No answer, or none in HTTP.
    Broken,
    /// This variable leads to a proxy over TLS or SOCKS.
    NotOffered(&'static str),
}

impl NoTunnel {
    /// What a proxy wants that answers with 407.
    pub(super) fn of_407(headers: &HeaderMap) -> Self {
        let mut others: Vec<&str> = Vec::new();
        for value in headers.get_all(PROXY_AUTHENTICATE) {
            // One field may hold several ways and the parameters of each (RFC 9110,
            // section 11.6.1).
            for word in value.to_str().unwrap_or_default().split([',', ' ']) {
                if word.eq_ignore_ascii_case("basic") {
                    return Self::WantsPassword;
                }
                others.extend(
                    OTHER_WAYS
                        .into_iter()
                        .filter(|way| way.eq_ignore_ascii_case(word)),
                );
            }
        }
        others.dedup();
        if others.is_empty() {
            Self::WantsPassword
        } else {
            Self::WantsOther(others.join(" or "))
        }
    }

    pub(super) fn obstacle(&self) -> Obstacle {
        match self {
            Self::WantsPassword => Obstacle::ProxyWantsPassword,
            Self::WantsOther(ways) => Obstacle::ProxyWantsOther(ways.clone()),
            Self::Refused(status) => Obstacle::ProxyRefused(status.as_u16()),
            Self::Broken => Obstacle::ProxyBroken,
            Self::NotOffered(variable) => Obstacle::ProxyNotOffered(variable),
        }
    }
}

/// The ways to prove oneself that proxies name and that are not offered.
const OTHER_WAYS: [&str; 5] = ["Negotiate", "NTLM", "Kerberos", "Digest", "Bearer"];

impl fmt::Display for NoTunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.obstacle().fmt(f)
    }
}

impl StdError for NoTunnel {}
