//! When a token is renewed before it expires, and how.

use crate::common::{Account, GOOD, PATIENCE_MS, gives, is_away, token};
use rpa_auth_flows::Token;
use rpa_auth_session_protocol::{Call, Event, Flow, Found, Goal, Origin, Outcome, Request, Step};

#[test]
fn a_token_is_renewed_in_its_last_tenth_or_its_last_minute() {
    for (lifetime_s, margin_ms) in [(1_200, 60_000), (300, 30_000), (36_000, 60_000)] {
        let age_ms = u64::from(lifetime_s) * 1_000 - margin_ms;
        assert_eq!(sent_at_age(lifetime_s, age_ms, 0), []);
        let refresh = Request::Refresh("old".to_owned());
        assert_eq!(sent_at_age(lifetime_s, age_ms + 1, 0), [refresh]);
    }
}

#[test]
fn jitter_takes_up_to_a_quarter_off_the_margin() {
    let quarter_ms = 60_000 * 255 / 1_024;
    let age_ms = 1_200_000 - 60_000 + quarter_ms;
    assert_eq!(sent_at_age(1_200, age_ms, 255), []);
    assert_eq!(sent_at_age(1_200, age_ms + 1, 255).len(), 1);
}

#[test]
fn a_control_rooms_token_is_renewed_by_refresh_unless_it_lives_beside_others() {
    let old = token("old", 1_200);
    let beside = Token {
        multiple_login: Some(true),
        ..old.clone()
    };
    let displaced = Token {
        multiple_login: Some(false),
        ..old.clone()
    };
    let refresh = Request::Refresh("old".to_owned());
    assert_eq!(sent_for(Flow::ControlRoom, &old), refresh);
    assert_eq!(sent_for(Flow::ControlRoom, &displaced), refresh);
    assert_eq!(sent_for(Flow::ControlRoom, &beside), Request::Login);
    assert_eq!(sent_for(Flow::Ropc, &old), Request::Login);
    assert_eq!(sent_for(Flow::ClientCredentials, &old), Request::Login);
}

#[test]
fn a_token_shorter_than_any_margin_is_not_renewed_at_every_call() {
    let mut account = Account::new(Flow::ClientCredentials);
    account.answers(gives(&token("short", 5)));
    account.token(GOOD).expect("a token");
    for _ in 0..8 {
        let grant = account.later(1_000).token(GOOD).expect("the same token");
        assert_eq!(grant.origin, Origin::Store);
    }
    assert_eq!(account.sent, [Request::Login]);
}

#[test]
fn a_refresh_that_returns_the_same_token_is_not_repeated_at_every_call() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old.clone(), 1_150_000);
    account.answers(gives(&old)).token(GOOD).expect("the token");
    let grant = account.later(1_000).token(GOOD).expect("the token");
    // With the lifetime that the platform gave it anew.
    assert_eq!((grant.token, grant.left_ms), (old, 1_199_000));
    assert_eq!(account.sent.len(), 1);
}

#[test]
fn refreshes_are_held_back_for_a_minute_after_one_that_gave_the_same_token() {
    let same = |lifetime_s| token("old", lifetime_s);
    let mut account = Account::with_token(Flow::ControlRoom, same(1_200), 1_150_000);
    let status = account.answers(gives(&same(30))).token(GOOD);
    assert_eq!(status.expect("the token").left_ms, 30_000);
    // In its last tenth, and a login would displace it.
    let grant = account.later(29_000).token(GOOD).expect("the token");
    assert_eq!((grant.origin, grant.left_ms), (Origin::Store, 1_000));
    assert_eq!(account.status().cause, None, "nothing has failed");
    account.answers(gives(&token("new", 1_200)));
    let grant = account.later(1_000).token(GOOD).expect("another");
    assert_eq!(grant.origin, Origin::Login);

    let mut account = Account::with_token(Flow::ControlRoom, same(1_200), 1_150_000);
    account
        .answers(gives(&same(66)))
        .token(GOOD)
        .expect("the token");
    let grant = account.later(59_999).token(GOOD).expect("the token");
    assert_eq!(grant.origin, Origin::Store);
    account.later(1).answers(gives(&token("new", 1_200)));
    let grant = account.token(GOOD).expect("another");
    assert_eq!(grant.origin, Origin::Refresh);
}

#[test]
fn a_refresh_that_gives_a_token_that_is_known_to_be_dead_changes_nothing() {
    let mut account = Account::new(Flow::ControlRoom);
    let dead = token("dead", 1_200);
    account.answers(gives(&dead)).token(GOOD).expect("a token");
    let new = token("new", 100);
    account.later(100_000).replaces(&new);
    account.renew(GOOD, &dead).expect("another");
    account.later(95_000).answers(gives(&dead));
    let grant = account.token(GOOD).expect("the token");
    assert_eq!((grant.token, grant.left_ms), (new, 5_000));
}

#[test]
fn the_old_token_serves_if_its_renewal_fails() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old.clone(), 1_150_000);
    let grant = account.answers(is_away()).token(GOOD).expect("the token");
    assert_eq!((grant.token, grant.origin), (old, Origin::Store));
}

#[test]
fn a_token_that_its_refresh_finds_refused_is_replaced_by_a_login() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old, 1_150_000);
    let new = token("new", 1_200);
    account.answers(Outcome::TokenRefused).answers(gives(&new));
    let grant = account.token(GOOD).expect("a token");
    assert_eq!((grant.token, grant.origin), (new, Origin::Login));
}

#[test]
fn others_go_on_with_the_old_token_while_one_renews_it() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old.clone(), 1_150_000);
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    let step = call.on(Event::Entry(account.found()), account.now);
    let Step::Write { entry, .. } = step else {
        panic!("an attempt is written first, not {step:?}");
    };
    account.entry = Some(*entry);
    let grant = account.token(GOOD).expect("the token");
    assert_eq!((grant.token, grant.origin), (old, Origin::Store));
    assert_eq!(account.sent, []);
}

#[test]
fn whoever_has_no_patience_left_to_renew_a_token_gets_it_as_it_is() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old.clone(), 1_150_000);
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    call.on(Event::Entry(account.found()), account.now);
    call.on(Event::Written(Some("1".to_owned())), account.now);
    // Somebody else has taken over meanwhile, and has failed.
    account.now += PATIENCE_MS;
    let found = Found {
        age_ms: PATIENCE_MS,
        ..account.found().expect("an entry")
    };
    let answer = Event::Answer(is_away());
    call.on(answer, account.now);
    call.on(Event::Written(None), account.now);
    let read = call.on(Event::Entry(Some(found.clone())), account.now);
    assert!(matches!(read, Step::Read { .. }), "{read:?}");
    let done = call.on(Event::Entry(Some(found)), account.now);
    let Step::Done(Ok(grant)) = done else {
        panic!("the token serves, not {done:?}");
    };
    assert_eq!(grant.token, old);
}

#[test]
fn an_expired_token_is_replaced_by_a_login() {
    let old = token("old", 1_200);
    let mut account = Account::with_token(Flow::ControlRoom, old, 1_200_000);
    let new = token("new", 1_200);
    let grant = account.answers(gives(&new)).token(GOOD).expect("a token");
    assert_eq!((grant.token, grant.origin), (new, Origin::Login));
    assert_eq!(account.sent, [Request::Login]);
}

/// What a call sends that finds a token of this age.
fn sent_at_age(lifetime_s: u32, age_ms: u64, jitter: u8) -> Vec<Request> {
    let old = token("old", lifetime_s);
    let mut account = Account::with_token(Flow::ControlRoom, old, age_ms);
    account.jitter = jitter;
    sent(account)
}

/// What a call sends that finds this token in its last minute.
fn sent_for(platform: Flow, old: &Token) -> Request {
    let account = Account::with_token(platform, old.clone(), 1_150_000);
    let sent = sent(account);
    assert_eq!(sent.len(), 1);
    sent.into_iter().next().expect("a request")
}

fn sent(mut account: Account) -> Vec<Request> {
    let (mut call, _) = Call::new(account.caller(GOOD), Goal::Token, account.now);
    let Step::Write { .. } = call.on(Event::Entry(account.found()), account.now) else {
        return Vec::new();
    };
    let mut step = call.on(Event::Written(Some("1".to_owned())), account.now);
    if let Step::Write { .. } = step {
        // That the login may have left.
        step = call.on(Event::Written(Some("2".to_owned())), account.now);
    }
    match step {
        Step::Send { request, .. } => vec![request],
        step => panic!("an attempt that is written is sent, not {step:?}"),
    }
}
