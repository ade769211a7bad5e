use alloc::vec;

use rpa_auth_flows::{LifetimeSource, TokenHeader};

use super::*;
use crate::Flow;

const ONE: Tag = [1; 16];
const TWO: Tag = [2; 16];
const THREE: Tag = [3; 16];

fn room() -> Platform {
    Platform::new(Flow::ControlRoom, None).unwrap()
}

fn token(value: &str) -> Token {
    Token {
        header: TokenHeader::XAuthorization,
        value: value.into(),
        lifetime_seconds: 1_200,
        lifetime_source: LifetimeSource::Claims,
        expires_at_seconds: 0,
        multiple_login: None,
        scopes: None,
    }
}

fn current(tag: Tag, age_ms: u64) -> Current {
    Current {
        token: token("current"),
        digest: [7; 16],
        tag,
        age_ms,
    }
}

fn good(tag: Tag) -> Secret {
    Secret {
        tag,
        good_at: Some(1),
        refusal: None,
    }
}

fn refused(tag: Tag, made_up: bool) -> Secret {
    Secret {
        tag,
        good_at: None,
        refusal: Some(Refusal {
            age_ms: 0,
            times: 1,
            made_up,
            cause: no_answer(),
        }),
    }
}

fn doubt(number: u64, tag: Tag) -> Doubt {
    Doubt {
        number,
        tag,
        age_ms: 0,
        is_cleared: false,
    }
}

fn tags(entry: &Entry) -> Vec<Tag> {
    entry.secrets.iter().map(|secret| secret.tag).collect()
}

#[test]
fn a_secret_is_renamed_wherever_it_is_known() {
    let mut entry = Entry {
        secrets: vec![good(TWO), good(ONE)],
        doubts: vec![doubt(1, ONE), doubt(2, TWO)],
        current: Some(current(ONE, 0)),
        settled: Some(Settled {
            number: 1,
            owner: [0; 16],
            tag: ONE,
            failure: None,
            still_good: None,
        }),
        ..Entry::default()
    };
    entry.begin([9; 16], 0, ONE, Renewal::Login);

    assert!(entry.rename_secret(&ONE, &THREE));

    assert_eq!(tags(&entry), [TWO, THREE]);
    assert_eq!([entry.doubts[0].tag, entry.doubts[1].tag], [THREE, TWO]);
    assert_eq!(entry.current.as_ref().unwrap().tag, THREE);
    assert_eq!(entry.settled.as_ref().unwrap().tag, THREE);
    assert_eq!(entry.attempt.as_ref().unwrap().tag, THREE);
    let before = entry.clone();
    assert!(!entry.rename_secret(&ONE, &THREE), "known by it already");
    assert!(!entry.rename_secret(&[4; 16], &[5; 16]), "never known");
    assert_eq!(entry, before);
}

#[test]
fn of_a_secret_that_is_known_by_two_tags_what_was_learned_last_counts() {
    for (first, last) in [(ONE, TWO), (TWO, ONE)] {
        let mut entry = Entry {
            secrets: vec![refused(first, false), good(THREE), good(last)],
            ..Entry::default()
        };
        assert!(entry.rename_secret(&ONE, &TWO));
        assert_eq!(tags(&entry), [THREE, TWO]);
        assert_eq!(entry.secret(&TWO).unwrap().refusal, None);
    }
}

#[test]
fn a_doubt_is_cleared_by_its_own_number_alone() {
    let outcome = Outcome::Token(Box::new(token("late")), [8; 16]);
    for (flow, to_log_out) in [(Flow::ControlRoom, 1), (Flow::Ropc, 0)] {
        let platform = Platform::new(flow, None).unwrap();
        let mut entry = Entry {
            doubts: vec![doubt(3, ONE), doubt(4, TWO)],
            ..Entry::default()
        };
        assert!(!entry.clear_doubt(5, &outcome, platform), "never in doubt");
        assert!(entry.to_log_out.is_empty());
        assert!(entry.clear_doubt(3, &outcome, platform));
        assert_eq!(entry.doubts, [doubt(4, TWO)]);
        assert_eq!(entry.to_log_out.len(), to_log_out);
        assert!(!entry.clear_doubt(3, &outcome, platform), "cleared before");
    }
}

#[test]
fn a_late_refusal_has_counted_where_it_is_marked_and_in_doubt_no_more() {
    let attempt = Entry {
        number: 3,
        origin: [1; 16],
        ..Entry::default()
    };
    let counted = Entry {
        number: 4,
        origin: [1; 16],
        secrets: vec![refused(ONE, false), good(TWO)],
        doubts: vec![doubt(2, ONE)],
        ..Entry::default()
    };
    assert!(counted.has_counted(&attempt, &ONE));
    let same_number = Entry {
        number: 3,
        ..counted.clone()
    };
    assert!(same_number.has_counted(&attempt, &ONE));
    assert!(!counted.has_counted(&attempt, &TWO), "not marked");
    assert!(!counted.has_counted(&attempt, &THREE), "not known");
    for other in [
        Entry {
            number: 2,
            ..counted.clone()
        },
        Entry {
            origin: [2; 16],
            ..counted.clone()
        },
        Entry {
            doubts: vec![doubt(3, ONE)],
            ..counted.clone()
        },
    ] {
        assert!(!other.has_counted(&attempt, &ONE), "{other:?}");
    }
}

#[test]
fn a_late_refusal_marks_a_secret_that_has_not_logged_in_since() {
    for (good_at, is_marked) in [(2, true), (3, true), (4, false)] {
        let mut entry = Entry {
            secrets: vec![Secret {
                good_at: Some(good_at),
                ..good(ONE)
            }],
            ..Entry::default()
        };
        entry.refuse_late(Some(3), &ONE, &no_answer(), room());
        let secret = entry.secret(&ONE).unwrap();
        assert_eq!(secret.refusal.is_some(), is_marked, "{good_at}");
        assert_eq!(entry.refusals, 1);
    }
}

#[test]
fn a_refusal_of_the_same_moment_keeps_a_secret_from_the_token() {
    for (age_ms, serves) in [(99, true), (100, false), (101, false)] {
        let mut secret = good(ONE);
        secret.refusal = Some(Refusal {
            age_ms,
            ..refused(ONE, false).refusal.unwrap()
        });
        let entry = Entry {
            secrets: vec![secret],
            current: Some(current(TWO, 100)),
            ..Entry::default()
        };
        assert_eq!(entry.serving(&ONE, room()).is_some(), serves, "{age_ms}");
    }
}

#[test]
fn a_cleared_doubt_counts_once_a_login_was_refused() {
    let mut entry = Entry {
        doubts: vec![Doubt {
            is_cleared: true,
            ..doubt(1, ONE)
        }],
        ..Entry::default()
    };
    assert_eq!(entry.possible_refusals(), 0);
    entry.refusals = 1;
    assert_eq!(entry.possible_refusals(), 2);
}

#[test]
fn a_refusal_that_was_made_up_for_makes_room_first() {
    for made_up in 0..SECRETS {
        let mut entry = Entry::default();
        for place in 0..SECRETS {
            let tag = [u8::try_from(place).unwrap(); 16];
            entry.secrets.push(refused(tag, place == made_up));
        }
        entry.remember(&[0xff; 16]);
        let gone = [u8::try_from(made_up).unwrap(); 16];
        assert!(entry.secret(&gone).is_none(), "{made_up}");
        assert_eq!(entry.secrets.len(), SECRETS);
    }
}

#[test]
fn a_token_that_dies_within_a_minute_is_a_quick_death() {
    for (age_ms, deaths) in [(SOON_MS - 1, 1), (SOON_MS, 0)] {
        let mut entry = Entry {
            current: Some(current(ONE, age_ms)),
            ..Entry::default()
        };
        entry.call_current_dead(room());
        assert_eq!(entry.quick_deaths, deaths, "{age_ms}");
        assert_eq!(entry.current, None);
        assert_eq!(entry.dead_token, Some([7; 16]));
    }
}

#[test]
fn a_lease_grows_shorter_and_its_end_loses_the_attempt() {
    let mut entry = Entry::default();
    entry.begin([9; 16], 0, ONE, Renewal::Login);
    entry.elapse(LEASE_MS - 1, room());
    assert_eq!(entry.attempt.as_ref().unwrap().left_ms, 1);
    entry.elapse(1, room());
    assert!(entry.attempt.is_none() && entry.was_abandoned);
}

#[test]
fn an_entry_that_begins_anew_keeps_the_refused_secrets_alone() {
    let mut entry = Entry {
        origin: [1; 16],
        secrets: vec![good(ONE), refused(TWO, false)],
        ..Entry::default()
    };
    entry.begin_anew([1; 16]);
    assert_ne!(entry.origin, [1; 16]);
    assert_eq!(tags(&entry), [TWO]);
}

#[test]
fn refreshes_are_held_back_after_one_that_gave_the_same_token_alone() {
    for (digest, pause_ms) in [([7; 16], REFRESH_PAUSE_MS), ([8; 16], 0)] {
        let mut entry = Entry {
            current: Some(current(ONE, 1)),
            ..Entry::default()
        };
        entry.begin([9; 16], 0, ONE, Renewal::Refresh);
        let outcome = Outcome::Token(Box::new(token("given")), digest);
        entry.settle(&outcome, room());
        assert_eq!(entry.refresh_pause_ms, pause_ms);
        assert_eq!(entry.current.unwrap().digest, digest);
    }
}
