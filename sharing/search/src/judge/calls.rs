//! What callers are told, and how long they wait for it.

use rpa_auth_flows::AuthError;
use rpa_auth_session_protocol::{Failure, Grant, Origin, Request, Step, StoreError};

use super::{Refused, broken};
use crate::actor::{Calling, Over, Role};
use crate::platform::{id_of, refuses_the_secret};
use crate::scenario::Takes;
use crate::world::World;

/// Whatever is asked of the platform may take so long, in ms.
const LEAST_MS: u64 = 5_000;

/// How often a call tries to write its attempt.
const CLAIMS: u8 = 3;

impl World {
    /// A call asks for something new. Nothing goes beyond its patience, but a login
    /// that has left.
    pub(crate) fn check_patience(&self, place: usize) -> Result<(), String> {
        if self.actors[place].role != Role::Caller {
            return Ok(());
        }
        let calling = self.calling(place);
        let (now, end) = (self.now, calling.patience_ends());
        let is_too_late = match &calling.wants {
            Step::Read { wait_ms, .. } => *wait_ms > 0 && now + wait_ms > end,
            Step::Sleep { ms } => !calling.has_sent_login && now + ms > end,
            Step::Send {
                request: Request::Login,
                ..
            } => now > end,
            Step::Send {
                request: Request::Logout(_),
                ..
            } => false,
            Step::Send { limit_ms, .. } => {
                let most_ms = end.saturating_sub(now).max(LEAST_MS);
                now > end || limit_ms.is_none_or(|ms| ms > most_ms)
            }
            Step::Write { .. } | Step::Await { .. } | Step::Done(_) => false,
        };
        if is_too_late {
            return broken("a caller is answered later than its patience");
        }
        Ok(())
    }

    /// A call may be going to wait for somebody else.
    pub(crate) fn check_wait(&mut self, place: usize) -> Result<(), String> {
        let waits = matches!(self.calling(place).wants, Step::Read { wait_ms, .. } if wait_ms > 0);
        if !waits {
            return Ok(());
        }
        if self.is_served(place) {
            return broken("a caller waits although a token serves");
        }
        let settlements = self.seen.settlements;
        self.change_calling(place, |calling| {
            calling.waited_since.get_or_insert(settlements);
        });
        Ok(())
    }

    /// A call ends.
    pub(crate) fn saw_end(&mut self, place: usize, over: &Over) -> Result<(), String> {
        self.check_verdict(place, over)?;
        match over {
            Over::Granted(grant) => self.check_grant(place, grant)?,
            Over::Ended => self.check_ended()?,
            Over::Amended => {}
            Over::Failed(failure) if self.actors[place].role == Role::Caller => {
                self.check_failure(place, failure)?;
            }
            Over::Failed(Failure::Auth(_)) if !self.seen.was_ended => {
                return broken("an end that failed leaves no mark");
            }
            Over::Failed(_) => {}
        }
        self.remember_end(place, over);
        Ok(())
    }

    /// A call that has heard a verdict returns it.
    fn check_verdict(&self, place: usize, over: &Over) -> Result<(), String> {
        if self.calling(place).refusal.is_none() {
            return Ok(());
        }
        match over {
            Over::Failed(Failure::Auth(error)) if refuses_the_secret(error) => Ok(()),
            // An early renewal: another token serves.
            Over::Granted(_) => Ok(()),
            _ => broken("a verdict is not returned"),
        }
    }

    fn remember_end(&mut self, place: usize, over: &Over) {
        let secret = self.actors[place].secret;
        let calling = self.calling(place);
        let could_have_sent = calling.has_marked;
        if let Some(refusal) = calling.refusal {
            let (now, seen) = (self.now, &mut self.seen);
            seen.heard.insert(place, refusal.at);
            // Unless it has logged in since it was refused.
            let is_late = seen
                .last_good
                .get(&secret)
                .is_some_and(|&l| l > refusal.login);
            if is_late {
                seen.heard.remove(&place);
            } else if refusal.forgets == seen.forgets && !seen.takes_no_writes {
                let times = seen.refused.get(&secret).map_or(0, |refused| refused.times);
                let refused = Refused {
                    at: refusal.at,
                    known_at: now,
                    times: times + 1,
                };
                seen.refused.insert(secret, refused);
            }
        }
        if let Over::Granted(grant) = over
            && grant.origin == Origin::Login
            && !self.seen.is_put_back
        {
            self.seen.listed.insert(secret);
        }
        if could_have_sent {
            self.seen.doubts.push((secret, self.now));
        }
    }

    fn check_grant(&self, place: usize, grant: &Grant) -> Result<(), String> {
        let id = id_of(&grant.token.value);
        let seen = &self.seen;
        let secret = self.actors[place].secret;
        if !self.room.logged_in.contains(&secret) {
            return broken("a token for a secret that never logged in");
        }
        if self.calling(place).rejected == Some(id) {
            return broken("the refused token is given again");
        }
        if seen.logged_out.contains(&id) {
            return broken("a token that the end has logged out");
        }
        if seen.ended_at.is_some_and(|last| id <= last) {
            return broken("a token after the end");
        }
        let refused = seen.refused.get(&secret);
        if refused.is_some_and(|refused| refused.known_at < self.room.issued_at(id)) {
            return broken("a newer token for a secret that was refused");
        }
        let may_be_at_limit = seen.may_have_counted() + 1 >= self.room.limit;
        // What a late answer says was so when the store gave it.
        let is_behind = self.calling(place).is_behind || seen.is_put_back || seen.forgets > 0;
        if seen.dropped.contains(&id) && !may_be_at_limit && !is_behind {
            return broken("a token that the platform called dead");
        }
        Ok(())
    }

    /// The end says that it is done.
    fn check_ended(&self) -> Result<(), String> {
        let (seen, room) = (&self.seen, &self.room);
        let is_gone = |id: &u8| seen.logged_out.contains(id) || !room.takes(*id, self.now);
        if seen.was_ended && seen.to_be_ended.iter().all(is_gone) {
            return Ok(());
        }
        broken("the end is done, and its token was not logged out")
    }

    fn check_failure(&self, place: usize, failure: &Failure) -> Result<(), String> {
        let calling = self.calling(place);
        match failure {
            Failure::Store(error) => return self.check_store_failure(calling, error),
            Failure::Ended if !self.seen.was_ended => {
                return broken("a caller is told of an end that never was");
            }
            Failure::Ended => return Ok(()),
            Failure::StillGood => {
                let is_good = calling
                    .rejected
                    .is_some_and(|id| self.seen.checked.contains(&id));
                if !is_good {
                    return broken("a caller is told that a token is good that nobody has checked");
                }
            }
            Failure::CoolingDown { refusals, .. } => self.check_cooling_down(place, *refusals)?,
            Failure::Contested { .. } if self.seen.nearly_quick < 3 => {
                return broken("a caller is told of a contest that is none");
            }
            Failure::Contested { .. } => {}
            Failure::Busy => self.check_busy(calling)?,
            Failure::Auth(error) => self.check_error(place, error)?,
        }
        let is_too_late = *failure == Failure::Busy && self.now >= calling.patience_ends();
        if self.is_served(place) && !is_too_late {
            return broken("a caller gets nothing although a token serves");
        }
        Ok(())
    }

    /// A store that fails is tried again within the caller's patience.
    fn check_store_failure(&self, calling: &Calling, error: &StoreError) -> Result<(), String> {
        let has_time = self.now + LEAST_MS < calling.patience_ends();
        let takes_all = self.store.takes == Takes::Everything;
        match error {
            StoreError::Unavailable(_) if has_time && takes_all && calling.store_failures < 3 => {
                broken("a store that fails once is not tried again")
            }
            StoreError::Other(_) if takes_all => broken("a failure that the store did not have"),
            _ => Ok(()),
        }
    }

    fn check_busy(&self, calling: &Calling) -> Result<(), String> {
        let has_time = self.now + LEAST_MS < calling.patience_ends();
        if has_time && calling.claims < CLAIMS {
            return broken("a caller is told to wait long before the end of its patience");
        }
        Ok(())
    }

    /// A refusal is told only to those whose own secret was refused.
    fn check_error(&self, place: usize, error: &AuthError) -> Result<(), String> {
        let secret = self.actors[place].secret;
        if refuses_the_secret(error)
            && self.calling(place).refusal.is_none()
            && !self.room.refused.contains(&secret)
        {
            return broken("a caller is told of the refusal of another's secret");
        }
        Ok(())
    }

    /// Nothing is sent: callers are told of no more logins than may have left, and who
    /// waited for an attempt is told how it ended.
    fn check_cooling_down(&self, place: usize, refusals: u32) -> Result<(), String> {
        let seen = &self.seen;
        // After the store has lost its entry a refusal that was heard, or came late, may
        // stand beside one that the new entry counts: rather twice than not at all.
        if seen.forgets == 0 && refusals > u32::from(seen.may_have_counted()) {
            return broken("a login that never left counts");
        }
        let Some(since) = self.calling(place).waited_since else {
            return Ok(());
        };
        let secret = self.actors[place].secret;
        let was_told = self.seen.settled.is_some_and(|settled| {
            settled.secret == secret && settled.has_failed && self.seen.settlements > since
        });
        if was_told && self.seen.forgets == 0 {
            return broken("a waiter is not told what came of the attempt");
        }
        Ok(())
    }
}
