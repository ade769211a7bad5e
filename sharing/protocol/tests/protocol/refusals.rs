//! How many logins the platform may count as refused, whatever happens between them.

use crate::common::{Account, GOOD, cooling_down, gives, is_in_doubt, listed, refuses, token};
use rpa_auth_session_protocol::{Change, Entry, Failure, Flow, LEASE_MS, Outcome, Request, Tag};

const DAY_MS: u64 = 86_400_000;
const OTHER: Tag = [2; 16];

/// An account whose password was changed: its token is dead, and the old secret is what
/// everybody has.
fn with_a_changed_password() -> Account {
    Account::with_token(Flow::ControlRoom, token("old", 1_200), 1_200_000)
}

#[test]
fn two_processes_that_stand_still_for_a_lease_each_cost_two_refusals_at_most() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old.clone(), 600_000);
    let mut a = account.begins_to_renew(GOOD, &old);
    assert_eq!(account.sends(&mut a), Request::Check("old".to_owned()));
    account.answered(&mut a, Outcome::TokenRefused);
    account.sends_a_login(&mut a);
    // The first refusal. Its answer comes while A stands still.
    account.later(LEASE_MS);
    let mut b = account.begins_to_renew(GOOD, &old);
    account.sends_a_login(&mut b);
    // The second. Now A wakes up, while B stands still.
    account.answered(&mut a, refuses());
    let heard = account.ends(&mut a);
    assert!(matches!(heard, Err(Failure::Auth(_))), "{heard:?}");
    account.later(LEASE_MS);
    for tag in [GOOD, OTHER] {
        assert_eq!(cooling_down(account.token(tag)), None);
    }
    account.answered(&mut b, refuses());
    let heard = account.ends(&mut b);
    assert!(matches!(heard, Err(Failure::Auth(_))), "{heard:?}");
    assert_eq!(cooling_down(account.later(DAY_MS).token(GOOD)), None);
    assert_eq!(account.logins(), 2);
    assert_eq!(account.status().refusals, 2);
}

#[test]
fn a_refusal_that_comes_while_its_successor_probes_keeps_the_secret_from_being_sent() {
    let mut account = with_a_changed_password();
    let mut a = account.begins(GOOD);
    account.sends_a_login(&mut a);
    account.later(LEASE_MS);
    let mut b = account.begins(GOOD);
    assert_eq!(account.sends(&mut b), Request::Probe);
    account.answered(&mut a, refuses());
    let heard = account.ends(&mut a);
    assert!(matches!(heard, Err(Failure::Auth(_))), "{heard:?}");
    account.answered(&mut b, Outcome::Fine);
    let result = account.ends(&mut b);
    assert_eq!(cooling_down(result), None);
    assert_eq!(account.logins(), 1);
    assert!(account.entry.as_ref().is_some_and(|e| e.attempt.is_none()));
    // A corrected secret works at once, for everybody.
    account
        .answers(Outcome::Fine)
        .answers(gives(&token("new", 1_200)));
    account.token(OTHER).expect("a token");
    assert_eq!(account.logins(), 2);
}

#[test]
fn a_refusal_that_comes_late_marks_a_secret_that_never_logged_in() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut a = account.begins(OTHER);
    account.sends_a_login(&mut a);
    account.later(LEASE_MS);
    let mut b = account.begins(GOOD);
    account.sends_a_login(&mut b);
    account.answered(&mut b, gives(&token("first", 1_200)));
    account.ends(&mut b).expect("a token");
    account.answered(&mut a, refuses());
    let heard = account.ends(&mut a);
    assert!(matches!(heard, Err(Failure::Auth(_))), "{heard:?}");
    assert_eq!(account.status().refusals, 1);
    assert_eq!(cooling_down(account.later(DAY_MS).token(OTHER)), None);
    assert_eq!(account.logins(), 2);
}

#[test]
fn a_refusal_that_comes_late_leaves_a_secret_good_that_has_logged_in_since() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut a = account.begins(GOOD);
    account.sends_a_login(&mut a);
    account.later(LEASE_MS);
    let mut b = account.begins(GOOD);
    account.sends_a_login(&mut b);
    let first = token("first", 1_200);
    account.answered(&mut b, gives(&first));
    account.ends(&mut b).expect("a token");
    account.answered(&mut a, refuses());
    let heard = account.ends(&mut a);
    assert!(matches!(heard, Err(Failure::Auth(_))), "{heard:?}");
    assert_eq!(account.token(GOOD).expect("it serves").token, first);
    // It may have been counted after the good login.
    assert_eq!(account.status().refusals, 1);
    account
        .later(1_200_000)
        .answers(gives(&token("second", 1_200)));
    account.token(GOOD).expect("the secret is good");
    assert_eq!(account.status().refusals, 0);
}

#[test]
fn a_refusal_that_comes_while_another_secret_logs_in_counts_beyond_its_good_login() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut a = account.begins(OTHER);
    account.sends_a_login(&mut a);
    account.later(LEASE_MS);
    let mut b = account.begins(GOOD);
    account.sends_a_login(&mut b);
    account.answered(&mut a, refuses());
    let heard = account.ends(&mut a);
    assert!(matches!(heard, Err(Failure::Auth(_))), "{heard:?}");
    let attempt = account
        .entry
        .as_ref()
        .and_then(|entry| entry.attempt.as_ref());
    assert_eq!(attempt.map(|attempt| attempt.tag), Some(GOOD));

    account.answered(&mut b, gives(&token("first", 1_200)));
    account.ends(&mut b).expect("a token");
    assert_eq!(account.status().refusals, 1);
    assert_eq!(cooling_down(account.token(OTHER)), None);
    assert_eq!(account.logins(), 2);
}

#[test]
fn a_lost_answer_and_a_refusal_are_two_and_no_third_login_goes_by_itself() {
    let mut account = with_a_changed_password();
    let _ = account.answers(is_in_doubt()).token(GOOD);
    account
        .later(1_000)
        .answers(Outcome::Fine)
        .answers(refuses());
    let heard = account.token(GOOD);
    assert!(matches!(heard, Err(Failure::Auth(_))), "{heard:?}");
    for _ in 0..30 {
        assert_eq!(cooling_down(account.later(DAY_MS).token(GOOD)), None);
    }
    assert_eq!(account.logins(), 2);
    let status = account.status();
    assert_eq!((status.refusals, status.logins_left), (2, 0));
}

#[test]
fn a_killed_process_and_a_refusal_are_two() {
    let mut account = with_a_changed_password();
    let mut killed = account.begins(GOOD);
    account.sends_a_login(&mut killed);
    drop(killed);
    account
        .later(LEASE_MS)
        .answers(Outcome::Fine)
        .answers(refuses());
    let heard = account.token(GOOD);
    assert!(matches!(heard, Err(Failure::Auth(_))), "{heard:?}");
    assert_eq!(cooling_down(account.later(DAY_MS).token(OTHER)), None);
    assert_eq!(account.logins(), 2);
}

#[test]
fn a_refused_secret_never_takes_the_last_login_of_an_orchestrator_either() {
    let mut account = Account::new(Flow::Ropc);
    account.entry = Some(Entry {
        secrets: vec![listed(GOOD)],
        refusals: 7,
        ..Entry::default()
    });
    let _ = account.answers(refuses()).token(GOOD);
    assert_eq!(cooling_down(account.later(DAY_MS).token(GOOD)), None);
    account
        .answers(gives(&token("new", 1_200)))
        .token(OTHER)
        .expect("the last one is for a corrected secret");
}

#[test]
fn callers_that_go_away_before_their_login_has_left_cost_nothing() {
    let mut account = Account::new(Flow::ControlRoom);
    for _ in 0..5 {
        let mut gone = account.begins(GOOD);
        account.goes_on(&mut gone);
        assert!(gone.writes().attempt.is_some(), "the claim");
        account.goes_on(&mut gone);
        drop(gone);
        account.later(LEASE_MS);
    }
    assert_eq!(account.status().refusals, 0);
    account
        .answers(gives(&token("first", 1_200)))
        .token(GOOD)
        .expect("a token, without a probe");
    assert_eq!(account.sent, [Request::Login]);
}

#[test]
fn callers_that_go_away_while_their_login_is_in_flight_count_as_refused() {
    let mut account = Account::new(Flow::ControlRoom);
    for _ in 0..2 {
        let mut gone = account.begins(GOOD);
        account.sends_a_login(&mut gone);
        drop(gone);
        account.later(LEASE_MS);
    }
    assert_eq!(account.status().refusals, 2);
    assert_eq!(cooling_down(account.later(DAY_MS).token(GOOD)), None);
    assert_eq!(account.logins(), 2);
}

#[test]
fn claims_of_callers_whose_store_went_away_cost_nothing() {
    let mut account = Account::new(Flow::ControlRoom);
    for _ in 0..3 {
        let mut robot = account.begins(GOOD);
        account.comes_to_write(&mut robot);
        account.loses_the_answer(&mut robot);
        account.away_until = account.now + 60_000;
        let failure = account.ends(&mut robot);
        assert!(matches!(failure, Err(Failure::Store(_))), "{failure:?}");
        account.later(60_000);
    }
    assert_eq!((account.sent.len(), account.status().refusals), (0, 0));
    account
        .answers(gives(&token("first", 1_200)))
        .token(GOOD)
        .expect("a token");
}

#[test]
fn a_reset_makes_a_good_secret_good_again() {
    let mut account = with_a_changed_password();
    let _ = account.answers(refuses()).token(GOOD);
    let _ = account.answers(refuses()).token(OTHER);
    account.change(Change::ResetRefusals).expect("a change");
    account
        .answers(gives(&token("new", 1_200)))
        .token(GOOD)
        .expect("without a probe, and at once");
    assert_eq!(account.status().refusals, 0);
}

#[test]
fn a_reset_reaches_the_login_that_is_in_flight() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(refuses()).token(OTHER);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    account.change(Change::ResetRefusals).expect("a change");
    let _ = account.entry.as_mut().map(|entry| entry.refusals = 1);
    account.answered(&mut robot, gives(&token("first", 1_200)));
    account.ends(&mut robot).expect("a token");
    // What was refused after the reset may have come after this login.
    assert_eq!(account.status().refusals, 1);
}
