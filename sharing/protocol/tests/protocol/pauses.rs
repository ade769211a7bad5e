//! How long nothing is sent after failures, after refusals and in a contest.

use crate::common::{
    Account, GOOD, cooling_down, gives, is_away, listed, no_answer, refuses, rejection, throttled,
    token,
};
use rpa_auth_flows::RejectionKind::CredentialsRejected;
use rpa_auth_session_protocol::{Change, Entry, Failure, Flow, Outcome, Platform, Request};

const DAY_MS: u64 = 86_400_000;

#[test]
fn after_failures_the_next_attempt_waits_from_one_second_to_sixty() {
    let mut account = Account::new(Flow::ControlRoom);
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
        let failure = account.answers(is_away()).token(GOOD);
        assert!(matches!(failure, Err(Failure::Auth(_))), "{failure:?}");
        assert_eq!(cooling_down(account.token(GOOD)), Some(seconds * 1_000));
        let nearly = account.later(seconds * 1_000 - 1).token(GOOD);
        assert_eq!(cooling_down(nearly), Some(1));
        account.later(1);
    }
}

#[test]
fn a_good_login_makes_up_for_all_failures() {
    let mut account = Account::new(Flow::ControlRoom);
    for _ in 0..3 {
        let _ = account.answers(is_away()).token(GOOD);
        account.later(60_000);
    }
    let first = token("first", 1_200);
    account.answers(gives(&first)).token(GOOD).expect("a token");
    let _ = account.answers(is_away()).renew(GOOD, &first);
    assert_eq!(cooling_down(account.renew(GOOD, &first)), Some(1_000));
}

#[test]
fn a_retry_after_is_obeyed_for_an_hour_at_most_and_never_shortens_the_pause() {
    for (asked, obeyed) in [(90, 90), (0, 1), (100_000, 3_600)] {
        let mut account = Account::new(Flow::ControlRoom);
        let throttled = Outcome::Failed(throttled(503, Some(asked)));
        let _ = account.answers(throttled).token(GOOD);
        assert_eq!(cooling_down(account.token(GOOD)), Some(obeyed * 1_000));
    }
}

#[test]
fn a_control_rooms_second_refusal_is_its_last() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(refuses()).token([2; 16]);
    // A corrected secret works at once.
    let _ = account.answers(refuses()).token([3; 16]);
    assert_eq!(cooling_down(account.token([4; 16])), None);
    assert_eq!(cooling_down(account.later(DAY_MS).token([4; 16])), None);
    assert_eq!(account.sent, [Request::Login, Request::Login]);
}

#[test]
fn an_orchestrators_pauses_grow_and_the_ninth_refusal_is_its_last() {
    for flow in [Flow::Ropc, Flow::ClientCredentials] {
        let mut account = Account::new(flow);
        for (tag, seconds) in (2..).zip([0, 15, 30, 60, 120, 240, 240, 240]) {
            let _ = account.answers(refuses()).token([tag; 16]);
            if seconds > 0 {
                assert_eq!(cooling_down(account.token(GOOD)), Some(seconds * 1_000));
            }
            account.later(seconds * 1_000);
        }
        let _ = account.answers(refuses()).token([10; 16]);
        assert_eq!(cooling_down(account.token(GOOD)), None);
        assert_eq!(cooling_down(account.later(DAY_MS).token(GOOD)), None);
        assert_eq!(account.sent.len(), 9);
    }
}

#[test]
fn an_account_says_at_how_many_refusals_its_platform_disables() {
    for limit in [2, 3, 6, 99] {
        let mut account = Account::new(Flow::ControlRoom);
        account.platform = Platform::new(Flow::ControlRoom, Some(limit)).expect("a limit");
        for tag in 2_u8..=110 {
            let _ = account.later(DAY_MS / 2).maybe_refuses().token([tag; 16]);
        }
        assert_eq!(account.sent.len(), limit as usize - 1);
    }
    for limit in [0, 1, 100] {
        assert_eq!(Platform::new(Flow::Ropc, Some(limit)), None);
    }
}

#[test]
fn a_person_can_have_the_refusals_forgotten() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(refuses()).token([2; 16]);
    let _ = account.answers(refuses()).token([3; 16]);
    account.change(Change::ResetRefusals).expect("a change");
    let first = token("first", 1_200);
    account
        .answers(gives(&first))
        .token([2; 16])
        .expect("a token");
    assert_eq!(account.status().refusals, 0);
}

#[test]
fn a_good_login_makes_up_for_all_refusals() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(refuses()).token([2; 16]);
    let first = token("first", 1_200);
    account.answers(gives(&first)).token(GOOD).expect("a token");
    assert_eq!(account.status().refusals, 0);
}

#[test]
fn a_lost_login_of_an_unknown_secret_counts_until_a_good_one_five_minutes_later() {
    let mut account = Account::new(Flow::ControlRoom);
    let lost = Outcome::Doubtful(no_answer(true));
    let _ = account.answers(lost).token([2; 16]);
    assert_eq!(account.status().refusals, 1);

    // The lost one may still arrive, after this one.
    let first = token("first", 1_200);
    account.later(299_999).answers(Outcome::Fine);
    account.answers(gives(&first)).token(GOOD).expect("a token");
    assert_eq!(account.status().refusals, 1);

    let second = token("second", 1_200);
    account.later(1).replaces(&second);
    account.renew(GOOD, &first).expect("a token");
    assert_eq!(account.status().refusals, 0);
    assert_eq!(account.sent[1], Request::Probe);
}

#[test]
fn a_refused_secret_that_never_logged_in_is_not_sent_again() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(refuses()).token([2; 16]);
    assert_eq!(cooling_down(account.later(DAY_MS).token([2; 16])), None);
    assert_eq!(account.sent.len(), 1);
}

#[test]
fn a_refused_secret_that_has_logged_in_is_tried_again_after_a_probe_while_two_logins_are_left() {
    let mut account = Account::new(Flow::Ropc);
    account.entry = Some(Entry {
        secrets: vec![listed(GOOD)],
        ..Entry::default()
    });
    let _ = account.answers(refuses()).token(GOOD);
    for refused in 1..8 {
        let wait_ms = 300_000 << (refused - 1);
        let soon = account.later(wait_ms - 1).token(GOOD);
        assert_eq!(cooling_down(soon), Some(1));
        account.later(1).answers(Outcome::Fine);
        let _ = account.answers(refuses()).token(GOOD);
    }
    // Eight were refused: the last one is for another secret.
    assert_eq!(cooling_down(account.later(30 * DAY_MS).token(GOOD)), None);
    let logins = account.sent.iter().filter(|sent| **sent == Request::Login);
    assert_eq!((logins.count(), account.sent.len()), (8, 15));
    account
        .answers(gives(&token("new", 1_200)))
        .token([2; 16])
        .expect("it works at once");
}

#[test]
fn on_a_control_room_the_last_login_is_for_a_corrected_secret() {
    let mut account = Account::with_token(Flow::ControlRoom, token("old", 1_200), 1_200_000);
    let _ = account.answers(refuses()).token(GOOD);
    assert_eq!(cooling_down(account.later(30 * DAY_MS).token(GOOD)), None);
    let new = token("new", 1_200);
    account
        .answers(gives(&new))
        .token([2; 16])
        .expect("it works at once");
    assert_eq!(account.status().logins_left, 2);
}

#[test]
fn who_is_refused_is_told_what_the_platform_said() {
    let mut account = Account::new(Flow::ControlRoom);
    let said = rejection(CredentialsRejected, 401, None);
    let failure = account.answers(refuses()).token(GOOD);
    assert_eq!(failure, Err(Failure::Auth(said.clone())));
    let failure = account.token(GOOD).expect_err("nothing is sent");
    assert!(matches!(failure, Failure::CoolingDown { cause, refusals: 1, .. } if cause == said));
}

#[test]
fn tokens_refused_at_once_are_a_contest_whose_pause_doubles() {
    let mut account = Account::new(Flow::ControlRoom);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let mut tokens = names.map(|name| token(name, 1_200)).into_iter();
    let mut last = tokens.next().expect("a token");
    account.answers(gives(&last)).token(GOOD).expect("a token");
    for next in tokens.by_ref().take(2) {
        account.replaces(&next).renew(GOOD, &last).expect("another");
        last = next;
    }
    for (refused, seconds) in (3..).zip([30, 60, 120, 240]) {
        let failure = account.answers(Outcome::TokenRefused).renew(GOOD, &last);
        let contested = Failure::Contested {
            refused,
            retry_after_ms: seconds * 1_000,
        };
        assert_eq!(failure, Err(contested));
        last = tokens.next().expect("a token");
        account.later(seconds * 1_000).answers(gives(&last));
        account
            .token(GOOD)
            .expect("after the pause there is a token");
    }
}

#[test]
fn a_token_that_served_for_a_minute_ends_the_contest() {
    let mut account = Account::new(Flow::ControlRoom);
    let tokens = ["a", "b", "c", "d"].map(|name| token(name, 1_200));
    account
        .answers(gives(&tokens[0]))
        .token(GOOD)
        .expect("a token");
    for pair in tokens.windows(2) {
        account.later(60_000).replaces(&pair[1]);
        account.renew(GOOD, &pair[0]).expect("another");
    }
}

#[test]
fn a_login_that_returns_the_refused_token_is_a_contest_at_once() {
    let mut account = Account::new(Flow::ControlRoom);
    let same = token("same", 1_200);
    account.answers(gives(&same)).token(GOOD).expect("a token");
    let failure = account.replaces(&same).renew(GOOD, &same);
    let contested = Failure::Contested {
        refused: 3,
        retry_after_ms: 30_000,
    };
    assert_eq!(failure, Err(contested));
    assert_eq!(account.sent.len(), 3);
}
