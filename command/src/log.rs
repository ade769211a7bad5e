//! What is said of the work itself, on standard error: each request with `-v`, and what
//! `RUST_LOG` asks for.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::prelude::*;

use crate::cli_error::CliError;

/// Our own events, which hold no secret at any level.
const OWN: &str = "rpa_auth";

/// Begins to say it. `RUST_LOG` goes before `-v`.
pub fn begin(verbose: bool) -> Result<(), CliError> {
    let asked = std::env::var("RUST_LOG")
        .ok()
        .filter(|text| !text.is_empty());
    let targets = match asked {
        Some(text) => text.parse::<Targets>().map_err(|_| {
            CliError::usage("RUST_LOG wants levels as in `debug` or `rpa_auth_host=debug,warn`")
        })?,
        None if verbose => Targets::new()
            .with_target(OWN, LevelFilter::WARN)
            .with_target("rpa_auth_host::request", LevelFilter::DEBUG),
        None => return Ok(()),
    };
    let lines = tracing_subscriber::fmt::layer()
        .compact()
        .with_writer(io::stderr)
        .with_filter(targets.and(filter_fn(holds_no_secret)));
    tracing_subscriber::registry().with(lines).init();
    Ok(())
}

/// At their most talkative, libraries show what passes through them.
fn holds_no_secret(event: &Metadata<'_>) -> bool {
    event.target().starts_with(OWN) || *event.level() <= Level::DEBUG
}
