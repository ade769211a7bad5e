//! What holds when all has come to its end.

use rpa_auth_session_protocol::{Entry, LEASE_MS, Platform};

use super::broken;
use crate::action::Action;
use crate::actor::{Calling, Job, PATIENCE_MS, Role};
use crate::explore::States;
use crate::shared::fingerprint;
use crate::world::World;

/// A call that is not answered after so many more events never is.
const LAST_EVENT: usize = 400;

/// Time passes in steps of this, in ms.
const STEP_MS: u64 = 1_000;

/// A night is over after so long, in ms.
const LATER_MS: u64 = 600_000;

impl World {
    /// Where a bound ends the search, nothing goes wrong any more: every call must
    /// come to its end, and nothing must be amiss then.
    ///
    /// From a state that `ended` knows this was seen before.
    pub(crate) fn come_to_an_end(&self, ended: &mut States) -> Result<(), String> {
        let mut world = self.clone();
        if !world.run_out(ended)? {
            return Ok(());
        }
        world.check_count()?;
        match world.seen.nothing_refused && world.actors[0].role == Role::Caller {
            true => world.check_recovery(),
            false => Ok(()),
        }
    }

    /// Whether it came to an end that was not seen before.
    fn run_out(&mut self, ended: &mut States) -> Result<bool, String> {
        for _ in 0..LAST_EVENT {
            if !ended.insert(fingerprint(self)) {
                return Ok(false);
            }
            if self.is_over() {
                return Ok(true);
            }
            let next = self.what_must_happen().first().copied();
            let mut calls = self.actors.iter().filter_map(|actor| actor.calling());
            if next.is_none() && calls.any(|calling| self.waits_too_long(calling)) {
                return broken("a caller is not answered within its patience");
            }
            *self = self.after(next.unwrap_or(Action::Pass(STEP_MS)))?;
        }
        broken("a call is never answered")
    }

    fn waits_too_long(&self, calling: &Calling) -> bool {
        calling.waits() && self.now >= calling.began + PATIENCE_MS
    }

    /// What the platform has counted stands in the entry, but for what nobody could
    /// write down. A holder that is dead by now counts when its lease is over.
    fn check_count(&self) -> Result<(), String> {
        let entry = self.entry_after_all_leases().unwrap_or_default();
        let known = u32::from(self.room.refusals.saturating_sub(self.seen.unheard));
        match entry.possible_refusals() < known {
            true => broken("the platform has counted a refusal that the entry has not"),
            false => Ok(()),
        }
    }

    /// The entry as it will be when every lease is over.
    fn entry_after_all_leases(&self) -> Option<Entry> {
        let mut entry = self.store.entry()?.clone();
        let ms = self.store.age_ms(self.now) + LEASE_MS;
        entry.elapse(ms, Platform::ControlRoom, self.rules);
        Some(entry)
    }

    /// Where nothing was refused nobody needs a person: whoever comes later gets a
    /// token.
    fn check_recovery(mut self) -> Result<(), String> {
        self.now += LATER_MS;
        self.seen.logins_left = u8::MAX;
        self.actors[0].change(|actor| {
            actor.job = Job::Idle;
            actor.uses_left = 1;
        });
        for _ in 0..LAST_EVENT {
            if matches!(self.actors[0].job, Job::Using(_) | Job::Over) {
                break;
            }
            let next = self.what_must_happen().first().copied();
            self = self.after(next.unwrap_or(Action::Pass(STEP_MS)))?;
        }
        match self.actors[0].job {
            Job::Using(_) => Ok(()),
            _ => broken("after a night of outages a person is needed"),
        }
    }
}
