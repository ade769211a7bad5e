//! The client in use, made anew when a file that it was made from changes.
//!
//! Connections belong to a client: after a change no request goes over one that
//! was opened with the old certificate or password. A change that cannot be used
//! (a file half written, a key that does not fit) leaves the client as it was
//! until the files change again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderValue, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::Body;
use super::connector::{Connector, Secured};
use super::proxy::{Proxies, Route};
use super::source::Stamp;
use super::tls;
use crate::{BuildError, observe};

/// How often a busy HTTP/2 connection is asked whether it lives.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// How long it has to answer.
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// How much of an HTTP/1 answer is taken in at once, in bytes, and so the longest head.
const PIECE: usize = 64 * 1024;

/// How often the files are looked at, at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The client in use, and what it is made from.
pub(crate) struct Clients {
    tls: tls::Settings,
    proxies: Proxies,
    fresh_connections: bool,
    state: Mutex<State>,
}

struct State {
    current: Arc<Current>,
    /// Of the files that `current` was made from.
    stamps: Vec<Option<Stamp>>,
    looked_at: Instant,
}

impl Clients {
    pub(super) fn new(
        tls: tls::Settings,
        proxies: Proxies,
        fresh_connections: bool,
    ) -> Result<Self, BuildError> {
        // Taken before the files are read: a change in between is seen later.
        let stamps = stamps(&tls, &proxies);
        let current = Arc::new(Current::new(&tls, &proxies, fresh_connections)?);
        Ok(Self {
            tls,
            proxies,
            fresh_connections,
            state: Mutex::new(State {
                current,
                stamps,
                looked_at: Instant::now(),
            }),
        })
    }

    /// What the clients trust, and how they prove themselves.
    pub(super) fn tls(&self) -> &tls::Settings {
        &self.tls
    }

    /// The proxy on the way to a server, where there is one, and whether a company's CA is
    /// trusted beside the others.
    #[cfg(feature = "tracing")]
    pub(crate) fn way_to(&self, destination: &Uri) -> (Option<String>, bool) {
        let proxy = self.current().route.to(destination);
        let proxy = proxy.and_then(|hop| Some(hop.uri.authority()?.to_string()));
        (proxy, !self.tls.ca_bundles.is_empty())
    }

    /// The client to use for the next request.
    pub(super) fn current(&self) -> Arc<Current> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.stamps.is_empty() && state.looked_at.elapsed() >= LOOK_EVERY {
            state.looked_at = Instant::now();
            let stamps = stamps(&self.tls, &self.proxies);
            if stamps != state.stamps {
                // Also where the change cannot be used: it is not tried again
                // before the files change again.
                state.stamps = stamps;
                match Current::new(&self.tls, &self.proxies, self.fresh_connections) {
                    Ok(current) => state.current = Arc::new(current),
                    Err(error) => observe::unusable_change(&error),
                }
            }
        }
        Arc::clone(&state.current)
    }
}

/// Of the files among the sources; empty where there are none.
fn stamps(tls: &tls::Settings, proxies: &Proxies) -> Vec<Option<Stamp>> {
    let sources = tls.sources().chain(proxies.sources());
    sources
        .filter(|source| source.is_file())
        .map(|source| source.stamp())
        .collect()
}

/// A client with its pool of connections.
pub(super) struct Current {
    pub(super) client: Client<Secured, Body>,
    route: Arc<Route>,
}

impl Current {
    fn new(
        tls: &tls::Settings,
        proxies: &Proxies,
        fresh_connections: bool,
    ) -> Result<Self, BuildError> {
        let route = Arc::new(proxies.resolve()?);
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls.client_config()?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(Connector::new(Arc::clone(&route)));
        let kept = if fresh_connections { 0 } else { usize::MAX };
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(kept)
            .pool_timer(TokioTimer::new())
            // One HTTP/2 connection serves all calls: a dead one must be noticed.
            .timer(TokioTimer::new())
            .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .http2_keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            .http1_max_buf_size(PIECE)
            .build(Secured(connector));
        Ok(Self { client, route })
    }

    /// Where its requests go.
    pub(super) fn route(&self) -> Arc<Route> {
        Arc::clone(&self.route)
    }

    /// Whether a proxy reads the requests to `destination`.
    pub(super) fn hands_over(&self, destination: &Uri) -> bool {
        destination.scheme_str() == Some("http") && self.route.to(destination).is_some()
    }

    /// What a proxy that reads the request itself is told. One that opens a
    /// tunnel is told when the tunnel is opened.
    pub(super) fn authorization_for(&self, destination: &Uri) -> Option<HeaderValue> {
        match destination.scheme_str() {
            Some("http") => {
                let hop = self.route.to(destination)?;
                hop.authorization.filter(|_| hop.not_offered.is_none())
            }
            _ => None,
        }
    }
}
