//! A holder that is slow keeps its lease; one that is given up loses it.

use std::time::{Duration, Instant};

use rpa_auth_host::{Account, ControlRoomCredentials, Session, State, Store, TokenOrigin};
use tokio::time::timeout;

use crate::spy::{Fault, Operation, Spy};
use crate::{SHORT, ada, asked, control_room, sessions, take_the_token_away};

/// Far more than any patience here.
const LONG: Duration = Duration::from_secs(120);

/// What a holder may be silent for.
const LEASE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_takes_longer_than_a_lease_is_waited_for() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let held = room.hold_answers();
    let call = || {
        let session = ada(&sessions, &room.url(), "password");
        let session = session.patience(Duration::from_secs(120));
        tokio::spawn(async move { session.token().await.unwrap() })
    };
    let holder = call();
    room.wait_for_requests(1).await;
    let began = Instant::now();
    let waiters: Vec<_> = (0..3).map(|_| call()).collect();
    tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
    drop(held);

    let grant = holder.await.unwrap();
    assert_eq!(grant.origin, TokenOrigin::Login);
    for waiter in waiters {
        let waiter = waiter.await.unwrap();
        assert_eq!(waiter.token.value(), grant.token.value());
        assert!(!waiter.took_over && waiter.origin == TokenOrigin::Store);
        assert!(u128::from(waiter.waited_ms) <= began.elapsed().as_millis());
    }
    assert_eq!(asked(&room), ["login"]);
}

/// A program of its own, as far as its tasks are concerned: they end with it.
struct Program(tokio::runtime::Runtime);

impl Program {
    fn new() -> Self {
        Self(tokio::runtime::Runtime::new().unwrap())
    }

    /// Begins a call for a token.
    fn begin(&self, session: Session) {
        self.0.spawn(async move { session.token().await });
    }

    fn end(self) {
        self.0.shutdown_background();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_goes_on_when_nobody_waits_for_it_any_more() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let session = ada(&sessions, &room.url(), "password");
    let held = room.hold_answers();
    let call = || {
        let session = session.clone();
        tokio::spawn(async move { session.token().await.unwrap() })
    };
    let holder = call();
    room.wait_for_requests(1).await;
    let waiters: Vec<_> = (0..3).map(|_| call()).collect();
    holder.abort();
    assert!(holder.await.unwrap_err().is_cancelled());
    drop(held);

    for waiter in waiters {
        let grant = waiter.await.unwrap();
        assert!(!grant.took_over);
        assert_eq!(Some(grant.token.value()), room.live_token("ada").as_deref());
    }
    assert_eq!(asked(&room), ["login"]);
    let status = session.status().await.unwrap();
    assert_eq!((status.state, status.refusals), (State::Valid, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_whose_program_ends_is_replaced_by_one_other() {
    let (room, store) = (control_room().await, Store::default());
    let first = ada(&sessions(&store), &room.url(), "password");
    first.token().await.unwrap();
    take_the_token_away(&first).await;
    let held = room.hold_answers();
    let program = Program::new();
    program.begin(ada(&sessions(&store), &room.url(), "password"));
    room.wait_for_requests(3).await;
    let others = sessions(&store);
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            let session = ada(&others, &room.url(), "password");
            let session = session.patience(Duration::from_secs(120));
            tokio::spawn(async move { session.token().await.unwrap() })
        })
        .collect();
    program.end();
    drop(held);

    let mut takers = 0;
    for waiter in waiters {
        let grant = waiter.await.unwrap();
        takers += usize::from(grant.took_over);
        assert_eq!(Some(grant.token.value()), room.live_token("ada").as_deref());
    }
    assert_eq!(takers, 1);
    let all = ["login", "logout", "login", "validate", "login"];
    assert_eq!(asked(&room), all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_patience_ends_before_the_login_is_told_so() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let held = room.hold_answers();
    let session = ada(&sessions, &room.url(), "password");
    let holder = tokio::spawn(async move { session.token().await });
    room.wait_for_requests(1).await;

    let hasty = ada(&sessions, &room.url(), "password").patience(Duration::from_millis(100));

    assert_eq!(hasty.token().await.unwrap_err().name(), "busy");
    drop(held);
    holder.await.unwrap().unwrap();
}

/// The attempt was written and never followed by a login.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_end_before_their_login_leaves_cost_nothing() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    for _ in 0..3 {
        // The claim is taken, and that the login may leave is not.
        spy.spoil(|operation| match operation {
            Operation::Write(n) if n > 1 => Fault::Unavailable,
            _ => Fault::None,
        });
        let program = Program::new();
        program.begin(ada(&sessions, &room.url(), "password"));
        spy.wait_for_writes(2).await;
        program.end();
        spy.age(LEASE).await;
    }
    spy.spoil(|_| Fault::None);

    let session = ada(&sessions, &room.url(), "password");
    let status = session.status().await.unwrap();
    assert_eq!((status.state, status.attempt), (State::None, 3));
    assert_eq!((status.refusals, status.logins_left), (0, 2));
    let grant = session.token().await.unwrap();
    assert!(grant.took_over && grant.origin == TokenOrigin::Login);
    assert_eq!(asked(&room), ["login"]);
}

#[tokio::test]
async fn claims_whose_answers_are_lost_cost_nothing() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    for _ in 0..3 {
        spy.spoil(|operation| match operation {
            Operation::Write(1) => Fault::AnswerLost,
            Operation::Read(1) => Fault::None,
            _ => Fault::Unavailable,
        });
        let away = session.clone().patience(SHORT).token().await.unwrap_err();
        assert_eq!(away.name(), "store-unavailable");
        spy.age(LEASE).await;
    }
    spy.spoil(|_| Fault::None);

    let status = session.status().await.unwrap();
    assert_eq!((status.refusals, status.attempt), (0, 3));
    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Login);
    assert_eq!(asked(&room), ["login"]);
}

/// It waits for most of its patience, and what it would begin could take longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_could_take_over_with_too_little_patience_left_sends_nothing() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let held = room.hold_answers();
    let program = Program::new();
    program.begin(ada(&sessions, &room.url(), "password"));
    room.wait_for_requests(1).await;
    program.end();

    let patience = LEASE + Duration::from_secs(3);
    let waiter = ada(&sessions, &room.url(), "password").patience(patience);
    let error = waiter.token().await.unwrap_err();
    drop(held);

    // The lease is over, and the pause after what may have been refused.
    assert!(matches!(error.name(), "busy" | "cooling-down"), "{error:?}");
    assert_eq!(asked(&room), ["login"]);
}

/// The platform takes the question, and never answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_before_a_login_is_given_up_with_the_patience() {
    let (room, spy) = (control_room().await, Spy::new());
    let mut platform = crate::room(&room.url());
    platform.transport.first_byte_timeout = Some(LONG);
    platform.transport.total_timeout = Some(LONG);
    let credentials = ControlRoomCredentials::password("ada", "password");
    let account = Account::ControlRoom(platform, credentials);
    let session = sessions(&spy.store()).session(account);
    let token = session.token().await.unwrap().token;
    let held = room.hold_answers();
    let hasty = session.clone().patience(SHORT);

    // A check of the token, and after a lost answer the probe.
    let check = timeout(LONG / 2, hasty.renew(token.value())).await;
    let check = check.expect("it is given up").unwrap_err();
    assert_eq!(check.name(), "unreachable");
    drop(held);
    spy.age(Duration::from_secs(1200)).await;
    room.lose_next_answer();
    session.token().await.unwrap_err();
    spy.age(Duration::from_secs(60)).await;
    let held = room.hold_answers();
    let probe = timeout(LONG / 2, hasty.token()).await;
    let probe = probe.expect("it is given up").unwrap_err();
    assert_eq!(probe.name(), "unreachable");
    drop(held);

    let all = ["login", "validate", "login", "validate"];
    assert_eq!(asked(&room), all);
    assert_eq!(session.status().await.unwrap().refusals, 1);
}
