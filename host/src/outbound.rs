//! The way out: a pooled HTTP client.
//!
//! Invariants:
//! - No redirect is followed and no request is repeated. The client may take
//!   another connection for a request of which not one byte was written: hyper
//!   gives such a request back whole.
//! - Every limit that was asked for holds whatever the peer sends, the
//!   connection's over name, proxy, TCP and TLS together. (Where a kept connection proves dead and the
//!   request, unwritten, takes a new one, that falls under the first byte's.)
//! - A connection on which a call timed out serves no new one.
//! - Nothing goes to an origin that the embedder did not allow.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::PROXY_AUTHORIZATION;
use http_body_util::combinators::UnsyncBoxBody;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use tokio::time::timeout;

use self::tunnel::NoTunnel;
use crate::{BuildError, NoAnswer, observe};

mod answer;
mod body;
pub(crate) mod client;
mod coding;
mod connector;
mod failure;
mod fair;
mod interim;
mod obstacle;
mod origin;
pub(crate) mod probe;
pub(crate) mod proxy;
mod resolver;
pub(crate) mod source;
pub(crate) mod tls;
mod tunnel;

pub(crate) use body::Timed;
pub(crate) use failure::TIMED_OUT;
pub use obstacle::{CertificateProblem, Obstacle};
pub use origin::{Origin, OriginError};
pub use probe::{Handshake, Probe, ProbedConnection, ProxyOnTheWay, Sighting};
pub use proxy::{Proxy, ProxyError};
pub use tls::RootSource;

/// What applies where nobody asked for a limit.
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);

/// What the embedder decides about the way out.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) tls: tls::Settings,
    pub(crate) proxies: proxy::Proxies,
    /// Whether no connection is kept for the next request.
    pub(crate) fresh_connections: bool,
    /// None where every origin is allowed.
    pub(crate) allowed: Option<Vec<Origin>>,
}

/// The body of a request.
pub(crate) type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// How long each part of an exchange may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) first_byte: Duration,
    pub(crate) between_bytes: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: DEFAULT_LIMIT,
            first_byte: DEFAULT_LIMIT,
            between_bytes: DEFAULT_LIMIT,
        }
    }
}

/// A client whose clones share their connections.
#[derive(Clone)]
pub(crate) struct Outbound {
    clients: Arc<client::Clients>,
    allowed: Option<Arc<[Origin]>>,
}

impl Outbound {
    pub(crate) fn new(settings: Settings) -> Result<Self, BuildError> {
        Ok(Self {
            allowed: settings.allowed.map(Arc::from),
            clients: Arc::new(client::Clients::new(
                settings.tls,
                settings.proxies,
                settings.fresh_connections,
            )?),
        })
    }

    /// Sends a request and gives the answer's head; the body is still to be read.
    pub(crate) async fn exchange(
        &self,
        request: http::Request<Body>,
        limits: Limits,
    ) -> Result<http::Response<Timed>, NoAnswer> {
        let seen = observe::Request::of(&request, &self.clients);
        let answer = self.sent(request, limits).await;
        seen.ended(answer.as_ref().map(http::Response::status));
        answer
    }

    async fn sent(
        &self,
        mut request: http::Request<Body>,
        limits: Limits,
    ) -> Result<http::Response<Timed>, NoAnswer> {
        if let Some(allowed) = &self.allowed
            && !allowed.iter().any(|origin| origin.is_of(request.uri()))
        {
            return Err(Obstacle::NotAllowed.into());
        }
        let current = self.clients.current();
        let handed_over = current.hands_over(request.uri());
        if let Some(authorization) = current.authorization_for(request.uri()) {
            request
                .headers_mut()
                .insert(PROXY_AUTHORIZATION, authorization);
        }
        let too_many = interim::count(&mut request);
        let mut used = Used {
            connection: capture_connection(&mut request),
            is_fit: false,
        };
        let mut response = pin!(current.client.request(request));
        // The response future drives the connection too, and may end first.
        let connected = timeout(limits.connect, async {
            tokio::select! {
                biased;
                response = &mut response => Some(response),
                _ = used.connection.wait_for_connection_metadata() => None,
            }
        });
        let response = match connected.await.map_err(|_| TIMED_OUT)? {
            Some(response) => response,
            None => {
                let answered = timeout(limits.first_byte, async {
                    tokio::select! {
                        biased;
                        () = too_many.reached() => Err(Obstacle::InterimAnswers),
                        response = &mut response => Ok(response),
                    }
                });
                answered.await.map_err(|_| TIMED_OUT)??
            }
        };
        let response = response.map_err(|error| failure::of_request(&error))?;
        if handed_over && response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            // The proxy's own: the request went no further.
            return Err(NoTunnel::of_407(response.headers()).obstacle().into());
        }
        Ok(response.map(|body| Timed::new(body, limits.between_bytes, used)))
    }
}

/// The connection of a call. One whose answer was not read to its end is not used
/// again: over HTTP/2 a peer that has fallen silent would be asked once more.
struct Used {
    connection: CaptureConnection,
    is_fit: bool,
}

impl Drop for Used {
    fn drop(&mut self) {
        if !self.is_fit
            && let Some(connection) = &*self.connection.connection_metadata()
        {
            connection.poison();
        }
    }
}
