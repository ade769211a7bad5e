//! What sessions, and calls that wait for a login, keep resident:
//! `cargo bench -p host-test --bench memory`.
//!
//! Taken from the whole process, before and after (`/proc/self/smaps_rollup`), so
//! that everything counts that a session brings about: its part of an instance's memory,
//! what wasmtime keeps for that, and the library's own. Page tables do not count.

use std::time::Duration;

use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, Session, SessionKeys,
    Sessions, Store,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const SESSIONS: usize = 10_000;

/// How many sessions have callers that wait, and how many each.
const CROWDS: usize = 20;
const CROWD: usize = 500;

fn main() {
    let runtime = Runtime::new().expect("a runtime can be had");
    let keys = SessionKeys::new([1; 32], [2; 32]);
    let sessions = Plugin::builder().build_sessions(Store::default(), keys);
    let sessions = sessions.expect("the component loads");
    runtime.block_on(async {
        // What the first session alone brings about is not a session's.
        let first = session(&sessions, SESSIONS);
        first.status().await.expect("the store is in memory");

        waiting(&sessions).await;
        println!("\n| {SESSIONS} sessions, KiB each | resident | private |");
        println!("|---|---|---|");
        let before = Resident::now();
        let all: Vec<Session> = (0..SESSIONS).map(|n| session(&sessions, n)).collect();
        let mut calls = JoinSet::new();
        for session in &all {
            let session = session.clone();
            calls.spawn(async move { session.status().await });
        }
        while let Some(status) = calls.join_next().await {
            let status = status.expect("the task ends by itself");
            status.expect("the store is in memory");
        }
        before.print("open", SESSIONS);
        drop(all);
        before.print("ended", SESSIONS);
    });
}

/// Calls of a few sessions, each of which waits for one login that has no end.
async fn waiting(sessions: &Sessions) {
    let silent = TcpListener::bind("127.0.0.1:0").await;
    let silent = silent.expect("a port is free");
    let url = format!("http://{}", silent.local_addr().expect("it is bound"));
    let all: Vec<Session> = (0..CROWDS).map(|n| session_at(sessions, &url, n)).collect();
    println!(
        "\n| {} calls that wait, KiB each | resident | private |",
        CROWDS * CROWD
    );
    println!("|---|---|---|");
    let before = Resident::now();
    let mut calls = JoinSet::new();
    for session in &all {
        for _ in 0..CROWD {
            let session = session.clone();
            calls.spawn(async move { session.token().await });
        }
    }
    let mut connections = Vec::new();
    for _ in 0..CROWDS {
        connections.push(silent.accept().await.expect("each session logs in"));
    }
    // Nobody says when the last one waits.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(calls.try_join_next().is_none(), "one did not wait");
    before.print("waiting", CROWDS * CROWD);
    drop(connections);
    calls.abort_all();
}

fn session(sessions: &Sessions, n: usize) -> Session {
    session_at(sessions, "https://cr.example.com", n)
}

fn session_at(sessions: &Sessions, url: &str, n: usize) -> Session {
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = true;
    let credentials = ControlRoomCredentials::password(format!("user{n}"), "password");
    sessions.session(Account::ControlRoom(room, credentials))
}

/// Of this process, in KiB.
struct Resident {
    all: f64,
    /// What no other mapping shares.
    private: f64,
}

impl Resident {
    fn now() -> Self {
        let rollup = std::fs::read_to_string("/proc/self/smaps_rollup");
        let rollup = rollup.expect("Linux says what is resident");
        let field = |name: &str| -> f64 {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
            number
                .and_then(|number| number.trim().parse().ok())
                .expect("the field is there")
        };
        Self {
            all: field("Rss:"),
            private: field("Private_Dirty:") + field("Private_Clean:"),
        }
    }

    /// What came since then, for each of so many.
    fn print(&self, what: &str, count: usize) {
        let now = Self::now();
        let each = |now: f64, then: f64| (now - then) / count as f64;
        println!(
            "| {what} | {:.1} | {:.1} |",
            each(now.all, self.all),
            each(now.private, self.private)
        );
    }
}
