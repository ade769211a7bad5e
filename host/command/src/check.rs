//! `rpa-auth check`: the safe first contact. It goes the way of a call step by
//! step, without credentials, and ends with one sentence.
//!
//! Nothing that it sends could count as a login: no login path gets a request,
//! no user is named, and the token that it shows is made up and long expired.

use std::time::Duration;

use rpa_auth_host::{Orchestrator, Plugin};

use crate::cli::Platform;
use crate::exit::Exit;
use crate::session::Session;
use crate::stop::Stop;

mod certificate;
mod reach;
mod recognize;
mod reply;
mod report;
mod versions;

use report::Report;

/// What to look at, and what is known of it.
pub struct Target {
    /// None where it is to be found out.
    pub platform: Option<Platform>,
    /// For each step of the way.
    pub connect_limit: Duration,
    pub has_client_certificate: bool,
    pub has_ca_bundle: bool,
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

pub async fn run(plugin: &Plugin, target: &Target, session: &mut Session) -> Result<Exit, Stop> {
    let mut report = Report::new(session.json);
    let verdict = tokio::select! {
        verdict = look(plugin, target, &mut report) => verdict?,
        () = session.interrupts.next() => return Err(Stop::InterruptedBefore),
    };
    report.end(&verdict)?;
    Ok(verdict.exit)
}

async fn look(plugin: &Plugin, target: &Target, report: &mut Report) -> Result<Verdict, Stop> {
    let url = &target.orchestrator.url;
    let probe = match plugin.probe(url, target.connect_limit) {
        Ok(probe) => probe,
        Err(obstacle) => {
            return Ok(Verdict::new(
                Exit::InvalidArgument,
                format!("The URL cannot be used ({obstacle}): write https://host[:port]."),
            ));
        }
    };
    match reach::reach(&probe, target, report).await? {
        Ok(reached) => recognize::recognize(plugin, &probe, target, &reached, report).await,
        Err(verdict) => Ok(verdict),
    }
}
