//! The cases of `host-test/cases`, through both doors: the component without I/O, and the
//! plugin in a host of wasmtime's own, over real sockets.
//!
//! Nothing of this project stands between a component and a case: values are made from
//! the data by the component's own types.

mod over_http;
mod steps;
mod table;
mod value;

use table::{Case, cases};

/// How many cases there are at least: one that is lost is noticed.
const AT_LEAST: usize = 150;

/// Runs every case and says all that went wrong.
async fn run_all(run: impl AsyncFn(&Case) -> Result<(), String>) {
    let cases = cases();
    assert!(cases.len() >= AT_LEAST, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        if let Err(what) = run(case).await {
            wrong.push(format!("{}: {what}", case.name));
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
async fn the_component_without_io_takes_every_step_that_the_cases_say() {
    let steps = steps::Door::new();
    run_all(async |case| steps.run(case)).await;
}

#[tokio::test]
async fn the_plugin_in_a_host_of_wasmtimes_own_makes_every_call_that_the_cases_say() {
    let door = over_http::Door::new();
    run_all(async |case| door.run(case).await).await;
}
