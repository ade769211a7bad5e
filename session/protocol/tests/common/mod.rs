//! One account, one caller at a time: a store, a clock that the test moves, and
//! a platform whose next answers the test gives.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::VecDeque;

use rpa_auth_flows::{
    AuthError, LifetimeSource, NoAnswer, Rejection, RejectionKind, Throttling, Token, TokenHeader,
    TransportFailure,
};
use rpa_auth_session_protocol::{
    Amendment, Call, Caller, Change, Current, Digest, Ending, Entry, Event, Failure, Flow, Found,
    Goal, Grant, Heard, Outcome, Platform, Request, Secret, Status, Step, Tag,
};

pub const GOOD: Tag = [1; 16];
pub const PATIENCE_MS: u64 = 30_000;

/// An account.
pub struct Account {
    pub platform: Platform,
    pub entry: Option<Entry>,
    pub now: u64,
    pub jitter: u8,
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
            patience_ms: PATIENCE_MS,
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
        Status::of(self.found().as_ref(), &caller)
    }

    pub fn found(&self) -> Option<Found> {
        self.entry.as_ref().map(|entry| Found {
            entry: entry.clone(),
            age_ms: self.now - self.written_at,
            version: self.version.to_string(),
        })
    }

    fn run<T>(
        &mut self,
        mut step: Step<T>,
        mut on: impl FnMut(Event, u64) -> Step<T>,
    ) -> Result<T, Failure> {
        loop {
            let event = match step {
                Step::Read { wait_ms, .. } => {
                    self.now += wait_ms;
                    Event::Entry(self.found())
                }
                Step::Write { entry, .. } => {
                    // As it comes back from a store.
                    let bytes = entry.to_bytes().expect("an entry has bytes");
                    self.entry = Entry::from_bytes(&bytes);
                    self.written_at = self.now;
                    self.version += 1;
                    Event::Written(Some(self.version.to_string()))
                }
                Step::Send { request, .. } => {
                    self.sent.push(request);
                    let answer = self.answers.pop_front().or(self.otherwise.clone());
                    Event::Answer(answer.expect("nothing more is sent than was answered"))
                }
                Step::Await { wait_ms: ms } | Step::Sleep { ms } => {
                    self.now += ms;
                    Event::Quiet
                }
                Step::Done(result) => {
                    assert!(self.answers.is_empty(), "less was sent than was answered");
                    return result;
                }
            };
            step = on(event, self.now);
        }
    }
}

pub fn token(name: &str, lifetime_seconds: u32) -> Token {
    Token {
        value: name.to_owned(),
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
        code: code.map(str::to_owned),
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
        retry_after_seconds,
        code: None,
        message: None,
    })
}

/// For how long nothing is sent: none where a person must act.
pub fn cooling_down(result: Result<Grant, Failure>) -> Option<u64> {
    match result {
        Err(Failure::CoolingDown { retry_after_ms, .. }) => retry_after_ms,
        other => panic!("not cooling down, but {other:?}"),
    }
}
