//! When an entry was written, by a clock that all processes of a machine share.
//!
//! On Linux that is `CLOCK_BOOTTIME` with the id of the boot: it goes on in suspend
//! and nobody can set it. An entry of an earlier boot is at least as old as this boot,
//! so that a lease of a holder that died with the machine ends, whatever the wall
//! clock says. Elsewhere, and beyond a reboot, the wall clock counts. One that was set
//! back would make an old entry young for ever; so the distance between both times is
//! taken, and a clock that was set by an hour makes an entry about an hour old.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use super::super::uptime::uptime;

/// Stands where the boot is not known.
const UNKNOWN: &str = "-";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    boot: String,
    since_boot: Duration,
    wall: Duration,
}

impl Moment {
    pub(super) fn now() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            boot: boot().to_owned(),
            since_boot: to_millis(uptime()),
            wall: to_millis(wall.unwrap_or_default()),
        }
    }

    /// How long before `now` this was.
    pub(super) fn age(&self, now: &Self) -> Duration {
        let by_wall = now.wall.abs_diff(self.wall);
        if self.boot == UNKNOWN || now.boot == UNKNOWN {
            return by_wall;
        }
        if self.boot == now.boot {
            now.since_boot.abs_diff(self.since_boot)
        } else {
            by_wall.max(now.since_boot)
        }
    }

    /// Three words.
    pub(super) fn to_text(&self) -> String {
        let (since_boot, wall) = (self.since_boot.as_millis(), self.wall.as_millis());
        format!("{} {since_boot} {wall}", self.boot)
    }

    pub(super) fn parse(boot: &str, since_boot: &str, wall: &str) -> Option<Self> {
        Some(Self {
            boot: boot.to_owned(),
            since_boot: Duration::from_millis(since_boot.parse().ok()?),
            wall: Duration::from_millis(wall.parse().ok()?),
        })
    }
}

/// The id of this boot of the machine, or [`UNKNOWN`].
fn boot() -> &'static str {
    static BOOT: OnceLock<String> = OnceLock::new();
    BOOT.get_or_init(|| {
        let id = if cfg!(target_os = "linux") {
            std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()
        } else {
            None
        };
        let id = id.map(|id| id.trim().to_owned());
        let is_word = |id: &String| (1..=64).contains(&id.len()) && !id.contains(' ');
        id.filter(is_word).unwrap_or_else(|| UNKNOWN.to_owned())
    })
}

/// What a file holds of a time, so that what was written is what is read.
fn to_millis(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(boot: &str, since_boot: u64, wall: u64) -> Moment {
        Moment {
            boot: boot.to_owned(),
            since_boot: Duration::from_secs(since_boot),
            wall: Duration::from_secs(wall),
        }
    }

    #[test]
    fn within_a_boot_the_wall_clock_does_not_count() {
        let written = moment("a", 100, 1_000_000);
        for wall in [0, 1_000_000, 9_000_000] {
            let age = written.age(&moment("a", 107, wall));
            assert_eq!(age, Duration::from_secs(7), "{wall}");
        }
    }

    #[test]
    fn an_entry_of_an_earlier_boot_is_at_least_as_old_as_this_boot() {
        let written = moment("a", 100, 1_000_000);
        // Whatever the wall clock says: right, stopped at the moment of writing, or
        // set back.
        for (wall, age) in [(1_000_090, 90), (1_000_000, 30), (990_000, 10_000)] {
            let seen = written.age(&moment("b", 30, wall));
            assert_eq!(seen, Duration::from_secs(age), "{wall}");
        }
    }

    #[test]
    fn without_a_boot_a_clock_that_was_set_back_makes_no_entry_young_for_ever() {
        let written = moment(UNKNOWN, 0, 1_000_000);
        let set_back = moment(UNKNOWN, 0, 996_400);
        assert_eq!(written.age(&set_back), Duration::from_secs(3600));
    }

    #[test]
    fn a_moment_survives_the_way_through_a_file() {
        let now = Moment::now();
        let text = now.to_text();
        let words: Vec<&str> = text.split(' ').collect();
        let [boot, since_boot, wall] = words[..] else {
            panic!("{text}");
        };
        assert_eq!(Moment::parse(boot, since_boot, wall), Some(now));
    }
}
