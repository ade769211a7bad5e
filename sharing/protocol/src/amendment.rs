//! What an operator changes in an entry.

use alloc::string::String;

use crate::{Event, Failure, Found, Platform, Step};

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The mark of the end is taken away.
    Reopen,
    /// Refused logins, pauses and a contest are forgotten.
    ResetRefusals,
}

/// A change of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Amendment {
    platform: Platform,
    actor: Option<String>,
    change: Change,
}

impl Amendment {
    /// Begins a change.
    pub fn new(platform: Platform, actor: Option<String>, change: Change) -> (Self, Step<()>) {
        let amendment = Self {
            platform,
            actor,
            change,
        };
        (amendment, Step::read())
    }

    /// What comes next, after what came of the last step.
    pub fn on(&mut self, event: Event) -> Step<()> {
        match event {
            Event::Entry(None) | Event::Written(Some(_)) => Step::Done(Ok(())),
            Event::Entry(Some(found)) => self.change(found),
            Event::StoreFailed(error) => Step::Done(Err(Failure::Store(error))),
            _ => Step::read(),
        }
    }

    fn change(&self, found: Found) -> Step<()> {
        let mut entry = found.at_receipt(self.platform);
        match self.change {
            Change::Reopen => entry.ended = false,
            Change::ResetRefusals => entry.forget_refusals(),
        }
        Step::Write {
            expected: Some(found.version),
            entry: entry.signed(self.actor.as_deref()),
        }
    }
}
