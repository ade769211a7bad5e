//! Who is given a token, and whose failure is whose.

use crate::common::{Account, GOOD, cooling_down, gives, is_away, no_answer, refuses, token};
use rpa_auth_flows::AuthError;
use rpa_auth_session_protocol::{Failure, Flow, LEASE_MS, Origin, Outcome, Platform, Request, Tag};

const OTHER: Tag = [2; 16];

#[test]
fn many_callers_share_one_login() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut first = account.begins(GOOD);
    account.sends_a_login(&mut first);
    let mut others: Vec<_> = (0..5).map(|_| account.begins(GOOD)).collect();
    for other in &mut others {
        assert_eq!(account.waits(other), LEASE_MS);
    }
    account.answered(&mut first, gives(&token("first", 1_200)));
    let grant = account.ends(&mut first).expect("a token");
    assert_eq!((grant.origin, grant.waited_ms), (Origin::Login, 0));
    account.later(700);
    for other in &mut others {
        account.sees_the_entry(other);
        let grant = account.ends(other).expect("the token");
        assert_eq!((grant.origin, grant.waited_ms), (Origin::Store, 700));
        assert!(!grant.took_over);
    }
    assert_eq!(account.sent, [Request::Login]);
}

#[test]
fn a_failure_is_shared_with_those_who_waited_with_the_same_secret_only() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut first = account.begins(GOOD);
    account.sends_a_login(&mut first);
    let mut same = account.begins(GOOD);
    account.waits(&mut same);
    let mut another = account.begins(OTHER);
    account.waits(&mut another);
    account.answered(&mut first, is_away());
    let failure = Err(Failure::Auth(no_answer(false)));
    assert_eq!(account.ends(&mut first), failure);
    account.sees_the_entry(&mut same);
    assert_eq!(account.ends(&mut same), failure);
    account.sees_the_entry(&mut another);
    assert_eq!(cooling_down(account.ends(&mut another)), Some(1_000));
    // Who comes later did not wait for it.
    assert_eq!(cooling_down(account.token(GOOD)), Some(1_000));
    assert_eq!(account.logins(), 1);
}

#[test]
fn a_verdict_is_shared_with_those_who_waited_with_the_same_secret_only() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut first = account.begins(OTHER);
    account.sends_a_login(&mut first);
    let mut same = account.begins(OTHER);
    account.waits(&mut same);
    let mut another = account.begins(GOOD);
    account.waits(&mut another);
    account.answered(&mut first, refuses());
    let failure = Err(Failure::Auth(refusal()));
    assert_eq!(account.ends(&mut first), failure);
    account.sees_the_entry(&mut same);
    assert_eq!(account.ends(&mut same), failure);
    // The corrected secret works at once.
    account.sees_the_entry(&mut another);
    account.sends_a_login(&mut another);
    let good = token("good", 1_200);
    account.answered(&mut another, gives(&good));
    assert_eq!(account.ends(&mut another).expect("a token").token, good);
    assert_eq!(account.logins(), 2);
}

fn refusal() -> AuthError {
    match refuses() {
        Outcome::Refused(cause) => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_is_given_only_to_those_whose_secret_has_logged_in() {
    let good = token("good", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, good.clone(), 0);
    let failure = account.answers(refuses()).token(OTHER);
    assert_eq!(failure, Err(Failure::Auth(refusal())));
    assert_eq!(cooling_down(account.token(OTHER)), None);
    assert_eq!(account.token(GOOD).expect("it serves").token, good);
}

#[test]
fn a_secret_that_was_refused_gets_no_newer_token() {
    let mut account = Account::new(Flow::Ropc);
    // Both are good.
    account
        .answers(gives(&token("a", 60)))
        .token(OTHER)
        .expect("a token");
    account
        .answers(gives(&token("b", 60)))
        .token(GOOD)
        .expect("a token");
    account.later(60_000);
    // The password was changed, and GOOD is the new one.
    let _ = account.answers(refuses()).token(OTHER);
    account.later(1_000);
    account
        .answers(gives(&token("c", 1_200)))
        .token(GOOD)
        .expect("a token");
    account.later(1_000);
    let waits = cooling_down(account.token(OTHER));
    assert_eq!(
        waits,
        Some(298_000),
        "it has no token, only a second chance"
    );
    assert_eq!(account.logins(), 4);
}

#[test]
fn good_secrets_log_in_once_each_and_then_share_the_last_token() {
    let mut account = Account::new(Flow::ControlRoom);
    for tag in 1..=9 {
        let next = token(&tag.to_string(), 36_000);
        account
            .answers(gives(&next))
            .token([tag; 16])
            .expect("a token");
    }
    for _ in 0..3 {
        for tag in 1..=9 {
            let grant = account.later(1_000).token([tag; 16]).expect("the token");
            assert_eq!(
                (grant.token.value.as_str(), grant.origin),
                ("9", Origin::Store)
            );
        }
    }
    assert_eq!(account.logins(), 9);
}

#[test]
fn typos_never_cost_the_good_secret_its_place() {
    let good = token("good", 360_000);
    let mut account = Account::with_token(Flow::ControlRoom, good.clone(), 0);
    account.platform = Platform::new(Flow::ControlRoom, Some(99)).expect("a limit");
    for typo in 2..=60 {
        account.later(240_000);
        let _ = account.answers(refuses()).token([typo; 16]);
        assert_eq!(account.token(GOOD).expect("it serves").token, good);
    }
    assert_eq!(account.status().refusals, 59);
    // The last of them are known: they are not sent again.
    for typo in 50..=60 {
        assert_eq!(cooling_down(account.later(240_000).token([typo; 16])), None);
    }
}

#[test]
fn the_secret_of_the_current_token_keeps_its_place_though_it_was_refused_since() {
    let mut account = Account::new(Flow::Ropc);
    let good = token("good", 1_200);
    for tag in (2..=16).chain([1]) {
        account
            .answers(gives(&good))
            .token([tag; 16])
            .expect("a token");
    }
    let early = account.later(1_150_000).answers(refuses()).token(GOOD);
    assert_eq!(early.expect("it serves still").origin, Origin::Store);
    let _ = account.answers(refuses()).token([17; 16]);
    let grant = account.token(GOOD).expect("it serves still");
    assert_eq!((grant.token, grant.origin), (good, Origin::Store));
}

#[test]
fn who_replaces_a_silent_holder_says_so() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut silent = account.begins(GOOD);
    account.sends_a_login(&mut silent);
    let mut robot = account.begins(GOOD);
    account.waits(&mut robot);
    account.sends_a_login(&mut robot);
    account.answered(&mut robot, gives(&token("first", 1_200)));
    let grant = account.ends(&mut robot).expect("a token");
    assert!(grant.took_over);
    assert_eq!((grant.origin, grant.waited_ms), (Origin::Login, LEASE_MS));
    assert_eq!(account.logins(), 2);
}
