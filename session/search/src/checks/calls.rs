//! What callers get, and how long they wait for it.

use rpa_auth_session_protocol::{Failure, Grant, LEASE_MS, Step};

use super::broken;
use crate::actor::{Over, PATIENCE_MS, Role};
use crate::platform::id_of;
use crate::world::World;

impl World {
    /// A call may be going to wait for somebody else.
    pub(crate) fn check_wait(&mut self, place: usize) -> Result<(), String> {
        let calling = self.calling(place);
        let Step::Read { wait_ms, .. } = calling.wants else {
            return Ok(());
        };
        if wait_ms == 0 {
            return Ok(());
        }
        if self.now + wait_ms > calling.began + PATIENCE_MS {
            return broken("a caller waits longer than its patience");
        }
        if self.is_served(place) {
            return broken("a caller waits although a token serves");
        }
        if calling.has_waited.is_none() {
            let entry = self.store.entry();
            let number = entry.filter(|e| e.attempt.is_some()).map(|e| e.number);
            self.change_calling(place, |calling| calling.has_waited = number);
        }
        Ok(())
    }

    /// A call ends.
    pub(crate) fn saw_end(&mut self, place: usize, over: &Over) -> Result<(), String> {
        if self.calling(place).has_refusal_to_count && self.is_listed(place) {
            // Once is no excuse: the entry is read again, and written.
            if self.seen.store_failures < 2 {
                return broken("a refusal that came is not counted");
            }
            self.seen.unheard += 1;
        }
        match over {
            Over::Granted(grant) => self.check_grant(place, grant),
            Over::Ended => self.check_ended(),
            Over::Amended => Ok(()),
            Over::Failed(failure) if self.actors[place].role == Role::Caller => {
                self.check_failure(place, failure)
            }
            Over::Failed(Failure::Auth(_)) if self.seen.ended_at.is_none() => {
                broken("an end that failed leaves no mark")
            }
            Over::Failed(_) => Ok(()),
        }
    }

    /// Whether the attempt in the store is this caller's, and its lease not over.
    fn has_lease(&self, place: usize) -> bool {
        self.lease_left(place) > 0 && self.now - self.seen.last_sign[place] < LEASE_MS
    }

    fn check_grant(&self, place: usize, grant: &Grant) -> Result<(), String> {
        let id = id_of(&grant.token.value);
        if !self.room.logged_in.contains(&self.actors[place].secret) {
            return broken("a token for a secret that never logged in");
        }
        if self.calling(place).rejected == Some(id) {
            return broken("the refused token is given again");
        }
        if self.seen.logged_out.contains(&id) {
            return broken("a token that the end has logged out");
        }
        let is_ended = self.store.entry().is_some_and(|entry| entry.ended);
        match is_ended || self.seen.ended_at.is_some_and(|last| id <= last) {
            true => broken("a token after the end"),
            false => Ok(()),
        }
    }

    /// The end says that it is done.
    fn check_ended(&self) -> Result<(), String> {
        let token = self.seen.to_be_ended;
        let is_done = token.is_none_or(|id| self.seen.logged_out.contains(&id));
        match is_done && self.seen.ended_at.is_some() {
            true => Ok(()),
            false => broken("the end is done, and its token was not logged out"),
        }
    }

    fn check_failure(&self, place: usize, failure: &Failure) -> Result<(), String> {
        match failure {
            Failure::Store(_) if self.has_lease(place) && self.seen.store_failures < 2 => {
                broken("an attempt that was written is given up")
            }
            Failure::Store(_) | Failure::Ended => Ok(()),
            _ if self.is_served(place) => broken("a caller gets nothing although a token serves"),
            Failure::CoolingDown { .. } => self.check_shared(place),
            _ => Ok(()),
        }
    }

    /// Who waited for an attempt is told its outcome.
    fn check_shared(&self, place: usize) -> Result<(), String> {
        let waited = self.calling(place).has_waited;
        let settled = self.store.entry().and_then(|entry| entry.settled.as_ref());
        let was_told = settled.is_some_and(|settled| {
            let is_mine = settled.tag == [self.actors[place].secret; 16];
            let is_waited_for = waited.is_some_and(|number| settled.number >= number);
            is_waited_for && is_mine && settled.failure.is_some()
        });
        match was_told {
            true => broken("a waiter is not told what came of the attempt"),
            false => Ok(()),
        }
    }
}
