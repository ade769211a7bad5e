//! Writing down what came of an attempt.
//!
//! A holder that was replaced writes no outcome: what came after is newer. A
//! refusal it only adds to the count.

use alloc::boxed::Box;

use super::{Holding, Next, State};
use crate::held::Held;
use crate::outcome::Renewal;
use crate::{Caller, Entry, Failure, Found, Origin, Outcome, Rule, Step, Version};

impl Holding {
    /// Writes down what came of the attempt.
    pub(super) fn record(&mut self, caller: &Caller, outcome: Outcome, now: u64) -> Next {
        if self.replaced {
            return self.check_record(outcome);
        }
        let mut entry = self.held.entry_at(caller, now);
        entry.settle(&outcome, caller.platform, caller.rules);
        entry.actor.clone_from(&caller.actor);
        let entry = Box::new(entry);
        self.state = State::Recording {
            entry: entry.clone(),
            outcome,
        };
        self.write(entry)
    }

    pub(super) fn check_record(&mut self, outcome: Outcome) -> Next {
        self.state = State::CheckingRecord { outcome };
        Next::Step(Step::read())
    }

    pub(super) fn was_it_recorded(
        &mut self,
        caller: &Caller,
        found: Option<Found>,
        outcome: Outcome,
        now: u64,
    ) -> Next {
        let Some(found) = found else {
            return Next::Read;
        };
        if self.held.is_written_in(&found.entry) {
            self.replaced = false;
            self.held = Held::found(caller, found, now, now);
            return self.record(caller, outcome, now);
        }
        let entry = found.at_receipt(caller.platform, caller.rules);
        let settled = entry.settled.as_ref();
        let is_recorded = settled.is_some_and(|settled| {
            settled.owner == caller.owner && settled.number == self.held.entry.number
        });
        match is_recorded {
            true => self.finish(caller, &entry, outcome),
            false => self.come_late(caller, entry, found.version, outcome),
        }
    }

    /// Somebody else has taken over.
    pub(super) fn come_late(
        &mut self,
        caller: &Caller,
        mut entry: Entry,
        version: Version,
        outcome: Outcome,
    ) -> Next {
        let rules = caller.rules;
        if !rules.hold(Rule::LateOutcomeIsNotWritten) {
            entry.attempt = self.held.entry.attempt.clone();
            entry.number = self.held.entry.number;
            self.held = Held {
                entry,
                version,
                ..self.held.clone()
            };
            self.replaced = false;
            return self.record(caller, outcome, self.held.at);
        }
        match &outcome {
            Outcome::Refused(cause) if rules.hold(Rule::LateRefusalIsCounted) => {
                entry.refuse_late(&caller.tag, cause, caller.platform);
                self.state = State::Adding { outcome };
                Next::Step(Step::Write {
                    expected: Some(version),
                    entry: Box::new(entry),
                })
            }
            Outcome::Token(token, _) if entry.ended && caller.platform.has_logout() => {
                Next::LogOut(Some(token.value.clone()))
            }
            _ => Next::Read,
        }
    }

    /// The outcome stands in the entry.
    pub(super) fn finish(&self, caller: &Caller, entry: &Entry, outcome: Outcome) -> Next {
        let origin = match self.renewal {
            Renewal::Login => Origin::Login,
            Renewal::Refresh => Origin::Refresh,
        };
        let may_be_given = !entry.ended || !caller.rules.hold(Rule::EndReachesTheHolder);
        match outcome {
            Outcome::Token(token, digest) => match &entry.current {
                Some(current) if current.digest == digest && may_be_given => Next::Grant {
                    current: Box::new(current.clone()),
                    origin,
                },
                _ if entry.to_log_out.contains(&token.value) => Next::LogOut(None),
                _ => Next::Read,
            },
            Outcome::Refused(cause) | Outcome::Failed(cause) | Outcome::Lost(cause) => {
                match entry.serving(&caller.tag, caller.rules) {
                    Some(_) => Next::Read,
                    None => Next::Fail(Failure::Auth(cause)),
                }
            }
            Outcome::TokenRefused | Outcome::Fine => Next::Read,
        }
    }
}
