//! The interface `session-steps`: sessions, and the calls of them that are under way.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::mem;

use rpa_auth_flows::{Answer, AuthError};
use rpa_auth_guest::memory;
use rpa_auth_guest::replay::{Reached, Replay};
use rpa_auth_sharing::bindings::{Account, Options};
use rpa_auth_sharing::protocol::{Change, Entry, Event, Failure, Request, Step};
use rpa_auth_sharing::{
    Given, Machine, Randomness, Session, SessionError, Visit, attempt, failure, grant, outcome,
};

use crate::Component;
use crate::store::{Halt, Log, Told};
use crate::world::exports::rpa::auth::session_steps as wit;

impl wit::Guest for Component {
    type Session = Shared;
    type Running = RefCell<Running>;
}

/// A session that is open.
pub struct Opened {
    session: Session,
    randomness: Randomness,
    /// How often randomness was wanted.
    drawn: Cell<u64>,
}

impl Opened {
    /// Returns random bytes: other ones each time, and for each purpose.
    pub fn random<const N: usize>(&self, what_for: &[&[u8]]) -> [u8; N] {
        let drawn = self.drawn.get();
        self.drawn.set(drawn.wrapping_add(1));
        self.randomness.draw(drawn, what_for)
    }
}

/// A session, which its calls share.
pub struct Shared(Rc<Opened>);

impl wit::GuestSession for Shared {
    fn open(
        account: Account,
        options: Options,
        entropy: Vec<u8>,
    ) -> Result<wit::Session, SessionError> {
        let opened = open(account, options, &entropy);
        drop(entropy);
        memory::wipe_stack();
        match opened {
            Ok(opened) => Ok(wit::Session::new(Self(Rc::new(opened)))),
            Err(error) => Err(SessionError::Auth(*error)),
        }
    }

    fn token(&self) -> wit::Running {
        self.begin(Call::Token)
    }

    fn renew(&self, rejected: String) -> wit::Running {
        self.begin(Call::Renew(rejected))
    }

    fn status(&self) -> wit::Running {
        self.begin(Call::Status)
    }

    fn end_for_all(&self) -> wit::Running {
        self.begin(Call::EndForAll)
    }

    fn reopen(&self) -> wit::Running {
        self.begin(Call::Amend(Change::Reopen))
    }

    fn reset_refusals(&self) -> wit::Running {
        self.begin(Call::Amend(Change::ResetRefusals))
    }
}

/// What is called.
enum Call {
    Token,
    Renew(String),
    Status,
    EndForAll,
    Amend(Change),
}

/// Not inlined, so that all of its frames lie where `wipe_stack` wipes.
#[inline(never)]
fn open(account: Account, options: Options, entropy: &[u8]) -> Result<Opened, Box<AuthError>> {
    let randomness = Randomness::new(entropy)
        .ok_or_else(|| AuthError::invalid("entropy", "is not 32 random bytes"))?;
    Ok(Opened {
        session: Session::open(account, options)?,
        randomness,
        drawn: Cell::new(0),
    })
}

impl Shared {
    fn begin(&self, call: Call) -> wit::Running {
        wit::Running::new(RefCell::new(Running {
            opened: Rc::clone(&self.0),
            machine: None,
            visit: Visit::default(),
            doing: Doing::Nothing(Some(call)),
            told: Vec::new(),
            flight: None,
        }))
    }
}

/// A call under way.
pub struct Running {
    opened: Rc<Opened>,
    /// None for a look at the status.
    machine: Option<Machine>,
    visit: Visit,
    doing: Doing,
    /// What the store answered in this step of the protocol.
    told: Vec<Told>,
    flight: Option<Flight>,
}

/// What the host was asked for last.
enum Doing {
    Reading {
        unless: Option<String>,
        wait_ms: u64,
    },
    Writing {
        expected: Option<String>,
        entry: Box<Entry>,
    },
    /// Reading, and changing nothing.
    Peeking,
    /// To wait for the request.
    Awaiting,
    Sleeping,
    /// Nothing: a call that is to begin, or is over.
    Nothing(Option<Call>),
}

/// A request of the protocol's that is under way.
struct Flight {
    request: Request,
    answers: Vec<Answer>,
    limit_ms: Option<u64>,
    /// When it began, in monotonic milliseconds.
    began: u64,
    /// When the protocol wants its next turn.
    due: u64,
}

impl wit::GuestRunning for RefCell<Running> {
    fn on(&self, event: wit::Event, now: wit::Now) -> wit::Step {
        let step = match self.try_borrow_mut() {
            Ok(mut running) => running.on(event, now),
            Err(_) => misled(),
        };
        memory::wipe_stack();
        step
    }
}

impl Running {
    /// Not inlined, so that all of its frames lie where `wipe_stack` wipes.
    #[inline(never)]
    fn on(&mut self, event: wit::Event, now: wit::Now) -> wit::Step {
        let at_the_store = matches!(
            self.doing,
            Doing::Reading { .. } | Doing::Writing { .. } | Doing::Peeking
        );
        match event {
            wit::Event::Begun => self.begin(now),
            wit::Event::Entry(entry) if at_the_store => {
                self.told.push(Told::Entry(entry));
                self.look(now)
            }
            wit::Event::Written(version) if at_the_store => {
                self.told.push(Told::Written(version));
                self.look(now)
            }
            wit::Event::StoreFailed(error) if at_the_store => {
                self.told.push(Told::Failed(error));
                self.look(now)
            }
            wit::Event::Answer(answer) if matches!(self.doing, Doing::Awaiting) => {
                if let Some(flight) = &mut self.flight {
                    flight.answers.push(answer);
                }
                self.fly(now)
            }
            wit::Event::NoAnswer(no_answer) if matches!(self.doing, Doing::Awaiting) => {
                self.land(Err(Box::new(AuthError::Unreachable(no_answer))), now)
            }
            wit::Event::Quiet if matches!(self.doing, Doing::Awaiting | Doing::Sleeping) => {
                self.tell(Event::Quiet, now)
            }
            _ => {
                self.doing = Doing::Nothing(None);
                misled()
            }
        }
    }

    fn begin(&mut self, now: wit::Now) -> wit::Step {
        let Doing::Nothing(Some(call)) = mem::replace(&mut self.doing, Doing::Nothing(None)) else {
            return misled();
        };
        let opened = Rc::clone(&self.opened);
        let session = &opened.session;
        let log = Log::new(&opened, &[], now.monotonic_ms);
        let (machine, first) = match call {
            Call::Token => match session.remembered(now.monotonic_ms) {
                Some(grant) => return self.end(Ok(Given::Grant(grant)), now),
                None => session.token(&log),
            },
            Call::Renew(rejected) => session.renew(&rejected, &log),
            Call::EndForAll => session.end_for_all(),
            Call::Amend(change) => session.amend(change),
            Call::Status => {
                self.doing = Doing::Peeking;
                return self.look(now);
            }
        };
        self.machine = Some(machine);
        self.take(first, now)
    }

    /// Does what the protocol does next.
    fn take(&mut self, step: Step<Given>, now: wit::Now) -> wit::Step {
        self.told.clear();
        match step {
            Step::Read { unless, wait_ms } => {
                self.doing = Doing::Reading { unless, wait_ms };
                self.look(now)
            }
            Step::Write { expected, entry } => {
                self.doing = Doing::Writing { expected, entry };
                self.look(now)
            }
            Step::Send {
                request,
                wait_ms,
                limit_ms,
            } => {
                self.flight = Some(Flight {
                    request,
                    answers: Vec::new(),
                    limit_ms,
                    began: now.monotonic_ms,
                    due: now.monotonic_ms.saturating_add(wait_ms),
                });
                self.fly(now)
            }
            Step::Await { wait_ms } => {
                if let Some(flight) = &mut self.flight {
                    flight.due = now.monotonic_ms.saturating_add(wait_ms);
                }
                self.doing = Doing::Awaiting;
                wit::Step::Await(short(wait_ms))
            }
            Step::Sleep { ms } => {
                self.doing = Doing::Sleeping;
                wit::Step::Sleep(short(ms))
            }
            Step::Done(result) => self.end(result, now),
        }
    }

    fn tell(&mut self, event: Event, now: wit::Now) -> wit::Step {
        let Some(machine) = &mut self.machine else {
            return misled();
        };
        let step = machine.tell(event, now.monotonic_ms);
        self.take(step, now)
    }

    /// Goes to the store, as far as it has answered.
    fn look(&mut self, now: wit::Now) -> wit::Step {
        // What is learnt on the way counts once all has been answered.
        let visit = self.visit.clone();
        let opened = Rc::clone(&self.opened);
        let stored = opened.session.stored();
        let told = mem::take(&mut self.told);
        let log = Log::new(&opened, &told, now.monotonic_ms);
        let came = match &self.doing {
            Doing::Writing { expected, entry } => stored
                .write(&visit, &log, expected.as_deref(), entry)
                .map(Event::Written),
            Doing::Reading { unless, wait_ms } => stored
                .read(&visit, &log, unless.as_deref(), *wait_ms)
                .map(Event::Entry),
            _ => stored.peek(&visit, &log).map(Event::Entry),
        };
        let event = match came {
            Ok(event) => event,
            Err(Halt::Failed(error)) => Event::StoreFailed(error),
            Err(Halt::Asking) => {
                let asked = log.asked().unwrap_or_else(misled);
                self.told = told;
                return asked;
            }
        };
        self.visit = visit;
        if self.machine.is_some() {
            return self.tell(event, now);
        }
        self.doing = Doing::Nothing(None);
        wit::Step::Done(match event {
            Event::Entry(found) => {
                let status = opened.session.status(found.as_ref(), &self.visit, &log);
                Ok(wit::Outcome::Status(status))
            }
            Event::StoreFailed(error) => Err(failure(Failure::Store(error))),
            _ => Err(failure(Failure::Busy)),
        })
    }

    /// Goes on with the request, as far as it was answered.
    fn fly(&mut self, now: wit::Now) -> wit::Step {
        let Some(flight) = &self.flight else {
            return misled();
        };
        let elapsed_ms = now.monotonic_ms.saturating_sub(flight.began);
        let replay = &mut Replay::within(&flight.answers, flight.limit_ms, elapsed_ms);
        match attempt(self.opened.session.account(), &flight.request, replay) {
            Ok(Reached::Send(request)) => {
                let wait_ms = short(flight.due.saturating_sub(now.monotonic_ms));
                self.doing = Doing::Awaiting;
                wit::Step::Send(wit::Sending { request, wait_ms })
            }
            Ok(Reached::Done(reply)) => self.land(Ok(reply), now),
            Err(error) => self.land(Err(error), now),
        }
    }

    /// Tells the protocol how its request ended.
    fn land(
        &mut self,
        sent: rpa_auth_flows::Result<rpa_auth_sharing::Reply>,
        now: wit::Now,
    ) -> wit::Step {
        let Some(flight) = self.flight.take() else {
            return misled();
        };
        let platform = self.opened.session.platform();
        let came = outcome(platform, &flight.request, sent);
        self.tell(Event::Answer(came), now)
    }

    fn end(&mut self, result: Result<Given, Failure>, now: wit::Now) -> wit::Step {
        self.doing = Doing::Nothing(None);
        if let Some(machine) = &self.machine {
            let session = &self.opened.session;
            session.learn(machine, &result, now.monotonic_ms);
        }
        wit::Step::Done(match result {
            Ok(Given::Grant(given)) => Ok(wit::Outcome::Grant(grant(given, now.unix_seconds))),
            Ok(Given::Done) => Ok(wit::Outcome::Done),
            Err(error) => Err(failure(error)),
        })
    }
}

/// The host told what cannot have come of its step.
#[inline(never)]
fn misled() -> wit::Step {
    let error = AuthError::invalid("event", "is not what can come of the last step");
    wit::Step::Done(Err(SessionError::Auth(*error)))
}

fn short(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}
