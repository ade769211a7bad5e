//! One request and its answer over HTTP/1.1 by hyper, recorded on the way.
//!
//! A request is read whole and recorded before it is handled; what a test
//! asked for (another answer, a delay, a lost answer) happens around that.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, Response},
};
use http_body_util::BodyExt;
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::{
    answer::Answer,
    gate::Gate,
    record::{Granted, Recorded},
    strict::Violation,
    tls,
};

/// What a test asked to happen to one request.
pub(super) enum Plan {
    Answer(Answer),
    Replace(Answer),
    Lose,
}

pub(super) struct Shared {
    /// With a number each, because a test may take them while some are unanswered.
    pub(super) records: Mutex<Vec<(u64, Recorded)>>,
    pub(super) arrived: watch::Sender<u64>,
    pub(super) connections: AtomicU64,
    pub(super) violations: Mutex<Vec<String>>,
    pub(super) plans: Mutex<VecDeque<Plan>>,
    pub(super) delay: Mutex<Duration>,
    pub(super) gate: Gate,
    /// Held before they are handled, from this number on.
    pub(super) held_from: AtomicU64,
    pub(super) entrance: Gate,
    /// What everybody is answered while the platform is away.
    pub(super) away: Mutex<Option<Answer>>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            records: Mutex::default(),
            arrived: watch::Sender::new(0),
            connections: AtomicU64::new(0),
            violations: Mutex::default(),
            plans: Mutex::default(),
            delay: Mutex::default(),
            gate: Gate::new(),
            held_from: AtomicU64::new(u64::MAX),
            entrance: Gate::new(),
            away: Mutex::default(),
        }
    }

    fn record(&self, record: Recorded) -> u64 {
        let mut records = lock(&self.records);
        let number = *self.arrived.borrow() + 1;
        records.push((number, record));
        self.arrived.send_replace(number);
        number
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Recorded)) {
        let mut records = lock(&self.records);
        if let Some((_, record)) = records.iter_mut().find(|(known, _)| *known == number) {
            change(record);
        }
    }
}

/// Takes connections until it is dropped, which drops them too.
pub(super) async fn accept(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    shared: Arc<Shared>,
    router: Router,
) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let connection = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
                let (tls, shared, router) = (tls.clone(), Arc::clone(&shared), router.clone());
                running.spawn(serve(stream, tls, connection, shared, router));
            }
            Some(_) = running.join_next() => {}
        }
    }
}

/// One TCP connection, with its TLS handshake where there is one.
async fn serve(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    connection: u64,
    shared: Arc<Shared>,
    router: Router,
) {
    let service = service_fn(move |request| {
        exchange(request, connection, Arc::clone(&shared), router.clone())
    });
    let http = http1::Builder::new();
    // How a connection ends is the client's affair: it may have found the
    // certificate wanting, or have had enough. The record shows what came.
    match tls {
        None => drop(http.serve_connection(TokioIo::new(stream), service).await),
        Some(config) => {
            let Some(stream) = tls::accept(config, stream).await else {
                return;
            };
            drop(http.serve_connection(TokioIo::new(stream), service).await);
        }
    }
}

async fn exchange(
    request: Request<Incoming>,
    connection: u64,
    shared: Arc<Shared>,
    router: Router,
) -> Result<Response<Body>, Lost> {
    let arrived = Instant::now();
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
    let number = shared.record(Recorded {
        method: head.method.to_string(),
        path_and_query: head.uri.to_string(),
        version: head.version,
        headers: texts(&head.headers),
        body: body.to_vec(),
        arrived,
        granted: None,
        status: None,
        elapsed: Duration::ZERO,
        connection,
    });

    if number >= shared.held_from.load(Ordering::SeqCst) {
        shared.entrance.passed().await;
    }

    let plan = lock(&shared.plans).pop_front();
    let plan = plan.or_else(|| lock(&shared.away).clone().map(Plan::Answer));
    let response = match plan {
        Some(Plan::Answer(answer)) => answer.to_response(),
        plan => {
            let request = Request::from_parts(head, Body::from(body));
            let Ok(response) = TowerToHyperService::new(router).call(request).await;
            if let Some(Violation(what)) = response.extensions().get() {
                lock(&shared.violations).push(what.clone());
            }
            if let Some(Granted(token)) = response.extensions().get() {
                shared.change(number, |record| record.granted = Some(*token));
            }
            match plan {
                Some(Plan::Replace(answer)) => answer.to_response(),
                Some(Plan::Lose) => return Err(Lost),
                _ => response,
            }
        }
    };

    let delay = *lock(&shared.delay);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    shared.gate.passed().await;
    shared.change(number, |record| {
        record.status = Some(response.status().as_u16());
        record.elapsed = arrived.elapsed();
    });
    Ok(response)
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), value.into_owned())
        })
        .collect()
}

/// A test that failed while it held a lock must not hide behind a second panic.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection ends without an answer.
#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for Lost {}
