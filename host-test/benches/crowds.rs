//! What crowds cost a platform: `cargo bench -p host-test --bench crowds`.
//!
//! Over each store, a hundred times: five processes with a hundred callers each find the
//! token dead at one moment; and the process that logs in is killed in the middle of it.
//! What counts is what reached the simulated Control Room, and what each caller got. It
//! takes some minutes: who replaces a killed holder waits ten seconds for it.

use host_test::worker::Worker;
use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, Session, SessionKeys,
    Sessions, Store,
};
use simulators::Held;
use simulators::control_room::User;
use simulators::postgres::PostgresServer;
use simulators::redis::RedisServer;
use tokio::runtime::Runtime;

const ROUNDS: usize = 100;
const PROCESSES: usize = 5;
const CALLERS: usize = 100;

/// How many holders are killed side by side, and who waits for each.
const BESIDE: usize = 20;
const WAITERS: usize = 3;

fn main() {
    let runtime = Runtime::new().expect("a runtime can be had");
    let folder = tempfile::tempdir().expect("a folder can be had");
    let redis = RedisServer::start();
    let postgres = PostgresServer::start();
    let stores = [
        (
            "directory",
            format!("directory:{}", folder.path().display()),
        ),
        ("Redis", redis.url()),
        ("PostgreSQL", postgres.url()),
    ];
    println!("| 500 callers, a dead token, {ROUNDS} times | logins, at most | calls that failed |");
    println!("|---|---|---|");
    for (name, url) in &stores {
        let (logins, failed) = runtime.block_on(together(url));
        println!("| {name} | {logins} | {failed} |");
    }
    println!(
        "\n| the holder killed, {ROUNDS} times | logins after it, at most | calls that failed |"
    );
    println!("|---|---|---|");
    for (name, url) in &stores {
        let (mut most, mut failed) = (0, 0);
        for _ in 0..ROUNDS / BESIDE {
            let (logins, failures) = runtime.block_on(killed(url));
            most = most.max(logins);
            failed += failures;
        }
        println!("| {name} | {most} | {failed} |");
    }
}

fn sessions(store: &str) -> Sessions {
    let keys = SessionKeys::new([1; 32], [2; 32]);
    let store = Store::open(store).expect("it is a store");
    let sessions = Plugin::builder().build_sessions(store, keys);
    sessions.expect("the component loads")
}

async fn control_room() -> simulators::ControlRoom {
    let builder = simulators::ControlRoom::builder().user(User::new("ada", "password"));
    builder.start().await
}

fn ada(sessions: &Sessions, url: &str) -> Session {
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = true;
    let credentials = ControlRoomCredentials::password("ada", "password");
    sessions.session(Account::ControlRoom(room, credentials))
}

fn workers<const N: usize>(store: &str) -> [Worker; N] {
    Worker::several(env!("CARGO_BIN_EXE_session_worker"), store)
}

/// Returns the most logins of a round after the token was dead, and how many callers were
/// not served in all.
async fn together(store: &str) -> (u64, usize) {
    let sessions = sessions(store);
    let mut workers: [Worker; PROCESSES] = workers(store);
    let (mut most, mut served) = (0, 0);
    for _ in 0..ROUNDS {
        let room = control_room().await;
        let token = ada(&sessions, &room.url()).token().await;
        token.expect("there is a token");
        // It may be that of an earlier Control Room at the same port.
        let before = room.logins_asked();
        room.person_logs_in("ada");
        for worker in &mut workers {
            worker.tell(&format!("together {} {CALLERS}", room.url()));
        }
        for worker in &mut workers {
            assert_eq!(worker.line(), "refused");
        }
        for worker in &mut workers {
            worker.tell("go");
        }
        for worker in &mut workers {
            let line = worker.line();
            let count = line
                .strip_prefix("served ")
                .and_then(|n| n.parse::<usize>().ok());
            served += count.unwrap_or(0);
        }
        most = most.max(room.logins_asked() - before);
    }
    for worker in workers {
        worker.finish();
    }
    (most, ROUNDS * PROCESSES * CALLERS - served)
}

/// Returns the most logins after a holder's own, and how many of the waiters got no token.
async fn killed(store: &str) -> (u64, usize) {
    let sessions = sessions(store);
    let holders: [Worker; BESIDE] = workers(store);
    let mut waiters: [Worker; WAITERS] = workers(store);
    let mut rounds: Vec<(simulators::ControlRoom, Held, Worker, u64)> = Vec::new();
    for mut holder in holders {
        let room = control_room().await;
        // A secret that has logged in before, and no token.
        let session = ada(&sessions, &room.url());
        session.token().await.expect("there is a token");
        session.end_for_all().await.expect("it is ended");
        session.reopen().await.expect("it is open again");
        let asked = room.requests().len() as u64;
        let held = room.hold_answers();
        holder.tell(&format!("token {}", room.url()));
        rounds.push((room, held, holder, asked));
    }
    let mut rooms = Vec::new();
    for (room, held, holder, asked) in rounds {
        room.wait_for_requests(asked + 1).await;
        let logins = room.logins_asked();
        for waiter in &mut waiters {
            waiter.tell(&format!("token {}", room.url()));
        }
        holder.kill();
        drop(held);
        rooms.push((room, logins));
    }
    let lines: Vec<String> = waiters.into_iter().flat_map(Worker::finish).collect();
    let mut most = 0;
    let mut served = 0;
    for (room, logins) in &rooms {
        let live = room.live_token("ada").unwrap_or_default();
        let url = format!("{} ", room.url());
        let lines = lines.iter().filter(|line| line.starts_with(&url));
        served += lines
            .filter(|line| !live.is_empty() && line.ends_with(&live))
            .count();
        most = most.max(room.logins_asked() - logins);
    }
    (most, BESIDE * WAITERS - served)
}
