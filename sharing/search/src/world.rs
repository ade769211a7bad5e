//! Everything at one moment, and how it changes.

mod operations;

use rpa_auth_session_protocol::{Event, Request};

use crate::action::{Action, Luck};
use crate::actor::{Actor, Calling, Job, Over, Role};
use crate::judge::Seen;
use crate::network::Message;
use crate::platform::{Answer, Room, Strange, heard_as, id_of, lost};
use crate::scenario::{Bounds, Scenario, Takes};
use crate::shared::Shared;
use crate::store::Store;

/// Everything at one moment.
#[derive(Clone, Debug, Hash)]
pub struct World {
    pub(crate) now: u64,
    pub(crate) in_turn: bool,
    pub(crate) store: Shared<Store>,
    pub(crate) room: Shared<Room>,
    pub(crate) actors: Vec<Shared<Actor>>,
    pub(crate) network: Vec<Message>,
    pub(crate) seen: Seen,
    pub(crate) left: Bounds,
}

impl World {
    /// The beginning of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let platform = scenario.platform();
        let room = Room::new(platform, scenario.lockout_limit, scenario.good);
        let mut room = room.refreshing_in_place(scenario.refreshes_in_place);
        room.logged_in.extend(scenario.known);
        room.outage = scenario.outage;
        // The clock begins late enough for the first token to be as old as it is.
        let began = scenario.token_age_ms.unwrap_or(0);
        if scenario.token_age_ms.is_some() {
            room.has_issued(scenario.token_lives, 0);
        }
        let callers = scenario.callers.iter();
        let callers = callers.map(|&secret| (secret, Role::Caller));
        let others = scenario.others.iter().map(|&role| (scenario.good, role));
        let actor = |(place, (secret, role))| {
            let mut actor = Actor::new(place, secret, role, platform);
            if role == Role::Caller {
                actor.uses_left = scenario.uses;
            }
            if !matches!(role, Role::Operator(_)) {
                actor.retries_left = scenario.retries;
            }
            Shared::new(actor)
        };
        let mut store = Store::taking(scenario.store_takes);
        if let Some(entry) = scenario.entry() {
            store.put(&entry, began);
        }
        Self {
            now: began,
            in_turn: scenario.in_turn,
            store: Shared::new(store),
            room: Shared::new(room),
            seen: Seen::new(scenario),
            actors: callers.chain(others).enumerate().map(actor).collect(),
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
            Action::Hear(place) => self.hear_late(place),
            Action::Quiet(place) => self.tell(place, Event::Quiet),
            Action::Use(place, luck) => self.use_token(place, false, luck),
            Action::BeLiedTo(place) => {
                self.left.lies -= 1;
                self.left.misfortunes -= 1;
                self.use_token(place, true, Luck::Good)
            }
            Action::Crash(place) => {
                self.left.crashes -= 1;
                self.left.misfortunes -= 1;
                self.stop(place);
                self.actors[place].change(Actor::is_over);
                Ok(())
            }
            Action::Drop(place) => {
                self.left.drops -= 1;
                self.left.misfortunes -= 1;
                self.stop(place);
                self.actors[place].change(|actor| actor.job = Job::Idle);
                Ok(())
            }
            Action::Arrive(place) => self.arrive(place),
            Action::Misanswer(place, strange) => {
                self.left.losses -= 1;
                self.left.misfortunes -= 1;
                self.misanswer(place, strange);
                Ok(())
            }
            Action::Deliver(place, luck) => self.deliver(place, luck),
            Action::Lose(place, luck) => {
                self.left.losses -= 1;
                self.left.misfortunes -= 1;
                self.lose(place, luck)
            }
            Action::GiveUp(place) => self.lose(place, Luck::Good),
            Action::Land => self.land(),
            Action::PutBack => {
                self.left.put_backs -= 1;
                self.left.misfortunes -= 1;
                self.put_back();
                Ok(())
            }
            Action::Forget => {
                self.left.forgets -= 1;
                self.left.misfortunes -= 1;
                self.store.change(Store::forget);
                self.saw_forgetting();
                Ok(())
            }
            Action::Stop => {
                self.left.stops -= 1;
                self.left.misfortunes -= 1;
                self.store.change(|store| store.takes = Takes::Nothing);
                self.seen.takes_no_writes = true;
                Ok(())
            }
            Action::Displace => {
                self.left.displacements -= 1;
                self.left.misfortunes -= 1;
                let now = self.now;
                self.room.change(|room| room.issue(now));
                self.seen.is_displaced = true;
                Ok(())
            }
            Action::Pass(ms) => {
                self.left.passes = self.left.passes.saturating_sub(1);
                self.now += ms;
                Ok(())
            }
        }
    }

    pub(crate) fn begin(
        &mut self,
        place: usize,
        rejected: Option<u8>,
        luck: Luck,
    ) -> Result<(), String> {
        let now = self.now;
        self.actors[place].change(|actor| actor.begin(rejected, now));
        self.operate(place, luck)
    }

    fn use_token(&mut self, place: usize, lies: bool, luck: Luck) -> Result<(), String> {
        let Job::Using(token) = self.actors[place].job else {
            return Ok(());
        };
        let is_taken = self.room.takes(token, self.now) && !lies;
        self.actors[place].change(|actor| {
            actor.uses_left = actor.uses_left.saturating_sub(1);
            if is_taken && actor.uses_left == 0 {
                actor.is_over();
            }
        });
        if is_taken {
            Ok(())
        } else {
            self.begin(place, Some(token), luck)
        }
    }

    /// A call comes to a sudden end. Nobody hears its answers any more.
    fn stop(&mut self, place: usize) {
        self.saw_stop(place);
        for message in self.network.iter_mut().filter(|m| m.from == place) {
            message.is_awaited = false;
        }
        self.network.retain(|m| m.is_awaited || m.answer.is_none());
    }

    fn arrive(&mut self, place: usize) -> Result<(), String> {
        let now = self.now;
        let message = self.network[place].clone();
        let is_own_word = self.room.is_well(now);
        let secret = self.actors[message.from].secret;
        let answer = self
            .room
            .change(|room| room.answer(&message.request, secret, now));
        if message.is_awaited {
            let message = &mut self.network[place];
            message.answer = Some(answer.clone());
            message.is_own_word = is_own_word;
            message.has_arrived = true;
        } else {
            self.network.remove(place);
        }
        self.saw_answer(&message, &answer)
    }

    /// Something else answers: what the platform does with the request stays as it is.
    fn misanswer(&mut self, place: usize, strange: Strange) {
        let message = &mut self.network[place];
        message.answer = Some(strange.answer());
        message.is_own_word = false;
    }

    fn deliver(&mut self, place: usize, luck: Luck) -> Result<(), String> {
        let message = self.network.remove(place);
        let Some(answer) = message.answer.clone() else {
            return Ok(());
        };
        self.saw_delivery(&message, &answer);
        self.hear(&message, answer, luck)
    }

    fn lose(&mut self, place: usize, luck: Luck) -> Result<(), String> {
        let message = &mut self.network[place];
        message.is_awaited = false;
        message.is_lost = true;
        let message = message.clone();
        if message.answer.is_some() {
            self.network.remove(place);
        }
        self.saw_no_verdict(&message);
        self.hear(&message, lost(), luck)
    }

    /// A caller hears how its request ended, and writes it down.
    fn hear(&mut self, message: &Message, answer: Answer, luck: Luck) -> Result<(), String> {
        let from = message.from;
        let outcome = heard_as(self.room.platform, &message.request, answer);
        self.tell(from, Event::Answer(outcome))?;
        let calling = self.actors[from].calling();
        if calling.is_some_and(Calling::wants_store) {
            self.operate(from, luck)
        } else {
            Ok(())
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
    pub(crate) fn tell(&mut self, place: usize, event: Event) -> Result<(), String> {
        let now = self.now;
        match self.actors[place].change(|actor| actor.tell(event, now)) {
            Ok(()) => {
                self.check_patience(place)?;
                self.check_wait(place)?;
                self.send(place)
            }
            Err(over) => self.finish(place, *over),
        }
    }

    fn send(&mut self, place: usize) -> Result<(), String> {
        let Some((request, limit_ms)) = self.calling(place).request() else {
            return Ok(());
        };
        self.saw_send(place, &request)?;
        let mut login = 0;
        if request == Request::Login {
            self.left.logins = self.left.logins.saturating_sub(1);
            self.change_calling(place, |calling| {
                calling.has_marked = false;
                calling.has_sent_login = true;
            });
            login = self.seen.next_login();
        }
        self.network.push(Message {
            from: place,
            call: self.actors[place].call(),
            login,
            request,
            sent_at: self.now,
            limit_at: limit_ms.map(|ms| self.now + ms),
            answer: None,
            is_own_word: false,
            has_arrived: false,
            is_awaited: true,
            is_lost: false,
            is_forgotten: false,
        });
        Ok(())
    }

    fn finish(&mut self, place: usize, over: Over) -> Result<(), String> {
        self.saw_end(place, &over)?;
        self.actors[place].change(|actor| match over {
            Over::Granted(grant) if actor.uses_left > 0 => {
                actor.job = Job::Using(id_of(&grant.token.value));
            }
            Over::Failed(_) => actor.has_failed(),
            _ => actor.is_over(),
        });
        Ok(())
    }
}
