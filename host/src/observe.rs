//! What an operator sees of the calls: metrics and spans, each behind a feature
//! of its own. Neither holds a name of a user or a secret, and only the events of single
//! requests, at level debug, hold an address.
//!
//! | metric | kind | labels |
//! |---|---|---|
//! | `rpa_auth_calls_total` | counter | `function`, `outcome` |
//! | `rpa_auth_call_duration_seconds` | histogram | `function` |
//! | `rpa_auth_calls_in_flight` | gauge | |
//! | `rpa_auth_waits_at_limit_total` | counter | |
//! | `rpa_auth_grants_total` | counter | `origin`: `login`, `refresh`, `store`, `memory` |
//! | `rpa_auth_shared_renewals_total` | counter | |
//! | `rpa_auth_take_overs_total` | counter | |
//! | `rpa_auth_wait_seconds` | histogram | |
//! | `rpa_auth_connections_total` | counter | `outcome`: `opened`, `failed` |
//!
//! `outcome` is `ok`, `stopped` (the component trapped or did not start), `abandoned`, or the contract's name of the error.
//! Refused logins, cool-downs, contests and failures of the store are outcomes of calls:
//! `credentials-rejected`, `cooling-down`, `contested`, `store-unavailable`. A shared renewal
//! is a token that a call got by waiting for somebody else's.
//! A span `rpa_auth` with the function's name stands around each call, and an
//! event with the outcome at its end. For each request there is an event `request` at
//! level debug: method, host, path without its query and without tokens, status or why
//! there is none, milliseconds, the proxy, and whether a company's CA is trusted.

use std::future::Future;

use http::StatusCode;

#[cfg(feature = "metrics")]
use crate::TokenOrigin;
use crate::outbound::Body;
use crate::outbound::client::Clients;
use crate::{BuildError, Grant, NoAnswer, SessionError};

/// Runs a call under the eyes of the operator. A future that is dropped before
/// its end is counted as abandoned.
pub(crate) async fn call<T, E>(
    function: &'static str,
    call: impl Future<Output = Result<T, E>>,
    name: impl FnOnce(&E) -> &'static str,
) -> Result<T, E> {
    let watched = async {
        let mut watch = Watch::begin(function);
        let result = call.await;
        watch.outcome = match &result {
            Ok(_) => "ok",
            Err(error) => name(error),
        };
        result
    };
    #[cfg(feature = "tracing")]
    let watched =
        tracing::Instrument::instrument(watched, tracing::info_span!("rpa_auth", function));
    watched.await
}

/// A session gave a token.
pub(crate) fn granted(grant: &Grant) {
    let origin = grant.origin.name();
    let waited = std::time::Duration::from_millis(grant.waited_ms.into());
    #[cfg(feature = "metrics")]
    {
        metrics::counter!("rpa_auth_grants_total", "origin" => origin).increment(1);
        if grant.took_over {
            metrics::counter!("rpa_auth_take_overs_total").increment(1);
        }
        if !waited.is_zero() {
            if matches!(grant.origin, TokenOrigin::Store | TokenOrigin::Memory) {
                metrics::counter!("rpa_auth_shared_renewals_total").increment(1);
            }
            metrics::histogram!("rpa_auth_wait_seconds").record(waited);
        }
    }
    #[cfg(feature = "tracing")]
    tracing::debug!(origin, ?waited, took_over = grant.took_over, "grant");
    let _ = (origin, waited);
}

/// A call that ended well at once.
pub(crate) fn served(function: &'static str, began: std::time::Instant) {
    #[cfg(feature = "metrics")]
    {
        metrics::counter!("rpa_auth_calls_total", "function" => function, "outcome" => "ok")
            .increment(1);
        metrics::histogram!("rpa_auth_call_duration_seconds", "function" => function)
            .record(began.elapsed());
    }
    #[cfg(feature = "tracing")]
    tracing::debug!(function, "served");
    let _ = (function, began);
}

/// A file changed, and what is in it cannot be used.
pub(crate) fn unusable_change(error: &BuildError) {
    #[cfg(feature = "tracing")]
    tracing::warn!(%error, "a changed file cannot be used; what was there stays in use");
    let _ = error;
}

/// Something was set that has no effect.
pub(crate) fn without_effect(warning: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(warning, "a setting has no effect");
    let _ = warning;
}

/// A connection was opened, or not.
pub(crate) fn connection(opened: bool) {
    let outcome = if opened { "opened" } else { "failed" };
    #[cfg(feature = "metrics")]
    metrics::counter!("rpa_auth_connections_total", "outcome" => outcome).increment(1);
    #[cfg(feature = "tracing")]
    tracing::debug!(outcome, "connection");
    let _ = outcome;
}

/// A source of secrets gave none; the one that it gave before stays in use.
pub(crate) fn source_failed(error: &SessionError) {
    #[cfg(feature = "tracing")]
    tracing::warn!(%error, "the secret is not asked anew; what was there stays in use");
    let _ = error;
}

/// Runs what a call does in a task of its own within the call's span.
pub(crate) fn in_span<F: Future>(task: F) -> impl Future<Output = F::Output> {
    #[cfg(feature = "tracing")]
    let task = tracing::Instrument::in_current_span(task);
    task
}

/// A call of a session waits because as many as may be are under way.
pub(crate) fn wait_at_limit() {
    #[cfg(feature = "metrics")]
    metrics::counter!("rpa_auth_waits_at_limit_total").increment(1);
    #[cfg(feature = "tracing")]
    tracing::warn!("a call of a session waits at calls_limit");
}

struct Watch {
    function: &'static str,
    outcome: &'static str,
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    started: std::time::Instant,
}

impl Watch {
    fn begin(function: &'static str) -> Self {
        #[cfg(feature = "metrics")]
        metrics::gauge!("rpa_auth_calls_in_flight").increment(1);
        Self {
            function,
            outcome: "abandoned",
            #[cfg(any(feature = "metrics", feature = "tracing"))]
            started: std::time::Instant::now(),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Self {
            function, outcome, ..
        } = *self;
        #[cfg(feature = "metrics")]
        {
            metrics::gauge!("rpa_auth_calls_in_flight").decrement(1);
            metrics::counter!("rpa_auth_calls_total", "function" => function, "outcome" => outcome)
                .increment(1);
            metrics::histogram!("rpa_auth_call_duration_seconds", "function" => function)
                .record(self.started.elapsed());
        }
        #[cfg(feature = "tracing")]
        {
            let seconds = self.started.elapsed().as_secs_f64();
            tracing::info!(function, outcome, seconds, "call ended");
        }
        let _ = (function, outcome);
    }
}

/// A request under way.
pub(crate) struct Request {
    #[cfg(feature = "tracing")]
    seen: Option<Seen>,
}

#[cfg(feature = "tracing")]
struct Seen {
    method: http::Method,
    host: String,
    path: String,
    proxy: Option<String>,
    company_ca: bool,
    began: std::time::Instant,
}

#[cfg(feature = "tracing")]
impl Request {
    /// Costs nothing where nobody listens.
    pub(crate) fn of(request: &http::Request<Body>, clients: &Clients) -> Self {
        let seen =
            tracing::enabled!(target: "rpa_auth_host::request", tracing::Level::DEBUG).then(|| {
                let uri = request.uri();
                let (proxy, company_ca) = clients.way_to(uri);
                Seen {
                    method: request.method().clone(),
                    host: uri.authority().map(ToString::to_string).unwrap_or_default(),
                    path: without_tokens(uri.path()),
                    proxy,
                    company_ca,
                    began: std::time::Instant::now(),
                }
            });
        Self { seen }
    }

    pub(crate) fn ended(self, ended: Result<StatusCode, &NoAnswer>) {
        let Some(seen) = self.seen else { return };
        let outcome = match ended {
            Ok(status) => status.as_u16().to_string(),
            Err(no_answer) => no_answer.failure.name().to_owned(),
        };
        let ms = seen.began.elapsed().as_millis();
        let proxy = seen.proxy.as_deref().unwrap_or("none");
        tracing::debug!(
            target: "rpa_auth_host::request",
            method = %seen.method, host = seen.host, path = seen.path, outcome, ms, proxy,
            company_ca = seen.company_ca, "request"
        );
    }
}

#[cfg(not(feature = "tracing"))]
impl Request {
    pub(crate) fn of(_: &http::Request<Body>, _: &Clients) -> Self {
        Self {}
    }

    pub(crate) fn ended(self, _: Result<StatusCode, &NoAnswer>) {}
}

/// A path that may be shown. A Control Room's `validate` has the token in it.
#[cfg(feature = "tracing")]
fn without_tokens(path: &str) -> String {
    /// No name in a path is longer, in bytes.
    const NAME: usize = 64;
    let mut after_token = false;
    let segments = path.split('/').map(|segment| {
        let is_shown = !after_token && segment.len() <= NAME;
        after_token = segment.eq_ignore_ascii_case("token");
        if is_shown || segment.is_empty() {
            segment
        } else {
            "***"
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(all(test, feature = "tracing"))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_tokens() {
        let long = "x".repeat(65);
        for (path, shown) in [
            ("/v2/authentication", "/v2/authentication"),
            ("/v1/authentication/token", "/v1/authentication/token"),
            (
                "/v1/authentication/token/a.b.c",
                "/v1/authentication/token/***",
            ),
            (&*format!("/x/{long}/y"), "/x/***/y"),
            ("/", "/"),
        ] {
            assert_eq!(without_tokens(path), shown);
        }
    }
}
