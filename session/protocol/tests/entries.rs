//! What is kept of an account, and what operators see of it.

mod common;

use common::{Account, GOOD, digest, gives, is_away, no_answer, refuses, token};
use rpa_auth_session_protocol::{
    Attempt, Change, Current, Doubt, Entry, Failure, LEASE_MS, Outcome, Platform, Refusal, Renewal,
    Request, Secret, Settled, State, Tag,
};

#[test]
fn an_entry_comes_back_from_its_bytes() {
    let first = token("first", 1_200);
    let cause = no_answer(true);
    let entry = Entry {
        number: 7,
        current: Some(Current {
            digest: digest(&first),
            token: first,
            age_ms: 4_000,
        }),
        attempt: Some(attempt()),
        settled: Some(Settled {
            number: 6,
            owner: [8; 16],
            tag: GOOD,
            failure: Some(cause.clone()),
        }),
        secrets: vec![Secret {
            tag: GOOD,
            good: true,
            refusal: Some(Refusal {
                age_ms: 5_000,
                times: 1,
                cause: cause.clone(),
            }),
            doubt: Some(Doubt {
                times: 2,
                age_ms: 6_000,
            }),
        }],
        refusals: 1,
        failures: 2,
        pause_ms: 2_000,
        probe: true,
        cause: Some(cause),
        refused_token: Some([3; 16]),
        quick_refusals: 3,
        contests: 4,
        contest_ms: 30_000,
        ended: true,
        to_log_out: vec!["old".to_owned()],
        actor: Some("a test".to_owned()),
        was_abandoned: false,
    };
    let bytes = entry.to_bytes().expect("bytes");
    assert_eq!(Entry::from_bytes(&bytes), Some(entry));
}

#[test]
fn bytes_that_are_cut_short_are_no_entry() {
    let entry = Account::with_token(Platform::Ropc, token("first", 60), 0).entry;
    let bytes = entry.expect("an entry").to_bytes().expect("bytes");
    for end in 0..bytes.len() {
        assert_eq!(Entry::from_bytes(&bytes[..end]), None, "of {end} bytes");
    }
}

#[test]
fn of_more_than_eight_secrets_a_refused_one_is_remembered() {
    let mut account = Account::new(Platform::Ropc);
    let _ = account.answers(refuses()).token([100; 16]);
    for tag in 1..=20 {
        let next = token(&tag.to_string(), 1_200);
        let grant = account.answers(gives(&next)).token([tag; 16]);
        grant.expect("a token");
    }
    let secrets = account.entry.as_ref().map(|entry| &entry.secrets);
    let tags: Vec<Tag> = secrets.into_iter().flatten().map(|s| s.tag).collect();
    let expected = [100, 14, 15, 16, 17, 18, 19, 20].map(|tag| [tag; 16]);
    assert_eq!(tags, expected);
    let failure = account.token([100; 16]);
    assert!(
        matches!(failure, Err(Failure::CoolingDown { .. })),
        "{failure:?}"
    );
}

#[test]
fn operators_see_how_an_account_stands() {
    let mut account = Account::new(Platform::ControlRoom);
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

    let same = account.answers(gives(&first)).renew(GOOD, &first);
    assert!(matches!(same, Err(Failure::Contested { .. })), "{same:?}");
    assert_eq!(account.status().state, State::Contested);

    account.answers(Outcome::Fine);
    account.entry = Account::with_token(Platform::ControlRoom, first, 0).entry;
    account.end().expect("the end");
    assert_eq!(account.status().state, State::Ended);
}

#[test]
fn operators_see_an_attempt_until_its_lease_is_over() {
    let mut account = Account::new(Platform::ControlRoom);
    account.entry = Some(Entry {
        number: 7,
        attempt: Some(attempt()),
        ..Entry::default()
    });
    assert_eq!(account.later(LEASE_MS - 1).status().state, State::Renewing);
    let status = account.later(1).status();
    assert_eq!((status.state, status.attempt), (State::None, 7));
    // Its secret never logged in: it may have been refused.
    assert_eq!(status.refusals, 1);
}

#[test]
fn two_refusals_stand_until_a_person_acts() {
    let mut account = Account::new(Platform::ControlRoom);
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
    let mut account = Account::with_token(Platform::ControlRoom, first, 0);
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
    let mut account = Account::with_token(Platform::ControlRoom, first, 0);
    let failure = account.answers(is_away()).end();
    assert_eq!(failure, Err(Failure::Auth(no_answer(false))));
    assert_eq!(account.token(GOOD), Err(Failure::Ended));
    account.answers(Outcome::Fine).end().expect("the end");
    account.end().expect("nothing is left to be done");
    assert_eq!(account.sent.len(), 2);
}

#[test]
fn where_a_platform_has_no_logout_the_mark_alone_ends_the_session() {
    for platform in [Platform::Ropc, Platform::ClientCredentials] {
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
        left_ms: LEASE_MS,
        forgives: 0,
        doomed: false,
    }
}
