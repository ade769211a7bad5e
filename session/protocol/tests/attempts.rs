//! What a holder does when its attempt is not as it left it.

mod common;

use common::{Account, GOOD, gives, no_answer, refuses, token};
use rpa_auth_session_protocol::{
    Call, Change, Entry, Event, Found, Goal, Grant, Outcome, Platform, Request, Step, StoreError,
};

const UNKNOWN: Event = Event::StoreFailed(StoreError::Unavailable(None));

#[test]
fn a_claim_that_happened_late_is_found_and_not_waited_for() {
    let mut account = Account::new(Platform::ControlRoom);
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    let first = written(call.on(Event::Entry(None), account.now));
    call.on(UNKNOWN, account.now);
    // The entry does not show it yet, so it is written once more, and is there.
    written(call.on(Event::Entry(None), account.now));
    let step = call.on(Event::Written(None), account.now);
    assert!(matches!(step, Step::Read { wait_ms: 0, .. }), "{step:?}");
    let step = call.on(found(first, 1_000), account.now);
    assert_eq!(sent(step), Request::Login);
}

#[test]
fn a_good_login_does_not_make_up_for_what_was_refused_after_a_reset() {
    let mut account = Account::new(Platform::ControlRoom);
    let _ = account.answers(refuses()).token([2; 16]);
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    account.entry = Some(written(call.on(Event::Entry(account.found()), account.now)));
    call.on(Event::Written(Some("1".to_owned())), account.now);

    account.change(Change::ResetRefusals).expect("a change");
    let mut entry = account.entry.clone().expect("an entry");
    entry.refusals = 1;

    let answer = gives(&token("first", 1_200));
    written(call.on(Event::Answer(answer), account.now));
    call.on(Event::Written(None), account.now);
    let entry = written(call.on(found(entry, 0), account.now));
    assert_eq!(entry.refusals, 1);
}

#[test]
fn after_a_probe_a_secret_that_was_refused_meanwhile_is_not_sent() {
    let mut account = Account::new(Platform::ControlRoom);
    let lost = Outcome::Lost(no_answer(true));
    let _ = account.answers(lost).token(GOOD);
    account.later(1_000);
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    let claimed = written(call.on(Event::Entry(account.found()), account.now));
    let step = call.on(Event::Written(Some("1".to_owned())), account.now);
    assert_eq!(sent(step), Request::Probe);

    // Somebody who had it too writes down that it was refused.
    let mut refused = Account::new(Platform::ControlRoom);
    let _ = refused.answers(refuses()).token(GOOD);
    let entry = Entry {
        secrets: refused.entry.expect("an entry").secrets,
        ..claimed
    };
    written(call.on(Event::Answer(Outcome::Fine), account.now));
    call.on(Event::Written(None), account.now);
    let mut step = call.on(found(entry, 0), account.now);
    while let Step::Write { entry, .. } = step {
        if entry.attempt.is_none() {
            return;
        }
        step = call.on(Event::Written(Some("3".to_owned())), account.now);
    }
    panic!("the attempt is not taken back, but {step:?}");
}

fn found(entry: Entry, age_ms: u64) -> Event {
    Event::Entry(Some(Found {
        entry,
        age_ms,
        version: "2".to_owned(),
    }))
}

fn written(step: Step<Grant>) -> Entry {
    match step {
        Step::Write { entry, .. } => *entry,
        step => panic!("nothing is written, but {step:?}"),
    }
}

fn sent(step: Step<Grant>) -> Request {
    match step {
        Step::Send { request, .. } => request,
        step => panic!("nothing is sent, but {step:?}"),
    }
}
