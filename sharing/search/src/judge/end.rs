//! What holds when all has come to its end.

use rpa_auth_session_protocol::{Flow, Status};

use super::broken;
use crate::action::Action;
use crate::actor::{Calling, Job, PATIENCE_MS, Role};
use crate::explore::States;
use crate::promises::LEASE_MS;
use crate::scenario::Takes;
use crate::shared::fingerprint;
use crate::world::World;

/// A call that is not answered after so many more events never is.
const LAST_EVENT: usize = 600;

/// Time passes in steps of this, in ms.
const STEP_MS: u64 = 1_000;

/// The longest pause after failures, in ms, and a little.
const PAUSE_MS: u64 = 61_000;

/// The longest pause after refusals where many are allowed, in ms, and a little.
const PAUSE_AFTER_REFUSALS_MS: u64 = 241_000;

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
        world.check_status()?;
        world.check_no_token_lives()?;
        let seen = &world.seen;
        let is_excused = seen.is_disturbed || seen.store_failures > 0;
        if seen.must_be_renewed && !seen.is_renewed && !is_excused {
            return broken("nobody renews a token in its last minute");
        }
        let callers = world.actors.iter().enumerate();
        let good = world.room.good;
        let is_good =
            |actor: &crate::actor::Actor| actor.role == Role::Caller && actor.secret == good;
        let mut place = callers
            .filter(|(_, actor)| is_good(actor))
            .map(|(place, _)| place);
        match place.next_back().filter(|_| !world.needs_a_person()) {
            Some(place) => world.check_recovery(place),
            None => Ok(()),
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
                return broken("a caller is answered later than its patience");
            }
            *self = self.after(next.unwrap_or(Action::Pass(STEP_MS)))?;
        }
        broken("a call is never answered")
    }

    /// Whether a call does nothing but wait at the end of its patience.
    fn waits_too_long(&self, calling: &Calling) -> bool {
        // What came of a login is worth a few more tries to write it down.
        let may_wait = calling.listens() || calling.has_sent_login;
        !may_wait && self.now >= calling.began + PATIENCE_MS
    }

    /// Operators are told of no more logins than the platform leaves, and of no more
    /// that may have been refused than have left.
    fn check_status(&self) -> Result<(), String> {
        let seen = &self.seen;
        if seen.forgets > 0 || seen.takes_no_writes {
            return Ok(());
        }
        // A holder that is dead by now counts when its lease is over.
        let found = self.store.found(self.now + LEASE_MS);
        let caller = self.actors[0].caller();
        let status = Status::of(found.as_ref(), &caller, self.now);
        let left = u32::from(self.room.limit - 1).saturating_sub(u32::from(self.room.refusals));
        if status.logins_left > left {
            return broken("the platform has counted a refusal that nobody knows of");
        }
        if status.refusals > u32::from(seen.may_have_counted()) {
            return broken("a login that never left counts");
        }
        Ok(())
    }

    /// After the end of the session no token lives, where nobody died on the way.
    fn check_no_token_lives(&self) -> Result<(), String> {
        let seen = &self.seen;
        let is_excused = seen.is_disturbed || seen.is_displaced || seen.store_failures > 0;
        let is_ended = seen.ended_at.is_some() && self.room.platform.flow() == Flow::ControlRoom;
        if is_ended && !is_excused && self.room.takes_any(self.now) {
            return broken("a token lives after the end");
        }
        Ok(())
    }

    /// Whether a person has to act before the next login: the platform may have counted
    /// as many refusals as it may, somebody has ended the session, the secret that is
    /// good now was refused, or the store keeps nothing.
    fn needs_a_person(&self) -> bool {
        let seen = &self.seen;
        let refusals = usize::from(self.room.refusals).max(seen.heard_refusals.len());
        let possible = refusals + seen.doubts.len();
        possible + 1 >= usize::from(self.room.limit)
            || seen.ended_at.is_some()
            || seen.refused.contains_key(&self.room.good)
            || self.store.takes != Takes::Everything
            || seen.takes_no_tokens
    }

    /// Once the platform is well, whoever comes after the longest pause gets a token.
    fn check_recovery(mut self, place: usize) -> Result<(), String> {
        let is_strict = self.room.limit <= 3;
        let pause_ms = if is_strict {
            PAUSE_MS
        } else {
            PAUSE_AFTER_REFUSALS_MS
        };
        let contest_ms = if self.seen.nearly_quick >= 3 {
            960_000
        } else {
            0
        };
        let well_at = self.room.outage.map_or(0, |outage| outage.until);
        let later = self.now.max(well_at) + pause_ms + contest_ms;
        self.now = later.max(self.seen.held_up_until);
        self.seen.logins_left = u8::MAX;
        self.seen.heard.remove(&place);
        self.in_turn = false;
        self.actors[place].change(|actor| {
            actor.job = Job::Idle;
            actor.uses_left = 1;
            actor.retries_left = 0;
        });
        let began = self.now;
        for _ in 0..LAST_EVENT {
            if matches!(self.actors[place].job, Job::Using(_) | Job::Over) {
                break;
            }
            let next = match &self.actors[place].job {
                Job::Idle => Some(Action::Begin(place, crate::action::Luck::Good)),
                _ => self.what_must_happen().first().copied(),
            };
            self = self.after(next.unwrap_or(Action::Pass(STEP_MS)))?;
        }
        let is_given = matches!(self.actors[place].job, Job::Using(_));
        if is_given && self.now - began <= PATIENCE_MS {
            return Ok(());
        }
        broken("the platform is well, and somebody is without a token")
    }
}
