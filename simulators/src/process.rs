//! What is the same with every real server that a test starts.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take to start or to end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a signal to a process that was started here, or to a child of one. It may have
/// ended by itself.
pub(crate) fn signal(id: u32, signal: Signal) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    let _ = kill_process(id.expect("a process has an id"), signal);
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file of our own can be written");
}
