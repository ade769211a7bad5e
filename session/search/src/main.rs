//! Searches every scenario on two threads, and says what was found.

use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use rpa_auth_session_protocol::Rules;
use session_search::{Scenario, explore, larger, small};

const THREADS: usize = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let scenarios = match arguments.first().map(String::as_str) {
        None => small(),
        Some("larger") => larger(),
        Some(_) => {
            eprintln!("usage: session-search [larger [PART OF A NAME]]");
            return ExitCode::FAILURE;
        }
    };
    let part = arguments.get(1).map_or("", String::as_str);
    let chosen = scenarios.into_iter().filter(|s| s.name.contains(part));
    match search_all(chosen.collect()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Whether all properties hold in all of them.
fn search_all(scenarios: Vec<Scenario>) -> bool {
    let waiting = Mutex::new(scenarios.into_iter());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    let search = || {
        let mut all_hold = true;
        while let Some(scenario) = next() {
            let report = explore(&scenario, Rules::default());
            println!("{}: {report}", scenario.name);
            all_hold &= report.violation.is_none();
        }
        all_hold
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(search)).collect();
        threads
            .into_iter()
            .all(|thread| thread.join().unwrap_or(false))
    })
}
