//! What operators see of an account.

use crate::common::{Account, GOOD, gives, is_away, is_in_doubt, no_answer, refuses, token};
use rpa_auth_session_protocol::{Failure, Flow, State, Status, Tag};

const OTHER: Tag = [2; 16];

/// What a caller with this secret finds.
fn status(account: &mut Account, tag: Tag) -> Status {
    let caller = account.caller(tag);
    Status::of(account.found().as_ref(), &caller, account.now)
}

#[test]
fn a_status_says_what_a_call_would_be_told() {
    let mut account = Account::new(Flow::Ropc);
    account
        .answers(gives(&token("first", 1)))
        .token(GOOD)
        .expect("a token");
    account.later(10_000);
    let _ = account.answers(refuses()).token(GOOD);
    let _ = account.answers(refuses()).token(OTHER);
    for ms in [0, 14_999, 1, 100_000, 300_000] {
        account.later(ms);
        for tag in [GOOD, OTHER, [3; 16]] {
            let status = status(&mut account, tag);
            match account.begins_and_decides(tag) {
                Some(Failure::CoolingDown {
                    retry_after_ms,
                    refusals,
                    cause,
                }) => {
                    assert_eq!(status.state, State::CoolingDown);
                    assert_eq!(status.retry_after_ms, retry_after_ms);
                    assert_eq!(status.refusals, refusals);
                    assert_eq!(status.cause, Some(cause));
                }
                None => assert_eq!((status.state, status.retry_after_ms), (State::None, None)),
                Some(other) => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_status_says_when_the_next_login_may_be_sent() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(is_away()).token(GOOD);
    let status = account.later(400).status();
    assert_eq!(status.state, State::CoolingDown);
    assert_eq!(status.retry_after_ms, Some(600));
    assert_eq!(status.cause, Some(no_answer(false)));
    assert_eq!((status.refusals, status.logins_left), (0, 2));
    assert_eq!(account.later(600).status().retry_after_ms, None);
}

#[test]
fn a_status_counts_logins_in_doubt() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(is_in_doubt()).token(GOOD);
    let status = account.later(60_000).status();
    assert_eq!(
        (status.state, status.refusals, status.logins_left),
        (State::None, 1, 1)
    );
}

#[test]
fn a_status_says_that_somebody_is_getting_a_token_or_ended_the_session() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    let status = account.status();
    assert_eq!(
        (status.state, status.left_ms, status.attempt),
        (State::Renewing, None, 1)
    );
    account.end().expect("the end");
    let status = account.status();
    assert_eq!((status.state, status.left_ms), (State::Ended, None));
}

#[test]
fn a_contest_tells_operators_when_it_ends() {
    let mut account = Account::new(Flow::ControlRoom);
    let same = token("same", 1_200);
    account.answers(gives(&same)).token(GOOD).expect("a token");
    let _ = account.replaces(&same).renew(GOOD, &same);
    let status = account.later(10_000).status();
    assert_eq!(status.state, State::Contested);
    assert_eq!(status.retry_after_ms, Some(20_000));
}
