//! The end of a session for everybody.
//!
//! The mark is written first, so that nobody gives the token any more; then the
//! token is logged out. It stays in the entry until that has worked, so that
//! calling again tries again.

use alloc::string::String;

use crate::{Caller, Entry, Event, Failure, Found, Outcome, Platform, Request, Step, Version};

/// How long to wait between two looks at a logout that is in flight.
const WAIT_MS: u64 = 60_000;

/// The end of a session, or of a token that came after it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ending {
    platform: Platform,
    actor: Option<String>,
    /// Whether the mark is this machine's to write.
    marks: bool,
    /// A token that stands in no entry, because it came too late.
    stray: Option<String>,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    /// The entry is being read.
    Reading,
    /// The mark is being written.
    Marking,
    /// A logout is being noted.
    Writing,
    /// A token is being logged out.
    LoggingOut(String),
}

impl Ending {
    /// Begins to end a session.
    pub fn new(platform: Platform, actor: Option<String>) -> (Self, Step<()>) {
        let ending = Self {
            platform,
            actor,
            marks: true,
            stray: None,
            state: State::Reading,
        };
        (ending, Step::read())
    }

    /// Begins to log out what came after the end: what waits in the entry, or
    /// `stray`.
    pub(crate) fn after_late_token(caller: &Caller, stray: Option<String>) -> (Self, Step<()>) {
        let mut ending = Self {
            platform: caller.platform,
            actor: caller.actor.clone(),
            marks: false,
            stray: None,
            state: State::Reading,
        };
        let first = match stray {
            Some(token) => ending.log_out(token),
            None => Step::read(),
        };
        (ending, first)
    }

    /// What comes next, after what came of the last step.
    pub fn on(&mut self, event: Event) -> Step<()> {
        match (core::mem::replace(&mut self.state, State::Reading), event) {
            (State::Reading, Event::Entry(found)) => self.go_on(found),
            (State::Marking, Event::Written(Some(_))) => {
                self.marks = false;
                Step::read()
            }
            (State::LoggingOut(token), Event::Answer(Outcome::Fine)) => {
                self.stray = Some(token);
                Step::read()
            }
            (State::LoggingOut(_), Event::Answer(Outcome::Failed(cause))) => {
                Step::Done(Err(Failure::Auth(cause)))
            }
            (State::LoggingOut(token), Event::Quiet) => {
                self.state = State::LoggingOut(token);
                Step::Await { wait_ms: WAIT_MS }
            }
            (_, Event::StoreFailed(error)) => Step::Done(Err(Failure::Store(error))),
            _ => Step::read(),
        }
    }

    fn go_on(&mut self, found: Option<Found>) -> Step<()> {
        let (mut entry, version) = match found {
            Some(found) => (found.at_receipt(self.platform), Some(found.version)),
            None => (Entry::default(), None),
        };
        if self.marks && !entry.ended {
            entry.end(self.platform);
            return self.write(entry, version, State::Marking);
        }
        // It stands: whoever takes it away from now on begins anew.
        self.marks = false;
        if let Some(token) = self.stray.take()
            && entry.to_log_out.contains(&token)
        {
            entry.is_logged_out(&token);
            return self.write(entry, version, State::Writing);
        }
        match entry.next_to_log_out() {
            Some(token) => self.log_out(token),
            None => Step::Done(Ok(())),
        }
    }

    fn log_out(&mut self, token: String) -> Step<()> {
        self.state = State::LoggingOut(token.clone());
        Step::Send {
            request: Request::Logout(token),
            wait_ms: WAIT_MS,
            limit_ms: None,
        }
    }

    fn write(&mut self, entry: Entry, expected: Option<Version>, state: State) -> Step<()> {
        self.state = state;
        let entry = entry.signed(self.actor.as_deref());
        Step::Write { expected, entry }
    }
}
