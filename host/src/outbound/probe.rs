//! The way to a server, one step at a time, for a person who wants to know where
//! it ends: name, proxy, TCP, TLS, and what answers a plain GET.
//!
//! Each step is made by the same connector, resolver, proxies and trust that
//! calls use, so that what a probe finds is what a call would find. A probe
//! knows no credentials but the proxy's and the client certificate, and sends a
//! server nothing that it could take for a login.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tower_service::Service;

use super::connector::{Connector, Stream};
use super::proxy::Route;
use super::resolver::Resolver;
use super::{Limits, Obstacle, Origin, Outbound, tls};
use crate::NoAnswer;

mod handshake;

pub use handshake::Handshake;

/// The way to a server, step by step: see
/// [`Plugin::probe`](crate::Plugin::probe).
///
/// Every step stands alone and opens what it needs anew, but for
/// [`ProbedConnection::handshake`], which goes on with its connection.
pub struct Probe {
    outbound: Outbound,
    tls: tls::Settings,
    route: Arc<Route>,
    destination: Uri,
    limit: Duration,
    answer_limit: Option<Duration>,
}

impl Probe {
    pub(crate) fn new(outbound: Outbound, url: &str, limit: Duration) -> Result<Self, Obstacle> {
        let destination: Uri = url.parse().map_err(|_| Obstacle::Address)?;
        let origin = Origin::of(&destination).ok_or(Obstacle::Address)?;
        let has_user = destination
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'));
        if has_user {
            return Err(Obstacle::Address);
        }
        if let Some(allowed) = &outbound.allowed
            && !allowed.contains(&origin)
        {
            return Err(Obstacle::NotAllowed);
        }
        Ok(Self {
            tls: outbound.clients.tls().clone(),
            route: outbound.clients.current().route(),
            outbound,
            destination,
            limit,
            answer_limit: None,
        })
    }

    /// How long [`look_at`](Self::look_at) waits for the first byte of an answer. Default
    /// 60 s.
    pub fn answer_limit(mut self, limit: Duration) -> Self {
        self.answer_limit = Some(limit);
        self
    }

    /// The server's name or address.
    pub fn host(&self) -> &str {
        self.destination.host().unwrap_or_default()
    }

    /// The server's port.
    pub fn port(&self) -> u16 {
        let default = if self.is_over_tls() { 443 } else { 80 };
        self.destination.port_u16().unwrap_or(default)
    }

    /// Whether the address says `https`.
    pub fn is_over_tls(&self) -> bool {
        self.destination.scheme_str() == Some("https")
    }

    /// The proxy on the way, if calls to this server take one.
    pub fn proxy(&self) -> Option<ProxyOnTheWay> {
        let hop = self.route.to(&self.destination)?;
        Some(ProxyOnTheWay {
            host: hop.uri.host().unwrap_or_default().to_owned(),
            port: hop.uri.port_u16(),
            has_credentials: hop.authorization.is_some(),
            is_supported: hop.not_offered.is_none(),
        })
    }

    /// The addresses of the name that is connected to: the proxy's, where there
    /// is one, which then finds the server's by itself.
    pub async fn addresses(&self) -> Result<Vec<IpAddr>, Obstacle> {
        let hop = self.route.to(&self.destination);
        let uri = hop.as_ref().map_or(&self.destination, |hop| &hop.uri);
        let host = uri.host().unwrap_or_default();
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            return Ok(vec![address]);
        }
        let name: Name = host.parse().map_err(|_| Obstacle::NameNotFound)?;
        let found = self.in_time(Resolver::new().call(name)).await?;
        let found = found.map_err(|_| Obstacle::NameNotFound)?;
        Ok(found.map(|address| address.ip()).collect())
    }

    /// Connects to the server, through a tunnel of the proxy where there is one.
    pub async fn connect(&self) -> Result<ProbedConnection<'_>, Obstacle> {
        let mut connector = Connector::new(Arc::clone(&self.route));
        let connected = self
            .in_time(connector.call(self.destination.clone()))
            .await?;
        let stream = connected.map_err(|error| Obstacle::of(&*error))?;
        Ok(ProbedConnection {
            probe: self,
            stream,
        })
    }

    /// Asks for a path of this server with `GET`, which carries no credentials
    /// and follows no redirect. The path begins with a slash.
    pub async fn look_at(&self, path: &str) -> Result<Sighting, NoAnswer> {
        let no_path = || NoAnswer::from(Obstacle::Address);
        let mut parts = self.destination.clone().into_parts();
        parts.path_and_query = Some(path.parse().map_err(|_| no_path())?);
        let uri = Uri::from_parts(parts).map_err(|_| no_path())?;
        let request = Request::builder()
            .method(Method::GET)
            .uri(uri)
            .header(header::ACCEPT, "application/json")
            .body(Empty::new().map_err(|never| match never {}).boxed_unsync())
            .map_err(|_| no_path())?;
        let default = Limits::default();
        let limits = Limits {
            connect: self.limit,
            first_byte: self.answer_limit.unwrap_or(default.first_byte),
            ..default
        };
        let answer = self.outbound.exchange(request, limits).await?;
        let field = |name| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let location = field(header::LOCATION).and_then(|location| location.parse().ok());
        Ok(Sighting {
            status: answer.status().as_u16(),
            content_type: field(header::CONTENT_TYPE).map(str::to_owned),
            retry_after_seconds: field(header::RETRY_AFTER).and_then(|text| text.parse().ok()),
            leads_to: location.and_then(|location| Origin::of(&location)),
        })
    }

    async fn in_time<T>(&self, step: impl Future<Output = T>) -> Result<T, Obstacle> {
        timeout(self.limit, step)
            .await
            .map_err(|_| Obstacle::Timeout)
    }
}

/// A connection that a probe opened.
pub struct ProbedConnection<'a> {
    probe: &'a Probe,
    stream: Stream,
}

impl ProbedConnection<'_> {
    /// The address of the other end: the proxy's, where there is one.
    pub fn peer(&self) -> Option<IpAddr> {
        self.stream.peer().map(|address| address.ip())
    }

    /// Shakes hands as a call would, and closes. Says what the server showed even
    /// where it was not trusted.
    pub async fn handshake(self) -> Result<Handshake, Obstacle> {
        let Self { probe, stream } = self;
        let shaking = handshake::shake(&probe.tls, probe.host(), TokioIo::new(stream));
        probe.in_time(shaking).await?
    }
}

/// The proxy that calls to a server take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyOnTheWay {
    /// Its name or address.
    pub host: String,
    /// Its port, where one was given.
    pub port: Option<u16>,
    /// Whether it is told a user name and a password.
    pub has_credentials: bool,
    /// Whether it is of a kind that is offered. One over TLS or SOCKS is not.
    pub is_supported: bool,
}

/// What was seen at a path. The body is not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sighting {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, where it is a number of seconds.
    pub retry_after_seconds: Option<u32>,
    /// The origin of `Location`, where that is a whole address.
    pub leads_to: Option<Origin>,
    /// The `Content-Type`, where there is one in plain text.
    pub content_type: Option<String>,
}
