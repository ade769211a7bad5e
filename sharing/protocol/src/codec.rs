//! How an entry is written down: its fields in their order, without names.
//!
//! - Numbers have their full width, the lowest byte first.
//! - An option, a truth value and a case are one byte, a length is four.
//! - One description serves both ways (`Part::pass`), so that they cannot
//!   differ, and at half the size. Reading begins with a blank.
//! - What cannot be read fails the whole, and so does what is left over: it is the
//!   entry of another version, and nothing is made of it.
//! - A later version puts what is new at the end ([`LaterField`]). A field whose
//!   number is below 128 is carried along by those who do not know it, and written
//!   back as it came; one with a higher number must be understood, so it fails the
//!   whole.

mod wire;

use alloc::vec::Vec;

use rpa_auth_flows::{
    AuthError, LifetimeSource, NoAnswer, Oddity, Redirection, Rejection, RejectionKind, Throttling,
    Token, TokenHeader, TransportFailure,
};

use self::wire::{Part, Wire};
use crate::entry::{Attempt, Current, Doubt, Entry, LaterField, Refusal, Secret, Settled};
use crate::platform::Renewal;

/// The first number of a field that must be understood.
const MUST_BE_UNDERSTOOD: u8 = 128;

impl Entry {
    /// The bytes to be sealed.
    pub fn into_bytes(mut self) -> Option<Vec<u8>> {
        let mut wire = Wire::Writing(Vec::new());
        self.pass(&mut wire);
        match wire {
            Wire::Writing(bytes) => Some(bytes),
            Wire::Reading(_) | Wire::Failed => None,
        }
    }

    /// From the bytes that were sealed. None where another version wrote them, and
    /// means what this one does not know.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut wire = Wire::Reading(bytes);
        let mut entry = Self::blank();
        entry.pass(&mut wire);
        let mut later = entry.later_fields.iter();
        let is_understood = later.all(|field| field.id < MUST_BE_UNDERSTOOD);
        match wire {
            Wire::Reading([]) if is_understood => Some(entry),
            _ => None,
        }
    }
}

/// The fields of a record, all of them.
macro_rules! records {
    ($($record:ident { $($field:ident),+ })+) => {$(
        impl Part for $record {
            fn blank() -> Self {
                Self { $($field: Part::blank()),+ }
            }

            fn pass(&mut self, wire: &mut Wire<'_>) {
                let Self { $($field),+ } = self;
                $($field.pass(wire);)+
            }
        }
    )+};
}

/// The cases of an enum, all of them, in the order in which it has them.
macro_rules! enums {
    ($($name:ident { $first:ident $(, $case:ident)* })+) => {$(
        impl Part for $name {
            fn blank() -> Self {
                Self::$first
            }

            fn pass(&mut self, wire: &mut Wire<'_>) {
                const CASES: &[$name] = &[$name::$first $(, $name::$case)*];
                let number = match self {
                    Self::$first $(| Self::$case)* => *self as u8,
                };
                pass_case(self, number, CASES, wire);
            }
        }
    )+};
}

/// Enums that list their cases themselves.
macro_rules! listed {
    ($($name:ident blank $blank:ident)+) => {$(
        impl Part for $name {
            fn blank() -> Self {
                Self::$blank
            }

            fn pass(&mut self, wire: &mut Wire<'_>) {
                pass_case(self, *self as u8, Self::ALL, wire);
            }
        }
    )+};
}

/// Passes the number of a case.
fn pass_case<T: Copy>(value: &mut T, number: u8, cases: &[T], wire: &mut Wire<'_>) {
    let number = wire.byte(number, cases.len() as u8);
    if let Some(case) = cases.get(usize::from(number)) {
        *value = *case;
    }
}

records! {
    Current { token, digest, tag, age_ms }
    Token {
        value, header, lifetime_seconds, lifetime_source, expires_at_seconds, multiple_login, scopes
    }
    Attempt { owner, tag, renewal, sent, left_ms, forgives, doomed }
    Settled { number, owner, tag, failure, still_good }
    Secret { tag, good_at, refusal }
    Doubt { number, tag, age_ms, is_cleared }
    Refusal { age_ms, times, made_up, cause }
    LaterField { id, value }
    Rejection { kind, status, code, message }
    Throttling { status, retry_after_seconds, code, message }
    Redirection { status, origin }
    Oddity { status, what }
    NoAnswer { failure, may_have_acted }
}

enums! {
    Renewal { Login, Refresh, Check }
    TokenHeader { XAuthorization, Bearer }
    LifetimeSource { Claims, Response, DocumentedDefault }
}

listed! {
    RejectionKind blank CredentialsRejected
    TransportFailure blank Dns
}

impl Part for Entry {
    fn blank() -> Self {
        Self::default()
    }

    fn pass(&mut self, wire: &mut Wire<'_>) {
        let Self {
            number,
            origin,
            current,
            attempt,
            settled,
            secrets,
            doubts,
            refusals,
            failures,
            pause_ms,
            refresh_pause_ms,
            probe,
            latched,
            cause,
            dead_token,
            quick_deaths,
            contests,
            contest_ms,
            quick_renewals,
            ended,
            to_log_out,
            actor,
            later_fields,
            // Found out by whoever reads.
            was_abandoned: _,
        } = self;
        number.pass(wire);
        origin.pass(wire);
        current.pass(wire);
        attempt.pass(wire);
        settled.pass(wire);
        secrets.pass(wire);
        doubts.pass(wire);
        refusals.pass(wire);
        failures.pass(wire);
        pause_ms.pass(wire);
        refresh_pause_ms.pass(wire);
        probe.pass(wire);
        latched.pass(wire);
        cause.pass(wire);
        dead_token.pass(wire);
        quick_deaths.pass(wire);
        contests.pass(wire);
        contest_ms.pass(wire);
        quick_renewals.pass(wire);
        ended.pass(wire);
        to_log_out.pass(wire);
        actor.pass(wire);
        later_fields.pass(wire);
    }
}

impl Part for AuthError {
    fn blank() -> Self {
        Self::Unreachable(Part::blank())
    }

    fn pass(&mut self, wire: &mut Wire<'_>) {
        let case = match self {
            Self::InvalidArgument(_) => 0,
            Self::Rejected(_) => 1,
            Self::Throttled(_) => 2,
            Self::Redirected(_) => 3,
            Self::UnexpectedResponse(_) => 4,
            Self::Unreachable(_) => 5,
            // Not to be made.
            Self::Other(_) => 6,
        };
        let case = wire.byte(case, 6);
        if !matches!(wire, Wire::Writing(_)) {
            *self = match case {
                0 => Self::InvalidArgument(Part::blank()),
                1 => Self::Rejected(Part::blank()),
                2 => Self::Throttled(Part::blank()),
                3 => Self::Redirected(Part::blank()),
                4 => Self::UnexpectedResponse(Part::blank()),
                _ => Self::Unreachable(Part::blank()),
            };
        }
        match self {
            Self::InvalidArgument(text) => text.pass(wire),
            Self::Rejected(rejection) => rejection.pass(wire),
            Self::Throttled(throttling) => throttling.pass(wire),
            Self::Redirected(redirection) => redirection.pass(wire),
            Self::UnexpectedResponse(oddity) => oddity.pass(wire),
            Self::Unreachable(no_answer) => no_answer.pass(wire),
            Self::Other(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
