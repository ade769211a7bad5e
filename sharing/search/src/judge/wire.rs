//! What goes over the wire, and what the platform counts.

use rpa_auth_session_protocol::{Flow, Request};

use super::broken;
use crate::actor::HeardRefusal;
use crate::network::Message;
use crate::platform::{Answer, RETRY_AFTER_S, Strange, TokenId, id_of};
use crate::promises::{CONTEST_MS, LEASE_MS, LEAST_LEASE_MS, SECOND_CHANCE_MS};
use crate::world::World;

/// The shortest pause after a failure, in ms.
const PAUSE_MS: u64 = 1_000;

/// The pause after the second refusal, in ms. It doubles, four times at most.
const PAUSE_AFTER_REFUSALS_MS: u64 = 15_000;

impl World {
    /// A request leaves.
    pub(crate) fn saw_send(&mut self, place: usize, request: &Request) -> Result<(), String> {
        if !matches!(request, Request::Logout(_)) && self.now < self.seen.held_up_until {
            return broken("a request in the pause after a failure");
        }
        match request {
            Request::Login => self.saw_login(place),
            Request::Refresh(token) => self.saw_refresh(place, id_of(token)),
            _ => Ok(()),
        }
    }

    fn saw_refresh(&mut self, place: usize, token: TokenId) -> Result<(), String> {
        self.seen.is_renewed = true;
        if self.calling(place).rejected == Some(token) {
            return broken("a refused token is refreshed");
        }
        Ok(())
    }

    fn saw_login(&mut self, place: usize) -> Result<(), String> {
        self.seen.is_renewed = true;
        let call = self.actors[place].call();
        if self.calling(place).claims == 0 {
            return broken("a login without an attempt in the store");
        }
        if self.calling(place).refusal.is_some() {
            return broken("a call sends a login again after it heard a verdict");
        }
        if self.silent_for(call) > LEASE_MS - LEAST_LEASE_MS {
            return broken("a login leaves with too little of its lease left");
        }
        let is_beside = |m: &Message| {
            let is_out = m.request == Request::Login && !m.is_lost && !m.is_forgotten;
            is_out && self.silent_for(m.call) < LEASE_MS
        };
        if self.network.iter().any(is_beside) {
            return broken("two logins in flight, and no holder was silent for a lease");
        }
        if !self.seen.unproved.is_empty() {
            return broken("a login after one without a verdict, and no good answer in between");
        }
        let contested_at = self.seen.contested_at;
        if contested_at.is_some_and(|at| self.now - at < CONTEST_MS) {
            return broken("a login in the middle of a contest");
        }
        self.check_refused(place)?;
        if self.room.platform.flow() == Flow::ControlRoom && self.is_served(place) {
            return broken("a login displaces a token that serves");
        }
        let Some(left) = self.seen.logins_left.checked_sub(1) else {
            return broken("more logins than are needed");
        };
        self.seen.logins_left = left;
        Ok(())
    }

    /// For how long a call has not written its attempt, by the store's clock.
    fn silent_for(&self, call: u8) -> u64 {
        let sign = self.seen.signs.get(&call);
        sign.map_or(u64::MAX, |at| self.now - at)
    }

    /// A refused secret is sent again only as a second chance: where it had logged in
    /// before, minutes later, and while two logins are left.
    fn check_refused(&self, place: usize) -> Result<(), String> {
        let secret = self.actors[place].secret;
        let heard_at = self.seen.heard.get(&place).copied();
        let known = self.seen.refused.get(&secret);
        let times = known.map_or(1, |refused| refused.times);
        let Some(at) = heard_at.max(known.map(|refused| refused.at)) else {
            return Ok(());
        };
        if self.room.refusals + 2 >= self.room.limit {
            return broken("the last login is spent on a refused secret");
        }
        let has_logged_in = self.room.logged_in.contains(&secret);
        let wait_ms = SECOND_CHANCE_MS << times.saturating_sub(1).min(8);
        if has_logged_in && self.now - at >= wait_ms {
            Ok(())
        } else {
            broken("a refused secret is sent again")
        }
    }

    /// The platform has answered.
    pub(crate) fn saw_answer(&mut self, message: &Message, answer: &Answer) -> Result<(), String> {
        if message.login == 0 || !self.room.is_well(self.now) {
            return Ok(());
        }
        if matches!(answer, Answer::Token(_)) {
            let is_forgotten = |m: &&Message| m.login > 0 && m.is_forgotten && !m.has_arrived;
            let under_way = self.network.iter().filter(is_forgotten).count();
            self.seen.forgotten = u8::try_from(under_way).unwrap_or(u8::MAX);
            return Ok(());
        }
        // What was counted before the store lost its entry nobody may know any more.
        if self.room.refusals >= self.room.limit + self.seen.forgotten {
            return broken("the platform disables the user");
        }
        Ok(())
    }

    /// An answer gets to its caller.
    pub(crate) fn saw_delivery(&mut self, message: &Message, answer: &Answer) {
        let from = message.from;
        self.change_calling(from, |calling| calling.setback_ms = None);
        if !message.is_own_word {
            let asks = *answer == Strange::RetryAfter.answer();
            let asked_ms = if asks {
                u64::from(RETRY_AFTER_S) * 1_000
            } else {
                0
            };
            self.saw_setback(from, asked_ms.max(PAUSE_MS));
            if message.login > 0 && !is_harmless(answer) {
                self.saw_no_verdict(message);
            } else {
                self.seen.unproved.retain(|&login| login != message.login);
            }
            return;
        }
        match (&message.request, answer) {
            (Request::Login, Answer::Error(_)) => self.saw_refusal(message),
            (Request::Login, _) => self.saw_good_login(message),
            (Request::Probe, _) => self.seen.unproved.clear(),
            (Request::Check(token), Answer::Valid(true)) => {
                self.seen.checked.insert(id_of(token));
            }
            (Request::Check(token), _) | (Request::Refresh(token), Answer::Error(_)) => {
                self.seen.dead.insert(id_of(token));
            }
            (Request::Logout(token), _) => {
                self.seen.logged_out.insert(id_of(token));
            }
            (Request::Refresh(_), _) => {}
        }
    }

    fn saw_refusal(&mut self, message: &Message) {
        let refusal = HeardRefusal {
            login: message.login,
            at: self.now,
            forgets: self.seen.forgets,
        };
        self.change_calling(message.from, |calling| calling.refusal = Some(refusal));
        self.seen.unproved.retain(|&login| login > message.login);
        let call = message.call;
        self.seen.heard_refusals.push((self.now, call));
        // The first one leaves room for a corrected secret at once.
        let known = self.room.refusals.saturating_sub(self.seen.forgotten);
        let more = known.checked_sub(2);
        let pause_ms = more.map_or(0, |more| PAUSE_AFTER_REFUSALS_MS << more.min(4));
        self.saw_setback(message.from, pause_ms);
    }

    fn saw_good_login(&mut self, message: &Message) {
        let sent_at = message.sent_at;
        self.change_calling(message.from, |calling| calling.good_since = Some(sent_at));
        let secret = self.actors[message.from].secret;
        let seen = &mut self.seen;
        seen.refused.remove(&secret);
        seen.last_good.insert(secret, message.login);
        seen.unproved.retain(|&login| login > message.login);
        seen.held_up_until = 0;
        let actors = &self.actors;
        seen.heard
            .retain(|&place, _| actors[place].secret != secret);
    }

    /// A caller hears nothing, or nothing that is a verdict.
    pub(crate) fn saw_no_verdict(&mut self, message: &Message) {
        self.seen.is_disturbed = true;
        self.saw_setback(message.from, PAUSE_MS);
        if message.login > 0 {
            let secret = self.actors[message.from].secret;
            self.seen.doubts.push((secret, self.now));
        }
    }

    /// A request has failed. Once that is written nothing is sent for a while.
    fn saw_setback(&mut self, place: usize, ms: u64) {
        self.change_calling(place, |calling| {
            calling.setback_ms = calling.setback_ms.max(Some(ms));
        });
    }

    /// A call comes to a sudden end.
    pub(crate) fn saw_stop(&mut self, place: usize) {
        self.seen.is_disturbed = true;
        let secret = self.actors[place].secret;
        let calling = self.calling(place);
        let call = self.actors[place].call();
        let mut mine = self.network.iter().filter(|m| m.call == call);
        let waits = mine.any(|m| m.login > 0 && m.is_awaited);
        let could_have_sent = calling.has_marked;
        let has_verdict = calling.refusal.is_some() || calling.good_since.is_some();
        if waits || could_have_sent || has_verdict {
            self.seen.doubts.push((secret, self.now));
        }
    }
}

/// Whether an answer says that the login counted for nothing.
fn is_harmless(answer: &Answer) -> bool {
    let all = [Strange::Unavailable, Strange::RetryAfter, Strange::NotFound];
    all.iter().any(|strange| *answer == strange.answer())
}
