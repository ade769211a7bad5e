//! What it costs to ask for the token that is there: `cargo bench -p host-test --bench tokens`.
//!
//! Each is compared with what a program would do that only reads what stands in the store:
//! the two take turns, and a number is the median of the turns.

use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use redis::AsyncCommands;
use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, Session, SessionKeys,
    Store,
};
use simulators::control_room::User;
use simulators::redis::RedisServer;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const TURNS: usize = 9;

/// How many calls a turn has.
const CALLS: i64 = 4_000;

/// As long as an entry with a token is.
const ENTRY: usize = 2_300;

fn main() {
    let runtime = Runtime::new().expect("a runtime can be had");
    let builder = simulators::ControlRoom::builder().user(User::new("ada", "password"));
    // No token gets near its end.
    let room = runtime.block_on(
        builder
            .token_lifetime(Duration::from_secs(24 * 60 * 60))
            .start(),
    );
    let folder = tempfile::tempdir().expect("a folder can be had");
    let redis = RedisServer::start();

    println!("| token() where it is there | a call | native | a native call | ratio |");
    println!("|---|---|---|---|---|");
    let memory = session(&room.url(), "memory:");
    let nothing = || async {};
    compare(&runtime, "memory store", &memory, "-", nothing);

    let directory = session(
        &room.url(),
        &format!("directory:{}", folder.path().display()),
    );
    runtime.block_on(async { directory.token().await.expect("there is a token") });
    let file = entry_in(folder.path());
    let read = move || {
        let file = file.clone();
        async move {
            let read = tokio::task::spawn_blocking(move || std::fs::read(file)).await;
            black_box(read.expect("it is read").expect("the file is there"));
        }
    };
    compare(&runtime, "directory", &directory, "reading that file", read);

    let over_redis = session(&room.url(), &redis.url());
    let client = redis::Client::open(redis.url()).expect("it is an address");
    let mut connection = runtime
        .block_on(client.get_multiplexed_async_connection())
        .expect("the server runs");
    runtime.block_on(async {
        let set: redis::RedisResult<()> = connection.set("native", vec![7_u8; ENTRY]).await;
        set.expect("it is set");
    });
    let get = move || {
        let mut connection = connection.clone();
        async move {
            let bytes: Vec<u8> = connection.get("native").await.expect("it is there");
            black_box(bytes);
        }
    };
    compare(&runtime, "Redis", &over_redis, "GET of 2.3 KB", get.clone());
    crowd(&runtime, &over_redis, get);
}

fn session(url: &str, store: &str) -> Session {
    let keys = SessionKeys::new([1; 32], [2; 32]);
    let store = Store::open(store).expect("it is a store");
    let sessions = Plugin::builder().build_sessions(store, keys);
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = true;
    let credentials = ControlRoomCredentials::password("ada", "password");
    let sessions = sessions.expect("the component loads");
    sessions.session(Account::ControlRoom(room, credentials))
}

/// The file of the only entry.
fn entry_in(folder: &std::path::Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let files = files.map(|file| file.expect("it can be read").path());
    let longest = files.max_by_key(|file| file.metadata().map_or(0, |found| found.len()));
    longest.expect("there is an entry")
}

/// One call after another.
fn compare<F: Future<Output = ()>>(
    runtime: &Runtime,
    store: &str,
    session: &Session,
    what: &str,
    native: impl Fn() -> F,
) {
    let mut times = [const { Vec::new() }; 2];
    // The first turn is for warming up.
    for turn in 0..=TURNS {
        let ours = runtime.block_on(async {
            let began = Instant::now();
            for _ in 0..CALLS {
                black_box(session.token().await.expect("there is a token"));
            }
            began.elapsed()
        });
        let theirs = runtime.block_on(async {
            let began = Instant::now();
            for _ in 0..CALLS {
                native().await;
            }
            began.elapsed()
        });
        if turn > 0 {
            for (times, time) in times.iter_mut().zip([ours, theirs]) {
                times.push(time.as_secs_f64() * 1e6 / CALLS as f64);
            }
        }
    }
    let [ours, theirs] = times.map(median);
    if what == "-" {
        println!("| {store} | {ours:.1} µs | - | - | - |");
    } else {
        println!(
            "| {store} | {ours:.1} µs | {what} | {theirs:.1} µs | {:.2} |",
            ours / theirs
        );
    }
}

/// A hundred callers at a time.
fn crowd<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    session: &Session,
    native: impl Fn() -> F + Clone + Send + 'static,
) {
    let token = {
        let session = session.clone();
        move || {
            let session = session.clone();
            async move {
                black_box(session.token().await.expect("there is a token"));
            }
        }
    };
    let mut rates = [const { Vec::new() }; 2];
    for turn in 0..=TURNS {
        let turns = [
            runtime.block_on(rate(token.clone())),
            runtime.block_on(rate(native.clone())),
        ];
        if turn > 0 {
            for (rates, rate) in rates.iter_mut().zip(turns) {
                rates.push(rate);
            }
        }
    }
    let [ours, theirs] = rates.map(median);
    println!(
        "\n100 callers at a time over Redis: {ours:.0} calls a second, native {theirs:.0}, ratio {:.2}",
        ours / theirs
    );
}

/// How many calls a second a hundred tasks make together.
async fn rate<F: Future<Output = ()> + Send + 'static>(
    call: impl Fn() -> F + Clone + Send + 'static,
) -> f64 {
    let left = Arc::new(AtomicI64::new(CALLS * 5));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let (left, call) = (Arc::clone(&left), call.clone());
        tasks.spawn(async move {
            while left.fetch_sub(1, Ordering::Relaxed) > 0 {
                call().await;
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    (CALLS * 5) as f64 / began.elapsed().as_secs_f64()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
