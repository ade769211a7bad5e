//! What can happen next.
//!
//! What a caller does next with the store is a part of the action where a delay
//! in between shows nothing new: the first read of a call (it might as well have
//! begun later), the write of an outcome (the answer might as well have come
//! later), and, where the store cannot fail any more, the read after a write that
//! came second (nobody else sees it).

use rpa_auth_session_protocol::Step;

use crate::actor::{Actor, Calling, Job};
use crate::network::Message;
use crate::scenario::Scenario;
use crate::world::World;

/// One thing that can happen. Actors and requests are named by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Somebody begins.
    Begin(usize, Luck),
    /// The store answers somebody.
    Store(usize, Luck),
    /// Somebody's time to wait is over.
    Quiet(usize),
    /// A caller goes to the API.
    Use(usize, Luck),
    /// A caller dies.
    Crash(usize),
    /// A request gets to the platform.
    Arrive(usize),
    /// A request gets to something that says that the platform is not there.
    TurnAway(usize),
    /// An answer gets back.
    Deliver(usize, Luck),
    /// A request's sender hears nothing any more.
    Lose(usize, Luck),
    /// A write happens whose answer was lost.
    Land,
    /// An old value is put back into the store.
    PutBack,
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
}

impl Action {
    /// The same with a store that fails.
    fn gone_wrong(self) -> Vec<Self> {
        let with: fn(usize, Luck) -> Self = match self {
            Self::Begin(..) => Self::Begin,
            Self::Store(..) => Self::Store,
            Self::Use(..) => Self::Use,
            Self::Deliver(..) => Self::Deliver,
            Self::Lose(..) => Self::Lose,
            _ => return Vec::new(),
        };
        match self {
            Self::Begin(place, _) | Self::Use(place, _) => vec![with(place, Luck::Fails)],
            Self::Store(place, _) | Self::Deliver(place, _) | Self::Lose(place, _) => {
                vec![with(place, Luck::Fails), with(place, Luck::WritesLater)]
            }
            _ => Vec::new(),
        }
    }
}

impl World {
    /// What can happen next, within the scenario's bounds: first what happens
    /// where nothing goes wrong.
    pub fn actions(&self, scenario: &Scenario) -> Vec<Action> {
        let mut actions = self.what_must_happen();
        let calm = actions.len();
        if self.may_pass() {
            actions.extend(scenario.passes.iter().copied().map(Action::Pass));
        }
        if self.store.delayed.is_some() {
            actions.push(Action::Land);
        }
        if self.left.misfortunes > 0 {
            self.misfortunes(calm, &mut actions);
        }
        actions
    }

    fn misfortunes(&self, calm: usize, actions: &mut Vec<Action>) {
        let mut losses = Vec::new();
        for (place, message) in self.network.iter().enumerate() {
            if self.left.losses > 0 && self.listens(message) {
                losses.push(Action::Lose(place, Luck::Good));
            }
            if self.left.losses > 0 && message.answer.is_none() && message.is_awaited {
                losses.push(Action::TurnAway(place));
            }
        }
        if self.left.faults > 0 {
            let is_not_the_last = self.left.misfortunes > 1;
            let losses = losses.iter().filter(|_| is_not_the_last);
            let tried = actions.iter().take(calm).chain(losses);
            let unlucky: Vec<Action> = tried.flat_map(|action| action.gone_wrong()).collect();
            actions.extend(unlucky);
        }
        actions.extend(losses);
        for (place, actor) in self.actors.iter().enumerate() {
            if self.left.crashes > 0 && actor.calling().is_some() {
                actions.push(Action::Crash(place));
            }
        }
        if self.left.displacements > 0 && self.room.live.is_some() {
            actions.push(Action::Displace);
        }
        // While an attempt is under way the one who holds it logs in beside the
        // one who finds the old value: nothing can hinder that.
        let is_quiet = self.store.entry().is_some_and(|e| e.attempt.is_none());
        if self.left.put_backs > 0 && is_quiet {
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
            match message.answer {
                None => actions.push(Action::Arrive(place)),
                Some(_) if self.listens(message) => {
                    actions.push(Action::Deliver(place, Luck::Good));
                }
                Some(_) => {}
            }
        }
        actions
    }

    /// What a call does when it gets its turn.
    pub(crate) fn next_of(&self, place: usize, calling: &Calling) -> Option<Action> {
        let is_due = calling.deadline().is_some_and(|at| self.now >= at);
        match &calling.wants {
            Step::Read { unless, .. } => {
                let has_changed = unless
                    .as_ref()
                    .is_none_or(|version| !self.store.has_version(version));
                (has_changed || is_due).then_some(Action::Store(place, Luck::Good))
            }
            Step::Write { .. } => Some(Action::Store(place, Luck::Good)),
            _ => is_due.then_some(Action::Quiet(place)),
        }
    }

    /// Time passes only where somebody can see it: where a call has a deadline,
    /// a lease runs, or a pause holds up whoever comes next.
    fn may_pass(&self) -> bool {
        if self.left.passes == 0 || self.actors.iter().all(|a| matches!(a.job, Job::Over)) {
            return false;
        }
        let calls = self.actors.iter().filter_map(|actor| actor.calling());
        let has_deadline = calls
            .filter_map(Calling::deadline)
            .any(|deadline| deadline > self.now);
        let age_ms = self.store.age_ms(self.now);
        let runs = self.store.entry().is_some_and(|entry| {
            entry.attempt.is_some() || entry.pause_ms.max(entry.contest_ms) > age_ms
        });
        has_deadline || runs
    }

    /// Whether a request's sender looks at it just now.
    fn listens(&self, message: &Message) -> bool {
        let Some(calling) = self.actors[message.from].calling() else {
            return false;
        };
        let is_idle = matches!(calling.wants, Step::Send { .. } | Step::Await { .. });
        message.is_awaited && is_idle
    }

    /// Callers with the same secret begin in one order: they do the same, so what
    /// another order would show, this one shows under other names.
    fn may_begin(&self, place: usize) -> bool {
        let Some(before) = place.checked_sub(1) else {
            return true;
        };
        let kind = |actor: &Actor| (actor.secret, actor.role);
        let (before, actor) = (&self.actors[before], &self.actors[place]);
        kind(before) != kind(actor) || !matches!(before.job, Job::Idle)
    }
}
