//! Who takes part: a caller gets a token, goes to the API with it, and renews it
//! when the API refuses it. Others end the session for all, or are operators.

use rpa_auth_session_protocol::{
    Amendment, Call, Caller, Change, Ending, Event, Failure, Goal, Grant, Heard, Owner, Platform,
    Request, Step,
};

use crate::network::LoginId;
use crate::platform::{TokenId, digest};

/// How long a call may take, in ms: the product's default.
pub(crate) const PATIENCE_MS: u64 = 30_000;

/// What somebody is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// To use the API.
    Caller,
    /// To end the session for all.
    Ender,
    /// To change the entry, once.
    Operator(Change),
}

/// By which all calls are told apart.
pub(crate) type CallId = u8;

/// Somebody who takes part: a process.
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
    /// How often it begins anew after a call that failed.
    pub(crate) retries_left: u8,
    calls: u8,
    platform: Platform,
    /// The refusal that it remembers from its last call.
    heard: Option<Heard>,
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
    /// What the store has answered, and the answer is still under way.
    pub(crate) late_answer: Option<Event>,
    /// When it asked, by the search's clock.
    since: u64,
    /// When the call began, by the search's clock.
    pub(crate) began: u64,
    /// The token that the API refused.
    pub(crate) rejected: Option<TokenId>,
    /// How many attempts had ended when it began to wait for somebody else.
    pub(crate) waited_since: Option<u8>,
    /// How often an attempt of this call has begun to stand in the entry.
    pub(crate) claims: u8,
    /// How often the store has failed in this call.
    pub(crate) store_failures: u8,
    /// Whether it has written that a login may leave, and that has not left.
    pub(crate) has_marked: bool,
    /// Whether a login has left.
    pub(crate) has_sent_login: bool,
    /// When the login left that was good, as it heard.
    pub(crate) good_since: Option<u64>,
    /// Whether that has been written down.
    pub(crate) good_is_written: bool,
    /// Whether it goes by an answer of the store that came late.
    pub(crate) is_behind: bool,
    /// The refusal that it heard.
    pub(crate) refusal: Option<HeardRefusal>,
    /// How long nothing is to be sent once its failure is written, in ms.
    pub(crate) setback_ms: Option<u64>,
}

/// A refusal that a call heard.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct HeardRefusal {
    pub(crate) login: LoginId,
    pub(crate) at: u64,
    /// How often the store had lost its entry by then.
    pub(crate) forgets: u8,
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
    pub(crate) fn new(place: usize, secret: u8, role: Role, platform: Platform) -> Self {
        Self {
            place: place as u8,
            secret,
            role,
            job: Job::Idle,
            uses_left: 0,
            retries_left: 0,
            calls: 0,
            platform,
            heard: None,
        }
    }

    /// The call under way, or the last one.
    pub(crate) fn call(&self) -> CallId {
        self.place * 16 + self.calls
    }

    /// Whether it has ever begun a call.
    pub(crate) fn has_called(&self) -> bool {
        self.calls > 0
    }

    /// What this caller's attempts are known by.
    pub(crate) fn owner(&self) -> Owner {
        owner_of(self.call())
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
        self.retries_left = 0;
    }

    /// A call has failed: it begins anew, or does nothing more.
    pub(crate) fn has_failed(&mut self) {
        match self.retries_left.checked_sub(1) {
            Some(left) => {
                self.retries_left = left;
                self.job = Job::Idle;
            }
            None => self.is_over(),
        }
    }

    /// Callers agree on no clock.
    fn clock(&self, now: u64) -> u64 {
        now + u64::from(self.place) * 7_777_777
    }

    /// Begins a call: for a token, or for another one than `rejected`.
    pub(crate) fn begin(&mut self, rejected: Option<TokenId>, now: u64) {
        self.calls += 1;
        let platform = self.platform;
        let (machine, wants) = match self.role {
            Role::Ender => {
                let (ending, step) = Ending::new(platform, None);
                (Machine::Ending(ending), step)
            }
            Role::Operator(change) => {
                let (amendment, step) = Amendment::new(platform, None, change);
                (Machine::Amendment(amendment), step)
            }
            Role::Caller => {
                let goal = rejected.map_or(Goal::Token, |id| Goal::Renew(digest(id)));
                let (call, step) = Call::new(self.caller(), goal, self.clock(now));
                let wants = without_end(step).unwrap_or_else(|_| unreachable!("a call begins"));
                (Machine::Call(call), wants)
            }
        };
        self.job = Job::Calling(Box::new(Calling {
            machine,
            wants,
            late_answer: None,
            since: now,
            began: now,
            rejected,
            waited_since: None,
            claims: 0,
            store_failures: 0,
            has_marked: false,
            has_sent_login: false,
            good_since: None,
            good_is_written: false,
            is_behind: false,
            refusal: None,
            setback_ms: None,
        }));
    }

    /// Who calls, as the machine is told.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            platform: self.platform,
            tag: [self.secret; 16],
            owner: self.owner(),
            jitter: 0,
            patience_ms: PATIENCE_MS,
            actor: None,
            heard: self.heard.clone(),
        }
    }

    /// Tells the machine what came of its step. At its end the process remembers the
    /// refusal that it heard.
    pub(crate) fn tell(&mut self, event: Event, now: u64) -> Result<(), Box<Over>> {
        let clock = self.clock(now);
        let Job::Calling(calling) = &mut self.job else {
            return Ok(());
        };
        let wants = match &mut calling.machine {
            Machine::Call(call) => {
                let wants = without_end(call.on(event, clock));
                if wants.is_err() {
                    self.heard = call.heard().cloned();
                }
                wants?
            }
            Machine::Ending(ending) => unended(ending.on(event), Over::Ended)?,
            Machine::Amendment(amendment) => unended(amendment.on(event), Over::Amended)?,
        };
        calling.wants = wants;
        calling.since = now;
        Ok(())
    }
}

impl Calling {
    /// What it asked for gets its answer at this time at the latest.
    pub(crate) fn deadline(&self) -> Option<u64> {
        match &self.wants {
            Step::Read { wait_ms, .. }
            | Step::Send { wait_ms, .. }
            | Step::Await { wait_ms }
            | Step::Sleep { ms: wait_ms } => Some(self.since + wait_ms),
            Step::Write { .. } | Step::Done(_) => None,
        }
    }

    /// The end of its caller's patience.
    pub(crate) fn patience_ends(&self) -> u64 {
        self.began + PATIENCE_MS
    }

    /// Whether it goes on with the store at once.
    pub(crate) fn wants_store(&self) -> bool {
        match self.wants {
            Step::Read { wait_ms, .. } => wait_ms == 0,
            Step::Write { .. } => true,
            _ => false,
        }
    }

    /// Whether it waits for the answer to a request.
    pub(crate) fn listens(&self) -> bool {
        matches!(self.wants, Step::Send { .. } | Step::Await { .. })
    }

    /// The request that it has just asked for.
    pub(crate) fn request(&self) -> Option<(Request, Option<u64>)> {
        match &self.wants {
            Step::Send {
                request, limit_ms, ..
            } => Some((request.clone(), *limit_ms)),
            _ => None,
        }
    }
}

/// What a call's attempts are known by.
pub(crate) fn owner_of(call: CallId) -> Owner {
    [call; 16]
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
        Step::Send {
            request,
            wait_ms,
            limit_ms,
        } => Step::Send {
            request,
            wait_ms,
            limit_ms,
        },
        Step::Await { wait_ms } => Step::Await { wait_ms },
        Step::Sleep { ms } => Step::Sleep { ms },
        Step::Done(Ok(grant)) => return Err(Box::new(Over::Granted(Box::new(grant)))),
        Step::Done(Err(failure)) => return Err(Box::new(Over::Failed(failure))),
    })
}
