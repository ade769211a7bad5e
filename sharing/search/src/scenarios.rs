//! The scenarios, each in two sizes: one for every change, and a larger one.

use rpa_auth_session_protocol::{Change, Flow};

use crate::actor::Role;
use crate::platform::{LIFETIME_S, Strange};
use crate::scenario::{Bounds, Outage, Scenario, Takes};

/// A day, in ms.
const DAY_MS: u64 = 86_400_000;

/// Three logins, which is as many as may disable a user, and time for a lease to end.
const CALM: Bounds = Bounds {
    crashes: 0,
    drops: 0,
    losses: 0,
    faults: 0,
    lates: 0,
    forgets: 0,
    stops: 0,
    displacements: 0,
    lies: 0,
    put_backs: 0,
    misfortunes: 0,
    logins: 3,
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

/// A Control Room as it is by default, and two robots that find a dead token.
const PLAIN: Scenario = Scenario {
    name: "plain",
    flow: Flow::ControlRoom,
    lockout_limit: 3,
    callers: &[1, 1],
    in_turn: false,
    others: &[],
    good: 1,
    good_after_reset: 1,
    known: &[1],
    typos: 0,
    token_age_ms: Some(100_000),
    token_lives: false,
    is_renewed_early: false,
    refreshes_in_place: false,
    uses: 1,
    retries: 0,
    passes: &[3_000, 10_000],
    strange: &[],
    outage: None,
    store_takes: Takes::Everything,
    bounds: CALM,
    most_logins: u8::MAX,
};

/// Nobody has logged in yet.
const NEW: Scenario = Scenario {
    known: &[],
    token_age_ms: None,
    ..PLAIN
};

/// How old a token is then.
const IN_ITS_LAST_MINUTE: Option<u64> = Some(LIFETIME_S as u64 * 1_000 - 30_000);

/// What every change is searched for, in less than two minutes.
pub fn small() -> Vec<Scenario> {
    let mut all = robots();
    all.extend(refusals());
    all.extend(outages());
    all.extend(tokens());
    all.extend(stores());
    all.extend(ends());
    all
}

/// Callers of one token, and what goes wrong with them.
fn robots() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "three callers find a dead token",
            callers: &[1, 1, 1],
            // Less than a lease.
            passes: &[3_000],
            bounds: Bounds {
                faults: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            most_logins: 1,
            ..PLAIN
        },
        Scenario {
            name: "a slow login",
            passes: &[3_000],
            bounds: Bounds { passes: 4, ..CALM },
            ..PLAIN
        },
        Scenario {
            name: "calls that are given up",
            known: &[1],
            token_age_ms: None,
            bounds: Bounds {
                drops: 2,
                misfortunes: 2,
                passes: 1,
                ..CALM
            },
            passes: &[10_000],
            ..PLAIN
        },
        Scenario {
            name: "renewals that are given up",
            callers: &[1, 1],
            bounds: Bounds {
                drops: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            passes: &[10_000],
            ..PLAIN
        },
        Scenario {
            name: "early renewals that are given up",
            callers: &[1, 1],
            token_age_ms: IN_ITS_LAST_MINUTE,
            token_lives: true,
            is_renewed_early: true,
            bounds: Bounds {
                drops: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            passes: &[10_000],
            ..PLAIN
        },
        Scenario {
            name: "a long wait",
            token_age_ms: None,
            passes: &[10_000, 25_000],
            bounds: Bounds {
                crashes: 1,
                misfortunes: 1,
                passes: 2,
                ..CALM
            },
            ..PLAIN
        },
    ]
}

/// Secrets that are refused.
fn refusals() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "two secrets, one of them made up",
            callers: &[1, 2],
            passes: &[10_000],
            bounds: Bounds {
                passes: 2,
                ..ONE_MISFORTUNE
            },
            ..NEW
        },
        Scenario {
            name: "made-up secrets and lost answers",
            callers: &[2, 2],
            retries: 1,
            passes: &[10_000],
            bounds: Bounds {
                crashes: 1,
                losses: 2,
                misfortunes: 2,
                ..CALM
            },
            ..NEW
        },
        Scenario {
            name: "three made-up secrets",
            callers: &[2, 3, 4],
            passes: &[20_000],
            bounds: CALM,
            ..NEW
        },
        Scenario {
            name: "a password that was changed",
            callers: &[1, 2],
            good: 2,
            retries: 1,
            passes: &[10_000],
            bounds: Bounds {
                passes: 2,
                ..ONE_MISFORTUNE
            },
            ..PLAIN
        },
        Scenario {
            name: "two processes that stand still",
            good: 2,
            passes: &[10_000],
            bounds: Bounds { passes: 3, ..CALM },
            ..PLAIN
        },
        Scenario {
            name: "a changed password in the course of a day",
            callers: &[1, 2],
            good: 2,
            retries: 1,
            passes: &[10_000, 300_000, DAY_MS],
            bounds: Bounds { passes: 2, ..CALM },
            ..PLAIN
        },
        Scenario {
            name: "a second chance on an Orchestrator",
            flow: Flow::Ropc,
            lockout_limit: 5,
            callers: &[1],
            good: 2,
            token_age_ms: None,
            retries: 4,
            passes: &[60_000, 300_000],
            bounds: Bounds {
                losses: 1,
                crashes: 1,
                misfortunes: 1,
                passes: 6,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "an Orchestrator and three secrets",
            flow: Flow::Ropc,
            lockout_limit: 4,
            callers: &[2, 3, 1],
            passes: &[10_000],
            bounds: Bounds {
                losses: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            known: &[1],
            token_age_ms: None,
            ..PLAIN
        },
        Scenario {
            name: "nine secrets, one after another",
            flow: Flow::ClientCredentials,
            lockout_limit: 10,
            callers: &[2, 3, 4, 5, 6, 7, 8, 9, 2, 1],
            in_turn: true,
            token_lives: true,
            passes: &[300_000],
            bounds: Bounds {
                passes: 8,
                logins: 12,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "a typo after many others",
            callers: &[2, 1],
            in_turn: true,
            typos: 15,
            token_lives: true,
            uses: 2,
            bounds: Bounds {
                losses: 1,
                misfortunes: 1,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "a person has the refusals forgotten",
            callers: &[2, 3],
            passes: &[10_000],
            others: &[Role::Operator(Change::ResetRefusals)],
            bounds: Bounds {
                losses: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            ..NEW
        },
        Scenario {
            name: "a person sets the password right",
            callers: &[1],
            others: &[Role::Operator(Change::ResetRefusals)],
            good: 2,
            good_after_reset: 1,
            token_age_ms: None,
            retries: 1,
            passes: &[10_000],
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

/// A platform that is not well.
fn outages() -> Vec<Scenario> {
    const NIGHT: Scenario = Scenario {
        token_age_ms: None,
        retries: 1,
        passes: &[10_000, 300_000, DAY_MS],
        bounds: Bounds { passes: 3, ..CALM },
        ..PLAIN
    };
    const fn until(strange: Strange) -> Option<Outage> {
        Some(Outage {
            strange,
            until: 2 * DAY_MS,
        })
    }
    vec![
        Scenario {
            name: "a night of restarts",
            token_age_ms: None,
            bounds: Bounds {
                crashes: 1,
                losses: 2,
                misfortunes: 2,
                passes: 2,
                ..CALM
            },
            passes: &[10_000],
            ..PLAIN
        },
        Scenario {
            name: "two lost answers, a day apart",
            callers: &[2, 1],
            in_turn: true,
            token_age_ms: None,
            uses: 2,
            passes: &[DAY_MS],
            bounds: Bounds {
                losses: 2,
                misfortunes: 2,
                logins: 4,
                passes: 2,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "two days of errors",
            outage: until(Strange::Error500),
            ..NIGHT
        },
        Scenario {
            name: "two days of pages",
            outage: until(Strange::Page),
            ..NIGHT
        },
        Scenario {
            name: "two days of 403",
            outage: until(Strange::Forbidden),
            ..NIGHT
        },
        Scenario {
            name: "two days of 404",
            outage: until(Strange::NotFound),
            ..NIGHT
        },
        Scenario {
            name: "a platform that asks for time",
            retries: 1,
            passes: &[3_000, 60_000],
            strange: &[Strange::RetryAfter, Strange::Unavailable],
            bounds: Bounds {
                losses: 1,
                misfortunes: 1,
                passes: 2,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "answers that are no verdict",
            token_age_ms: None,
            passes: &[10_000],
            strange: &[Strange::Error500, Strange::Page, Strange::Forbidden],
            bounds: Bounds {
                losses: 2,
                misfortunes: 2,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "a made-up secret and answers that are no verdict",
            callers: &[2, 3],
            passes: &[10_000],
            strange: &[Strange::Error500],
            retries: 1,
            bounds: Bounds {
                losses: 2,
                misfortunes: 2,
                ..CALM
            },
            ..NEW
        },
    ]
}

/// A token in the course of its life.
fn tokens() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "a token in its last minute",
            token_age_ms: IN_ITS_LAST_MINUTE,
            token_lives: true,
            passes: &[10_000],
            is_renewed_early: true,
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
            name: "a refresh that gives the same token",
            token_age_ms: IN_ITS_LAST_MINUTE,
            token_lives: true,
            is_renewed_early: true,
            refreshes_in_place: true,
            uses: 2,
            passes: &[10_000, 60_000],
            bounds: Bounds {
                displacements: 1,
                lies: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "an Orchestrator's token in its last minute",
            flow: Flow::Ropc,
            lockout_limit: 4,
            callers: &[1, 2],
            good: 2,
            known: &[1],
            token_age_ms: IN_ITS_LAST_MINUTE,
            token_lives: true,
            is_renewed_early: true,
            bounds: Bounds {
                losses: 1,
                misfortunes: 1,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "a 401 that lies",
            token_lives: true,
            uses: 2,
            passes: &[3_000, 10_000],
            strange: &[Strange::Error500],
            bounds: Bounds {
                lies: 2,
                losses: 1,
                crashes: 1,
                misfortunes: 2,
                passes: 1,
                ..CALM
            },
            most_logins: 0,
            ..PLAIN
        },
        Scenario {
            name: "a 401 that lies, of client credentials",
            flow: Flow::ClientCredentials,
            lockout_limit: 4,
            token_lives: true,
            uses: 2,
            passes: &[3_000, 10_000],
            bounds: Bounds {
                lies: 2,
                losses: 1,
                misfortunes: 2,
                passes: 1,
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
            ..PLAIN
        },
        Scenario {
            name: "somebody outside comes once an hour",
            callers: &[1],
            uses: 5,
            passes: &[300_000],
            bounds: Bounds {
                displacements: 4,
                misfortunes: 4,
                passes: 2,
                logins: 6,
                ..CALM
            },
            ..PLAIN
        },
    ]
}

/// A store that does not do as it should.
fn stores() -> Vec<Scenario> {
    vec![
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
            // One for the dead token, and one repair.
            most_logins: 2,
            ..PLAIN
        },
        Scenario {
            name: "a store that forgets",
            callers: &[1, 1],
            good: 2,
            passes: &[10_000],
            retries: 1,
            bounds: Bounds {
                forgets: 1,
                crashes: 1,
                misfortunes: 2,
                passes: 1,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "a store that forgets again and again",
            callers: &[2],
            retries: 2,
            passes: &[10_000],
            bounds: Bounds {
                forgets: 3,
                misfortunes: 3,
                passes: 1,
                ..CALM
            },
            // This process hears the first refusal itself.
            most_logins: 1,
            ..NEW
        },
        Scenario {
            name: "a store that answers late",
            passes: &[3_000, 6_000],
            bounds: Bounds {
                lates: 1,
                misfortunes: 1,
                passes: 2,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "a store that stops taking writes",
            callers: &[1, 2],
            good: 1,
            passes: &[10_000],
            retries: 1,
            bounds: Bounds {
                stops: 1,
                misfortunes: 1,
                passes: 2,
                ..CALM
            },
            ..PLAIN
        },
        Scenario {
            name: "a token that the store does not take",
            store_takes: Takes::NoNewTokens,
            retries: 2,
            // Less than a lease.
            passes: &[3_000],
            most_logins: 1,
            ..PLAIN
        },
    ]
}

/// The end of the session.
fn ends() -> Vec<Scenario> {
    vec![
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
            name: "the end while somebody logs in",
            callers: &[1],
            others: &[Role::Ender],
            bounds: Bounds { passes: 3, ..CALM },
            passes: &[10_000],
            ..PLAIN
        },
        Scenario {
            name: "the end while one logs in and one waits",
            others: &[Role::Ender],
            bounds: Bounds { passes: 1, ..CALM },
            passes: &[10_000],
            ..PLAIN
        },
        Scenario {
            name: "an end that is given up",
            callers: &[1],
            others: &[Role::Ender],
            token_lives: true,
            retries: 1,
            bounds: Bounds {
                drops: 1,
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
            name: "an end that needs two tries",
            callers: &[1],
            others: &[Role::Ender, Role::Operator(Change::Reopen)],
            token_lives: true,
            retries: 1,
            bounds: Bounds {
                losses: 1,
                misfortunes: 1,
                passes: 1,
                ..CALM
            },
            passes: &[10_000],
            ..PLAIN
        },
    ]
}

/// The same with more misfortunes, in any order: two crashes, two lost answers and a
/// store fault.
///
/// The scenarios in `WHOLE` are searched with all of them together. In the others
/// that does not end in reasonable time: there so many of them happen as in the
/// small size, and one more; in those of `WIDE` not even that.
pub fn larger() -> Vec<Scenario> {
    small().into_iter().map(enlarged).collect()
}

/// The scenarios that can be searched with all misfortunes together.
const WHOLE: [&str; 3] = [
    "three callers find a dead token",
    "a slow login",
    "a night of restarts",
];

/// The scenarios whose callers have so much to try that no misfortune is added.
const WIDE: [&str; 2] = [
    "made-up secrets and lost answers",
    "a person has the refusals forgotten",
];

fn enlarged(small: Scenario) -> Scenario {
    let bounds = small.bounds;
    let misfortunes = match small.name {
        name if WHOLE.contains(&name) => 5,
        name if WIDE.contains(&name) => bounds.misfortunes,
        _ => bounds.misfortunes + 1,
    };
    Scenario {
        bounds: Bounds {
            crashes: bounds.crashes.max(2),
            losses: bounds.losses.max(2),
            faults: bounds.faults.max(1),
            misfortunes,
            ..bounds
        },
        // Whoever takes over from a holder that died logs in once more.
        most_logins: u8::MAX,
        ..small
    }
}
