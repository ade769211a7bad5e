//! What a holder does when its attempt is not as it left it.

use crate::common::{Account, GOOD, gives, no_answer, refuses, token};
use rpa_auth_session_protocol::{
    Attempt, Call, Change, Entry, Event, Failure, Flow, Found, Goal, Grant, Outcome, Request, Step,
    StoreError,
};

const UNKNOWN: Event = Event::StoreFailed(StoreError::Unavailable(None));

/// A call whose claim has no answer and is not to be seen, after its rest, and the claim.
fn claims_and_does_not_see_it(account: &mut Account) -> (Call, Entry) {
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    let first = written(call.on(Event::Entry(None), account.now));
    call.on(UNKNOWN, account.now);
    let step = call.on(Event::Entry(None), account.now);
    assert!(matches!(step, Step::Sleep { ms: 500 }), "{step:?}");
    call.on(Event::Quiet, account.now);
    (call, first)
}

#[test]
fn a_claim_that_happened_late_is_found_and_not_waited_for() {
    let account = &mut Account::new(Flow::ControlRoom);
    let (mut call, first) = claims_and_does_not_see_it(account);
    // Nor is it there a moment later, so it is written once more, and is there.
    written(call.on(Event::Entry(None), account.now));
    let step = call.on(Event::Written(None), account.now);
    assert!(matches!(step, Step::Read { wait_ms: 0, .. }), "{step:?}");
    let step = call.on(found(first, 1_000), account.now);
    assert_eq!(
        sent_once_marked(&mut call, step, account.now),
        Request::Login
    );
}

#[test]
fn a_claim_that_happens_while_its_caller_rests_is_found_and_not_waited_for() {
    let account = &mut Account::new(Flow::ControlRoom);
    let (mut call, first) = claims_and_does_not_see_it(account);
    let step = call.on(found(first, 100), account.now);
    assert_eq!(
        sent_once_marked(&mut call, step, account.now),
        Request::Login
    );
}

#[test]
fn who_has_too_little_patience_left_after_a_store_that_failed_is_told_of_the_store() {
    let account = &mut Account::new(Flow::ControlRoom);
    let caller = account.caller(GOOD);
    let (mut call, _) = Call::new(caller, Goal::Token, account.now);
    let claimed = written(call.on(Event::Entry(None), account.now));
    account.later(24_400);
    call.on(UNKNOWN, account.now);
    let step = call.on(Event::Entry(None), account.now);
    assert!(matches!(step, Step::Sleep { ms: 500 }), "{step:?}");
    account.later(500);
    call.on(Event::Quiet, account.now);
    account.later(101);

    // Whoever waits for somebody else from here on is told of that.
    let mut waits = call.clone();
    let other = Entry {
        attempt: claimed.attempt.map(|attempt| Attempt {
            owner: [9; 16],
            ..attempt
        }),
        ..claimed
    };
    let step = waits.on(found(other, 0), account.now);
    assert!(matches!(step, Step::Read { wait_ms: 1.., .. }), "{step:?}");
    let step = waits.on(Event::Entry(None), account.now);
    assert_eq!(step, Step::Done(Err(Failure::Busy)));

    let step = call.on(Event::Entry(None), account.now);
    let unavailable = Failure::Store(StoreError::Unavailable(None));
    assert_eq!(step, Step::Done(Err(unavailable)));
}

#[test]
fn a_good_login_does_not_make_up_for_what_was_refused_after_a_reset() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(refuses()).token([2; 16]);
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    account.entry = Some(written(call.on(Event::Entry(account.found()), account.now)));
    let step = call.on(Event::Written(Some("1".to_owned())), account.now);
    sent_once_marked(&mut call, step, account.now);

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
    let mut account = Account::new(Flow::ControlRoom);
    let lost = Outcome::Doubtful(no_answer(true));
    let _ = account.answers(lost).token(GOOD);
    account.later(1_000);
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    let claimed = written(call.on(Event::Entry(account.found()), account.now));
    let step = call.on(Event::Written(Some("1".to_owned())), account.now);
    assert_eq!(sent(step), Request::Probe);

    // Somebody who had it too writes down that it was refused.
    let mut refused = Account::new(Flow::ControlRoom);
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

#[test]
fn an_answer_is_waited_for_and_written_down_however_long_the_lease_cannot_be_extended() {
    let mut account = Account::new(Flow::ControlRoom);
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    written(call.on(Event::Entry(None), account.now));
    let step = call.on(Event::Written(Some("1".to_owned())), account.now);
    assert_eq!(
        sent_once_marked(&mut call, step, account.now),
        Request::Login
    );
    for _ in 0..100 {
        account.later(500);
        written(call.on(Event::Quiet, account.now));
        let step = call.on(UNKNOWN, account.now);
        assert!(matches!(step, Step::Await { wait_ms: 1.. }), "{step:?}");
    }

    let first = token("first", 1_200);
    let entry = written(call.on(Event::Answer(gives(&first)), account.now));
    let current = entry.current.expect("the token is written down");
    assert_eq!(current.token, first);
    let step = call.on(Event::Written(Some("2".to_owned())), account.now);
    assert!(matches!(step, Step::Done(Ok(grant)) if grant.token == first));
}

#[test]
fn a_store_that_answers_and_takes_no_writes_is_given_up_by_callers_and_holders() {
    let account = || Account::new(Flow::ControlRoom);
    for writes in [0, 1] {
        let error = last_step(account(), writes, Vec::new());
        assert!(matches!(error, Failure::Store(_)), "{error:?}");
    }
    let error = last_step(account(), 2, vec![gives(&token("first", 1_200))]);
    assert!(matches!(error, Failure::Store(_)), "{error:?}");
    // A verdict is returned whatever the store says.
    let error = last_step(account(), 2, vec![refuses()]);
    assert!(matches!(error, Failure::Auth(_)), "{error:?}");
}

#[test]
fn a_store_that_takes_no_claims_is_tried_again_within_patience_and_its_words_are_kept() {
    let mut account = Account::new(Flow::ControlRoom);
    let (mut call, mut step) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    let (began, mut claims) = (account.now, 0);
    let words = || Some("NOREPLICAS".to_owned());
    let error = loop {
        let event = match step {
            Step::Read { .. } => Event::Entry(None),
            Step::Write { .. } => {
                claims += 1;
                Event::StoreFailed(StoreError::Unavailable(words()))
            }
            Step::Sleep { ms } => {
                account.later(ms);
                Event::Quiet
            }
            Step::Done(result) => break result.expect_err("nothing is given"),
            step => panic!("{step:?}"),
        };
        step = call.on(event, account.now);
    };
    assert_eq!(error, Failure::Store(StoreError::Unavailable(words())));
    // Twice a second, until no attempt could begin any more.
    assert_eq!((claims, account.now - began), (51, 25_000));
}

/// How a call ends whose store takes so many writes and fails all others.
fn last_step(mut account: Account, mut writes: u32, mut answers: Vec<Outcome>) -> Failure {
    let (mut call, mut step) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    for _ in 0..1_000 {
        let event = match step {
            Step::Read { .. } => Event::Entry(account.found()),
            Step::Write { .. } if writes == 0 => UNKNOWN,
            Step::Write { entry, .. } => {
                writes -= 1;
                account.entry = Some(*entry);
                Event::Written(Some("1".to_owned()))
            }
            Step::Send { .. } => Event::Answer(answers.pop().expect("one request")),
            Step::Await { wait_ms: ms } | Step::Sleep { ms } => {
                account.later(ms);
                Event::Quiet
            }
            Step::Done(result) => return result.expect_err("nothing is given"),
        };
        step = call.on(event, account.now);
    }
    panic!("nobody gives up");
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

/// What is sent once it stands in the entry that it may have left.
fn sent_once_marked(call: &mut Call, step: Step<Grant>, now: u64) -> Request {
    let entry = written(step);
    assert!(entry.attempt.is_some_and(|attempt| attempt.sent));
    sent(call.on(Event::Written(Some("1".to_owned())), now))
}

fn sent(step: Step<Grant>) -> Request {
    match step {
        Step::Send { request, .. } => request,
        step => panic!("nothing is sent, but {step:?}"),
    }
}
