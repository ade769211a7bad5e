//! A clock that nobody can set.

use std::time::Duration;

/// Since the machine was started, suspend included: the same for all its processes.
#[cfg(target_os = "linux")]
pub(super) fn uptime() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

/// Since this was first asked for: of use within the process alone.
#[cfg(not(target_os = "linux"))]
pub(super) fn uptime() -> Duration {
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGAN.get_or_init(std::time::Instant::now).elapsed()
}
