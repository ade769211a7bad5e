//! `rpa-auth serve`: the shared token for whoever embeds nothing.
//!
//! | room | what is there |
//! |---|---|
//! | `accounts` | the accounts that are served, opened anew when a file of theirs changes |
//! | `gate` | who may call: the callers' secret, and the operators' |
//! | `listen` | sockets, TLS, connections |
//! | `routes` | the service's own calls, and their description (OpenAPI) |
//! | `through` | calls that are passed through to a platform |
//! | `watch` | what happened to each account, for a person who looks on |

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sd_notify::NotifyState;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::cli;
use crate::cli_error::CliError;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{say, text_of};

mod accounts;
mod answers;
mod gate;
mod listen;
mod page;
mod routes;
mod stamp;
mod through;
mod watch;

use accounts::Accounts;
use gate::Gate;
use listen::Listeners;
use watch::Watch;

/// How often files are looked at that the service was started with.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What durations are counted in, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// How long what runs may take once the service is to end.
const LAST: Duration = Duration::from_secs(30);

/// What every call finds.
struct Service {
    accounts: Accounts,
    gate: Gate,
    watch: Watch,
    metrics: PrometheusHandle,
}

/// Serves until it is told to end.
pub async fn run(arguments: cli::Serve, context: &mut Context) -> Result<Exit, CliError> {
    if context.json {
        return Err(CliError::usage("serve prints no object: leave out --json"));
    }
    let metrics = count()?;
    let gate = Gate::open(arguments.secret_file, arguments.operator_secret_file)?;
    let accounts = Accounts::open(named(arguments.accounts), context).await?;
    let listeners = Listeners::bind(
        &arguments.listen,
        arguments.tls_certificate.as_deref(),
        arguments.tls_key.as_deref(),
    )?;
    say(&format!(
        "serving {} on {}; the callers' secret is in {}",
        accounts.names().join(", "),
        listeners.shown().join(", "),
        gate.file().display()
    ));
    let service = Arc::new(Service {
        accounts,
        gate,
        watch: Watch::default(),
        metrics,
    });
    let router = routes::router(Arc::clone(&service));
    let watching = tokio::spawn(watch::follow(Arc::clone(&service)));
    let ending = tokio::sync::watch::Sender::new(false);
    let listeners = Arc::new(listeners);
    let serving = tokio::spawn(listen::serve(
        Arc::clone(&listeners),
        router,
        ending.subscribe(),
    ));
    notify(&[NotifyState::Ready]);

    let mut reloads = context.interrupts.take_reloads();
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // One at a time, and never in the way of the end.
    let mut reload: Option<JoinHandle<()>> = None;
    let mut is_asked = false;
    loop {
        tokio::select! {
            () = context.interrupts.next() => break,
            () = reloads.next() => is_asked = true,
            _ = looks.tick() => {}
        }
        // What nobody has fetched would be kept for ever.
        service.metrics.run_upkeep();
        if reload.as_ref().is_none_or(JoinHandle::is_finished) {
            let (service, listeners) = (Arc::clone(&service), Arc::clone(&listeners));
            let all = std::mem::take(&mut is_asked);
            reload = Some(tokio::spawn(async move {
                look(&service, &listeners, all).await
            }));
        }
    }
    notify(&[NotifyState::Stopping]);
    say("ending: what runs is finished first");
    watching.abort();
    if let Some(reload) = reload {
        reload.abort();
        // Whoever connects from now on is told that nobody listens.
        let _ = reload.await;
    }
    drop(listeners);
    service.watch.end();
    ending.send_replace(true);
    let finished = async {
        // It ends with its connections, and a login may outlast the connection that wanted it.
        let _ = serving.await;
        service.accounts.idle().await;
    };
    tokio::select! {
        () = finished => {}
        () = context.interrupts.next() => say("told again: what still runs is cut off"),
        () = sleep(LAST) => say(&format!("what still runs after {LAST:?} is cut off")),
    }
    Ok(Exit::Done)
}

/// Begins to count, and says what.
fn count() -> Result<PrometheusHandle, CliError> {
    use metrics::{describe_counter, describe_gauge, describe_histogram};

    let metrics = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| CliError::internal(&error))?;
    describe_counter!(
        "rpa_auth_calls_total",
        "Calls of sessions, by how they ended"
    );
    describe_histogram!("rpa_auth_call_duration_seconds", "How long they took");
    describe_gauge!("rpa_auth_calls_in_flight", "Calls that are under way");
    describe_counter!(
        "rpa_auth_waits_at_limit_total",
        "Calls that waited for others to end"
    );
    describe_counter!(
        "rpa_auth_grants_total",
        "Tokens that were given, by where they are from"
    );
    describe_counter!(
        "rpa_auth_shared_renewals_total",
        "Tokens got by waiting for another's"
    );
    describe_counter!(
        "rpa_auth_take_overs_total",
        "Holders that fell silent and were replaced"
    );
    describe_histogram!("rpa_auth_wait_seconds", "How long those waited");
    describe_counter!("rpa_auth_connections_total", "Connections to platforms");
    describe_counter!(
        "rpa_auth_passed_through_total",
        "Calls passed through to a platform"
    );
    Ok(metrics)
}

/// Takes up what has changed in files; `all` reads them whether they look changed or not.
/// What cannot be used leaves what was there.
async fn look(service: &Service, listeners: &Listeners, all: bool) {
    let mut errors = service.gate.look(all);
    errors.extend(listeners.look(all).err());
    errors.extend(service.accounts.look(all).await);
    for error in errors {
        say(&text_of(&error));
    }
}

/// Tells systemd, where that has started the service.
fn notify(states: &[NotifyState<'_>]) {
    // Nobody listens elsewhere.
    let _ = sd_notify::notify(states);
}

fn named(accounts: Vec<PathBuf>) -> Option<Vec<PathBuf>> {
    (!accounts.is_empty()).then_some(accounts)
}
