//! The cases of `host-test/cases`, through both doors: the component without I/O, and the
//! plugin in a host of wasmtime's own, over real sockets.
//!
//! Nothing of this project stands between a component and a case: values are made from
//! the data by the component's own types.

pub mod exports;
mod over_http;
mod session_steps;
mod session_table;
mod sessions_over_http;
mod steps;
mod table;
pub mod value;
mod wire;
mod wire_table;

use session_table::session_cases;
use table::cases;

/// How many cases there are of the flows.
const FLOWS: usize = 565;

/// How many there are of sessions.
const SESSIONS: usize = 158;

/// Runs every case and says all that went wrong. There are `count` of them: one that is
/// lost is noticed.
async fn run_all<T>(
    cases: Vec<T>,
    count: usize,
    name: fn(&T) -> &str,
    run: impl AsyncFn(&T) -> Result<(), String>,
) {
    assert_eq!(cases.len(), count, "say so where one was added");
    let mut wrong = Vec::new();
    for case in &cases {
        if let Err(what) = run(case).await {
            wrong.push(format!("{}: {what}", name(case)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} went wrong:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn the_flows_without_io_take_every_step_that_the_cases_say() {
    let door = steps::Door::new();
    let run = async |case: &_| door.run(case);
    run_all(cases(), FLOWS, |case| &case.name, run).await;
}

#[tokio::test]
async fn the_plugin_in_a_host_of_wasmtimes_own_makes_every_call_that_the_cases_say() {
    let door = over_http::Door::new();
    let run = async |case: &_| door.run(case).await;
    run_all(cases(), FLOWS, |case| &case.name, run).await;
}

#[tokio::test]
async fn the_session_without_io_takes_every_step_that_the_cases_say() {
    let door = session_steps::Door::new();
    let run = async |case: &_| door.run(case);
    run_all(session_cases(), SESSIONS, |case| &case.name, run).await;
}

#[tokio::test]
async fn the_session_in_a_host_of_wasmtimes_own_makes_every_call_that_the_cases_say() {
    let door = sessions_over_http::Door::new();
    let run = async |case: &_| door.run(case).await;
    run_all(session_cases(), SESSIONS, |case| &case.name, run).await;
}
