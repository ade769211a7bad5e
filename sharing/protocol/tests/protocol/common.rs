//! One account: a store, a clock that the test moves, and a platform whose next answers
//! the test gives. A call runs to its end, or step by step beside others ([`Robot`]).

use std::collections::VecDeque;
use std::mem;

use rpa_auth_flows::{
    AuthError, LifetimeSource, NoAnswer, Rejection, RejectionKind, Throttling, Token, TokenHeader,
    TransportFailure,
};
use rpa_auth_session_protocol::{
    Amendment, Call, Caller, Change, Current, Digest, Ending, Entry, Event, Failure, Flow, Found,
    Goal, Grant, Heard, Outcome, Platform, Request, Secret, Status, Step, StoreError, Tag,
};

pub const GOOD: Tag = [1; 16];
pub const PATIENCE_MS: u64 = 30_000;

/// No call takes as many steps.
const STEPS: u32 = 10_000;

/// An account.
pub struct Account {
    pub platform: Platform,
    pub entry: Option<Entry>,
    pub now: u64,
    pub jitter: u8,
    pub patience_ms: u64,
    /// The store cannot be reached before that time.
    pub away_until: u64,
    /// The store takes no entry with more bytes.
    pub most_bytes: usize,
    /// What the process of all calls has heard.
    pub heard: Option<Heard>,
    /// What was sent, in order.
    pub sent: Vec<Request>,
    answers: VecDeque<Outcome>,
    /// What it answers then.
    otherwise: Option<Outcome>,
    written_at: u64,
    version: u32,
    owner: u64,
}

impl Account {
    pub fn new(flow: Flow) -> Self {
        Self {
            platform: Platform::new(flow, None).expect("a limit by default"),
            heard: None,
            entry: None,
            now: 1_000_000,
            jitter: 0,
            patience_ms: PATIENCE_MS,
            away_until: 0,
            most_bytes: usize::MAX,
            sent: Vec::new(),
            answers: VecDeque::new(),
            otherwise: None,
            written_at: 1_000_000,
            version: 0,
            owner: 0,
        }
    }

    /// With a secret that has logged in, and a token of this age.
    pub fn with_token(flow: Flow, token: Token, age_ms: u64) -> Self {
        let current = Current {
            digest: digest(&token),
            token,
            tag: GOOD,
            age_ms,
        };
        let entry = Entry {
            current: Some(current),
            secrets: vec![listed(GOOD)],
            ..Entry::default()
        };
        Self {
            entry: Some(entry),
            ..Self::new(flow)
        }
    }

    /// What the platform answers next.
    pub fn answers(&mut self, outcome: Outcome) -> &mut Self {
        self.answers.push_back(outcome);
        self
    }

    /// The platform refuses the next login, if there is one.
    pub fn maybe_refuses(&mut self) -> &mut Self {
        self.otherwise = Some(refuses());
        self
    }

    /// The platform says that the token is dead, and gives this one for the login.
    pub fn replaces(&mut self, token: &Token) -> &mut Self {
        self.answers(Outcome::TokenRefused).answers(gives(token))
    }

    /// Time passes.
    pub fn later(&mut self, ms: u64) -> &mut Self {
        self.now += ms;
        self
    }

    /// A call for the current token.
    pub fn token(&mut self, tag: Tag) -> Result<Grant, Failure> {
        self.call(tag, Goal::Token)
    }

    /// A call for another token than this one.
    pub fn renew(&mut self, tag: Tag, rejected: &Token) -> Result<Grant, Failure> {
        self.call(tag, Goal::Renew(digest(rejected)))
    }

    fn call(&mut self, tag: Tag, goal: Goal) -> Result<Grant, Failure> {
        let (mut call, first) = Call::new(self.caller(tag), goal, self.now);
        let result = self.run(first, |event, now| call.on(event, now));
        self.heard = call.heard().cloned();
        result
    }

    /// Who calls next.
    pub fn caller(&mut self, tag: Tag) -> Caller {
        self.owner += 1;
        Caller {
            platform: self.platform,
            tag,
            owner: u128::from(self.owner).to_le_bytes(),
            jitter: self.jitter,
            patience_ms: self.patience_ms,
            actor: Some("a test".to_owned()),
            heard: self.heard.clone(),
        }
    }

    pub fn end(&mut self) -> Result<(), Failure> {
        let (mut ending, first) = Ending::new(self.platform, None);
        self.run(first, |event, _| ending.on(event))
    }

    pub fn change(&mut self, change: Change) -> Result<(), Failure> {
        let (mut amendment, first) = Amendment::new(self.platform, None, change);
        self.run(first, |event, _| amendment.on(event))
    }

    /// What a caller with the good secret finds.
    pub fn status(&mut self) -> Status {
        let caller = self.caller(GOOD);
        Status::of(self.found().as_ref(), &caller, self.now)
    }

    pub fn found(&self) -> Option<Found> {
        self.entry.as_ref().map(|entry| Found {
            entry: entry.clone(),
            age_ms: self.now - self.written_at,
            version: self.version.to_string(),
        })
    }

    /// How many logins were sent.
    pub fn logins(&self) -> usize {
        let logins = self.sent.iter().filter(|sent| **sent == Request::Login);
        logins.count()
    }

    /// The store loses the entry.
    pub fn forgets(&mut self) {
        self.entry = None;
    }

    fn run<T>(
        &mut self,
        mut step: Step<T>,
        mut on: impl FnMut(Event, u64) -> Step<T>,
    ) -> Result<T, Failure> {
        for _ in 0..STEPS {
            let event = match step {
                Step::Send { request, .. } => {
                    self.sent.push(request);
                    let answer = self.answers.pop_front().or(self.otherwise.clone());
                    Event::Answer(answer.expect("nothing more is sent than was answered"))
                }
                Step::Done(result) => {
                    assert!(self.answers.is_empty(), "less was sent than was answered");
                    return result;
                }
                step => self.perform(&step),
            };
            step = on(event, self.now);
        }
        panic!("it never ends");
    }

    /// What comes of a step that asks nothing of the platform. Whoever waits, waits for
    /// as long as it may.
    pub fn perform<T>(&mut self, step: &Step<T>) -> Event {
        match step {
            Step::Read { .. } | Step::Write { .. } if self.now < self.away_until => lost(),
            Step::Read { wait_ms, .. } => {
                self.now += wait_ms;
                Event::Entry(self.found())
            }
            Step::Write { expected, entry } => self.write(expected.as_ref(), entry),
            Step::Await { wait_ms: ms } | Step::Sleep { ms } => {
                self.now += ms;
                Event::Quiet
            }
            Step::Send { .. } | Step::Done(_) => panic!("that is for the test to do"),
        }
    }

    fn write(&mut self, expected: Option<&String>, entry: &Entry) -> Event {
        let version = self.found().map(|found| found.version);
        if version.as_ref() != expected {
            return Event::Written(None);
        }
        // As it comes back from a store.
        let bytes = entry.clone().into_bytes().expect("an entry has bytes");
        if bytes.len() > self.most_bytes {
            return does_not_do_it();
        }
        self.entry = Entry::from_bytes(&bytes);
        self.written_at = self.now;
        self.version += 1;
        Event::Written(Some(self.version.to_string()))
    }
}

/// A call that is made step by step, beside others. Dropped, it is a process that was
/// killed.
pub struct Robot {
    call: Call,
    step: Step<Grant>,
}

impl Robot {
    /// What its process has heard.
    pub fn heard(&self) -> Option<Heard> {
        self.call.heard().cloned()
    }

    /// How long it gives the request that it sends, and the one that it waits for.
    pub fn limit_ms(&self) -> Option<u64> {
        match &self.step {
            Step::Send { limit_ms, .. } => *limit_ms,
            step => panic!("nothing is sent, but {step:?}"),
        }
    }

    /// What it writes next.
    pub fn writes(&self) -> &Entry {
        match &self.step {
            Step::Write { entry, .. } => entry,
            step => panic!("nothing is written, but {step:?}"),
        }
    }

    /// Whether it has come to its end.
    pub fn has_ended(&self) -> bool {
        matches!(self.step, Step::Done(_))
    }

    fn is_in_flight(&self) -> bool {
        matches!(self.step, Step::Send { .. } | Step::Await { .. })
    }
}

/// Calls that are made step by step.
impl Account {
    /// Begins a call for the current token.
    pub fn begins(&mut self, tag: Tag) -> Robot {
        self.begins_to(tag, Goal::Token)
    }

    /// Begins a call for another token than this one.
    pub fn begins_to_renew(&mut self, tag: Tag, rejected: &Token) -> Robot {
        self.begins_to(tag, Goal::Renew(digest(rejected)))
    }

    fn begins_to(&mut self, tag: Tag, goal: Goal) -> Robot {
        let (call, step) = Call::new(self.caller(tag), goal, self.now);
        Robot { call, step }
    }

    /// Goes on by one step of the store or the clock.
    pub fn goes_on(&mut self, robot: &mut Robot) {
        let event = self.perform(&robot.step);
        self.takes(robot, event);
    }

    /// The same with a store whose answer takes this long.
    pub fn goes_on_slowly(&mut self, robot: &mut Robot, ms: u64) {
        let event = self.perform(&robot.step);
        self.now += ms;
        self.takes(robot, event);
    }

    /// Why a call that begins now makes no attempt. None where it would make one.
    pub fn begins_and_decides(&mut self, tag: Tag) -> Option<Failure> {
        let mut robot = self.begins(tag);
        self.goes_on(&mut robot);
        match robot.step {
            Step::Write { .. } => None,
            Step::Done(Err(failure)) => Some(failure),
            step => panic!("{step:?}"),
        }
    }

    /// Goes on to the next request, which leaves.
    pub fn sends(&mut self, robot: &mut Robot) -> Request {
        for _ in 0..STEPS {
            if let Step::Send { request, .. } = &robot.step {
                let request = request.clone();
                self.sent.push(request.clone());
                return request;
            }
            self.goes_on(robot);
        }
        panic!("nothing is ever sent");
    }

    /// Goes on to a login, over a probe that the platform answers as if it were well.
    pub fn sends_a_login(&mut self, robot: &mut Robot) {
        if self.sends(robot) == Request::Probe {
            self.answered(robot, Outcome::Fine);
            self.sends(robot);
        }
        assert_eq!(self.sent.last(), Some(&Request::Login));
    }

    /// Goes on to what it writes next.
    pub fn comes_to_write(&mut self, robot: &mut Robot) {
        while !matches!(robot.step, Step::Write { .. }) {
            self.goes_on(robot);
        }
    }

    /// Goes on until it waits for somebody else.
    pub fn waits(&mut self, robot: &mut Robot) -> u64 {
        for _ in 0..STEPS {
            match robot.step {
                Step::Read { wait_ms, .. } if wait_ms > 0 => return wait_ms,
                _ => self.goes_on(robot),
            }
        }
        panic!("it never waits");
    }

    /// The wait is over early: the store has another entry.
    pub fn sees_the_entry(&mut self, robot: &mut Robot) {
        assert!(matches!(robot.step, Step::Read { .. }), "{:?}", robot.step);
        let found = Event::Entry(self.found());
        self.takes(robot, found);
    }

    /// The platform answers the request that is in flight.
    pub fn answered(&mut self, robot: &mut Robot, outcome: Outcome) {
        assert!(robot.is_in_flight(), "{:?}", robot.step);
        self.takes(robot, Event::Answer(outcome));
    }

    /// Goes on for this long while no answer comes.
    pub fn hears_nothing_for(&mut self, robot: &mut Robot, ms: u64) {
        let until = self.now + ms;
        while self.now < until || !robot.is_in_flight() {
            match robot.step {
                Step::Send { wait_ms, .. } | Step::Await { wait_ms } => {
                    let left_ms = until - self.now;
                    self.now += wait_ms.max(1).min(left_ms);
                    if wait_ms <= left_ms {
                        self.takes(robot, Event::Quiet);
                    }
                }
                _ => self.goes_on(robot),
            }
        }
    }

    /// Its step happens, and the answer of the store is lost.
    pub fn loses_the_answer(&mut self, robot: &mut Robot) {
        self.perform(&robot.step);
        self.takes(robot, lost());
    }

    /// Its step does not happen, because the store cannot be reached.
    pub fn does_not_reach_the_store(&mut self, robot: &mut Robot) {
        self.takes(robot, lost());
    }

    /// The store answers that its step cannot be done.
    pub fn is_denied_by_the_store(&mut self, robot: &mut Robot) {
        self.takes(robot, does_not_do_it());
    }

    /// Goes on to its end.
    pub fn ends(&mut self, robot: &mut Robot) -> Result<Grant, Failure> {
        let step = mem::replace(&mut robot.step, Step::Sleep { ms: 0 });
        self.run(step, |event, now| robot.call.on(event, now))
    }

    fn takes(&mut self, robot: &mut Robot, event: Event) {
        robot.step = robot.call.on(event, self.now);
    }
}

/// The store cannot be reached, or its answer is lost.
pub fn lost() -> Event {
    Event::StoreFailed(StoreError::Unavailable(Some("it is away".to_owned())))
}

/// The store answers, and does not do what it was asked.
fn does_not_do_it() -> Event {
    Event::StoreFailed(StoreError::Other(Some("it is full".to_owned())))
}

/// Without an answer, and perhaps refused.
pub fn is_in_doubt() -> Outcome {
    Outcome::Doubtful(no_answer(true))
}

pub fn token(name: &str, lifetime_seconds: u32) -> Token {
    Token {
        value: name.into(),
        header: TokenHeader::XAuthorization,
        lifetime_seconds,
        lifetime_source: LifetimeSource::DocumentedDefault,
        expires_at_seconds: 0,
        multiple_login: None,
        scopes: None,
    }
}

pub fn digest(token: &Token) -> Digest {
    let mut digest = [0; 16];
    for (byte, place) in token.value.bytes().zip(&mut digest) {
        *place = byte;
    }
    digest
}

/// The platform gives this token.
pub fn gives(token: &Token) -> Outcome {
    Outcome::Token(Box::new(token.clone()), digest(token))
}

pub fn listed(tag: Tag) -> Secret {
    Secret {
        tag,
        good_at: Some(0),
        refusal: None,
    }
}

pub fn rejection(kind: RejectionKind, status: u16, code: Option<&str>) -> AuthError {
    AuthError::Rejected(Rejection {
        kind,
        status,
        code: code.map(Into::into),
        message: None,
    })
}

pub fn refuses() -> Outcome {
    Outcome::Refused(rejection(RejectionKind::CredentialsRejected, 401, None))
}

pub fn no_answer(may_have_acted: bool) -> AuthError {
    AuthError::Unreachable(NoAnswer {
        failure: TransportFailure::Timeout,
        may_have_acted,
    })
}

/// Nothing was reached.
pub fn is_away() -> Outcome {
    Outcome::Failed(no_answer(false))
}

pub fn throttled(status: u16, retry_after_seconds: Option<u32>) -> AuthError {
    AuthError::Throttled(Throttling {
        status,
        code: None,
        message: None,
        retry_after_seconds,
    })
}

/// For how long nothing is sent: none where a person must act.
pub fn cooling_down(result: Result<Grant, Failure>) -> Option<u64> {
    match result {
        Err(Failure::CoolingDown { retry_after_ms, .. }) => retry_after_ms,
        other => panic!("not cooling down, but {other:?}"),
    }
}
