//! The end of a session for all, and what comes after it.

use crate::common::{Account, GOOD, gives, is_away, lost, no_answer, token};
use rpa_auth_session_protocol::{
    Change, Ending, Event, Failure, Flow, LEASE_MS, Outcome, Request, State, Step, StoreError,
};

fn logout(token: &str) -> Request {
    Request::Logout(token.to_owned())
}

/// Goes on to what it sends.
fn sent(account: &mut Account, ending: &mut Ending, mut step: Step<()>) -> Request {
    for _ in 0..10 {
        if let Step::Send { request, .. } = step {
            return request;
        }
        let event = account.perform(&step);
        step = ending.on(event);
    }
    panic!("nothing is sent");
}

#[test]
fn an_end_does_not_undo_a_reopening_that_came_while_it_logged_out() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old, 0);
    let (mut ending, first) = Ending::new(account.platform, None);
    assert_eq!(sent(&mut account, &mut ending, first), logout("old"));
    account.change(Change::Reopen).expect("a change");
    let new = token("new", 1_200);
    account.answers(gives(&new)).token(GOOD).expect("a token");

    let step = ending.on(Event::Answer(Outcome::Fine));
    finish(&mut account, &mut ending, step);
    assert_eq!(account.token(GOOD).expect("it serves").token, new);
    assert_eq!(account.status().state, State::Valid);
    assert_eq!(account.sent, [Request::Login]);
}

#[test]
fn an_end_does_not_undo_a_reopening_that_came_right_after_its_mark() {
    let mut account = Account::with_token(Flow::Ropc, token("old", 1_200), 0);
    let (mut ending, mut step) = Ending::new(account.platform, None);
    while account.entry.as_ref().is_some_and(|entry| !entry.ended) {
        let event = account.perform(&step);
        step = ending.on(event);
    }
    account.change(Change::Reopen).expect("a change");
    finish(&mut account, &mut ending, step);
    account.answers(gives(&token("new", 1_200)));
    account.token(GOOD).expect("it is reopened");
}

#[test]
fn an_end_of_an_ended_session_does_not_undo_a_reopening_either() {
    let mut account = Account::with_token(Flow::ControlRoom, token("old", 1_200), 0);
    let _ = account.answers(is_away()).end();
    let (mut ending, first) = Ending::new(account.platform, None);
    assert_eq!(sent(&mut account, &mut ending, first), logout("old"));
    account.change(Change::Reopen).expect("a change");
    let step = ending.on(Event::Answer(Outcome::Fine));
    finish(&mut account, &mut ending, step);
    account.answers(gives(&token("new", 1_200)));
    account.token(GOOD).expect("it is reopened");
}

/// Goes on to its end.
fn finish(account: &mut Account, ending: &mut Ending, mut step: Step<()>) {
    for _ in 0..100 {
        if step == Step::Done(Ok(())) {
            return;
        }
        let event = account.perform(&step);
        step = ending.on(event);
    }
    panic!("it never ends");
}

#[test]
fn a_token_that_comes_after_the_end_is_given_to_nobody_and_logged_out() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    account.end().expect("the end");
    account.answered(&mut robot, gives(&token("late", 1_200)));
    assert_eq!(account.sends(&mut robot), logout("late"));
    account.answered(&mut robot, Outcome::Fine);
    assert_eq!(account.ends(&mut robot), Err(Failure::Ended));
    assert_eq!(account.token(GOOD), Err(Failure::Ended));
    let entry = account.entry.as_ref().expect("an entry");
    assert!(entry.to_log_out.is_empty() && entry.current.is_none());
}

#[test]
fn a_token_of_a_replaced_holder_that_comes_after_the_end_is_logged_out() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.sends_a_login(&mut robot);
    account.later(LEASE_MS);
    account.end().expect("the end");
    account.answered(&mut robot, gives(&token("late", 1_200)));
    assert_eq!(account.sends(&mut robot), logout("late"));
    account.answered(&mut robot, Outcome::Fine);
    assert_eq!(account.ends(&mut robot), Err(Failure::Ended));
}

#[test]
fn where_there_is_no_logout_a_late_token_is_given_to_nobody() {
    for stands_still_ms in [0, LEASE_MS] {
        let mut account = Account::new(Flow::Ropc);
        let mut robot = account.begins(GOOD);
        account.sends_a_login(&mut robot);
        account.later(stands_still_ms);
        account.end().expect("the end");
        account.answered(&mut robot, gives(&token("late", 1_200)));
        assert_eq!(account.ends(&mut robot), Err(Failure::Ended));
        let entry = account.entry.as_ref().expect("an entry");
        assert!(entry.current.is_none() && entry.to_log_out.is_empty());
        assert_eq!(account.sent, [Request::Login]);
    }
}

#[test]
fn a_reopening_keeps_what_waits_for_its_logout() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old, 0);
    let failure = account.answers(is_away()).end();
    assert_eq!(failure, Err(Failure::Auth(no_answer(false))));
    account.change(Change::Reopen).expect("a change");
    account.answers(Outcome::Fine).end().expect("the end");
    assert_eq!(account.sent, [logout("old"), logout("old")]);
}

#[test]
fn an_end_logs_out_all_that_waits() {
    let mut account = Account::with_token(Flow::ControlRoom, token("a", 1_200), 0);
    let _ = account.answers(is_away()).end();
    account.change(Change::Reopen).expect("a change");
    let b = token("b", 1_200);
    account.answers(gives(&b)).token(GOOD).expect("a token");
    account.answers(Outcome::Fine).answers(Outcome::Fine);
    account.end().expect("the end");
    let sent = [logout("a"), Request::Login, logout("a"), logout("b")];
    assert_eq!(account.sent, sent);
}

#[test]
fn of_four_tokens_that_wait_the_oldest_gives_way() {
    let mut account = Account::new(Flow::ControlRoom);
    for name in ["a", "b", "c", "d"] {
        let next = token(name, 1_200);
        account.answers(gives(&next)).token(GOOD).expect("a token");
        let _ = account.answers(is_away()).end();
        account.change(Change::Reopen).expect("a change");
    }
    let entry = account.entry.as_ref().expect("an entry");
    assert_eq!(entry.to_log_out, ["b", "c", "d"]);
}

#[test]
fn an_account_that_nobody_used_can_be_ended() {
    let mut account = Account::new(Flow::ControlRoom);
    account.end().expect("the end");
    assert_eq!(account.token(GOOD), Err(Failure::Ended));
    assert_eq!(account.sent, []);
}

#[test]
fn a_login_that_is_about_to_leave_is_not_sent_after_the_end() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut robot = account.begins(GOOD);
    account.comes_to_write(&mut robot);
    account.goes_on(&mut robot);
    account.end().expect("the end");
    assert_eq!(account.ends(&mut robot), Err(Failure::Ended));
    assert_eq!(account.sent, []);
}

#[test]
fn an_end_waits_for_its_logout_however_long_it_takes() {
    let mut account = Account::with_token(Flow::ControlRoom, token("old", 1_200), 0);
    let (mut ending, first) = Ending::new(account.platform, None);
    sent(&mut account, &mut ending, first);
    for _ in 0..10 {
        let step = ending.on(Event::Quiet);
        assert!(matches!(step, Step::Await { wait_ms: 1.. }), "{step:?}");
    }
    let step = ending.on(Event::Answer(Outcome::Fine));
    assert!(matches!(step, Step::Read { .. }), "{step:?}");
}

#[test]
fn an_end_or_a_change_that_the_store_fails_says_so() {
    let away = StoreError::Unavailable(Some("it is away".to_owned()));
    let failure = Failure::Store(away);
    let mut account = Account::with_token(Flow::ControlRoom, token("old", 1_200), 0);
    let (mut ending, first) = Ending::new(account.platform, None);
    assert!(matches!(first, Step::Read { .. }));
    assert_eq!(ending.on(lost()), Step::Done(Err(failure.clone())));
    account.away_until = u64::MAX;
    assert_eq!(account.end(), Err(failure.clone()));
    assert_eq!(account.change(Change::Reopen), Err(failure.clone()));
    assert_eq!(account.change(Change::ResetRefusals), Err(failure));
}

#[test]
fn an_end_marks_again_where_somebody_else_wrote_first() {
    let mut account = Account::with_token(Flow::Ropc, token("old", 1_200), 0);
    let (mut ending, first) = Ending::new(account.platform, None);
    let event = account.perform(&first);
    let step = ending.on(event);
    account.change(Change::ResetRefusals).expect("a change");
    finish(&mut account, &mut ending, step);
    assert_eq!(account.token(GOOD), Err(Failure::Ended));
}

#[test]
fn a_change_of_an_account_that_nobody_used_is_none() {
    let mut account = Account::new(Flow::ControlRoom);
    account.change(Change::Reopen).expect("a change");
    account.change(Change::ResetRefusals).expect("a change");
    assert_eq!(account.entry, None);
}
