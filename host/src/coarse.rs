//! Limits of time that nobody reaches but where something hangs.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

/// How far apart such limits end.
const GRID: Duration = Duration::from_millis(250);

/// Returns a moment that is `limit` from now, and up to a quarter of a second more. Calls
/// that begin at about one time have the same: the runtime sets its clock for the first of
/// them, and need not be woken for the others.
pub(crate) fn after(limit: Duration) -> Instant {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let began = *BEGAN.get_or_init(Instant::now);
    let end = Instant::now().saturating_duration_since(began) + limit;
    let steps = end.as_nanos().div_ceil(GRID.as_nanos());
    began + GRID.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_never_shorter_and_hardly_longer_and_shared() {
        let limit = Duration::from_secs(1);
        let before = Instant::now();
        let ends: Vec<Instant> = (0..1_000).map(|_| after(limit)).collect();
        let now = Instant::now();
        assert!(
            ends.iter()
                .all(|end| *end >= before + limit && *end <= now + limit + GRID)
        );
        let mut different = ends.clone();
        different.dedup();
        assert!(different.len() < 100, "{}", different.len());
    }
}
