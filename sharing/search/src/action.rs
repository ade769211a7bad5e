//! What can happen next.
//!
//! What a caller does next with the store is a part of the action where a delay
//! in between shows nothing new: the first read of a call (it might as well have
//! begun later), the write of an outcome (the answer might as well have come
//! later), and, where the store cannot fail any more, the read after a write that
//! came second (nobody else sees it).

use rpa_auth_session_protocol::Step;

use crate::actor::{Actor, Calling, Job, Role};
use crate::network::Message;
use crate::platform::Strange;
use crate::promises::UNDER_WAY_MS;
use crate::scenario::{Scenario, Takes};
use crate::world::World;

/// Time that passes in larger steps than this is for what ages, not for a call.
const LONG_MS: u64 = 30_000;

/// One thing that can happen. Actors and requests are named by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Somebody begins.
    Begin(usize, Luck),
    /// The store answers somebody.
    Store(usize, Luck),
    /// The late answer of the store gets to somebody.
    Hear(usize),
    /// Somebody's time to wait is over.
    Quiet(usize),
    /// A caller goes to the API.
    Use(usize, Luck),
    /// A caller goes to the API, which refuses a token that is good.
    BeLiedTo(usize),
    /// A process dies.
    Crash(usize),
    /// A call is given up. Its process goes on.
    Drop(usize),
    /// A request gets to the platform.
    Arrive(usize),
    /// Something else answers a request, before or after it got to the platform.
    Misanswer(usize, Strange),
    /// An answer gets back.
    Deliver(usize, Luck),
    /// A request's sender hears nothing any more.
    Lose(usize, Luck),
    /// A request's sender gives it up at its limit of time.
    GiveUp(usize),
    /// A write happens whose answer was lost.
    Land,
    /// An old value is put back into the store.
    PutBack,
    /// The store loses its entry.
    Forget,
    /// The store takes no writes any more.
    Stop,
    /// Somebody outside logs in with the same user.
    Displace,
    /// Time passes, in ms.
    Pass(u64),
}

/// How it goes with the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// It answers.
    Good,
    /// It fails, and has done nothing.
    Fails,
    /// It fails, and writes later.
    WritesLater,
    /// It does what it was asked, and the answer comes later.
    AnswersLate,
}

impl Action {
    fn with(self, luck: Luck) -> Option<Self> {
        Some(match self {
            Self::Begin(place, _) => Self::Begin(place, luck),
            Self::Store(place, _) => Self::Store(place, luck),
            Self::Use(place, _) => Self::Use(place, luck),
            Self::Deliver(place, _) => Self::Deliver(place, luck),
            Self::Lose(place, _) => Self::Lose(place, luck),
            _ => return None,
        })
    }

    /// The same with a store that fails.
    fn gone_wrong(self) -> impl Iterator<Item = Self> {
        let writes = matches!(self, Self::Store(..) | Self::Deliver(..) | Self::Lose(..));
        let later = writes.then(|| self.with(Luck::WritesLater)).flatten();
        self.with(Luck::Fails).into_iter().chain(later)
    }
}

impl World {
    /// What can happen next, within the scenario's bounds: first what happens
    /// where nothing goes wrong.
    pub fn actions(&self, scenario: &Scenario) -> Vec<Action> {
        let mut actions = self.what_must_happen();
        let calm = actions.len();
        let passes = scenario.passes.iter().copied();
        actions.extend(passes.filter(|&ms| self.may_pass(ms)).map(Action::Pass));
        if self.store.delayed.is_some() {
            actions.push(Action::Land);
        }
        if self.left.misfortunes > 0 {
            self.misfortunes(calm, scenario, &mut actions);
        }
        actions
    }

    fn misfortunes(&self, calm: usize, scenario: &Scenario, actions: &mut Vec<Action>) {
        let left = self.left;
        let mut losses = Vec::new();
        for (place, message) in self.network.iter().enumerate() {
            if left.losses > 0 && self.listens(message) {
                losses.push(Action::Lose(place, Luck::Good));
            }
            if left.losses > 0 && message.is_awaited && !message.is_answered_strangely() {
                let strange = scenario.strange.iter();
                // Something that says that it did not pass a request on did not.
                let strange = strange.filter(|s| !message.has_arrived || !s.is_harmless());
                actions.extend(strange.map(|&strange| Action::Misanswer(place, strange)));
            }
        }
        let is_not_the_last = left.misfortunes > 1;
        let unlucky: Vec<Action> = {
            let losses = losses.iter().filter(|_| is_not_the_last);
            let tried = actions.iter().take(calm).chain(losses).copied();
            let fails = |action: Action| {
                let fails = (left.faults > 0).then(|| action.gone_wrong());
                let is_seen = matches!(action, Action::Store(..) | Action::Deliver(..));
                let late = (left.lates > 0 && is_seen).then(|| action.with(Luck::AnswersLate));
                fails.into_iter().flatten().chain(late.flatten())
            };
            tried.flat_map(fails).collect()
        };
        actions.extend(unlucky);
        actions.extend(losses);
        for (place, actor) in self.actors.iter().enumerate() {
            if actor.calling().is_some() {
                let crash = (left.crashes > 0).then_some(Action::Crash(place));
                let drop = (left.drops > 0).then_some(Action::Drop(place));
                actions.extend(crash.into_iter().chain(drop));
            }
            if left.lies > 0 && self.uses_a_good_token(actor) {
                actions.push(Action::BeLiedTo(place));
            }
        }
        if left.displacements > 0 && self.room.takes_any(self.now) {
            actions.push(Action::Displace);
        }
        if left.forgets > 0 && self.store.entry().is_some() {
            actions.push(Action::Forget);
        }
        if left.stops > 0 && self.store.takes != Takes::Nothing {
            actions.push(Action::Stop);
        }
        // While an attempt is under way the one who holds it logs in beside the
        // one who finds the old value: nothing can hinder that.
        let is_quiet = self.store.entry().is_some_and(|e| e.attempt.is_none());
        if left.put_backs > 0 && is_quiet {
            actions.push(Action::PutBack);
        }
    }

    /// What happens sooner or later if nothing goes wrong.
    pub(crate) fn what_must_happen(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        for (place, actor) in self.actors.iter().enumerate() {
            match &actor.job {
                Job::Idle if self.may_begin(place) => {
                    actions.push(Action::Begin(place, Luck::Good));
                }
                Job::Using(_) => actions.push(Action::Use(place, Luck::Good)),
                Job::Calling(calling) => actions.extend(self.next_of(place, calling)),
                _ => {}
            }
        }
        for (place, message) in self.network.iter().enumerate() {
            if message.answer.is_none() {
                actions.push(Action::Arrive(place));
            } else if self.listens(message) {
                actions.push(Action::Deliver(place, Luck::Good));
            }
            let is_at_its_limit = message.limit_at.is_some_and(|at| self.now >= at);
            if is_at_its_limit && self.listens(message) {
                actions.push(Action::GiveUp(place));
            }
        }
        actions
    }

    /// What a call does when it gets its turn.
    pub(crate) fn next_of(&self, place: usize, calling: &Calling) -> Option<Action> {
        if calling.late_answer.is_some() {
            return Some(Action::Hear(place));
        }
        let is_due = calling.deadline().is_some_and(|at| self.now >= at);
        match &calling.wants {
            Step::Read {
                wait_ms: 0,
                unless: _,
            } => Some(Action::Store(place, Luck::Good)),
            Step::Read { unless, .. } => {
                let has_changed = !self.store.has_version(unless.as_ref());
                (has_changed || is_due).then_some(Action::Store(place, Luck::Good))
            }
            Step::Write { .. } => Some(Action::Store(place, Luck::Good)),
            _ => is_due.then_some(Action::Quiet(place)),
        }
    }

    /// Time passes only where somebody can see it: where a call has a deadline,
    /// a lease runs, a pause holds up whoever comes next, or something ages that
    /// matters to whoever calls later. It does not pass while a request is under way
    /// for as long as none is.
    fn may_pass(&self, ms: u64) -> bool {
        if self.left.passes == 0 || self.actors.iter().all(|a| matches!(a.job, Job::Over)) {
            return false;
        }
        let is_under_way = |m: &&Message| !m.has_arrived || m.is_awaited;
        let mut under_way = self.network.iter().filter(is_under_way);
        if under_way.any(|m| self.now + ms >= m.sent_at + UNDER_WAY_MS) {
            return false;
        }
        let calls = || self.actors.iter().filter_map(|actor| actor.calling());
        if ms > LONG_MS {
            return calls().next().is_none();
        }
        let has_deadline = calls()
            .filter_map(Calling::deadline)
            .any(|deadline| deadline > self.now);
        let is_late = calls().any(|calling| calling.late_answer.is_some());
        let age_ms = self.store.age_ms(self.now);
        let runs = self.store.entry().is_some_and(|entry| {
            entry.attempt.is_some() || entry.pause_ms.max(entry.contest_ms) > age_ms
        });
        has_deadline || is_late || runs
    }

    /// Whether a request's sender looks at it just now.
    fn listens(&self, message: &Message) -> bool {
        let calling = self.actors[message.from].calling();
        message.is_awaited && calling.is_some_and(Calling::listens)
    }

    fn uses_a_good_token(&self, actor: &Actor) -> bool {
        matches!(actor.job, Job::Using(id) if self.room.takes(id, self.now))
    }

    /// Callers with the same secret begin in one order: they do the same, so what
    /// another order would show, this one shows under other names.
    fn may_begin(&self, place: usize) -> bool {
        let Some(before) = place.checked_sub(1) else {
            return true;
        };
        let kind = |actor: &Actor| (actor.secret, actor.role);
        let (before, actor) = (&self.actors[before], &self.actors[place]);
        if self.in_turn && actor.role == Role::Caller {
            return matches!(before.job, Job::Over);
        }
        kind(before) != kind(actor) || !matches!(before.job, Job::Idle) || actor.has_called()
    }
}
