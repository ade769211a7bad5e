//! What a session may cost its user, by what the platform itself counted: never the
//! third refused login on a Control Room, and no person after an outage.

use std::time::Duration;

use rpa_auth_host::{SessionError, State, Store, TokenOrigin};
use serde_json::json;
use simulators::orchestrator::Account as Robot;
use simulators::redis::RedisServer;
use simulators::{Answer, ControlRoom, Orchestrator as Simulated};

use crate::refusals::{cooldown, robot};
use crate::spy::{Fault, Operation, Spy};
use crate::{ada, asked, control_room, sessions, take_the_token_away, workers};

/// Longer than a token lives.
const LIFETIME: Duration = Duration::from_secs(1200);

/// What is waited for, at most, until the platform has counted.
const PATIENCE: Duration = Duration::from_secs(120);

#[track_caller]
fn assert_is_refused(result: Result<impl Sized, SessionError>) {
    match result.map(drop) {
        Err(error) => assert_eq!(error.name(), "credentials-rejected", "{error:?}"),
        Ok(()) => panic!("it was not refused"),
    }
}

async fn wait_for_refusals(room: &ControlRoom, refusals: u32) {
    let counted = async {
        while room.refused("ada") < refusals {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let counted = tokio::time::timeout(PATIENCE, counted).await;
    counted.expect("the platform counts so many");
}

/// Neither hears its answer before the other one has taken over. Over a Redis, because
/// one that stands still in the middle of a write keeps nobody from writing there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_stand_still_in_turn_cost_two_refused_logins() {
    let (room, redis) = (control_room().await, RedisServer::start());
    let store = redis.url();
    let sessions = sessions(&Store::open(&store).unwrap());
    let session = ada(&sessions, &room.url(), "password");
    session.token().await.unwrap();
    take_the_token_away(&session).await;
    room.change_password("ada", "another");
    let [mut first, mut second] = workers(&store);
    let token = format!("token {}", room.url());
    let refused = format!("{} credentials-rejected ", room.url());

    let held = room.hold_answers();
    first.tell(&token);
    wait_for_refusals(&room, 1).await;
    first.pause();
    drop(held);
    // Time enough to stop it between its login and the answer.
    room.delay_answers(Duration::from_secs(3));
    second.tell(&token);
    wait_for_refusals(&room, 2).await;
    second.pause();
    room.delay_answers(Duration::ZERO);
    first.resume();
    let line = first.line();
    assert!(line.starts_with(&refused), "{line}");
    let others = [
        cooldown(session.token().await),
        cooldown(ada(&sessions, &room.url(), "another").token().await),
    ];
    second.resume();
    let line = second.line();
    assert!(line.starts_with(&refused), "{line}");

    for other in others {
        assert_eq!((other.refusals, other.retry_after_seconds), (2, None));
    }
    let status = session.status().await.unwrap();
    assert_eq!((status.refusals, status.logins_left), (2, 0));
    assert_eq!((room.refused("ada"), room.is_disabled("ada")), (2, false));
    let all = ["login", "logout", "login", "validate", "login"];
    assert_eq!(asked(&room), all);
}

#[tokio::test]
async fn a_changed_password_and_a_lost_answer_never_make_three() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "password");
    session.token().await.unwrap();
    spy.age(LIFETIME).await;
    room.change_password("ada", "another");
    room.lose_next_answer();

    for seconds in [0, 10, 300, 3_600, 86_400, 864_000] {
        spy.age(Duration::from_secs(seconds)).await;
        session.token().await.unwrap_err();
    }

    assert_eq!((room.refused("ada"), room.is_disabled("ada")), (2, false));
    assert_eq!(asked(&room), ["login", "login", "validate", "login"]);
    let corrected = ada(&sessions, &room.url(), "another");
    assert_eq!(cooldown(corrected.token().await).retry_after_seconds, None);
    corrected.reset_refusals().await.unwrap();
    assert_eq!(corrected.token().await.unwrap().origin, TokenOrigin::Login);
}

#[tokio::test]
async fn a_corrected_secret_works_at_once_where_one_login_was_spent() {
    for answer_is_lost in [false, true] {
        let (room, spy) = (control_room().await, Spy::new());
        let sessions = sessions(&spy.store());
        let old = ada(&sessions, &room.url(), "password");
        old.token().await.unwrap();
        spy.age(LIFETIME).await;
        room.change_password("ada", "another");
        if answer_is_lost {
            room.lose_next_answer();
        }
        old.token().await.unwrap_err();
        // Only an outage is followed by a pause.
        if answer_is_lost {
            spy.age(Duration::from_secs(10)).await;
        }

        let corrected = ada(&sessions, &room.url(), "another");
        let first = corrected.token().await.unwrap();
        let second = corrected.token().await.unwrap();

        let origins = [first.origin, second.origin];
        assert_eq!(origins, [TokenOrigin::Login, TokenOrigin::Store]);
        assert_eq!(room.refused("ada"), 0);
        assert_eq!(room.logins_asked(), 3);
    }
}

/// The service is up before its database, and then a page stands in front of it.
#[tokio::test]
async fn after_an_outage_of_days_everybody_has_a_token_without_a_person() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "password");
    session.token().await.unwrap();
    spy.age(LIFETIME).await;
    let broken = Answer::new(500).json(&json!({"message": "database is not available"}));
    let page = Answer::new(200).html("We will be back soon");

    room.answer_next(broken.clone());
    session.token().await.unwrap_err();
    let answers = [page.clone(), broken, page, Answer::new(403).html("no")];
    for answer in answers.into_iter().cycle().take(12) {
        spy.age(Duration::from_secs(6 * 3_600)).await;
        room.answer_next(answer);
        session.token().await.unwrap_err();
    }
    let logins = asked(&room).iter().filter(|a| *a == "login").count();
    let status = session.status().await.unwrap();
    spy.age(Duration::from_secs(60)).await;
    let first = session.token().await.unwrap();
    let other = ada(&sessions, &room.url(), "password").token().await;

    assert_eq!(logins, 2, "one good, one doubtful");
    assert_eq!((status.refusals, status.logins_left), (1, 1));
    assert_eq!(first.origin, TokenOrigin::Login);
    assert_eq!(other.unwrap().token.value(), first.token.value());
    let status = session.status().await.unwrap();
    assert_eq!((status.state, status.refusals), (State::Valid, 0));
    assert_eq!(asked(&room)[14..], ["validate", "login"]);
}

#[tokio::test]
async fn a_user_that_is_disabled_sooner_gets_fewer_logins() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let call = |password| ada(&sessions, &room.url(), password).lockout_limit(2);

    assert_is_refused(call("one").token().await);
    let waits = cooldown(call("password").token().await);

    assert_eq!((waits.refusals, waits.retry_after_seconds), (1, None));
    let status = call("password").status().await.unwrap();
    assert_eq!((status.state, status.logins_left), (State::CoolingDown, 0));
    assert_eq!(room.logins_asked(), 1);
}

#[tokio::test]
async fn a_user_that_is_locked_out_later_gets_as_many_logins_but_for_one() {
    let builder = Simulated::builder().account(Robot::new("Default", "ada", "password"));
    let server = builder.lockout_after(5).start().await;
    let spy = Spy::new();
    let sessions = sessions(&spy.store());
    for n in 1..=6 {
        let password = format!("wrong {n}");
        let wrong = robot(&sessions, &server.url(), &password).lockout_limit(5);
        let left = wrong.status().await.unwrap().logins_left;
        assert_eq!(left, 5_u32.saturating_sub(n));
        match wrong.token().await {
            result if n < 5 => assert_is_refused(result),
            result => assert_eq!(cooldown(result).retry_after_seconds, None),
        }
        spy.age(Duration::from_secs(3_600)).await;
    }
    assert_eq!(server.logins_asked(), 4);
    assert!(!server.is_locked_out("Default", "ada"));
}

/// As a Redis that was restarted without its data.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verdict_that_finds_the_entry_gone_is_returned_and_written_all_the_same() {
    for (password, origin) in [("wrong", None), ("password", Some(TokenOrigin::Login))] {
        let (room, spy) = (control_room().await, Spy::new());
        let sessions = sessions(&spy.store());
        let held = room.hold_answers();
        let session = ada(&sessions, &room.url(), password);
        let call = tokio::spawn(async move { session.token().await });
        room.wait_for_requests(1).await;
        spy.forget();
        drop(held);

        let result = call.await.unwrap();
        let status = ada(&sessions, &room.url(), password).status().await;
        match origin {
            None => assert_is_refused(result),
            Some(origin) => assert_eq!(result.unwrap().origin, origin),
        }
        let status = status.unwrap();
        assert_eq!(status.refusals, u32::from(origin.is_none()));
        assert_eq!(status.lifetime_seconds.is_some(), origin.is_some());
        assert_eq!(room.logins_asked(), 1);
    }
}

#[tokio::test]
async fn who_heard_a_refusal_goes_by_it_however_often_the_store_forgets() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "wrong");
    assert_is_refused(session.token().await);

    for _ in 0..3 {
        spy.forget();
        // A look tells of it, and does not make up for it.
        let status = session.status().await.unwrap();
        assert_eq!((status.refusals, status.logins_left), (1, 1));
        assert_eq!(status.state, State::CoolingDown);
        let waits = cooldown(session.clone().token().await);
        assert_eq!((waits.refusals, waits.retry_after_seconds), (1, None));
    }

    assert_eq!(room.logins_asked(), 1);
    session.reset_refusals().await.unwrap();
    assert_is_refused(session.token().await);
}

/// Each has heard it; one of them is enough to go by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_who_were_refused_together_go_by_it_together() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "wrong");
    let call = || {
        let session = session.clone();
        tokio::spawn(async move { session.token().await })
    };
    let callers: Vec<_> = std::iter::repeat_with(call).take(8).collect();
    for caller in callers {
        assert!(caller.await.unwrap().is_err());
    }
    assert_eq!(room.logins_asked(), 1);

    spy.forget();
    let callers: Vec<_> = std::iter::repeat_with(call).take(8).collect();
    for caller in callers {
        cooldown(caller.await.unwrap());
    }
    assert_eq!(room.logins_asked(), 1);
}

/// Who waited is told before the one who logged in, and its instance is the one that is
/// kept.
#[tokio::test]
async fn who_waited_and_shares_a_refusal_goes_by_it_too() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    let session = ada(&sessions, &room.url(), "wrong");
    // The claim, the mark before the login leaves, the verdict.
    spy.spoil(|operation| match operation {
        Operation::Write(3) => Fault::AnsweredLate,
        _ => Fault::None,
    });
    let held = room.hold_answers();
    let (logs_in, waits) = (session.clone(), session.clone());
    let logs_in = tokio::spawn(async move { logs_in.token().await });
    spy.wait_for_writes(2).await;
    let waits = tokio::spawn(async move { waits.token().await });
    spy.wait_for_waiters(1).await;
    drop(held);
    assert_is_refused(waits.await.unwrap());
    assert_is_refused(logs_in.await.unwrap());

    spy.forget();
    assert_eq!(cooldown(session.token().await).refusals, 1);
    assert_eq!(room.logins_asked(), 1);
}

/// On an Orchestrator a refused renewal leaves the token to all; that it serves makes up
/// for nothing.
#[tokio::test]
async fn who_heard_a_refusal_goes_by_it_though_an_older_token_served_since() {
    let builder = Simulated::builder().account(Robot::new("Default", "ada", "password"));
    let (server, spy) = (builder.start().await, Spy::new());
    let session = robot(&sessions(&spy.store()), &server.url(), "password");
    let old = session.token().await.unwrap().token;
    // Of the same millisecond nobody could tell which came first.
    spy.age(Duration::from_secs(1)).await;
    let wrong = json!({"success": false, "error": {"code": 1000, "message": "Invalid"}});
    server.answer_next(Answer::new(401).json(&wrong));
    assert_is_refused(session.renew(old.value()).await);
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Store);

    spy.forget();
    assert_eq!(cooldown(session.token().await).refusals, 1);
    assert_eq!(session.status().await.unwrap().refusals, 1);
}

/// What heard the refusal was opened for another account.
#[tokio::test]
async fn a_clone_with_options_of_its_own_remembers_for_itself() {
    let room = control_room().await;
    let session = ada(&sessions(&Spy::new().store()), &room.url(), "wrong");
    assert_is_refused(session.token().await);

    let other = session.clone().account_name("another room");
    let status = other.status().await.unwrap();
    assert_ne!(status.place, session.status().await.unwrap().place);
    assert_eq!(status.refusals, 0);
}
