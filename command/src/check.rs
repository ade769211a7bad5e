//! `rpa-auth check`: the safe first contact. It goes the way of a call step by
//! step, without credentials, and ends with one sentence.
//!
//! Nothing that it sends could count as a login: no login path gets a request,
//! no user is named, and the token that it shows is made up and long expired.

use std::path::PathBuf;
use std::time::Duration;

use rpa_auth_host::{
    AuthError, ControlRoom, ControlRoomApi, Error, Orchestrator, Plugin, Probe, TransportFailure,
};

use crate::cli::Platform;
use crate::cli_error::CliError;
use crate::connection::Means;
use crate::context::Context;
use crate::exit::Exit;
use crate::prepare::Prepared;
use crate::words::in_options;

mod certificate;
mod reach;
mod recognize;
mod reply;
mod report;
mod versions;

use reply::{LACKS_CLIENT_CERTIFICATE, Reply};
use report::Report;

/// What to look at, and what is known of it.
pub struct Target {
    /// None where it is to be found out.
    pub platform: Option<Platform>,
    pub means: Means,
    /// Where the server's certificates go, if anywhere.
    pub save_chain: Option<PathBuf>,
    /// Address and place; for a Control Room only the address counts.
    pub orchestrator: Orchestrator,
}

/// What is wrong and what to try, in a sentence.
struct Verdict {
    exit: Exit,
    text: String,
}

impl Verdict {
    fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self {
            exit,
            text: text.into(),
        }
    }
}

pub async fn run(
    plugin: &Plugin,
    target: &Target,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let mut report = Report::new(context.json, context.quiet);
    let verdict = tokio::select! {
        verdict = look(plugin, target, &mut report) => verdict?,
        () = context.interrupts.next() => return Err(CliError::InterruptedBefore),
    };
    report.end(&verdict)?;
    Ok(verdict.exit)
}

/// Looks without saying a step. Returns how a check would end, and its verdict.
pub async fn verdict(
    plugin: &Plugin,
    target: &Target,
    context: &mut Context,
) -> Result<(Exit, String), CliError> {
    let mut report = Report::new(true, true);
    let verdict = tokio::select! {
        verdict = look(plugin, target, &mut report) => verdict?,
        () = context.interrupts.next() => return Err(CliError::InterruptedBefore),
    };
    Ok((verdict.exit, verdict.text))
}

async fn look(plugin: &Plugin, target: &Target, report: &mut Report) -> Result<Verdict, CliError> {
    let url = &target.orchestrator.url;
    let probe = match target.means.probe(plugin, url) {
        Ok(probe) => probe,
        Err(obstacle) => {
            let why = why_unusable(url).await;
            let why = why.unwrap_or_else(|| format!("the URL cannot be used: {obstacle}"));
            return Ok(Verdict::new(
                Exit::InvalidArgument,
                format!("An argument cannot be used: {why}."),
            ));
        }
    };
    let means = &target.means;
    match reach::reach(&probe, means, target.save_chain.as_deref(), report).await? {
        Ok(reached) => {
            let verdict = recognize::recognize(plugin, &probe, target, &reached, report).await?;
            Ok(match verdict.exit {
                Exit::Done => verdict,
                _ => of_tls_port(plugin, url, means).await.unwrap_or(verdict),
            })
        }
        Err(verdict) => Ok(verdict),
    }
}

/// What the component says of an address that cannot be used, in the command's words.
/// Nothing is sent.
async fn why_unusable(url: &str) -> Option<String> {
    let plugin = Plugin::builder().allow_origins([]).build().ok()?;
    let room = ControlRoom::new(url, ControlRoomApi::V2);
    match plugin.validate(&room, reply::MADE_UP_TOKEN).await {
        Err(Error::Auth(AuthError::InvalidArgument(text))) => Some(in_options(&text)),
        _ => None,
    }
}

/// What a look at the connection found after a call.
pub struct Found {
    pub text: String,
    /// Whether the request surely reached nobody who could act on it, though it left.
    pub reached_nobody: bool,
}

impl Found {
    fn new(text: String) -> Self {
        Self {
            text,
            reached_nobody: false,
        }
    }

    fn of_nobody(text: String) -> Self {
        Self {
            text,
            reached_nobody: true,
        }
    }
}

/// Why a call got no answer, where another look at the connection tells more than
/// the error. Nothing that could count is sent. `took` is how long the call took.
pub async fn why(prepared: &Prepared, error: &AuthError, took: Duration) -> Option<Found> {
    let Prepared {
        plugin,
        call,
        means,
    } = prepared;
    let url = call.url();
    let AuthError::Unreachable(no_answer) = error else {
        let found = of_tls_port(plugin, url, means).await?;
        return Some(Found::new(found.text));
    };
    match (no_answer.failure, no_answer.may_have_acted) {
        (TransportFailure::Timeout, may_have_acted) => {
            Some(Found::new(which_limit(prepared, took, may_have_acted)))
        }
        // Over TLS 1.3 the server says so when the request has left already.
        (TransportFailure::Tls, true) => {
            let lacks = lacks_client_certificate(plugin, url, means).await?;
            lacks.then(|| Found::of_nobody(LACKS_CLIENT_CERTIFICATE.into()))
        }
        // Its word can be lost, where it ends the connection before it has read all.
        (_, true) if refuses_whoever_has_no_certificate(plugin, url, means).await => {
            Some(Found::of_nobody(LACKS_CLIENT_CERTIFICATE.into()))
        }
        (_, true) => {
            // Such a proxy passes nothing on, and TLS is no HTTP.
            let text = match of_plain_proxy(plugin, url, means).await {
                Some(text) => text,
                None => of_tls_port(plugin, url, means).await?.text,
            };
            Some(Found::of_nobody(text))
        }
        (_, false) => {
            let probe = means.probe(plugin, url).ok()?;
            let reached = reach::reach(&probe, means, None, &mut Report::silent()).await;
            // By now all may be well.
            let verdict = reached.ok()?.err()?;
            Some(Found::new(verdict.text))
        }
    }
}

/// Which limit passed, as far as the time tells, and what moves it.
fn which_limit(prepared: &Prepared, took: Duration, may_have_acted: bool) -> String {
    let transport = prepared.call.transport();
    let or = |limit: Option<Duration>, seconds| limit.unwrap_or(Duration::from_secs(seconds));
    let total = or(transport.total_timeout, 60);
    let first_byte = or(transport.first_byte_timeout, 30);
    let between = or(transport.between_bytes_timeout, 30);
    let (option, limit) = if took >= total {
        ("--total-timeout", total)
    } else if !may_have_acted || took < first_byte.min(between) {
        ("--connect-timeout", prepared.means.connect_limit)
    } else if took < first_byte {
        ("--between-bytes-timeout", between)
    } else {
        ("--first-byte-timeout", first_byte)
    };
    let limit = limit.as_secs_f64();
    let look = if option == "--connect-timeout" {
        "A firewall, a missing VPN or a missing proxy may be why."
    } else {
        "The server took the request and did not answer in time."
    };
    format!("The limit of {limit} s passed ({option}). {look}")
}

/// Whether the server asks for a client certificate and there is none. None where it
/// cannot be reached.
async fn lacks_client_certificate(plugin: &Plugin, url: &str, means: &Means) -> Option<bool> {
    let probe = means.probe(plugin, url).ok()?;
    let reached = reach::reach(&probe, means, None, &mut Report::silent()).await;
    Some(reached.ok()?.ok()?.lacks_client_certificate)
}

/// Whether the server says in TLS that it answers nobody without a client certificate.
/// It is asked three times, as what it says can be lost.
async fn refuses_whoever_has_no_certificate(plugin: &Plugin, url: &str, means: &Means) -> bool {
    if lacks_client_certificate(plugin, url, means).await != Some(true) {
        return false;
    }
    let Ok(probe) = means.probe(plugin, url) else {
        return false;
    };
    for _ in 0..3 {
        match probe.look_at("/").await {
            Err(no_answer) if no_answer.failure == TransportFailure::Tls => return true,
            Err(_) => {}
            Ok(_) => return false,
        }
    }
    false
}

/// A proxy that reads the request may refuse it and end the connection before it
/// has read all: its answer is lost then, and asked for anew without a body.
async fn of_plain_proxy(plugin: &Plugin, url: &str, means: &Means) -> Option<String> {
    let probe = means.probe(plugin, url).ok()?;
    let reads = probe.proxy().is_some() && !probe.is_over_tls();
    if !reads {
        return None;
    }
    match Reply::of_no_answer(probe.look_at("/").await.err()?) {
        reply @ Reply::ProxyWants(_) => Some(reply.verdict(false).text),
        _ => None,
    }
}

/// Whether a plain address leads to a port that speaks TLS.
async fn of_tls_port(plugin: &Plugin, url: &str, means: &Means) -> Option<Verdict> {
    let rest = url.strip_prefix("http://")?;
    // Who speaks it answers at once, and who does not may wait for more.
    let limit = means.connect_limit.min(Duration::from_secs(2));
    let probe = plugin.probe(&format!("https://{rest}"), limit).ok()?;
    speaks_tls(&probe).await.then(|| {
        Verdict::new(
            Exit::InvalidArgument,
            format!(
                "{} port {} speaks TLS: use https:// in the URL.",
                probe.host(),
                probe.port()
            ),
        )
    })
}

async fn speaks_tls(probe: &Probe) -> bool {
    let Ok(connection) = probe.connect().await else {
        return false;
    };
    let handshake = connection.handshake().await;
    handshake.is_ok_and(|handshake| !handshake.chain.is_empty())
}
