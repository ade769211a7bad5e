//! What a Control Room recorded of a fleet: the figures, and who displaced whom when.

use std::time::{Duration, Instant};

use simulators::control_room::WORK_ITEM;
use simulators::{ControlRoom, Recorded};

use super::EXECUTIONS;
use super::execution::{CALLS, HEADER, USER};

/// An execution's number from 1, or 0 for who logs in outside of the fleet.
pub type Lane = usize;

/// One way of twenty executions to their tokens.
pub struct Story {
    /// Which way.
    pub title: &'static str,
    /// From the first to the last request; all times are within.
    pub length: Duration,
    /// In the order that they were given out.
    pub tokens: Vec<Token>,
    /// Requests in the order that they came.
    pub requests: Vec<Request>,
    /// What happened to the Control Room itself.
    pub moments: Vec<(Duration, &'static str)>,
    /// When the user was disabled, if it was.
    pub disabled: Option<Duration>,
    /// Whether the Control Room could use all of the requests.
    pub is_well_formed: bool,
}

/// A token, without its text.
pub struct Token {
    /// As the Control Room counts them.
    pub number: u64,
    /// Whose login got it.
    pub lane: Lane,
    /// When.
    pub from: Duration,
    /// When which token displaced it, if one did.
    pub displaced: Option<(Duration, u64)>,
}

/// A request of an execution.
pub struct Request {
    /// Whose.
    pub lane: Lane,
    /// When it came.
    pub at: Duration,
    /// What it wanted.
    pub kind: Kind,
    /// What it was answered; none if the answer was lost.
    pub status: Option<u16>,
}

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A token for credentials.
    Login,
    /// The work item: what the job is about.
    Call,
    /// Whether a token is good, or whether the Control Room is there.
    Check,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Logins that reached the Control Room, however it answered.
    pub logins: usize,
    /// Calls of the API that it did not serve.
    pub failed_calls: usize,
    /// Executions all of whose calls it served.
    pub ended_well: usize,
    /// Users that it disabled.
    pub disabled: usize,
}

impl Request {
    /// Whether it got what it wanted.
    pub fn is_served(&self) -> bool {
        self.status == Some(200)
    }
}

impl Story {
    /// Reads the records of a Control Room whose executions have ended.
    pub fn read(
        title: &'static str,
        room: &ControlRoom,
        began: Instant,
        moments: &[(Instant, &'static str)],
    ) -> Self {
        let since = |at: Instant| at.saturating_duration_since(began);
        let records = room.requests();
        let lane_of = |number: u64| {
            let login = records.iter().find(|one| one.granted == Some(number));
            login.map_or(0, lane)
        };
        let tokens = room.issued();
        let tokens = tokens.iter().map(|token| Token {
            number: token.number,
            lane: lane_of(token.number),
            from: since(token.at),
            displaced: token.displaced.map(|by| (since(by.at), by.by)),
        });
        let requests = records.iter().map(|record| Request {
            lane: lane(record),
            at: since(record.arrived),
            kind: kind(record),
            status: record.status,
        });
        let end = records.iter().map(|record| record.arrived + record.elapsed);
        Self {
            title,
            length: end.max().map_or(Duration::ZERO, since),
            tokens: tokens.collect(),
            requests: requests.collect(),
            moments: moments
                .iter()
                .map(|&(at, what)| (since(at), what))
                .collect(),
            disabled: room.disabled_at(USER).map(since),
            is_well_formed: room.violations().is_empty(),
        }
    }

    /// The row of the table.
    pub fn figures(&self) -> Figures {
        let of = |kind| self.requests.iter().filter(move |one| one.kind == kind);
        let has_ended_well = |lane: &Lane| {
            let own = of(Kind::Call).filter(|call| call.lane == *lane);
            own.filter(|call| call.is_served()).count() == CALLS
        };
        Figures {
            logins: of(Kind::Login).count(),
            failed_calls: of(Kind::Call).filter(|call| !call.is_served()).count(),
            ended_well: (1..=EXECUTIONS).filter(has_ended_well).count(),
            disabled: self.disabled.iter().count(),
        }
    }

    /// Whether nobody was hurt.
    pub fn is_well(&self) -> bool {
        let figures = self.figures();
        self.is_well_formed && figures.ended_well == EXECUTIONS && figures.disabled == 0
    }

    /// The token of this number.
    pub fn token(&self, number: u64) -> Option<&Token> {
        self.tokens.iter().find(|token| token.number == number)
    }
}

fn lane(record: &Recorded) -> Lane {
    let number = record.header(HEADER).and_then(|number| number.parse().ok());
    number.unwrap_or_default()
}

fn kind(record: &Recorded) -> Kind {
    if record.method == "POST" && record.path().ends_with("/authentication") {
        Kind::Login
    } else if record.path() == WORK_ITEM && record.header("x-authorization").is_some() {
        Kind::Call
    } else {
        Kind::Check
    }
}
