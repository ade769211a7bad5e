//! What is written into the store: whose attempt it holds, and which token.

use std::mem;

use rpa_auth_session_protocol::Entry;

use super::{Settled, broken};
use crate::actor::owner_of;
use crate::platform::{TokenId, id_of};
use crate::promises::{SOON_MS, UNDER_WAY_MS};
use crate::store::Write;
use crate::world::World;

/// The number of tokens in a row called dead soon after their issue that is a contest.
const CONTEST: u8 = 3;

/// A token's age as callers count it may be so much less.
const LATE_MS: u64 = 30_000;

fn token_of(entry: &Entry) -> Option<TokenId> {
    let current = entry.current.as_ref();
    current.map(|current| id_of(&current.token.value))
}

impl World {
    /// An entry was written.
    pub(crate) fn saw_write(&mut self, write: &Write, before: &Entry) -> Result<(), String> {
        let entry = &write.entry;
        self.saw_sign(write, before);
        if entry.ended && !before.ended {
            self.seen.was_ended = true;
            self.seen.ended_at = Some(self.room.issued());
            self.seen.to_be_ended.extend(token_of(before));
        }
        if before.ended && !entry.ended {
            self.seen.ended_at = None;
        }
        if let Some(id) = token_of(entry) {
            if id < self.seen.newest {
                return broken("an older token replaces a newer one");
            }
            self.seen.newest = id;
        }
        self.check_take_over(before, entry)?;
        self.saw_drop(before, entry)
    }

    /// Whoever writes its own attempt shows that it is there.
    fn saw_sign(&mut self, write: &Write, before: &Entry) {
        let owner = owner_of(write.call);
        let mine = |entry: &Entry| {
            let attempt = entry.attempt.as_ref();
            attempt.filter(|a| a.owner == owner).map(|a| a.sent)
        };
        let is_there_yet = self.actors[write.place].call() == write.call;
        let (was, is) = (mine(before), mine(&write.entry));
        if is.is_some() {
            self.seen.signs.insert(write.call, self.now);
        }
        if is == Some(true) && was != Some(true) {
            self.seen.may_have_left += 1;
            let secret = self.actors[write.place].secret;
            if is_there_yet && self.actors[write.place].calling().is_some() {
                self.change_calling(write.place, |calling| calling.has_marked = true);
            } else {
                self.seen.doubts.push((secret, self.now));
            }
        }
        if is.is_some() && was.is_none() && is_there_yet {
            let mut was_marked = false;
            self.change_calling(write.place, |calling| {
                calling.claims += 1;
                calling.setback_ms = None;
                was_marked = mem::take(&mut calling.has_marked);
            });
            // It has lost an attempt before the login could leave.
            if was_marked {
                let secret = self.actors[write.place].secret;
                self.seen.doubts.push((secret, self.now));
            }
        }
        if was.is_some() && is.is_none() && is_there_yet {
            self.saw_settling(write.place);
        }
    }

    /// A holder has ended its attempt.
    fn saw_settling(&mut self, place: usize) {
        let Some(calling) = self.actors[place].calling() else {
            return;
        };
        let (setback_ms, good_since) = (calling.setback_ms, calling.good_since);
        if let Some(sent_at) = good_since {
            // A store that has lost it is told once more.
            let mut is_told_again = false;
            self.change_calling(place, |calling| {
                is_told_again = mem::replace(&mut calling.good_is_written, true);
            });
            self.seen.good_logins += u8::from(!is_told_again);
            self.make_up_for_refusals_before(sent_at);
        }
        self.seen.settlements += 1;
        self.seen.settled = Some(Settled {
            secret: self.actors[place].secret,
            has_failed: setback_ms.is_some(),
        });
        if let Some(ms) = setback_ms {
            self.seen.held_up_until = self.now + ms;
        }
    }

    /// A good login has been written down. A refusal that is not may come after it.
    fn make_up_for_refusals_before(&mut self, sent_at: u64) {
        let actors = &self.actors;
        let is_under_way = |call| {
            let mut calling = actors.iter().filter(|a| a.calling().is_some());
            calling.any(|actor| actor.call() == call)
        };
        let refusals = &mut self.seen.heard_refusals;
        refusals.retain(|&(at, call)| at >= sent_at || is_under_way(call));
        // A request that left long ago has come to its end.
        let now = self.now;
        self.seen.doubts.retain(|(_, at)| now - at < UNDER_WAY_MS);
    }

    /// A write has failed, or happens later, and its writer was told. With an
    /// attempt of its own in it the entry is read again, while there is patience.
    pub(crate) fn check_failed_claim(&self, place: usize, is_claim: bool) -> Result<(), String> {
        if is_claim && self.actors[place].calling().is_none() {
            return broken("an attempt that may stand in the entry is given up");
        }
        Ok(())
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
        if is_at_work {
            return broken("an attempt is taken from a holder that is at work");
        }
        Ok(())
    }

    /// A token that stood in the store may stand there no more. Only the platform's own
    /// word takes it away, or the end of the session.
    fn saw_drop(&mut self, before: &Entry, entry: &Entry) -> Result<(), String> {
        let (was, is) = (token_of(before), token_of(entry));
        let Some(id) = was.filter(|_| was != is) else {
            return Ok(());
        };
        let age_ms = self.now - self.room.issued_at(id);
        if age_ms >= SOON_MS {
            self.seen.quick = 0;
        }
        if age_ms >= SOON_MS + LATE_MS {
            self.seen.nearly_quick = 0;
        }
        if is.is_some() || entry.ended || entry.latched {
            return Ok(());
        }
        if !self.seen.dead.contains(&id) {
            return broken("one caller's 401 takes a token from the others");
        }
        self.seen.dropped.insert(id);
        if age_ms < SOON_MS {
            self.seen.quick += 1;
        }
        if age_ms < SOON_MS + LATE_MS {
            self.seen.nearly_quick += 1;
        }
        if self.seen.quick >= CONTEST {
            self.seen.contested_at = Some(self.now);
        }
        Ok(())
    }
}
