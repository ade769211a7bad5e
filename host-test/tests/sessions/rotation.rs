//! Both kinds of keys are rotated without a loss, whoever called meanwhile and
//! wherever a move stopped.

use std::time::Duration;

use rpa_auth_host::{Session, SessionError, SessionKeys, State, StoreError, TokenOrigin};
use simulators::ControlRoom;

use crate::refusals::cooldown;
use crate::spy::{Fault, Operation, Spy};
use crate::{SHORT, ada, asked, control_room, sessions_with};

const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [7; 32];
const NEWEST: [u8; 32] = [8; 32];
const SEALING: [u8; 32] = [2; 32];
const NEW_SEALING: [u8; 32] = [3; 32];

/// Where the place key stands, before the first step and in each of the three.
fn place_keys() -> [SessionKeys; 4] {
    [
        SessionKeys::new(OLD, SEALING),
        SessionKeys::new(OLD, SEALING).next_place(NEW),
        SessionKeys::new(NEW, SEALING).former_place(OLD),
        SessionKeys::new(NEW, SEALING),
    ]
}

fn with(spy: &Spy, room: &ControlRoom, keys: &SessionKeys, password: &str) -> Session {
    ada(
        &sessions_with(&spy.store(), keys.clone()),
        &room.url(),
        password,
    )
}

/// What a program finds at each account: its token is gone, the session ended, or the
/// account waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    InUse,
    Ended,
    Latched,
}

const KINDS: [Kind; 3] = [Kind::InUse, Kind::Ended, Kind::Latched];

async fn prepare(kind: Kind, session: &Session, wrong: [Session; 2]) {
    session.token().await.unwrap();
    match kind {
        Kind::InUse => {}
        Kind::Ended => session.end_for_all().await.unwrap(),
        Kind::Latched => {
            for wrong in wrong {
                wrong.token().await.unwrap_err();
            }
            session.end_for_all().await.unwrap();
            session.reopen().await.unwrap();
        }
    }
}

#[track_caller]
fn assert_is_as_before(kind: Kind, result: Result<rpa_auth_host::Grant, SessionError>) {
    match (kind, result) {
        (Kind::InUse, Ok(grant)) => assert_eq!(grant.origin, TokenOrigin::Store),
        (Kind::Ended, Err(SessionError::Ended)) => {}
        (Kind::Latched, result) => {
            let waits = cooldown(result);
            assert_eq!((waits.refusals, waits.retry_after_seconds), (2, None));
        }
        (kind, other) => panic!("{kind:?} {other:?}"),
    }
}

/// Nobody used them between the steps; one call in step 2 is enough, whatever comes
/// of it.
#[tokio::test]
async fn accounts_that_were_quiet_ended_or_latched_go_along_with_a_sealing_key() {
    for kind in KINDS {
        let (room, spy) = (control_room().await, Spy::new());
        let [before, second, third] = [
            SessionKeys::new(OLD, SEALING),
            SessionKeys::new(OLD, NEW_SEALING).also_opens(SEALING),
            SessionKeys::new(OLD, NEW_SEALING),
        ];
        let session = |keys: &SessionKeys| with(&spy, &room, keys, "password");
        let wrong = ["one", "two"].map(|wrong| with(&spy, &room, &before, wrong));
        prepare(kind, &session(&before), wrong).await;
        let logins = room.logins_asked();

        let early = session(&third).token().await.unwrap_err();
        let is_other = matches!(early, SessionError::Store(StoreError::Other(Some(_))));
        assert!(is_other, "{early:?}");
        assert_is_as_before(kind, session(&second).token().await);
        assert_is_as_before(kind, session(&third).token().await);

        assert_eq!(room.logins_asked(), logins, "{kind:?}");
    }
}

#[tokio::test]
async fn accounts_that_were_quiet_ended_or_latched_go_along_with_a_place_key() {
    for kind in KINDS {
        let (room, spy) = (control_room().await, Spy::new());
        let [before, first, second, third] = place_keys();
        let session = |keys: &SessionKeys| with(&spy, &room, keys, "password");
        let wrong = ["one", "two"].map(|wrong| with(&spy, &room, &before, wrong));
        prepare(kind, &session(&before), wrong).await;
        let logins = room.logins_asked();

        for keys in [&first, &second, &first, &third] {
            assert_is_as_before(kind, session(keys).token().await);
        }

        assert_eq!(room.logins_asked(), logins, "{kind:?}");
        assert_eq!(spy.keys().len(), 2);
    }
}

/// As documented: what was not called in step 2 is not found any more in step 3.
#[tokio::test]
async fn an_account_that_nobody_called_before_the_old_place_key_was_dropped_begins_anew() {
    let (room, spy) = (control_room().await, Spy::new());
    let [before, _, _, third] = place_keys();
    with(&spy, &room, &before, "password")
        .token()
        .await
        .unwrap();

    let grant = with(&spy, &room, &third, "password").token().await;

    assert_eq!(grant.unwrap().origin, TokenOrigin::Login);
    assert_eq!(spy.keys().len(), 2);
}

#[tokio::test]
async fn while_a_place_key_is_rotated_programs_of_two_steps_share_one_token() {
    let (room, spy) = (control_room().await, Spy::new());
    let [before, first, second, third] = place_keys();
    let session = |keys: &SessionKeys| with(&spy, &room, keys, "password");
    let mut token = session(&before).token().await.unwrap().token;

    for pair in [[&before, &first], [&first, &second], [&second, &third]] {
        for keys in pair.into_iter().chain(pair) {
            let grant = session(keys).token().await.unwrap();
            assert_eq!(grant.token.value(), token.value());
            // Each lives for a minute, so that nobody quarrels.
            spy.age(Duration::from_secs(61)).await;
            room.person_logs_in("ada");
            let new = session(keys).renew(token.value()).await.unwrap();
            for other in pair {
                let late = session(other).renew(token.value()).await.unwrap();
                assert_eq!(late.origin, TokenOrigin::Store);
                assert_eq!(late.token.value(), new.token.value());
            }
            token = new.token;
        }
    }

    assert_eq!(room.logins_asked(), 13);
    assert_eq!(room.live_token("ada").as_deref(), Some(token.value()));
}

#[tokio::test]
async fn an_account_that_begins_in_step_2_is_found_by_programs_of_step_1() {
    let (room, spy) = (control_room().await, Spy::new());
    let [_, first, second, third] = place_keys();
    let origins = [
        with(&spy, &room, &second, "password").token().await,
        with(&spy, &room, &first, "password").token().await,
        with(&spy, &room, &third, "password").token().await,
    ]
    .map(|grant| grant.unwrap().origin);

    use TokenOrigin::{Login, Store};
    assert_eq!(origins, [Login, Store, Store]);
    let places = [&first, &second].map(|keys| with(&spy, &room, keys, "password"));
    let [one, two] = [places[0].status().await, places[1].status().await];
    assert_eq!(one.unwrap().place, two.unwrap().place);
    assert_eq!(asked(&room), ["login"]);
}

#[tokio::test]
async fn a_move_that_stopped_half_way_is_finished_by_whoever_calls_next() {
    for finisher in [1, 2] {
        let (room, spy) = (control_room().await, Spy::new());
        let keys = place_keys();
        let session = |step: usize| with(&spy, &room, &keys[step], "password");
        let token = session(0).token().await.unwrap().token;
        // The mark is written, and the entry is not.
        spy.spoil(|operation| match operation {
            Operation::Write(1) => Fault::None,
            Operation::Write(_) => Fault::Unavailable,
            Operation::Read(_) => Fault::None,
        });
        let stopped = session(2).patience(SHORT).token().await.unwrap_err();
        assert_eq!(stopped.name(), "store-unavailable");
        spy.spoil(|_| Fault::None);
        // Who only looks changes nothing, and sees it all the same.
        for step in [1, 2] {
            let status = session(step).status().await.unwrap();
            assert_eq!((status.state, status.attempt), (State::Valid, 1));
        }
        assert_eq!(spy.writes(), 0);

        for step in [finisher, 1, 2, 3] {
            let grant = session(step).token().await.unwrap();
            assert_eq!(grant.origin, TokenOrigin::Store, "{finisher} {step}");
            assert_eq!(grant.token.value(), token.value());
        }
        assert_eq!(spy.writes(), 1);
        assert_eq!(room.logins_asked(), 1);
    }
}

/// A secret has another tag under another place key. Its refusal must not be lost
/// with the old one, whoever moved the entry.
#[tokio::test]
async fn a_refused_secret_stays_refused_under_the_new_place_key() {
    let (room, spy) = (control_room().await, Spy::new());
    let [before, first, second, third] = place_keys();
    let call = |keys: &SessionKeys, password: &str| with(&spy, &room, keys, password);
    call(&before, "password").token().await.unwrap();
    call(&before, "wrong").token().await.unwrap_err();
    // A program of step 2 moves it, one of step 1 writes it once more.
    call(&second, "password").token().await.unwrap();
    room.person_logs_in("ada");
    let token = call(&first, "password").token().await.unwrap().token;
    call(&first, "password").renew(token.value()).await.unwrap();
    call(&first, "typo").token().await.unwrap_err();
    let logins = room.logins_asked();

    for keys in [&first, &second, &third] {
        for password in ["wrong", "typo"] {
            let waits = cooldown(call(keys, password).token().await);
            assert_eq!((waits.refusals, waits.retry_after_seconds), (1, None));
        }
        let grant = call(keys, "password").token().await.unwrap();
        assert_eq!(grant.origin, TokenOrigin::Store);
    }

    assert_eq!(room.logins_asked(), logins);
}

/// The first old key was kept: some account was never called between.
#[tokio::test]
async fn an_account_that_missed_a_rotation_goes_along_with_the_next_one() {
    for order in [[OLD, NEW], [NEW, OLD]] {
        for was_moved in [false, true] {
            let (room, spy) = (control_room().await, Spy::new());
            let [before, _, second, _] = place_keys();
            let first_again = second.clone().next_place(NEWEST);
            let second_again = order
                .into_iter()
                .fold(SessionKeys::new(NEWEST, SEALING), |keys, former| {
                    keys.former_place(former)
                });
            let session = |keys: &SessionKeys| with(&spy, &room, keys, "password");
            let mut token = session(&before).token().await.unwrap().token;
            if was_moved {
                session(&second).token().await.unwrap();
                room.person_logs_in("ada");
                token = session(&second).renew(token.value()).await.unwrap().token;
            }
            let logins = room.logins_asked();

            for keys in [&second_again, &first_again, &second_again] {
                let grant = session(keys).token().await.unwrap();
                assert_eq!(grant.origin, TokenOrigin::Store, "{order:?} {was_moved}");
                assert_eq!(grant.token.value(), token.value());
            }

            assert_eq!(room.logins_asked(), logins);
        }
    }
}
