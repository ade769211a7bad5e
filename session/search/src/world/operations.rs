//! What the store does, and how it fails.

use rpa_auth_session_protocol::{Change, Event, Step, StoreError, Version};

use super::World;
use crate::action::Luck;
use crate::actor::{Calling, Role};
use crate::platform::turned_away;
use crate::scenario::FIRST;
use crate::store::Write;

impl World {
    /// The store does what somebody asked of it.
    pub(super) fn operate(&mut self, place: usize, luck: Luck) -> Result<(), String> {
        if luck != Luck::Good {
            self.left.faults -= 1;
            self.left.misfortunes -= 1;
            self.seen.store_failures += 1;
        }
        let calling = self.calling(place);
        let event = match calling.wants.clone() {
            Step::Write { expected, entry } => {
                let write = Write {
                    place,
                    rejected: calling.rejected,
                    expected,
                    entry: *entry,
                };
                match luck {
                    Luck::Good => Event::Written(self.write(&write)?),
                    Luck::Fails => return self.fail_to_write(write, false),
                    Luck::WritesLater => return self.fail_to_write(write, true),
                }
            }
            _ if luck == Luck::Good => self.store.read(self.now),
            _ => failed(),
        };
        let came_second = event == Event::Written(None);
        self.tell(place, event)?;
        let goes_on = came_second && self.left.faults == 0;
        match goes_on
            && self.actors[place]
                .calling()
                .is_some_and(Calling::wants_store)
        {
            true => self.operate(place, Luck::Good),
            false => Ok(()),
        }
    }

    fn fail_to_write(&mut self, write: Write, happens_later: bool) -> Result<(), String> {
        let place = write.place;
        let attempt = write.entry.attempt.as_ref();
        let is_claim = attempt.is_some_and(|a| a.owner == self.actors[place].owner());
        if happens_later {
            self.store.change(|store| store.delayed = Some(write));
        }
        self.tell(place, failed())?;
        self.check_failed_claim(place, is_claim)
    }

    fn write(&mut self, write: &Write) -> Result<Option<Version>, String> {
        let before = self.store.entry().cloned();
        let age_ms = self.store.age_ms(self.now);
        let version = self.store.change(|store| store.write(write, self.now));
        if version.is_some() {
            self.saw_write(write, &before.unwrap_or_default(), age_ms)?;
            self.reset_if_the_operator_did(write.place);
        }
        Ok(version)
    }

    pub(super) fn land(&mut self) -> Result<(), String> {
        let delayed = self.store.change(|store| store.delayed.take());
        match delayed {
            Some(write) => self.write(&write).map(drop),
            None => Ok(()),
        }
    }

    /// Whoever has the refusals forgotten has set the user right at the platform,
    /// and has waited until no login is under way that nobody answers for.
    fn reset_if_the_operator_did(&mut self, place: usize) {
        if self.actors[place].role == Role::Operator(Change::ResetRefusals) {
            self.room.refusals = 0;
            self.seen.unheard = 0;
            let holds: Vec<bool> = (0..self.actors.len()).map(|at| self.holds(at)).collect();
            self.network.retain(|m| m.is_awaited);
            for message in self.network.iter_mut().filter(|m| !holds[m.from]) {
                message.answer.get_or_insert_with(turned_away);
            }
        }
    }

    /// What happened since the old value is forgotten with it.
    pub(super) fn put_back(&mut self) {
        let old = self.seen.first.clone();
        self.store.change(|store| store.put(&old, 0));
        self.seen.forget_since(FIRST);
    }
}

fn failed() -> Event {
    Event::StoreFailed(StoreError::Unavailable(None))
}
