//! Who takes part: a caller gets a token, goes to the API with it, and renews it
//! when the API refuses it. Others end the session for all, or are operators.

use rpa_auth_session_protocol::{
    Amendment, Call, Caller, Change, Ending, Event, Failure, Goal, Grant, Owner, Platform, Rules,
    Step,
};

use crate::platform::{TokenId, digest};

/// How long a caller waits for somebody else, in ms.
pub(crate) const PATIENCE_MS: u64 = 12_000;

/// What somebody is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// To use the API.
    Caller,
    /// To end the session for all, once.
    Ender,
    /// To change the entry, once.
    Operator(Change),
}

/// Somebody who takes part.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Actor {
    /// Its place among all.
    pub(crate) place: u8,
    /// Which secret it has.
    pub(crate) secret: u8,
    /// What it is there for.
    pub(crate) role: Role,
    /// What it does.
    pub(crate) job: Job,
    /// How often it goes back to the API.
    pub(crate) uses_left: u8,
    calls: u8,
}

/// What somebody does.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Job {
    /// Nothing yet.
    Idle,
    /// Waits for what its machine asked for.
    Calling(Box<Calling>),
    /// Has a token, to go to the API with.
    Using(TokenId),
    /// Is done, or has crashed.
    Over,
}

/// A call under way.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Calling {
    machine: Machine,
    /// What the machine asked for.
    pub(crate) wants: Wants,
    /// When it asked, by the search's clock.
    since: u64,
    /// When the call began, by the search's clock.
    pub(crate) began: u64,
    /// The token that the API refused.
    pub(crate) rejected: Option<TokenId>,
    /// The attempt that it has waited for.
    pub(crate) has_waited: Option<u64>,
    /// Whether a refusal came that does not stand in the entry yet.
    pub(crate) has_refusal_to_count: bool,
    /// Whether an attempt of this call has ever stood in the entry.
    pub(crate) has_claimed: bool,
}

#[derive(Clone, Debug, Hash)]
enum Machine {
    Call(Call),
    Ending(Ending),
    Amendment(Amendment),
}

/// What a machine asked for, but for its end.
pub(crate) type Wants = Step<()>;

/// How a call ended.
pub(crate) enum Over {
    Granted(Box<Grant>),
    Ended,
    Amended,
    Failed(Failure),
}

impl Actor {
    pub(crate) fn new(place: usize, secret: u8, role: Role, uses_left: u8) -> Self {
        Self {
            place: place as u8,
            secret,
            role,
            job: Job::Idle,
            uses_left,
            calls: 0,
        }
    }

    /// What this caller's attempts are known by.
    pub(crate) fn owner(&self) -> Owner {
        [self.place * 16 + self.calls; 16]
    }

    /// The call under way.
    pub(crate) fn calling(&self) -> Option<&Calling> {
        match &self.job {
            Job::Calling(calling) => Some(calling),
            _ => None,
        }
    }

    /// What it did no longer matters: it does nothing more.
    pub(crate) fn is_over(&mut self) {
        self.job = Job::Over;
        self.uses_left = 0;
    }

    /// Callers agree on no clock.
    fn clock(&self, now: u64) -> u64 {
        now + u64::from(self.place) * 7_777_777
    }

    /// Begins a call: for a token, or for another one than `rejected`.
    pub(crate) fn begin(&mut self, rejected: Option<TokenId>, rules: Rules, now: u64) {
        self.calls += 1;
        let platform = Platform::ControlRoom;
        let (machine, wants) = match self.role {
            Role::Ender => {
                let (ending, step) = Ending::new(platform, None, rules);
                (Machine::Ending(ending), step)
            }
            Role::Operator(change) => {
                let (amendment, step) = Amendment::new(platform, None, rules, change);
                (Machine::Amendment(amendment), step)
            }
            Role::Caller => {
                let goal = rejected.map_or(Goal::Token, |id| Goal::Renew(digest(id)));
                let (call, step) = Call::new(self.caller(rules), goal, self.clock(now));
                let wants = without_end(step).unwrap_or_else(|_| unreachable!("a call begins"));
                (Machine::Call(call), wants)
            }
        };
        self.job = Job::Calling(Box::new(Calling {
            machine,
            wants,
            since: now,
            began: now,
            rejected,
            has_waited: None,
            has_refusal_to_count: false,
            has_claimed: false,
        }));
    }

    fn caller(&self, rules: Rules) -> Caller {
        Caller {
            platform: Platform::ControlRoom,
            tag: [self.secret; 16],
            owner: self.owner(),
            jitter: 0,
            patience_ms: PATIENCE_MS,
            actor: None,
            rules,
        }
    }

    /// Tells the machine what came of its step.
    pub(crate) fn tell(&mut self, event: Event, now: u64) -> Result<(), Box<Over>> {
        let clock = self.clock(now);
        let Job::Calling(calling) = &mut self.job else {
            return Ok(());
        };
        calling.wants = match &mut calling.machine {
            Machine::Call(call) => without_end(call.on(event, clock))?,
            Machine::Ending(ending) => unended(ending.on(event), Over::Ended)?,
            Machine::Amendment(amendment) => unended(amendment.on(event), Over::Amended)?,
        };
        calling.since = now;
        Ok(())
    }
}

impl Calling {
    /// What it asked for gets its answer at this time at the latest.
    pub(crate) fn deadline(&self) -> Option<u64> {
        match &self.wants {
            Step::Read { wait_ms, .. } | Step::Send { wait_ms, .. } | Step::Await { wait_ms } => {
                Some(self.since + wait_ms)
            }
            Step::Sleep { ms } => Some(self.since + ms),
            Step::Write { .. } | Step::Done(_) => None,
        }
    }

    /// Whether it waits for somebody else.
    pub(crate) fn waits(&self) -> bool {
        matches!(self.wants, Step::Read { wait_ms, .. } if wait_ms > 0)
    }

    /// Whether it goes on with the store at once.
    pub(crate) fn wants_store(&self) -> bool {
        match self.wants {
            Step::Read { wait_ms, .. } => wait_ms == 0,
            Step::Write { .. } => true,
            _ => false,
        }
    }
}

fn unended(step: Step<()>, end: Over) -> Result<Wants, Box<Over>> {
    match step {
        Step::Done(Ok(())) => Err(Box::new(end)),
        Step::Done(Err(failure)) => Err(Box::new(Over::Failed(failure))),
        step => Ok(step),
    }
}

fn without_end(step: Step<Grant>) -> Result<Wants, Box<Over>> {
    Ok(match step {
        Step::Read { unless, wait_ms } => Step::Read { unless, wait_ms },
        Step::Write { expected, entry } => Step::Write { expected, entry },
        Step::Send { request, wait_ms } => Step::Send { request, wait_ms },
        Step::Await { wait_ms } => Step::Await { wait_ms },
        Step::Sleep { ms } => Step::Sleep { ms },
        Step::Done(Ok(grant)) => return Err(Box::new(Over::Granted(Box::new(grant)))),
        Step::Done(Err(failure)) => return Err(Box::new(Over::Failed(failure))),
    })
}
