//! What a call does where the store fails.

use crate::common::{Account, GOOD, Robot, gives, is_away, is_in_doubt, refuses, token};
use rpa_auth_flows::AuthError;
use rpa_auth_session_protocol::{
    Change, Entry, Failure, Flow, LEASE_MS, Origin, Outcome, Request, StoreError, Tag,
};

const OTHER: Tag = [2; 16];

fn is_unavailable<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::Store(StoreError::Unavailable(_))))
}

#[test]
fn a_store_that_restarts_fails_none_of_those_who_wait() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut holder = account.begins(GOOD);
    account.sends_a_login(&mut holder);
    let mut waiting: Vec<_> = (0..5).map(|_| account.begins(GOOD)).collect();
    for robot in &mut waiting {
        account.waits(robot);
    }
    account.away_until = account.now + 1_000;
    for robot in &mut waiting {
        account.does_not_reach_the_store(robot);
    }
    let first = token("first", 1_200);
    account.answered(&mut holder, gives(&first));
    let grant = account.ends(&mut holder).expect("a token");
    assert_eq!((&grant.token, grant.origin), (&first, Origin::Login));
    for robot in &mut waiting {
        assert_eq!(account.ends(robot).expect("the token").token, first);
    }
    assert_eq!(account.sent, [Request::Login]);
}

#[test]
fn a_store_that_is_away_is_tried_again_twice_a_second_until_patience_is_over() {
    let mut account = Account::new(Flow::ControlRoom);
    let began = account.now;
    account.away_until = u64::MAX;
    let failure = account.token(GOOD);
    assert!(is_unavailable(&failure), "{failure:?}");
    assert_eq!(account.now, began + 30_000);

    account.away_until = account.now + 24_800;
    account.answers(gives(&token("first", 1_200)));
    account.token(GOOD).expect("a token");
    assert_eq!(account.now, began + 30_000 + 25_000);
}

#[test]
fn who_waited_for_the_store_begins_nothing_with_less_than_five_seconds_left() {
    let mut account = Account::new(Flow::ControlRoom);
    account.away_until = account.now + 25_001;
    let failure = account.token(GOOD);
    assert!(is_unavailable(&failure), "{failure:?}");
    assert_eq!(account.sent, []);
}

#[test]
fn a_store_that_answers_and_takes_no_claim_is_given_up_at_once() {
    let mut account = Account::new(Flow::ControlRoom);
    let began = account.now;
    account.most_bytes = 0;
    let failure = account.token(GOOD);
    let said = StoreError::Other(Some("it is full".to_owned()));
    assert_eq!(failure, Err(Failure::Store(said)));
    assert_eq!((account.now, account.sent.len()), (began, 0));
}

#[test]
fn an_entry_that_cannot_be_read_fails_a_call_at_once() {
    let mut account = Account::with_token(Flow::ControlRoom, token("old", 1_200), 0);
    let mut robot = account.begins(GOOD);
    account.is_denied_by_the_store(&mut robot);
    let failure = account.ends(&mut robot);
    let is_other = matches!(failure, Err(Failure::Store(StoreError::Other(_))));
    assert!(is_other, "{failure:?}");
}

#[test]
fn an_entry_that_cannot_be_read_fails_a_holder_before_it_sends() {
    let mut account = Account::new(Flow::ControlRoom);
    let began = account.now;
    let mut robot = account.begins(GOOD);
    account.comes_to_write(&mut robot);
    account.goes_on(&mut robot);
    account.is_denied_by_the_store(&mut robot);
    let failure = account.ends(&mut robot);
    let is_other = matches!(failure, Err(Failure::Store(StoreError::Other(_))));
    assert!(is_other, "{failure:?}");
    assert_eq!((account.now, account.sent.len()), (began, 0));
}

/// A call whose login is in flight.
fn in_flight(account: &mut Account) -> Robot {
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    robot
}

#[test]
fn a_holder_writes_its_token_down_though_the_store_fails_for_a_while() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = in_flight(&mut account);
    account.away_until = account.now + 9_000;
    let first = token("first", 1_200);
    account.answered(&mut robot, gives(&first));
    assert_eq!(account.ends(&mut robot).expect("a token").token, first);
    assert_eq!(account.token(GOOD).expect("it serves").token, first);
    assert_eq!(account.logins(), 1);
}

#[test]
fn a_holder_gives_up_a_store_that_fails_for_longer_than_a_lease() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = in_flight(&mut account);
    account.away_until = u64::MAX;
    let began = account.now;
    account.answered(&mut robot, gives(&token("first", 1_200)));
    let failure = account.ends(&mut robot);
    assert!(is_unavailable(&failure), "{failure:?}");
    assert_eq!(account.now - began, LEASE_MS - 500);
}

#[test]
fn an_outcome_whose_write_seemed_to_fail_is_found_and_written_once() {
    let first = token("first", 1_200);
    for outcome in [gives(&first), is_away(), is_in_doubt(), refuses()] {
        let mut account = Account::new(Flow::ControlRoom);
        let mut robot = in_flight(&mut account);
        account.answered(&mut robot, outcome.clone());
        account.loses_the_answer(&mut robot);
        let result = account.ends(&mut robot);
        if let Outcome::Token(..) = outcome {
            let grant = result.expect("the token");
            assert_eq!((&grant.token, grant.origin), (&first, Origin::Login));
        } else {
            assert!(matches!(result, Err(Failure::Auth(_))), "{result:?}");
        }
        let counted = matches!(outcome, Outcome::Refused(_) | Outcome::Doubtful(_));
        assert_eq!(account.status().refusals, u32::from(counted));
        assert_eq!(account.logins(), 1);
    }
}

#[test]
fn a_claim_whose_write_seemed_to_fail_is_found() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.comes_to_write(&mut robot);
    account.loses_the_answer(&mut robot);
    account.does_not_reach_the_store(&mut robot);
    account.sends_a_login(&mut robot);
    account.answered(&mut robot, gives(&token("first", 1_200)));
    let grant = account.ends(&mut robot).expect("a token");
    assert!(!grant.took_over);
    assert_eq!(account.now, 1_000_500, "it waited for no lease");
}

#[test]
fn two_callers_who_claim_at_once_make_one_attempt() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut a = account.begins(GOOD);
    account.comes_to_write(&mut a);
    let mut b = account.begins(GOOD);
    account.comes_to_write(&mut b);
    account.sends_a_login(&mut a);
    account.waits(&mut b);
    let first = token("first", 1_200);
    account.answered(&mut a, gives(&first));
    account.ends(&mut a).expect("a token");
    account.sees_the_entry(&mut b);
    assert_eq!(account.ends(&mut b).expect("the token").token, first);
    assert_eq!(account.logins(), 1);
}

#[test]
fn a_token_that_the_store_does_not_take_is_not_got_again() {
    let mut account = Account::with_token(Flow::ControlRoom, token("old", 1_200), 1_200_000);
    account.most_bytes = 2_000;
    let huge = token(&"x".repeat(66_000), 1_200);
    let failure = account.answers(gives(&huge)).token(GOOD);
    let said = StoreError::Other(Some("it is full".to_owned()));
    assert_eq!(failure, Err(Failure::Store(said)));
    for _ in 0..5 {
        let failure = account.later(LEASE_MS).token(GOOD);
        let Err(Failure::CoolingDown {
            retry_after_ms,
            cause,
            ..
        }) = failure
        else {
            panic!("not cooling down, but {failure:?}");
        };
        assert_eq!(retry_after_ms, None);
        let AuthError::UnexpectedResponse(oddity) = cause else {
            panic!("it does not say why, but {cause:?}");
        };
        assert!(
            oddity.what.contains("the store does not take"),
            "{}",
            oddity.what
        );
    }
    assert_eq!(account.logins(), 1);
    let status = account.status();
    assert_eq!((status.refusals, status.logins_left), (0, 2));

    account.change(Change::ResetRefusals).expect("a change");
    let small = token("small", 1_200);
    let grant = account.answers(gives(&small)).token(GOOD);
    assert_eq!(grant.expect("a token").token, small);
}

#[test]
fn tokens_that_wait_for_their_logout_give_way_where_the_store_takes_no_more() {
    let mut account = Account::new(Flow::ControlRoom);
    account.entry = Some(Entry {
        to_log_out: vec!["w".repeat(600); 3],
        ..Entry::default()
    });
    let mut robot = in_flight(&mut account);
    let claim = account.entry.clone().and_then(Entry::into_bytes);
    account.most_bytes = claim.expect("bytes").len();
    account.answered(&mut robot, gives(&token(&"x".repeat(1_000), 1_200)));
    let failure = account.ends(&mut robot);
    assert!(matches!(failure, Err(Failure::Store(_))), "{failure:?}");
    let entry = account.entry.as_ref().expect("an entry");
    assert!(entry.to_log_out.is_empty() && entry.latched);
}

#[test]
fn a_holder_counts_its_lease_from_when_it_asked_for_it() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.comes_to_write(&mut robot);
    // The claim is written at once, and its answer comes late: less than five seconds
    // are left. So it extends its lease before it sends.
    account.goes_on_slowly(&mut robot, 5_001);
    assert!(robot.writes().attempt.as_ref().is_some_and(|a| !a.sent));
    account.goes_on(&mut robot);
    assert!(robot.writes().attempt.as_ref().is_some_and(|a| a.sent));
    account.goes_on_slowly(&mut robot, 5_001);
    assert!(robot.writes().attempt.as_ref().is_some_and(|a| a.sent));
    account.goes_on_slowly(&mut robot, 5_000);
    assert_eq!(account.sends(&mut robot), Request::Login);
}

#[test]
fn a_holder_that_looks_for_its_claim_counts_the_lease_from_its_question() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.comes_to_write(&mut robot);
    account.loses_the_answer(&mut robot);
    account.later(2_500);
    account.goes_on_slowly(&mut robot, 2_501);
    assert!(robot.writes().attempt.as_ref().is_some_and(|a| !a.sent));
}

#[test]
fn a_holder_says_every_three_seconds_that_it_is_there() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = in_flight(&mut account);
    let began = account.now;
    account.hears_nothing_for(&mut robot, 60_000);
    assert_eq!(account.now, began + 60_000);
    let entry = account.found().expect("an entry");
    assert_eq!(
        entry.version,
        (2 + 20).to_string(),
        "a claim, a mark and twenty more"
    );
}

#[test]
fn a_holder_whose_extension_conflicts_keeps_what_others_wrote() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = in_flight(&mut account);
    account.change(Change::Reopen).expect("a change");
    account.hears_nothing_for(&mut robot, 30_000);
    let mut other = account.begins(GOOD);
    assert!(account.waits(&mut other) > 0, "the lease is extended");
    account.answered(&mut robot, gives(&token("first", 1_200)));
    account.ends(&mut robot).expect("a token");
}

#[test]
fn a_holder_that_was_replaced_waits_for_its_answer_and_takes_what_there_is() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut late = in_flight(&mut account);
    account.later(LEASE_MS);
    let mut next = account.begins(GOOD);
    account.sends_a_login(&mut next);
    account.hears_nothing_for(&mut late, 9_000);
    let first = token("first", 1_200);
    account.answered(&mut next, gives(&first));
    account.ends(&mut next).expect("a token");
    // An older token never replaces a newer one.
    account.answered(&mut late, gives(&token("late", 1_200)));
    let grant = account.ends(&mut late).expect("the newer one");
    assert_eq!((grant.token, grant.origin), (first, Origin::Store));
    assert_eq!(account.logins(), 2);
}

#[test]
fn a_holder_that_was_replaced_while_it_probed_sends_no_login() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(is_in_doubt()).token(OTHER);
    account.later(1_000);
    let mut late = account.begins(GOOD);
    assert_eq!(account.sends(&mut late), Request::Probe);
    account.later(LEASE_MS);
    let mut next = account.begins(GOOD);
    account.sends_a_login(&mut next);
    account.hears_nothing_for(&mut late, 3_000);
    account.answered(&mut late, Outcome::Fine);
    account.waits(&mut late);
    let first = token("first", 1_200);
    account.answered(&mut next, gives(&first));
    account.ends(&mut next).expect("a token");
    account.sees_the_entry(&mut late);
    assert_eq!(account.ends(&mut late).expect("the token").token, first);
    assert_eq!(account.logins(), 2);
}

#[test]
fn a_store_that_fails_before_anything_was_sent_is_tried_again_by_the_holder() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.comes_to_write(&mut robot);
    account.goes_on(&mut robot);
    // The mark that the login may leave.
    account.away_until = account.now + 3_000;
    account.sends_a_login(&mut robot);
    assert_eq!(account.now, account.away_until);
    account.answered(&mut robot, gives(&token("first", 1_200)));
    account.ends(&mut robot).expect("a token");
}

#[test]
fn a_login_is_not_sent_before_its_mark_is_surely_written() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.comes_to_write(&mut robot);
    account.goes_on(&mut robot);
    account.away_until = u64::MAX;
    let failure = account.ends(&mut robot);
    assert!(is_unavailable(&failure), "{failure:?}");
    assert_eq!(account.sent, []);
    account.away_until = 0;
    account.later(LEASE_MS);
    assert_eq!(account.status().refusals, 0);
}

#[test]
fn an_entry_that_is_lost_while_a_login_is_about_to_leave_is_begun_anew() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.comes_to_write(&mut robot);
    account.goes_on(&mut robot);
    account.forgets();
    account.sends_a_login(&mut robot);
    let first = token("first", 1_200);
    account.answered(&mut robot, gives(&first));
    account.ends(&mut robot).expect("a token");
    assert_eq!(account.token(GOOD).expect("it serves").token, first);
}

#[test]
fn a_late_good_login_is_in_doubt_no_more_and_its_token_waits_for_its_logout() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut late = in_flight(&mut account);
    account.later(LEASE_MS);
    let mut next = account.begins(OTHER);
    account.sends_a_login(&mut next);
    account.answered(&mut next, refuses());
    assert!(account.ends(&mut next).is_err());
    assert_eq!(account.status().refusals, 2);

    account.answered(&mut late, gives(&token("late", 1_200)));
    // Its record finds the successor's entry; that is read, and written again.
    for _ in 0..3 {
        account.goes_on(&mut late);
    }

    assert_eq!(account.status().refusals, 1);
    let entry = account.entry.as_ref().expect("an entry");
    assert_eq!(entry.to_log_out, ["late"]);
}
