//! What becomes of a token of which a caller says that the API refused it.

use crate::common::{Account, GOOD, cooling_down, gives, is_away, no_answer, refuses, token};
use rpa_auth_session_protocol::{Change, Failure, Flow, Origin, Outcome, Request, State, Tag};

const OTHER: Tag = [2; 16];

fn check(token: &str) -> Request {
    Request::Check(token.to_owned())
}

#[test]
fn one_callers_401_takes_a_good_token_from_nobody() {
    let good = token("good", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, good.clone(), 0);
    for _ in 0..10 {
        let mut robot = account.begins_to_renew(GOOD, &good);
        assert_eq!(account.sends(&mut robot), check("good"));
        assert_eq!(account.token(GOOD).expect("it serves").token, good);
        account.answered(&mut robot, Outcome::Fine);
        assert_eq!(account.ends(&mut robot), Err(Failure::StillGood));
        assert_eq!(account.token(GOOD).expect("it serves").token, good);
    }
    assert_eq!(account.logins(), 0);
}

#[test]
fn who_waited_for_a_check_of_the_same_token_hears_the_same() {
    let good = token("good", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, good.clone(), 0);
    let mut asking = account.begins_to_renew(GOOD, &good);
    account.sends(&mut asking);
    let mut waiting = account.begins_to_renew(GOOD, &good);
    account.waits(&mut waiting);
    account.answered(&mut asking, Outcome::Fine);
    assert_eq!(account.ends(&mut asking), Err(Failure::StillGood));
    account.sees_the_entry(&mut waiting);
    assert_eq!(account.ends(&mut waiting), Err(Failure::StillGood));
    assert_eq!(account.sent, [check("good")]);
    // Whoever comes later asks again.
    let later = account.answers(Outcome::Fine).renew(GOOD, &good);
    assert_eq!(later, Err(Failure::StillGood));
    assert_eq!(account.sent.len(), 2);
}

#[test]
fn a_dead_token_costs_one_check_and_one_login_for_all() {
    let dead = token("dead", 1_200);
    let new = token("new", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, dead.clone(), 100_000);
    let mut asking = account.begins_to_renew(GOOD, &dead);
    account.sends(&mut asking);
    let mut waiting = account.begins_to_renew(GOOD, &dead);
    account.waits(&mut waiting);
    account.answered(&mut asking, Outcome::TokenRefused);
    account.sends_a_login(&mut asking);
    // By now nobody gets it.
    let mut another = account.begins(GOOD);
    account.waits(&mut another);
    account.answered(&mut asking, gives(&new));
    let grant = account.ends(&mut asking).expect("a token");
    assert_eq!((grant.token, grant.origin), (new.clone(), Origin::Login));
    for robot in [&mut waiting, &mut another] {
        account.sees_the_entry(robot);
        let grant = account.ends(robot).expect("the new token");
        assert_eq!((&grant.token, grant.origin), (&new, Origin::Store));
    }
    assert_eq!(account.sent, [check("dead"), Request::Login]);
}

#[test]
fn who_renews_a_token_that_was_replaced_long_ago_gets_the_current_one() {
    let current = token("current", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, current.clone(), 0);
    let grant = account.renew(GOOD, &token("old", 1_200)).expect("a token");
    assert_eq!((grant.token, grant.origin), (current, Origin::Store));
    assert_eq!(account.sent, []);
}

#[test]
fn a_check_without_a_verdict_leaves_the_token_and_is_followed_by_a_pause() {
    let good = token("good", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, good.clone(), 0);
    let failure = account.answers(is_away()).renew(GOOD, &good);
    assert_eq!(failure, Err(Failure::Auth(no_answer(false))));
    assert_eq!(account.token(GOOD).expect("it serves").token, good);
    assert_eq!(cooling_down(account.renew(GOOD, &good)), Some(1_000));
    let later = account
        .later(1_000)
        .answers(Outcome::Fine)
        .renew(GOOD, &good);
    assert_eq!(later, Err(Failure::StillGood));
    // That was well again: the next failure is a first one.
    let _ = account.answers(is_away()).renew(GOOD, &good);
    assert_eq!(cooling_down(account.renew(GOOD, &good)), Some(1_000));
}

#[test]
fn at_the_limit_a_dead_token_is_not_dropped() {
    let mut account = Account::with_token(Flow::ControlRoom, token("old", 1_200), 0);
    let old = token("old", 1_200);
    for tag in [2, 3] {
        let _ = account.answers(refuses()).token([tag; 16]);
    }
    account.later(60_000);
    let failure = account.answers(Outcome::TokenRefused).renew(GOOD, &old);
    assert_eq!(cooling_down(failure), None);
    assert_eq!(account.token(GOOD).expect("it serves still").token, old);
    assert_eq!(account.status().state, State::Valid);
    // It is known to be dead: nobody asks again.
    assert_eq!(cooling_down(account.renew(GOOD, &old)), None);
    assert_eq!(account.sent.len(), 3);

    account.change(Change::ResetRefusals).expect("a change");
    let new = token("new", 1_200);
    let grant = account.answers(gives(&new)).token(GOOD).expect("a token");
    assert_eq!(grant.token, new);
}

#[test]
fn at_the_limit_a_good_token_is_not_dropped_on_a_callers_word() {
    let good = token("good", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, good.clone(), 0);
    for tag in [2, 3] {
        let _ = account.answers(refuses()).token([tag; 16]);
    }
    account.later(60_000);
    let failure = account.answers(Outcome::Fine).renew(GOOD, &good);
    assert_eq!(failure, Err(Failure::StillGood));
    assert_eq!(account.token(GOOD).expect("it serves").token, good);
}

#[test]
fn only_tokens_that_the_platform_called_dead_make_a_contest() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut last = token("0", 1_200);
    account.answers(gives(&last)).token(GOOD).expect("a token");
    for name in ["1", "2"] {
        for _ in 0..3 {
            let failure = account.answers(Outcome::Fine).renew(GOOD, &last);
            assert_eq!(failure, Err(Failure::StillGood));
        }
        let next = token(name, 1_200);
        account.replaces(&next).renew(GOOD, &last).expect("another");
        last = next;
    }
    let failure = account.answers(Outcome::TokenRefused).renew(GOOD, &last);
    assert!(
        matches!(failure, Err(Failure::Contested { refused: 3, .. })),
        "{failure:?}"
    );
}

#[test]
fn a_token_that_dies_after_a_minute_is_not_contested() {
    let mut account = Account::new(Flow::ControlRoom);
    let mut last = token("0", 1_200);
    account.answers(gives(&last)).token(GOOD).expect("a token");
    for name in ["1", "2", "3", "4", "5"] {
        let next = token(name, 1_200);
        account.later(60_000).replaces(&next);
        account.renew(GOOD, &last).expect("another");
        last = next;
    }
    assert_eq!(account.token(GOOD).expect("it serves").token, last);
}

/// A contest: three tokens were dead soon after their issue.
fn contested() -> Account {
    let mut account = Account::new(Flow::ControlRoom);
    contest(&mut account, ["a", "b", "c"]);
    account
}

/// How long nothing is sent after these were dead, the last of which is the third.
fn contest(account: &mut Account, names: [&str; 3]) -> u64 {
    let [mut last, b, c] = names.map(|name| token(name, 1_200));
    account.answers(gives(&last)).token(GOOD).expect("a token");
    for next in [b, c] {
        account.replaces(&next).renew(GOOD, &last).expect("another");
        last = next;
    }
    match account.answers(Outcome::TokenRefused).renew(GOOD, &last) {
        Err(Failure::Contested { retry_after_ms, .. }) => retry_after_ms,
        other => panic!("not contested, but {other:?}"),
    }
}

#[test]
fn a_contest_is_forgotten_once_a_token_has_lived_for_a_minute() {
    let mut account = contested();
    account.later(30_000);
    let peace = token("peace", 70);
    account.answers(gives(&peace)).token(GOOD).expect("a token");
    account.later(60_000).token(GOOD).expect("it serves");
    account.later(10_000);
    let pause_ms = contest(&mut account, ["d", "e", "f"]);
    assert_eq!(pause_ms, 30_000, "it begins anew");
}

#[test]
fn an_operator_can_end_a_contest() {
    let mut account = contested();
    let failure = account.token(GOOD);
    assert!(
        matches!(failure, Err(Failure::Contested { .. })),
        "{failure:?}"
    );
    assert_eq!(account.status().retry_after_ms, Some(30_000));
    account.change(Change::ResetRefusals).expect("a change");
    let pause_ms = contest(&mut account, ["d", "e", "f"]);
    assert_eq!(pause_ms, 30_000, "it begins anew");
}

#[test]
fn a_contest_holds_back_a_login_that_was_about_to_leave() {
    let mut account = contested();
    account.later(30_000);
    let last = token("d", 1_200);
    account.answers(gives(&last)).token(GOOD).expect("a token");
    let mut robot = account.begins_to_renew(GOOD, &last);
    account.sends(&mut robot);
    account.answered(&mut robot, Outcome::TokenRefused);
    let failure = account.ends(&mut robot);
    let contested = Failure::Contested {
        refused: 4,
        retry_after_ms: 60_000,
    };
    assert_eq!(failure, Err(contested));
}

#[test]
fn where_a_login_displaces_nothing_the_old_token_serves_until_a_new_one_is_there() {
    for flow in [Flow::Ropc, Flow::ClientCredentials] {
        let old = token("old", 1_200);
        let new = token("new", 1_200);
        let mut account = Account::with_token(flow, old.clone(), 0);
        let mut robot = account.begins_to_renew(GOOD, &old);
        assert_eq!(account.sends(&mut robot), Request::Login);
        let mut waiting = account.begins_to_renew(GOOD, &old);
        account.waits(&mut waiting);
        assert_eq!(account.token(GOOD).expect("it serves").token, old);
        account.answered(&mut robot, gives(&new));
        assert_eq!(account.ends(&mut robot).expect("a token").token, new);
        account.sees_the_entry(&mut waiting);
        assert_eq!(account.ends(&mut waiting).expect("a token").token, new);
        assert_eq!(account.token(GOOD).expect("it serves").token, new);
        assert_eq!(account.logins(), 1);
    }
}

#[test]
fn where_a_login_displaces_nothing_a_failed_renewal_leaves_the_old_token() {
    for outcome in [is_away(), refuses()] {
        let old = token("old", 1_200);
        let mut account = Account::with_token(Flow::Ropc, old.clone(), 120_000);
        let failure = account.answers(outcome).renew(GOOD, &old);
        assert!(matches!(failure, Err(Failure::Auth(_))), "{failure:?}");
        assert_eq!(account.token(GOOD).expect("it serves").token, old);
        let waits = cooling_down(account.renew(GOOD, &old));
        assert!(waits.is_some(), "another one is not got at once");
    }
}

#[test]
fn an_api_that_refuses_every_fresh_token_costs_one_login_a_minute() {
    let mut account = Account::with_token(Flow::Ropc, token("0", 1_200), 0);
    let mut last = token("0", 1_200);
    for name in ["1", "2", "3"] {
        let next = token(name, 1_200);
        let grant = account.answers(gives(&next)).renew(GOOD, &last);
        assert_eq!(grant.expect("another").token, next);
        last = next;
    }
    assert_eq!(cooling_down(account.renew(GOOD, &last)), Some(60_000));
    assert_eq!(
        cooling_down(account.later(59_999).renew(GOOD, &last)),
        Some(1)
    );
    let next = token("4", 1_200);
    let grant = account.later(1).answers(gives(&next)).renew(GOOD, &last);
    assert_eq!(grant.expect("another").token, next);
    // That one had lived: three more may follow at once.
    let after = token("5", 1_200);
    let grant = account.answers(gives(&after)).renew(GOOD, &next);
    assert_eq!(grant.expect("another").token, after);
}

#[test]
fn a_secret_that_never_logged_in_cannot_have_the_token_replaced_for_the_others() {
    let good = token("good", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, good.clone(), 0);
    let failure = account.answers(refuses()).renew(OTHER, &good);
    assert!(matches!(failure, Err(Failure::Auth(_))), "{failure:?}");
    assert_eq!(account.sent, [Request::Login]);
    assert_eq!(account.token(GOOD).expect("it serves").token, good);
}

#[test]
fn a_check_whose_token_was_taken_away_meanwhile_is_not_sent() {
    let good = token("good", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, good.clone(), 0);
    let mut robot = account.begins_to_renew(GOOD, &good);
    account.comes_to_write(&mut robot);
    account.loses_the_answer(&mut robot);
    account.answers(Outcome::Fine).end().expect("the end");
    assert_eq!(account.ends(&mut robot), Err(Failure::Ended));
    assert_eq!(account.sent, [Request::Logout("good".to_owned())]);
}

#[test]
fn a_dead_token_is_followed_by_a_login_of_the_same_attempt() {
    let dead = token("dead", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, dead.clone(), 100_000);
    let before = account.status().attempt;
    let grant = account.replaces(&token("new", 1_200)).renew(GOOD, &dead);
    assert_eq!(grant.expect("a token").token.value, "new");
    assert_eq!(account.status().attempt, before + 1);
}
