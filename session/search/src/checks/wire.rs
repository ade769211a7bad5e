//! What goes over the wire.

use rpa_auth_session_protocol::{LEASE_MS, LEAST_LEASE_MS, Outcome, Request};

use super::{CONTEST_MS, broken};
use crate::network::Message;
use crate::platform::id_of;
use crate::world::World;

/// The third refused login in a row disables a user.
const DISABLED_AT: u8 = 3;

/// A refused secret that has logged in before has a second chance after so long.
const SECOND_CHANCE_MS: u64 = 300_000;

impl World {
    /// A request leaves.
    pub(crate) fn saw_send(&mut self, place: usize, request: &Request) -> Result<(), String> {
        match request {
            Request::Login => self.saw_login(place),
            Request::Refresh(token) if self.calling(place).rejected == Some(id_of(token)) => {
                broken("a refused token is refreshed")
            }
            _ => Ok(()),
        }
    }

    fn saw_login(&mut self, place: usize) -> Result<(), String> {
        if !self.calling(place).has_claimed {
            return broken("a login without an attempt in the store");
        }
        if self.lease_left(place) < LEAST_LEASE_MS {
            return broken("a login leaves with too little of its lease left");
        }
        let is_beside = |message: &Message| {
            let sign = self.seen.last_sign[message.from];
            message.request == Request::Login && !message.is_lost && self.now - sign < LEASE_MS
        };
        if self.network.iter().any(is_beside) {
            return broken("two logins in flight, and no holder was silent for a lease");
        }
        if self.seen.unprobed_loss {
            return broken("a login after a lost one, and no answer in between");
        }
        let contested_at = self.seen.contested_at;
        if contested_at.is_some_and(|at| self.now - at < CONTEST_MS) {
            return broken("a login in the middle of a quarrel");
        }
        if self.was_refused(place) {
            return broken("a refused secret is sent again");
        }
        if self.displaces(place) {
            return broken("a login displaces a token that serves");
        }
        let Some(left) = self.seen.logins_left.checked_sub(1) else {
            return broken("more logins than are needed");
        };
        self.seen.logins_left = left;
        Ok(())
    }

    /// Whether a caller's secret was refused, and is not to be tried again yet.
    fn was_refused(&self, place: usize) -> bool {
        let Some(secret) = self.secret(place) else {
            return false;
        };
        let age_ms = self.store.age_ms(self.now);
        secret.refusal.as_ref().is_some_and(|refusal| {
            let is_too_soon = refusal.age_ms + age_ms < SECOND_CHANCE_MS;
            !secret.good || refusal.times > 1 || is_too_soon
        })
    }

    /// Whether a login ends a token that the platform takes, and that the caller
    /// could have.
    fn displaces(&self, place: usize) -> bool {
        let lives = |id| self.room.live == Some(id);
        let current = self.current().map(|current| id_of(&current.token.value));
        current.is_some_and(lives) && self.is_served(place)
    }

    /// The platform has answered.
    pub(crate) fn saw_answer(
        &mut self,
        from: usize,
        answer: &Outcome,
        is_awaited: bool,
    ) -> Result<(), String> {
        match answer {
            Outcome::Refused(_) => {
                if !is_awaited && self.is_listed(from) {
                    self.seen.unheard += 1;
                }
                self.check_refusals()
            }
            Outcome::Token(..) if self.room.refusals == 0 => {
                self.seen.unheard = 0;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// No user is disabled, but for the stated price: the password was changed on
    /// the platform, and an answer with its refusal is lost, or late because its
    /// holder was silent for a lease.
    fn check_refusals(&self) -> Result<(), String> {
        if self.room.refusals < DISABLED_AT {
            return Ok(());
        }
        let is_late = |message: &&Message| {
            let is_refusal = matches!(message.answer, Some(Outcome::Refused(_)));
            is_refusal && self.is_late(message.from)
        };
        let on_the_way = self.network.iter().filter(is_late).count();
        let heard = self.actors.iter().enumerate().filter(|(place, actor)| {
            let calling = actor.calling();
            calling.is_some_and(|c| c.has_refusal_to_count) && self.is_late(*place)
        });
        let late = on_the_way + heard.count();
        let known = usize::from(self.room.refusals - self.seen.unheard) - late;
        match self.seen.password_has_changed && known < usize::from(DISABLED_AT) {
            true => Ok(()),
            false => broken("a third refusal disables the user"),
        }
    }

    fn is_late(&self, place: usize) -> bool {
        self.is_listed(place) && !self.holds(place)
    }

    /// An answer gets to its caller.
    pub(crate) fn saw_delivery(&mut self, from: usize, request: &Request, answer: &Outcome) {
        if matches!(answer, Outcome::Refused(_)) {
            self.change_calling(from, |calling| calling.has_refusal_to_count = true);
        }
        match (request, answer) {
            (_, Outcome::Failed(_)) => {}
            (Request::Login | Request::Probe, _) => self.seen.unprobed_loss = false,
            (Request::Logout(token), _) => {
                self.seen.logged_out.insert(id_of(token));
            }
            _ => {}
        }
    }

    /// A caller hears nothing any more.
    pub(crate) fn saw_loss(&mut self, message: &Message) {
        let is_refusal = matches!(message.answer, Some(Outcome::Refused(_)));
        if is_refusal && self.is_listed(message.from) {
            self.seen.unheard += 1;
        }
        if message.request == Request::Login && self.holds(message.from) {
            self.seen.unprobed_loss = true;
        }
    }

    pub(crate) fn saw_crash(&mut self, place: usize) {
        if self.calling(place).has_refusal_to_count && self.is_listed(place) {
            self.seen.unheard += 1;
        }
        let is_mine = |message: &&Message| message.from == place && message.is_awaited;
        let mine: Vec<Message> = self.network.iter().filter(is_mine).cloned().collect();
        for message in &mine {
            self.saw_loss(message);
        }
    }
}
