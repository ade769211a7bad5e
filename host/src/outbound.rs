//! The component's way out: a pooled HTTP client behind `wasi:http`.
//!
//! Invariants:
//! - No redirect is followed and no request is repeated. The client may take
//!   another connection for a request of which not one byte was written: hyper
//!   gives such a request back whole.
//! - Every limit that the component asked for holds, the connection's over name,
//!   proxy, TCP and TLS together. (Where a kept connection proves dead and the
//!   request, unwritten, takes a new one, that falls under the first byte's.)
//! - Nothing goes to an origin that the embedder did not allow.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::PROXY_AUTHORIZATION;
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::capture_connection;
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use crate::BuildError;

mod body;
mod client;
mod connector;
mod failure;
mod origin;
pub(crate) mod probe;
pub(crate) mod proxy;
mod resolver;
pub(crate) mod source;
pub(crate) mod tls;

pub use origin::{Origin, OriginError};
pub use probe::{
    CertificateProblem, Handshake, Obstacle, Probe, ProbedConnection, ProxyOnTheWay, Sighting,
};
pub use proxy::{Proxy, ProxyError};
pub use tls::RootSource;

/// What applies where the component asked for no limit: wasmtime's own default
/// is ten minutes, too long for a login.
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

/// A client whose clones share their connections.
#[derive(Clone)]
pub(crate) struct Outbound {
    clients: Arc<client::Clients>,
    allowed: Option<Arc<[Origin]>>,
}

impl Outbound {
    pub(crate) fn new(settings: Settings) -> std::result::Result<Self, BuildError> {
        Ok(Self {
            allowed: settings.allowed.map(Arc::from),
            clients: Arc::new(client::Clients::new(
                settings.tls,
                settings.proxies,
                settings.fresh_connections,
            )?),
        })
    }

    async fn send(
        self,
        mut request: http::Request<WasiBody>,
        limits: RequestOptions,
    ) -> Result<http::Response<WasiBody>> {
        if let Some(allowed) = &self.allowed
            && !allowed.iter().any(|origin| origin.is_of(request.uri()))
        {
            return Err(Error::HttpRequestDenied);
        }
        let current = self.clients.current();
        if let Some(authorization) = current.authorization_for(request.uri()) {
            request
                .headers_mut()
                .insert(PROXY_AUTHORIZATION, authorization);
        }
        let limit = |limit: Option<Duration>| limit.unwrap_or(DEFAULT_LIMIT);
        let mut connection = capture_connection(&mut request);
        let mut response = pin!(current.client.request(request));
        // The response future drives the connection too, and may end first.
        let connected = timeout(limit(limits.connect_timeout), async {
            tokio::select! {
                biased;
                response = &mut response => Some(response),
                _ = connection.wait_for_connection_metadata() => None,
            }
        });
        let response = match connected.await.map_err(|_| Error::ConnectionTimeout)? {
            Some(response) => response,
            None => timeout(limit(limits.first_byte_timeout), response)
                .await
                .map_err(|_| Error::ConnectionReadTimeout)?,
        };
        let response = response.map_err(|error| failure::of_request(&error))?;
        let between_bytes = limit(limits.between_bytes_timeout);
        Ok(response.map(|body| body::Timed::new(body, between_bytes).boxed_unsync()))
    }
}

/// An answer, and what is still to be done for it.
type Sent = Result<(
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<()>> + Send>,
)>;

impl WasiHttpHooks for Outbound {
    /// The client sets it itself: HTTP/1.1 wants it, HTTP/2 has none.
    fn set_host_header(&mut self) -> bool {
        false
    }

    /// Any body in one piece: longer than all of a component's memory.
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        u32::MAX as usize
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _written: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let sending = self.clone().send(request, options.unwrap_or_default());
        Box::new(async move {
            let response = sending.await?;
            // The client's own tasks drive the connection.
            Ok((response, Box::new(async { Ok(()) }) as _))
        })
    }
}
