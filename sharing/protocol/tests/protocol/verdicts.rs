//! A call that heard the platform's verdict ends with it, whatever the store does.

use crate::common::{
    Account, GOOD, Robot, cooling_down, gives, is_away, is_in_doubt, refuses, rejection, token,
};
use rpa_auth_flows::RejectionKind::CredentialsRejected;
use rpa_auth_session_protocol::{
    Change, Failure, Flow, Grant, LEASE_MS, Origin, Request, StoreError, Tag,
};

const DAY_MS: u64 = 86_400_000;
const OTHER: Tag = [2; 16];

/// A call whose login was refused, and who has not written that down yet.
fn refused(account: &mut Account) -> Robot {
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    account.answered(&mut robot, refuses());
    robot
}

fn is_the_verdict(result: &Result<Grant, Failure>) -> bool {
    let said = rejection(CredentialsRejected, 401, None);
    *result == Err(Failure::Auth(said))
}

#[test]
fn a_refusal_is_written_down_even_where_the_entry_is_gone() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    account.forgets();
    account.answered(&mut robot, refuses());
    let result = account.ends(&mut robot);
    assert!(is_the_verdict(&result), "{result:?}");
    // Another process finds it.
    assert_eq!(cooling_down(account.later(DAY_MS).token(GOOD)), None);
    assert_eq!((account.logins(), account.status().refusals), (1, 1));
}

#[test]
fn a_refusal_is_returned_once_and_never_tried_again_though_the_store_forgets_each_time() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = refused(&mut account);
    // Before the write, and before each look at what came of it.
    for _ in 0..100 {
        account.forgets();
        account.goes_on(&mut robot);
        if robot.has_ended() {
            break;
        }
    }
    let result = account.ends(&mut robot);
    assert!(is_the_verdict(&result), "{result:?}");
    assert_eq!(account.logins(), 1);
}

#[test]
fn a_token_is_written_down_and_given_even_where_the_entry_is_gone() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    account.forgets();
    let first = token("first", 1_200);
    account.answered(&mut robot, gives(&first));
    let grant = account.ends(&mut robot).expect("the token");
    assert_eq!((&grant.token, grant.origin), (&first, Origin::Login));
    let grant = account.token(GOOD).expect("it serves everybody");
    assert_eq!((&grant.token, grant.origin), (&first, Origin::Store));
    assert_eq!(account.logins(), 1);
}

#[test]
fn who_heard_a_refusal_goes_by_it_for_a_day_though_the_store_forgot_it() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = refused(&mut account);
    let result = account.ends(&mut robot);
    assert!(is_the_verdict(&result), "{result:?}");
    account.heard = robot.heard();
    account.forgets();
    assert_eq!(cooling_down(account.token(GOOD)), None);
    assert_eq!(cooling_down(account.later(DAY_MS - 1).token(GOOD)), None);
    assert_eq!(account.logins(), 1);
    let first = token("first", 1_200);
    let grant = account.later(1).answers(gives(&first)).token(GOOD);
    assert_eq!(grant.expect("a token").token, first);
}

#[test]
fn who_waited_and_shares_a_refusal_has_heard_it() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    let mut waiter = account.begins(GOOD);
    account.waits(&mut waiter);
    account.answered(&mut robot, refuses());
    let result = account.ends(&mut robot);
    assert!(is_the_verdict(&result), "{result:?}");
    account.sees_the_entry(&mut waiter);
    let result = account.ends(&mut waiter);
    assert!(is_the_verdict(&result), "{result:?}");
    account.heard = waiter.heard();
    account.forgets();
    assert_eq!(cooling_down(account.token(GOOD)), None);
    assert_eq!(account.logins(), 1);
}

#[test]
fn who_goes_by_a_refusal_still_does_after_it_waited_for_a_call_that_was_not_answered() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = refused(&mut account);
    let _ = account.ends(&mut robot);
    account.forgets();
    // Another process, which has not heard it, is on its way.
    let mut other = account.begins(GOOD);
    account.sends_a_login(&mut other);
    account.heard = robot.heard();
    let mut waiter = account.begins(GOOD);
    account.waits(&mut waiter);
    account.answered(&mut other, is_away());
    let _ = account.ends(&mut other);
    account.sees_the_entry(&mut waiter);
    let result = account.ends(&mut waiter);
    assert!(matches!(result, Err(Failure::Auth(_))), "{result:?}");
    account.heard = waiter.heard();
    account.later(60_000);
    assert_eq!(cooling_down(account.token(GOOD)), None);
    assert_eq!(account.logins(), 2);
}

#[test]
fn an_entry_that_the_same_call_begins_anew_is_another_one() {
    let mut account = Account::new(Flow::ControlRoom);
    // It begins the entry, and stands still.
    let mut slow = account.begins(GOOD);
    account.sends_a_login(&mut slow);
    account.later(2 * LEASE_MS);
    let mut next = account.begins(GOOD);
    account.sends_a_login(&mut next);
    account.answered(&mut next, refuses());
    let result = account.ends(&mut next);
    assert!(is_the_verdict(&result), "{result:?}");
    account.forgets();
    account.answered(&mut slow, is_in_doubt());
    let _ = account.ends(&mut slow);
    account.heard = next.heard();
    assert_eq!(
        cooling_down(account.later(DAY_MS - 100_000).token(GOOD)),
        None
    );
    assert_eq!(account.logins(), 2);
}

#[test]
fn who_heard_a_refusal_puts_its_count_back_into_an_entry_that_began_anew() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(is_in_doubt()).token(OTHER);
    account.later(60_000);
    let mut robot = refused(&mut account);
    let _ = account.ends(&mut robot);
    account.forgets();
    // Another process begins anew, with a secret of its own.
    let _ = account.answers(refuses()).token([3; 16]);
    assert_eq!(account.status().refusals, 1);
    account.heard = robot.heard();
    let failure = account.token(GOOD);
    assert!(
        matches!(failure, Err(Failure::CoolingDown { refusals: 2, .. })),
        "{failure:?}"
    );
}

#[test]
fn a_refusal_that_was_heard_is_not_put_back_where_a_person_had_it_forgotten() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = refused(&mut account);
    let _ = account.ends(&mut robot);
    account.heard = robot.heard();
    account.change(Change::ResetRefusals).expect("a change");
    let first = token("first", 1_200);
    let grant = account.answers(gives(&first)).token(GOOD);
    assert_eq!(grant.expect("a token").token, first);
}

#[test]
fn a_refusal_that_was_heard_is_not_put_back_where_the_secret_has_logged_in_since() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = refused(&mut account);
    let _ = account.ends(&mut robot);
    account.forgets();
    // Another process logs in with it, in an entry that begins anew.
    let first = token("first", 1_200);
    account.answers(gives(&first)).token(GOOD).expect("a token");
    account.heard = robot.heard();
    assert_eq!(account.token(GOOD).expect("it serves").token, first);
    let second = token("second", 1_200);
    let grant = account.later(1_200_000).answers(gives(&second)).token(GOOD);
    assert_eq!(grant.expect("the secret is good").token, second);
    assert_eq!((account.sent.len(), account.logins()), (3, 3));
}

#[test]
fn a_refusal_is_returned_though_the_store_is_away_or_takes_nothing() {
    for error in [
        StoreError::Unavailable(None),
        StoreError::Other(Some("it is full".to_owned())),
    ] {
        let mut account = Account::new(Flow::ControlRoom);
        let mut robot = account.begins(GOOD);
        account.sends_a_login(&mut robot);
        match error {
            StoreError::Unavailable(_) => account.away_until = u64::MAX,
            StoreError::Other(_) => account.most_bytes = 0,
        }
        account.answered(&mut robot, refuses());
        let result = account.ends(&mut robot);
        assert!(is_the_verdict(&result), "{result:?}");
        assert_eq!(account.logins(), 1);
    }
}

#[test]
fn a_late_refusal_is_returned_though_it_cannot_be_added() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    account.later(LEASE_MS);
    let mut successor = account.begins(OTHER);
    account.sends_a_login(&mut successor);
    account.away_until = account.now + 60_000;
    account.answered(&mut robot, refuses());
    let result = account.ends(&mut robot);
    assert!(is_the_verdict(&result), "{result:?}");
    assert_eq!(account.logins(), 2);
}

#[test]
fn a_refusal_whose_write_was_answered_too_late_is_counted_once() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = refused(&mut account);
    account.loses_the_answer(&mut robot);
    let result = account.ends(&mut robot);
    assert!(is_the_verdict(&result), "{result:?}");
    assert_eq!(account.status().refusals, 1);
}

#[test]
fn a_refusal_of_one_entry_says_nothing_about_the_attempts_of_the_next() {
    let mut account = Account::new(Flow::ControlRoom);
    for name in ["a", "b", "c"] {
        let next = token(name, 1);
        account.answers(gives(&next)).token(GOOD).expect("a token");
        account.later(10_000);
    }
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    account.forgets();
    // An entry that begins anew: its attempts are numbered from one again.
    let mut other = account.begins(GOOD);
    account.sends_a_login(&mut other);
    let first = token("first", 1_200);
    account.answered(&mut other, gives(&first));
    account.ends(&mut other).expect("a token");
    account.answered(&mut robot, refuses());
    let result = account.ends(&mut robot);
    assert!(is_the_verdict(&result), "{result:?}");
    assert_eq!(account.token(GOOD).expect("it serves").token, first);
    // The secret has logged in there: it is a good one.
    let second = token("second", 1_200);
    let grant = account.later(1_200_000).answers(gives(&second)).token(GOOD);
    assert_eq!(grant.expect("a token").token, second);
}

#[test]
fn an_early_renewal_that_is_refused_gives_the_token_that_serves() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::Ropc, old.clone(), 1_150_000);
    let grant = account.answers(refuses()).token(GOOD).expect("the token");
    assert_eq!((grant.token, grant.origin), (old, Origin::Store));
    assert_eq!(account.sent, [Request::Login]);
    assert_eq!(account.status().refusals, 1);
}

#[test]
fn a_late_refusal_ends_its_doubt_in_an_entry_that_a_later_holder_rebuilt() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut late = account.begins(GOOD);
    account.sends_a_login(&mut late);
    account.later(LEASE_MS);
    let mut next = account.begins(GOOD);
    account.sends_a_login(&mut next);
    account.forgets();
    account.answered(&mut next, gives(&token("first", 1_200)));
    account.ends(&mut next).expect("a token");
    account.answered(&mut late, refuses());
    let result = account.ends(&mut late);
    assert!(is_the_verdict(&result), "{result:?}");
    assert_eq!(account.status().refusals, 1, "not a doubt and a refusal");
}

#[test]
fn a_late_refusal_ends_no_doubt_of_another_entry_with_the_same_number() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut late = account.begins(GOOD);
    account.sends_a_login(&mut late);
    account.forgets();
    let failure = account.answers(is_in_doubt()).token(OTHER);
    assert!(failure.is_err());
    account.answered(&mut late, refuses());
    let result = account.ends(&mut late);
    assert!(is_the_verdict(&result), "{result:?}");
    assert_eq!(account.status().refusals, 2);
}
