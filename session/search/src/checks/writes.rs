//! What is written into the entry.

use rpa_auth_session_protocol::{Entry, Renewal};

use super::broken;
use crate::platform::id_of;
use crate::store::Write;
use crate::world::World;

/// Tokens refused sooner after their issue count toward a quarrel.
const SOON_MS: u64 = 60_000;

/// So many of them make one.
const QUARREL: u8 = 3;

impl World {
    /// An entry was written, over the one that stood there for `age_ms`.
    pub(crate) fn saw_write(
        &mut self,
        write: &Write,
        before: &Entry,
        age_ms: u64,
    ) -> Result<(), String> {
        let (place, entry) = (write.place, &write.entry);
        if self.holds(place) {
            self.seen.last_sign[place] = self.now;
            self.change_calling(place, |calling| calling.has_claimed = true);
        }
        if entry.refusals > before.refusals {
            self.change_calling(place, |calling| calling.has_refusal_to_count = false);
        }
        if entry.ended && !before.ended {
            let was = before.current.as_ref();
            self.seen.ended_at = Some(self.room.issued);
            self.seen.to_be_ended = was.map(|current| id_of(&current.token.value));
        }
        if let Some(current) = &entry.current {
            let id = id_of(&current.token.value);
            if id < self.seen.newest {
                return broken("an older token replaces a newer one");
            }
            self.seen.newest = id;
        }
        if self.seen.nothing_refused && entry.possible_refusals() > 0 {
            return broken("an outage counts as a refusal");
        }
        self.check_take_over(before, entry)?;
        self.saw_drop(write, before, age_ms)
    }

    /// A write has failed, or happens later, and its writer was told. With an
    /// attempt of its own in it the entry is read again.
    pub(crate) fn check_failed_claim(&self, place: usize, is_claim: bool) -> Result<(), String> {
        match is_claim && self.actors[place].calling().is_none() {
            true => broken("an attempt that may stand in the entry is given up"),
            false => Ok(()),
        }
    }

    /// An attempt is taken over from nobody who is at work: its holder is dead, or
    /// has something to do that it did not get around to.
    fn check_take_over(&self, before: &Entry, entry: &Entry) -> Result<(), String> {
        let (Some(was), Some(is)) = (&before.attempt, &entry.attempt) else {
            return Ok(());
        };
        // Where the store fails a holder may be idle because its turn came to nothing.
        if was.owner == is.owner || self.seen.store_failures > 0 {
            return Ok(());
        }
        let is_at_work = self.actors.iter().enumerate().any(|(place, actor)| {
            let is_idle = |calling| self.next_of(place, calling).is_none();
            actor.owner() == was.owner && actor.calling().is_some_and(is_idle)
        });
        match is_at_work {
            true => broken("an attempt is taken from a holder that is at work"),
            false => Ok(()),
        }
    }

    /// A token that stood in the store may stand there no more.
    fn saw_drop(&mut self, write: &Write, before: &Entry, age_ms: u64) -> Result<(), String> {
        let entry = &write.entry;
        let is_dropped = entry.current.is_none() && !entry.ended;
        let Some(was) = before.current.as_ref().filter(|_| is_dropped) else {
            return Ok(());
        };
        let attempt = before.attempt.as_ref();
        let was_refreshed = attempt.is_some_and(|attempt| attempt.renewal == Renewal::Refresh);
        let is_the_refused = write.rejected == Some(id_of(&was.token.value));
        if !is_the_refused && !was_refreshed {
            return broken("a late 401 throws a newer token away");
        }
        if was.age_ms + age_ms >= SOON_MS {
            self.seen.quick = 0;
            return Ok(());
        }
        self.seen.quick += 1;
        if self.seen.quick >= QUARREL {
            self.seen.contested_at = Some(self.now);
        }
        Ok(())
    }
}
