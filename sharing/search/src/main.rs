//! Searches scenarios on two threads, and says what was found; or puts the faults of
//! the catalogue into the protocol, one at a time, and says which of them are caught.

mod mutants;

use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use session_search::{Scenario, explore, larger, small};

const THREADS: usize = 2;

const USAGE: &str = "usage: session-search [small|larger|mutants [PART OF A NAME]]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let part = arguments.get(1).map_or("", String::as_str);
    let is_well = match arguments.first().map(String::as_str) {
        None | Some("small") => search_all(small(), part),
        Some("larger") => search_all(larger(), part),
        Some("mutants") => mutants::all_are_caught(part),
        _ => {
            eprintln!("{USAGE}");
            false
        }
    };
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether all properties hold in all of them.
fn search_all(scenarios: Vec<Scenario>, part: &str) -> bool {
    let is_a_name = scenarios.iter().any(|scenario| scenario.name == part);
    let is_chosen = |scenario: &Scenario| {
        if is_a_name {
            scenario.name == part
        } else {
            scenario.name.contains(part)
        }
    };
    let chosen: Vec<Scenario> = scenarios.into_iter().filter(is_chosen).collect();
    let waiting = Mutex::new(chosen.into_iter());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    let search = || {
        let mut all_hold = true;
        while let Some(scenario) = next() {
            let report = explore(&scenario);
            println!("{}: {report}", scenario.name);
            all_hold &= report.violation.is_none();
        }
        all_hold
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(search)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(false))
            .collect::<Vec<bool>>()
            .into_iter()
            .all(|holds| holds)
    })
}
