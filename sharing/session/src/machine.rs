//! A call of a session, whichever it is, a step at a time.

use alloc::boxed::Box;

use rpa_auth_session_protocol::{
    Amendment, Call, Change, Ending, Event, Failure, Grant, Heard, Step,
};

/// A machine of the protocol.
pub enum Machine {
    /// A call for a token, and what this instance knew when it began.
    Call(Box<Call>, Began),
    /// The end of a session.
    Ending(Ending),
    /// A change by an operator.
    Amendment(Amendment, Change),
}

/// What an instance knew when a call began.
pub struct Began {
    /// The refusal that it had heard.
    pub(crate) heard: Option<Heard>,
    /// How often it had forgotten a token by then.
    pub(crate) forgotten: u64,
}

/// What a machine gives.
pub enum Given {
    /// A token.
    Grant(Grant),
    /// Nothing but that it was done.
    Done,
}

impl Machine {
    /// Returns what comes next, after what came of the last step.
    pub fn tell(&mut self, event: Event, now_ms: u64) -> Step<Given> {
        match self {
            Self::Call(call, _) => granted(call.on(event, now_ms)),
            Self::Ending(ending) => done(ending.on(event)),
            Self::Amendment(amendment, _) => done(amendment.on(event)),
        }
    }
}

/// Returns a step of a call for a token as one of any machine.
pub(crate) fn granted(step: Step<Grant>) -> Step<Given> {
    step.within(|result: Result<Grant, Failure>| Step::Done(result.map(Given::Grant)))
}

/// Returns a step of an operator's call as one of any machine.
pub(crate) fn done(step: Step<()>) -> Step<Given> {
    step.within(|result: Result<(), Failure>| Step::Done(result.map(|()| Given::Done)))
}
