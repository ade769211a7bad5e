//! What the store does, and how it fails.

use rpa_auth_session_protocol::{Change, Event, Step, StoreError, Version};

use super::World;
use crate::action::Luck;
use crate::actor::{Calling, Role};
use crate::platform::Strange;
use crate::store::Write;

impl World {
    /// The store does what somebody asked of it.
    pub(super) fn operate(&mut self, place: usize, luck: Luck) -> Result<(), String> {
        match luck {
            Luck::Good => {}
            Luck::AnswersLate => {
                self.left.lates -= 1;
                self.left.misfortunes -= 1;
            }
            Luck::Fails | Luck::WritesLater => {
                self.left.faults -= 1;
                self.left.misfortunes -= 1;
                self.seen.store_failures += 1;
                self.change_calling(place, |calling| calling.store_failures += 1);
            }
        }
        let event = match self.calling(place).wants.clone() {
            Step::Write { expected, entry } => {
                let write = Write {
                    place,
                    call: self.actors[place].call(),
                    expected,
                    entry: *entry,
                };
                match luck {
                    _ if !self.store.has_room_for(&write.entry) => {
                        Event::StoreFailed(StoreError::Other(None))
                    }
                    Luck::Good | Luck::AnswersLate => Event::Written(self.write(&write)?),
                    Luck::Fails => return self.fail_to_write(write, false),
                    Luck::WritesLater => return self.fail_to_write(write, true),
                }
            }
            _ if matches!(luck, Luck::Good | Luck::AnswersLate) => self.store.read(self.now),
            _ => failed(),
        };
        if luck == Luck::AnswersLate {
            self.change_calling(place, |calling| calling.late_answer = Some(event));
            return Ok(());
        }
        let came_second = event == Event::Written(None);
        self.tell(place, event)?;
        let goes_on = came_second && self.left.faults == 0 && self.left.lates == 0;
        let calling = self.actors[place].calling();
        if goes_on && calling.is_some_and(Calling::wants_store) {
            self.operate(place, Luck::Good)
        } else {
            Ok(())
        }
    }

    /// The answer of the store gets to its caller at last.
    pub(super) fn hear_late(&mut self, place: usize) -> Result<(), String> {
        let mut event = None;
        self.change_calling(place, |calling| {
            event = calling.late_answer.take();
            calling.is_behind = true;
        });
        if let Some(event) = event {
            self.tell(place, event)?;
        }
        self.change_calling(place, |calling| calling.is_behind = false);
        Ok(())
    }

    fn fail_to_write(&mut self, write: Write, happens_later: bool) -> Result<(), String> {
        let place = write.place;
        let attempt = write.entry.attempt.as_ref();
        let is_claim = attempt.is_some_and(|a| a.owner == self.actors[place].owner());
        if happens_later {
            self.store.change(|store| store.delayed = Some(write));
        }
        let has_time = self.now < self.calling(place).patience_ends();
        self.tell(place, failed())?;
        self.check_failed_claim(place, is_claim && has_time)
    }

    fn write(&mut self, write: &Write) -> Result<Option<Version>, String> {
        let before = self.store.entry().cloned();
        let now = self.now;
        let version = self.store.change(|store| store.write(write, now));
        if version.is_some() {
            self.saw_write(write, &before.unwrap_or_default())?;
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
        if self.actors[place].role != Role::Operator(Change::ResetRefusals) {
            return;
        }
        let good = self.seen.good_after_reset;
        self.room.change(|room| {
            room.refusals = 0;
            room.refused.remove(&good);
            room.good = good;
        });
        self.network.retain(|m| m.is_awaited);
        let holds: Vec<bool> = self
            .network
            .iter()
            .map(|m| self.is_held_by(m.call))
            .collect();
        for (message, is_held) in self.network.iter_mut().zip(holds) {
            if !is_held {
                let turned_away = || Strange::Unavailable.answer();
                message.answer.get_or_insert_with(turned_away);
            }
        }
        self.saw_reset();
    }

    /// What happened since the old value is forgotten with it.
    pub(super) fn put_back(&mut self) {
        let (old, began) = (self.seen.first.clone(), self.seen.began);
        self.store.change(|store| store.put(&old, began));
        self.saw_putting_back();
    }
}

fn failed() -> Event {
    Event::StoreFailed(StoreError::Unavailable(None))
}
