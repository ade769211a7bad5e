//! The handle of a running simulator: its address, its record of requests and
//! the hooks for a test.
//!
//! Dropping the handle stops the server and cuts its connections.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{Router, http::HeaderValue};
use rustls::ServerConfig;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    answer::Answer,
    cors,
    exchange::{Plan, Shared, accept, lock},
    gate::Held,
    record::Recorded,
};

/// A running simulator. Both platforms give access to theirs by `Deref`.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
    prefix: String,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(setup: Setup, router: Router) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, setup.port))
            .await
            .expect("the port asked for is free");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let scheme = if setup.tls.is_some() { "https" } else { "http" };
        let prefix = match setup.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        let router = if prefix.is_empty() {
            router
        } else {
            Router::new().nest(&prefix, router)
        };
        let router = match setup.pages_of {
            Some(origin) => cors::allow(router, origin),
            None => router,
        };
        let shared = Arc::new(Shared::new());
        let task = tokio::spawn(accept(listener, setup.tls, Arc::clone(&shared), router));
        Self {
            shared,
            address,
            scheme,
            prefix,
            task,
        }
    }

    /// `http` or `https`, 127.0.0.1, the port and the prefix, without a
    /// slash at the end.
    pub fn url(&self) -> String {
        self.url_for("127.0.0.1")
    }

    /// The same under another name of this machine, as `localhost`.
    pub fn url_for(&self, host: &str) -> String {
        format!(
            "{}://{host}:{}{}",
            self.scheme,
            self.address.port(),
            self.prefix
        )
    }

    /// Where the socket listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far, in the order they came.
    pub fn requests(&self) -> Vec<Recorded> {
        let records = lock(&self.shared.records);
        records.iter().map(|(_, record)| record.clone()).collect()
    }

    /// Every request so far, which the server then forgets.
    pub fn take_requests(&self) -> Vec<Recorded> {
        let records = std::mem::take(&mut *lock(&self.shared.records));
        records.into_iter().map(|(_, record)| record).collect()
    }

    /// Waits until `count` requests have arrived since the start, answered or not.
    pub async fn wait_for_requests(&self, count: u64) {
        let mut arrived = self.shared.arrived.subscribe();
        arrived
            .wait_for(|arrived| *arrived >= count)
            .await
            .expect("the server holds the sender");
    }

    /// How many TCP connections were accepted, with or without a request.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Why requests were refused for their form, in order: empty if every
    /// request was one that the platform takes.
    pub fn violations(&self) -> Vec<String> {
        lock(&self.shared.violations).clone()
    }

    /// Answers the next request so instead of handling it: the platform never
    /// sees it. What is asked for more than once happens in turn.
    pub fn answer_next(&self, answer: Answer) {
        self.plan(Plan::Answer(answer));
    }

    /// Handles the next request and then gives this answer instead of its own.
    pub fn replace_next_answer(&self, answer: Answer) {
        self.plan(Plan::Replace(answer));
    }

    /// Handles the next request and then closes the connection without an
    /// answer: the platform has acted and the client cannot know.
    pub fn lose_next_answer(&self) {
        self.plan(Plan::Lose);
    }

    /// From now on waits before each answer, after the request was handled.
    pub fn delay_answers(&self, delay: Duration) {
        *lock(&self.shared.delay) = delay;
    }

    /// Handles requests but answers none until the returned value is dropped.
    pub fn hold_answers(&self) -> Held {
        self.shared.gate.hold()
    }

    /// Records requests from number `count` on (the first is 1) but handles none of them
    /// until the returned value is dropped: what a test does meanwhile comes before them.
    pub fn hold_requests_from(&self, count: u64) -> Held {
        let held = self.shared.entrance.hold();
        self.shared.held_from.store(count, Ordering::SeqCst);
        held
    }

    /// Answers every request so instead of handling it, until the returned value is
    /// dropped: the platform is away, and what stands in front of it says so.
    pub fn go_away(&self, answer: Answer) -> Away {
        *lock(&self.shared.away) = Some(answer);
        Away(Arc::clone(&self.shared))
    }

    pub(super) async fn stop(mut self) {
        self.task.abort();
        let ended = (&mut self.task).await;
        debug_assert!(ended.is_err(), "the accept loop ends by being stopped only");
    }

    fn plan(&self, plan: Plan) {
        lock(&self.shared.plans).push_back(plan);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// While this lives, the platform handles nothing: see [`Server::go_away`].
#[must_use = "the platform is back as soon as this is dropped"]
pub struct Away(Arc<Shared>);

impl Drop for Away {
    fn drop(&mut self) {
        *lock(&self.0.away) = None;
    }
}

/// Where and how a simulator listens.
#[derive(Clone, Default)]
pub(super) struct Setup {
    /// 0 takes any free port.
    pub(super) port: u16,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) prefix: String,
    /// The origin whose pages may call it and read the answers.
    pub(super) pages_of: Option<HeaderValue>,
}
