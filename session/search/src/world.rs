//! Everything at one moment, and how it changes.

mod operations;

use rpa_auth_session_protocol::{Event, Outcome, Request, Rules, Step};

use crate::action::{Action, Luck};
use crate::actor::{Actor, Calling, Job, Over, Role};
use crate::checks::Seen;
use crate::network::Message;
use crate::platform::{Room, id_of, lost, turned_away};
use crate::scenario::{Bounds, FIRST, Scenario};
use crate::shared::Shared;
use crate::store::Store;

/// Everything at one moment.
#[derive(Clone, Debug, Hash)]
pub struct World {
    pub(crate) now: u64,
    pub(crate) rules: Rules,
    pub(crate) store: Shared<Store>,
    pub(crate) room: Room,
    pub(crate) actors: Vec<Shared<Actor>>,
    pub(crate) network: Vec<Message>,
    pub(crate) seen: Seen,
    pub(crate) left: Bounds,
}

impl World {
    /// The beginning of a scenario.
    pub fn new(scenario: &Scenario, rules: Rules) -> Self {
        let mut room = Room::new(scenario.good);
        room.logged_in.extend(scenario.known);
        if scenario.token_age_ms.is_some() {
            room.issued = FIRST;
            room.live = scenario.token_lives.then_some(FIRST);
        }
        let callers = scenario.callers.iter().enumerate();
        let mut actors: Vec<Shared<Actor>> = callers
            .map(|(place, &secret)| Actor::new(place, secret, Role::Caller, scenario.uses))
            .map(Shared::new)
            .collect();
        for &role in scenario.others {
            let other = Actor::new(actors.len(), scenario.good, role, 0);
            actors.push(Shared::new(other));
        }
        Self {
            now: 0,
            rules,
            store: Shared::new(scenario.entry().map_or_else(Store::default, Store::with)),
            room,
            seen: Seen::new(actors.len(), scenario),
            actors,
            network: Vec::new(),
            left: scenario.bounds,
        }
    }

    /// The world after an action, or the property that it breaks.
    pub fn after(&self, action: Action) -> Result<Self, String> {
        let mut world = self.clone();
        world.happen(action)?;
        world.forget_what_no_longer_matters();
        Ok(world)
    }

    /// Whether nobody does anything any more, and nothing is under way.
    pub(crate) fn is_over(&self) -> bool {
        let all_are_over = self.actors.iter().all(|a| matches!(a.job, Job::Over));
        all_are_over && self.network.is_empty()
    }

    fn happen(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Begin(place, luck) => self.begin(place, None, luck),
            Action::Store(place, luck) => self.operate(place, luck),
            Action::Quiet(place) => self.tell(place, Event::Quiet),
            Action::Use(place, luck) => self.use_token(place, luck),
            Action::Crash(place) => {
                self.left.crashes -= 1;
                self.left.misfortunes -= 1;
                self.crash(place);
                Ok(())
            }
            Action::Arrive(place) => self.arrive(place),
            Action::TurnAway(place) => {
                self.left.losses -= 1;
                self.left.misfortunes -= 1;
                let message = &mut self.network[place];
                message.answer = Some(turned_away());
                Ok(())
            }
            Action::Deliver(place, luck) => self.deliver(place, luck),
            Action::Lose(place, luck) => {
                self.left.losses -= 1;
                self.left.misfortunes -= 1;
                self.lose(place, luck)
            }
            Action::Land => self.land(),
            Action::PutBack => {
                self.left.put_backs -= 1;
                self.left.misfortunes -= 1;
                self.put_back();
                Ok(())
            }
            Action::Displace => {
                self.left.displacements -= 1;
                self.left.misfortunes -= 1;
                self.room.issue();
                Ok(())
            }
            Action::Pass(ms) => {
                self.left.passes = self.left.passes.saturating_sub(1);
                self.now += ms;
                Ok(())
            }
        }
    }

    fn begin(&mut self, place: usize, rejected: Option<u8>, luck: Luck) -> Result<(), String> {
        let (rules, now) = (self.rules, self.now);
        self.actors[place].change(|actor| actor.begin(rejected, rules, now));
        self.operate(place, luck)
    }

    fn use_token(&mut self, place: usize, luck: Luck) -> Result<(), String> {
        let Job::Using(token) = self.actors[place].job else {
            return Ok(());
        };
        let is_taken = self.room.live == Some(token);
        self.actors[place].change(|actor| {
            actor.uses_left = actor.uses_left.saturating_sub(1);
            if is_taken && actor.uses_left == 0 {
                actor.is_over();
            }
        });
        match is_taken {
            true => Ok(()),
            false => self.begin(place, Some(token), luck),
        }
    }

    fn crash(&mut self, place: usize) {
        self.saw_crash(place);
        self.actors[place].change(Actor::is_over);
        for message in self.network.iter_mut().filter(|m| m.from == place) {
            message.is_awaited = false;
        }
        self.network.retain(|m| m.is_awaited || m.answer.is_none());
    }

    fn arrive(&mut self, place: usize) -> Result<(), String> {
        let message = &mut self.network[place];
        let from = message.from;
        let answer = self.room.answer(&message.request, self.actors[from].secret);
        let is_awaited = message.is_awaited;
        message.answer = Some(answer.clone());
        if !is_awaited {
            self.network.remove(place);
        }
        self.saw_answer(from, &answer, is_awaited)
    }

    fn deliver(&mut self, place: usize, luck: Luck) -> Result<(), String> {
        let message = self.network.remove(place);
        let Some(answer) = message.answer else {
            return Ok(());
        };
        self.saw_delivery(message.from, &message.request, &answer);
        self.hear(message.from, answer, luck)
    }

    fn lose(&mut self, place: usize, luck: Luck) -> Result<(), String> {
        let message = &mut self.network[place];
        message.is_awaited = false;
        message.is_lost = true;
        let message = message.clone();
        if message.answer.is_some() {
            self.network.remove(place);
        }
        self.saw_loss(&message);
        self.hear(message.from, lost(&message.request), luck)
    }

    /// A caller hears how its request ended, and writes it down.
    fn hear(&mut self, from: usize, answer: Outcome, luck: Luck) -> Result<(), String> {
        self.tell(from, Event::Answer(answer))?;
        match self.actors[from]
            .calling()
            .is_some_and(Calling::wants_store)
        {
            true => self.operate(from, luck),
            false => Ok(()),
        }
    }

    pub(crate) fn calling(&self, place: usize) -> &Calling {
        let calling = self.actors[place].calling();
        calling.expect("only a call that is under way is told anything")
    }

    pub(crate) fn change_calling(&mut self, place: usize, change: impl FnOnce(&mut Calling)) {
        self.actors[place].change(|actor| {
            if let Job::Calling(calling) = &mut actor.job {
                change(calling);
            }
        });
    }

    /// Tells somebody what came of a step. A request that is to be sent is sent at
    /// once.
    fn tell(&mut self, place: usize, event: Event) -> Result<(), String> {
        let now = self.now;
        match self.actors[place].change(|actor| actor.tell(event, now)) {
            Ok(()) => {
                self.check_wait(place)?;
                self.send(place)
            }
            Err(over) => self.finish(place, *over),
        }
    }

    fn send(&mut self, place: usize) -> Result<(), String> {
        let Step::Send { request, .. } = self.calling(place).wants.clone() else {
            return Ok(());
        };
        self.saw_send(place, &request)?;
        if request == Request::Login {
            self.left.logins = self.left.logins.saturating_sub(1);
        }
        self.network.push(Message::new(place, request));
        Ok(())
    }

    fn finish(&mut self, place: usize, over: Over) -> Result<(), String> {
        self.saw_end(place, &over)?;
        self.actors[place].change(|actor| match over {
            Over::Granted(grant) if actor.uses_left > 0 => {
                actor.job = Job::Using(id_of(&grant.token.value));
            }
            _ => actor.is_over(),
        });
        Ok(())
    }
}
