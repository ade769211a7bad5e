//! The scenarios, each in two sizes: one for every change, and a larger one.

use rpa_auth_session_protocol::Change;

use crate::actor::Role;
use crate::platform::LIFETIME_S;
use crate::scenario::{Bounds, Scenario};

/// Four logins, and time for a lease to end.
const CALM: Bounds = Bounds {
    crashes: 0,
    losses: 0,
    faults: 0,
    displacements: 0,
    put_backs: 0,
    misfortunes: 0,
    logins: 4,
    passes: 2,
};

/// Whichever it is, and time for one lease to end.
const ONE_MISFORTUNE: Bounds = Bounds {
    crashes: 1,
    losses: 1,
    faults: 1,
    misfortunes: 1,
    passes: 1,
    ..CALM
};

const PLAIN: Scenario = Scenario {
    name: "plain",
    callers: &[1, 1],
    others: &[],
    good: 1,
    known: &[1],
    token_age_ms: Some(100_000),
    token_lives: false,
    uses: 1,
    passes: &[3_000, 10_000],
    bounds: CALM,
    nothing_refused: false,
    most_logins: u8::MAX,
};

/// What every change is searched for, in less than two minutes.
pub fn small() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "three callers find a dead token",
            callers: &[1, 1, 1],
            // Less than a lease.
            passes: &[3_000],
            bounds: Bounds {
                faults: 1,
                misfortunes: 1,
                ..CALM
            },
            nothing_refused: true,
            most_logins: 1,
            ..PLAIN
        },
        Scenario {
            name: "a slow login",
            passes: &[3_000],
            bounds: Bounds { passes: 5, ..CALM },
            ..PLAIN
        },
        Scenario {
            name: "two secrets, one of them made up",
            callers: &[1, 1, 2],
            passes: &[10_000],
            known: &[],
            token_age_ms: None,
            bounds: ONE_MISFORTUNE,
            ..PLAIN
        },
        Scenario {
            name: "made-up secrets and lost answers",
            callers: &[2, 2, 2],
            known: &[],
            token_age_ms: None,
            passes: &[10_000],
            bounds: Bounds {
                crashes: 1,
                losses: 2,
                misfortunes: 2,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "a night of restarts",
            token_age_ms: None,
            bounds: Bounds {
                crashes: 1,
                losses: 2,
                misfortunes: 2,
                passes: 3,
                ..CALM
            },
            passes: &[10_000],
            nothing_refused: true,
            ..PLAIN
        },
        Scenario {
            name: "a token in its last minute",
            token_age_ms: Some(LIFETIME_S as u64 * 1_000 - 30_000),
            token_lives: true,
            bounds: Bounds {
                displacements: 1,
                losses: 1,
                crashes: 1,
                misfortunes: 1,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "somebody outside uses the same user",
            uses: 3,
            bounds: Bounds {
                displacements: 3,
                misfortunes: 3,
                passes: 1,
                ..CALM
            },
            nothing_refused: true,
            ..PLAIN
        },
        Scenario {
            name: "a password that was changed",
            callers: &[1, 1, 2],
            good: 2,
            passes: &[10_000],
            bounds: ONE_MISFORTUNE,
            ..PLAIN
        },
        Scenario {
            name: "an old value is put back",
            bounds: Bounds {
                put_backs: 1,
                misfortunes: 1,
                ..CALM
            },
            uses: 2,
            // Less than a lease.
            passes: &[3_000],
            nothing_refused: true,
            // One for the dead token, and one repair.
            most_logins: 2,
            ..PLAIN
        },
        Scenario {
            name: "the end",
            others: &[Role::Ender],
            token_lives: true,
            bounds: Bounds {
                displacements: 1,
                faults: 1,
                crashes: 1,
                losses: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            passes: &[10_000],
            ..PLAIN
        },
        Scenario {
            name: "the end, and a new beginning",
            others: &[Role::Ender, Role::Operator(Change::Reopen)],
            token_lives: true,
            bounds: Bounds { passes: 1, ..CALM },
            passes: &[10_000],
            ..PLAIN
        },
        Scenario {
            name: "a person has the refusals forgotten",
            callers: &[2, 2, 3],
            passes: &[10_000],
            others: &[Role::Operator(Change::ResetRefusals)],
            known: &[],
            token_age_ms: None,
            bounds: Bounds {
                losses: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            ..PLAIN
        },
    ]
}

/// The same with two crashes, two lost answers and a store fault, in any order.
///
/// The scenarios in [`WHOLE`] are searched with all of them together. In the others
/// that does not end in reasonable time: there so many of them happen as in the
/// small size, and one more; in those of [`WIDE`] not even that.
pub fn larger() -> Vec<Scenario> {
    small().into_iter().map(enlarged).collect()
}

/// The scenarios that can be searched with all misfortunes together.
const WHOLE: [&str; 4] = [
    "three callers find a dead token",
    "a slow login",
    "a night of restarts",
    "an old value is put back",
];

/// The scenarios whose callers have so much to try that no misfortune is added.
const WIDE: [&str; 2] = [
    "made-up secrets and lost answers",
    "a person has the refusals forgotten",
];

fn enlarged(small: Scenario) -> Scenario {
    let bounds = small.bounds;
    let misfortunes = match small.name {
        name if WHOLE.contains(&name) => 5 + bounds.put_backs,
        name if WIDE.contains(&name) => bounds.misfortunes,
        _ => bounds.misfortunes + 1,
    };
    Scenario {
        bounds: Bounds {
            crashes: 2,
            losses: 2,
            faults: 1,
            misfortunes,
            ..bounds
        },
        // Whoever takes over from a holder that died logs in once more.
        most_logins: u8::MAX,
        ..small
    }
}
