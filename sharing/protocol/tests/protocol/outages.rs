//! What an outage of the platform costs.

use crate::common::{Account, GOOD, cooling_down, gives, is_in_doubt, no_answer, rejection, token};
use rpa_auth_flows::RejectionKind::{Forbidden, ServerError};
use rpa_auth_flows::{AuthError, Oddity};
use rpa_auth_session_protocol::{Failure, Flow, Outcome, Request};

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 86_400_000;

/// What platforms and what stands in front of them say when they are not well.
fn outages() -> [AuthError; 4] {
    [
        rejection(ServerError, 500, None),
        AuthError::UnexpectedResponse(Oddity {
            status: 200,
            what: "We will be back soon".into(),
        }),
        rejection(Forbidden, 403, None),
        no_answer(true),
    ]
}

#[test]
fn an_outage_of_days_costs_one_login_and_needs_no_person() {
    let expired = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, expired, 1_200_000);
    goes_through(&mut account, &outages()[0], 3 * DAY_MS);
}

#[test]
fn whatever_an_outage_answers_it_costs_one_login() {
    for error in outages() {
        for flow in [Flow::ControlRoom, Flow::Ropc, Flow::ClientCredentials] {
            let expired = token("old", 1_200);
            let mut account = Account::with_token(flow, expired, 1_200_000);
            goes_through(&mut account, &error, 10 * MINUTE_MS);
            // The first roll-out.
            goes_through(&mut Account::new(flow), &error, 10 * MINUTE_MS);
        }
    }
}

/// An outage that lasts for this long.
fn goes_through(account: &mut Account, error: &AuthError, ms: u64) {
    let login = Outcome::of_login(account.platform, error.clone());
    let failure = account.answers(login).token(GOOD);
    assert_eq!(failure, Err(Failure::Auth(error.clone())));
    let over = account.now + ms;
    while account.now < over {
        let pause_ms = cooling_down(account.token(GOOD)).expect("no person is needed");
        assert!(pause_ms <= MINUTE_MS, "{pause_ms}");
        account.later(pause_ms);
        let probe = Outcome::of_probe(account.platform, error.clone());
        let failure = account.answers(probe).token(GOOD);
        assert_eq!(failure, Err(Failure::Auth(error.clone())));
    }
    assert_eq!(account.logins(), 1);

    // Everybody has a token within the pause and one login.
    let new = token("new", 1_200);
    account.later(MINUTE_MS).answers(Outcome::Fine);
    let grant = account.answers(gives(&new)).token(GOOD).expect("a token");
    assert_eq!(grant.token, new);
    assert_eq!(account.token(GOOD).expect("it serves").token, new);
    assert_eq!(account.logins(), 2);
    assert_eq!(account.status().refusals, 0);
}

#[test]
fn a_login_without_a_verdict_is_followed_by_a_probe_until_a_login_is_good() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(is_in_doubt()).token(GOOD);
    account.later(MINUTE_MS).answers(Outcome::Fine);
    let first = token("first", 10);
    account.answers(gives(&first)).token(GOOD).expect("a token");
    account
        .later(MINUTE_MS)
        .answers(gives(&token("second", 1_200)));
    account.token(GOOD).expect("without a probe");
    let login = Request::Login;
    let sent = [login.clone(), Request::Probe, login.clone(), login];
    assert_eq!(account.sent, sent);
}

#[test]
fn two_logins_without_a_verdict_of_a_platform_that_seems_well_need_a_person() {
    let mut account = Account::new(Flow::ControlRoom);
    let _ = account.answers(is_in_doubt()).token(GOOD);
    account.later(MINUTE_MS).answers(Outcome::Fine);
    let _ = account.answers(is_in_doubt()).token(GOOD);
    assert_eq!(cooling_down(account.later(DAY_MS).token(GOOD)), None);
    assert_eq!(account.logins(), 2);
}

#[test]
fn a_lost_answer_costs_nothing_any_more_once_its_secret_has_logged_in() {
    let mut account = Account::new(Flow::ControlRoom);
    for name in ["a", "b", "c", "d"] {
        // The next nightly restart.
        let _ = account.answers(is_in_doubt()).token(GOOD);
        account.later(MINUTE_MS).answers(Outcome::Fine);
        let next = token(name, 1);
        account.answers(gives(&next)).token(GOOD).expect("a token");
        assert_eq!(account.status().refusals, 0);
        account.later(MINUTE_MS);
    }
}

#[test]
fn a_refresh_or_a_check_in_an_outage_counts_as_nothing() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old.clone(), 1_150_000);
    let lost = Outcome::of_refresh(no_answer(true));
    let grant = account.answers(lost).token(GOOD).expect("the token");
    assert_eq!(grant.token, old);
    let lost = Outcome::of_check(Err(no_answer(true)));
    let failure = account.later(1_000).answers(lost).renew(GOOD, &old);
    assert_eq!(failure, Err(Failure::Auth(no_answer(true))));
    let mut killed = account.later(2_000).begins_to_renew(GOOD, &old);
    account.sends(&mut killed);
    drop(killed);
    let status = account.later(10_000).status();
    assert_eq!((status.refusals, account.logins()), (0, 0));
}
