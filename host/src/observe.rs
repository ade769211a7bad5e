//! What an operator sees of the calls: metrics and spans, each behind a feature
//! of its own. Neither holds an address, a name or a secret.
//!
//! | metric | kind | labels |
//! |---|---|---|
//! | `rpa_auth_calls_total` | counter | `function`, `outcome` |
//! | `rpa_auth_call_duration_seconds` | histogram | `function` |
//! | `rpa_auth_calls_in_flight` | gauge | |
//! | `rpa_auth_waits_at_limit_total` | counter | |
//! | `rpa_auth_connections_total` | counter | `outcome`: `opened`, `failed` |
//!
//! `outcome` is `ok`, `stopped` (the component trapped or did not start), `abandoned`, or the contract's name of the error.
//! A span `rpa_auth` with the function's name stands around each call, and an
//! event with the outcome at its end.

use std::future::Future;

use crate::{BuildError, SessionError};

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
