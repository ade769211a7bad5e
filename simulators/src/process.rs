//! What is the same with every process that a test starts.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take to start or to end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a signal to a process that was started here, or to a child of one. It may have
/// ended by itself.
pub(crate) fn signal(id: u32, signal: Signal) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    let _ = kill_process(id.expect("a process has an id"), signal);
}

/// Lets processes stand still, wherever they are. Returns when they do: a signal that
/// was sent is not obeyed before a thread of theirs is given a processor, and another
/// thread may answer a request until then.
///
/// # Panics
///
/// If one of them still runs after half a minute, or there is no `ps`.
pub fn pause(ids: &[u32]) {
    for id in ids {
        signal(*id, Signal::STOP);
    }
    let end = Instant::now() + PATIENCE;
    while states(ids)
        .iter()
        .any(|state| !state.starts_with(['T', 'Z']))
    {
        assert!(
            Instant::now() < end,
            "a process that was told to stop still runs"
        );
        sleep(Duration::from_millis(1));
    }
}

/// Lets processes go on that stand still.
pub fn resume(ids: &[u32]) {
    for id in ids {
        signal(*id, Signal::CONT);
    }
}

/// What the system says of those that are there: `T` stands still, `Z` has ended.
fn states(ids: &[u32]) -> Vec<String> {
    let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
    ps(&["-o", "stat=", "-p", &ids.join(",")])
}

/// The words that `ps` says.
pub(crate) fn ps(arguments: &[&str]) -> Vec<String> {
    let output = Command::new("ps").args(arguments).output();
    let output = output.expect("ps is missing: install the package procps");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().map(str::to_owned).collect()
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file of our own can be written");
}
