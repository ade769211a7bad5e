//! How long a call may take.

use crate::common::{Account, GOOD, Robot, gives, is_away, is_in_doubt, token};
use rpa_auth_session_protocol::{Failure, Flow, LEASE_MS, Outcome, Request, Tag};

const OTHER: Tag = [2; 16];

/// The platform answers nothing: the request is given up at its limit.
fn falls_silent(account: &mut Account, robot: &mut Robot) {
    let limit_ms = robot.limit_ms().expect("it is not waited for to its end");
    account.hears_nothing_for(robot, limit_ms);
    account.answered(robot, is_away());
}

#[test]
fn whoever_becomes_the_holder_after_waiting_ends_within_the_same_patience() {
    let mut account = Account::new(Flow::ControlRoom);
    let began = account.now;
    let mut stands_still = account.begins(GOOD);
    account.sends_a_login(&mut stands_still);
    let mut robot = account.begins(GOOD);
    account.waits(&mut robot);
    assert_eq!(account.sends(&mut robot), Request::Probe);
    assert_eq!(account.now, began + LEASE_MS);
    assert_eq!(
        robot.limit_ms(),
        Some(20_000),
        "what is left of its patience"
    );
    falls_silent(&mut account, &mut robot);
    let failure = account.ends(&mut robot);
    assert!(matches!(failure, Err(Failure::Auth(_))), "{failure:?}");
    assert_eq!(account.now, began + 30_000);
}

#[test]
fn who_has_less_than_five_seconds_left_after_waiting_begins_nothing() {
    for (patience_ms, begins) in [(15_000, true), (14_999, false)] {
        let mut account = Account::new(Flow::ControlRoom);
        let mut stands_still = account.begins(OTHER);
        account.sends_a_login(&mut stands_still);
        account.patience_ms = patience_ms;
        let mut robot = account.begins(GOOD);
        assert_eq!(account.waits(&mut robot), LEASE_MS);
        if begins {
            assert_eq!(account.sends(&mut robot), Request::Probe);
            assert_eq!(robot.limit_ms(), Some(5_000));
        } else {
            assert_eq!(account.ends(&mut robot), Err(Failure::Busy));
        }
        assert_eq!(account.logins(), 1);
    }
}

#[test]
fn who_waits_for_somebody_else_gives_up_when_its_patience_is_over() {
    for patience_ms in [0, 1, 2_000] {
        let mut account = Account::new(Flow::ControlRoom);
        let mut holder = account.begins(GOOD);
        account.sends_a_login(&mut holder);
        account.patience_ms = patience_ms;
        let began = account.now;
        assert_eq!(account.token(GOOD), Err(Failure::Busy));
        assert_eq!(account.now, began + patience_ms);
    }
}

#[test]
fn a_call_of_little_patience_begins_its_attempt_at_once_and_gives_it_five_seconds() {
    for patience_ms in [0, 1, 2_000, 4_999] {
        let mut account = Account::new(Flow::ControlRoom);
        let _ = account.answers(is_in_doubt()).token(OTHER);
        account.later(1_000);
        account.patience_ms = patience_ms;
        let mut robot = account.begins(GOOD);
        account.goes_on(&mut robot);
        // The store takes its time.
        account.later(10);
        assert_eq!(account.sends(&mut robot), Request::Probe);
        assert!(robot.limit_ms().is_some_and(|limit_ms| limit_ms >= 4_990));
        account.answered(&mut robot, Outcome::Fine);
        account.sends(&mut robot);
        account.answered(&mut robot, gives(&token("first", 1_200)));
        account.ends(&mut robot).expect("a token");
    }
}

#[test]
fn checks_and_refreshes_are_given_up_when_patience_is_over() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old.clone(), 1_150_000);
    let mut refreshes = account.begins(GOOD);
    assert_eq!(
        account.sends(&mut refreshes),
        Request::Refresh("old".to_owned())
    );
    assert_eq!(refreshes.limit_ms(), Some(30_000));
    falls_silent(&mut account, &mut refreshes);
    assert_eq!(account.ends(&mut refreshes).expect("it serves").token, old);

    let mut account = Account::with_token(Flow::ControlRoom, old.clone(), 0);
    let mut checks = account.begins_to_renew(GOOD, &old);
    account.sends(&mut checks);
    assert_eq!(checks.limit_ms(), Some(30_000));
    falls_silent(&mut account, &mut checks);
    let failure = account.ends(&mut checks);
    assert!(matches!(failure, Err(Failure::Auth(_))), "{failure:?}");
    assert_eq!(account.token(GOOD).expect("it serves").token, old);
}

#[test]
fn a_login_that_has_left_is_heard_to_its_end() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    assert_eq!(robot.limit_ms(), None);
    account.hears_nothing_for(&mut robot, 300_000);
    let mut waiting = account.begins(GOOD);
    assert!(account.waits(&mut waiting) > 0, "nobody has taken over");
    account.answered(&mut robot, gives(&token("first", 1_200)));
    account.ends(&mut robot).expect("the token");
    assert_eq!(account.logins(), 1);
}

#[test]
fn what_came_of_a_probe_is_not_written_down_for_longer_than_patience() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(is_in_doubt()).token(OTHER);
    account.later(1_000);
    let began = account.now;
    let mut robot = account.begins(GOOD);
    assert_eq!(account.sends(&mut robot), Request::Probe);
    account.hears_nothing_for(&mut robot, 29_000);
    account.away_until = u64::MAX;
    account.answered(&mut robot, is_away());
    let failure = account.ends(&mut robot);
    assert!(matches!(failure, Err(Failure::Store(_))), "{failure:?}");
    assert_eq!(account.now - began, 30_000);
}

#[test]
fn no_login_leaves_when_patience_is_over_and_the_claim_is_taken_back() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(is_in_doubt()).token(OTHER);
    account.later(1_000);
    let mut robot = account.begins(GOOD);
    assert_eq!(account.sends(&mut robot), Request::Probe);
    account.hears_nothing_for(&mut robot, 30_000);
    account.answered(&mut robot, Outcome::Fine);
    account.goes_on(&mut robot);
    assert!(robot.has_ended(), "with the claim taken back");
    assert_eq!(account.ends(&mut robot), Err(Failure::Busy));
    assert_eq!(account.logins(), 1);
    // The next one need not wait for its lease.
    let mut next = account.begins(GOOD);
    assert_eq!(account.sends(&mut next), Request::Probe);
    assert_eq!(account.status().refusals, 1, "only the first one counts");
}

#[test]
fn a_check_that_ends_late_is_followed_by_no_login() {
    let dead = token("dead", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, dead.clone(), 100_000);
    let mut robot = account.begins_to_renew(GOOD, &dead);
    account.sends(&mut robot);
    account.hears_nothing_for(&mut robot, 30_000);
    account.answered(&mut robot, Outcome::TokenRefused);
    assert_eq!(account.ends(&mut robot), Err(Failure::Busy));
    assert_eq!(account.logins(), 0);
    let grant = account.answers(gives(&token("new", 1_200))).token(GOOD);
    assert_eq!(grant.expect("the next one gets one").token.value, "new");
}

#[test]
fn a_slow_store_costs_patience_and_no_login() {
    // Each answer of it takes six seconds.
    let mut account = Account::new(Flow::ControlRoom);
    let began = account.now;
    let mut robot = account.begins(GOOD);
    let failure = loop {
        if robot.has_ended() {
            break account.ends(&mut robot);
        }
        account.goes_on_slowly(&mut robot, 6_000);
        assert!(account.now < began + 60_000, "it never ends");
    };
    assert_eq!(failure, Err(Failure::Busy));
    assert_eq!(account.sent, []);
    assert_eq!(account.status().refusals, 0);
}

#[test]
fn a_call_begins_three_attempts_at_most() {
    let mut account = Account::new(Flow::Ropc);
    account.patience_ms = 10_000_000;
    let mut robot = account.begins(GOOD);
    for others in 2..5 {
        account.sends_a_login(&mut robot);
        // It stands still, and somebody with another secret takes over.
        account.later(300_000);
        let mut other = account.begins([others; 16]);
        account.sends_a_login(&mut other);
        let theirs = token(&others.to_string(), 36_000);
        account.answered(&mut other, gives(&theirs));
        account.ends(&mut other).expect("a token");
        account.answered(&mut robot, gives(&token("late", 1_200)));
    }
    assert_eq!(account.ends(&mut robot), Err(Failure::Busy));
    assert_eq!(account.logins(), 6);
}
