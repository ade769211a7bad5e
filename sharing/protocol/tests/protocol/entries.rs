//! What is kept of an account, and what operators see of it.

use crate::common::{Account, GOOD, cooling_down, gives, is_away, no_answer, refuses, token};
use rpa_auth_session_protocol::{
    Attempt, Change, Entry, Failure, Flow, LEASE_MS, Origin, Outcome, Renewal, Request, State,
    Status,
};

#[test]
fn the_secret_of_the_current_token_is_never_forgotten() {
    let mut account = Account::with_token(Flow::Ropc, token("first", 100_000_000), 0);
    for tag in 2..=100 {
        let _ = account.answers(refuses()).token([tag; 16]);
        account.change(Change::ResetRefusals).expect("a change");
        let grant = account.token(GOOD).expect("the token serves");
        assert_eq!(grant.origin, Origin::Store, "after {tag} secrets");
    }
    for tag in 101..=150 {
        let next = token(&tag.to_string(), 100_000_000);
        account
            .answers(gives(&next))
            .token([tag; 16])
            .expect("a token");
        assert_eq!(account.token([tag; 16]).expect("it serves").token, next);
    }
}

#[test]
fn of_many_secrets_those_go_first_that_a_good_login_made_up_for() {
    let mut account = Account::new(Flow::Ropc);
    for tag in 2..=17 {
        let _ = account.answers(refuses()).token([tag; 16]);
        account.later(240_000);
        if tag % 4 == 0 {
            let next = token(&tag.to_string(), 1);
            account.answers(gives(&next)).token(GOOD).expect("a token");
            account.later(10_000);
        }
    }
    // The last one was made up for by nobody: it is known still.
    let known = |account: &Account, tag| {
        let entry = account.entry.as_ref().expect("an entry");
        entry.secrets.iter().any(|secret| secret.tag == [tag; 16])
    };
    assert!(known(&account, 17) && known(&account, 1));
    assert!(!known(&account, 2), "the oldest gave way");
}

#[test]
fn a_refusal_that_was_made_up_for_is_forgotten_after_a_day() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(refuses()).token([2; 16]);
    account
        .answers(gives(&token("first", 1)))
        .token(GOOD)
        .expect("a token");
    let still = account.later(86_399_000).token([2; 16]);
    assert_eq!(cooling_down(still), None);
    let _ = account.later(1_000).answers(refuses()).token([2; 16]);
    assert_eq!(account.sent.len(), 3);
}

#[test]
fn operators_see_how_an_account_stands() {
    let mut account = Account::new(Flow::ControlRoom);
    assert_eq!(account.status().state, State::None);

    let _ = account.answers(is_away()).token(GOOD);
    assert_eq!(account.status().state, State::CoolingDown);
    assert_eq!(account.status().cause, Some(no_answer(false)));
    assert_eq!(account.later(1_000).status().state, State::None);

    let first = token("first", 1_200);
    account.answers(gives(&first)).token(GOOD).expect("a token");
    let status = account.later(200_000).status();
    assert_eq!(
        (status.state, status.left_ms),
        (State::Valid, Some(1_000_000))
    );
    assert_eq!((status.attempt, status.age_ms), (2, 200_000));
    assert_eq!(status.actor.as_deref(), Some("a test"));
    assert_eq!(account.later(1_000_000).status().state, State::None);

    account.answers(gives(&first)).token(GOOD).expect("a token");
    let same = account.replaces(&first).renew(GOOD, &first);
    assert!(matches!(same, Err(Failure::Contested { .. })), "{same:?}");
    assert_eq!(account.status().state, State::Contested);

    account.answers(Outcome::Fine);
    account.entry = Account::with_token(Flow::ControlRoom, first, 0).entry;
    account.end().expect("the end");
    assert_eq!(account.status().state, State::Ended);
}

#[test]
fn operators_see_an_attempt_until_its_lease_is_over() {
    let mut account = Account::new(Flow::ControlRoom);
    account.entry = Some(Entry {
        number: 7,
        attempt: Some(attempt()),
        ..Entry::default()
    });
    assert_eq!(account.later(LEASE_MS - 1).status().state, State::Renewing);
    let status = account.later(1).status();
    assert_eq!((status.state, status.attempt), (State::None, 7));
    // Its login may have been refused.
    assert_eq!((status.refusals, status.logins_left), (1, 1));
}

#[test]
fn an_attempt_whose_login_never_left_costs_nothing() {
    let mut account = Account::new(Flow::ControlRoom);
    account.entry = Some(Entry {
        number: 7,
        attempt: Some(Attempt {
            sent: false,
            ..attempt()
        }),
        ..Entry::default()
    });
    let status = account.later(LEASE_MS).status();
    assert_eq!((status.state, status.refusals), (State::None, 0));
    let first = token("first", 1_200);
    account
        .answers(gives(&first))
        .token(GOOD)
        .expect("no probe is needed");
    assert_eq!(account.sent, [Request::Login]);
}

#[test]
fn a_status_is_that_of_the_secret_that_asks() {
    let mut account = Account::with_token(Flow::ControlRoom, token("first", 1_200), 0);
    assert_eq!(account.status().state, State::Valid);
    let _ = account.answers(refuses()).token([2; 16]);
    let caller = account.caller([2; 16]);
    let status = Status::of(account.found().as_ref(), &caller, account.now);
    assert_eq!((status.state, status.left_ms), (State::CoolingDown, None));
    assert_eq!((status.retry_after_ms, status.logins_left), (None, 1));
    assert!(status.cause.is_some());
    assert_eq!(account.status().state, State::Valid);
}

#[test]
fn two_refusals_stand_until_a_person_acts() {
    let mut account = Account::new(Flow::ControlRoom);
    for tag in [2, 3] {
        let _ = account.answers(refuses()).token([tag; 16]);
    }
    let status = account.later(86_400_000).status();
    assert_eq!((status.state, status.refusals), (State::CoolingDown, 2));
    account.change(Change::ResetRefusals).expect("a change");
    let status = account.status();
    assert_eq!((status.state, status.refusals), (State::None, 0));
}

#[test]
fn the_end_of_a_session_logs_its_token_out_and_stands_until_it_is_reopened() {
    let first = token("first", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, first, 0);
    account.answers(Outcome::Fine).end().expect("the end");
    assert_eq!(account.token(GOOD), Err(Failure::Ended));
    account.change(Change::Reopen).expect("a change");
    let second = token("second", 1_200);
    account
        .answers(gives(&second))
        .token(GOOD)
        .expect("a token");
    assert_eq!(
        account.sent,
        [Request::Logout("first".to_owned()), Request::Login]
    );
}

#[test]
fn a_logout_that_failed_is_tried_again_by_the_next_end() {
    let first = token("first", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, first, 0);
    let failure = account.answers(is_away()).end();
    assert_eq!(failure, Err(Failure::Auth(no_answer(false))));
    assert_eq!(account.token(GOOD), Err(Failure::Ended));
    account.answers(Outcome::Fine).end().expect("the end");
    account.end().expect("nothing is left to be done");
    assert_eq!(account.sent.len(), 2);
}

#[test]
fn where_a_platform_has_no_logout_the_mark_alone_ends_the_session() {
    for platform in [Flow::Ropc, Flow::ClientCredentials] {
        let mut account = Account::with_token(platform, token("first", 1_200), 0);
        account.end().expect("the end");
        assert_eq!(account.token(GOOD), Err(Failure::Ended));
        assert_eq!(account.sent, []);
    }
}

fn attempt() -> Attempt {
    Attempt {
        owner: [9; 16],
        tag: GOOD,
        renewal: Renewal::Login,
        sent: true,
        left_ms: LEASE_MS,
        forgives: 0,
        doomed: false,
    }
}
