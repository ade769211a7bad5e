//! 1, 100 and 1000 calls in flight: `cargo bench -p host-test --bench in_flight`.
//!
//! So many tasks each make one call after another, so that there are always as
//! many calls in flight. Client and server share the machine's processors. The
//! clients take turns; a number is the median of its turns.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use rpa_auth_host::{
    ControlRoom, ControlRoomApi, ControlRoomCredentials as Credentials, Instances, Plugin,
};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use self::support::native::Native;
use self::support::server::{PASSWORD, Servers, USERNAME};

#[allow(dead_code, reason = "each benchmark needs another part of it")]
mod support;

const IN_FLIGHT: [usize; 3] = [1, 100, 1_000];

/// How many calls a client makes in one turn.
const CALLS: i64 = 4_000;

const TURNS: usize = 7;

fn main() {
    let runtime = Runtime::new().expect("a runtime can be had");
    let servers = Servers::start();
    for (name, url, ca) in [
        ("http", servers.http, None),
        ("TLS", servers.https, Some(servers.ca.as_str())),
    ] {
        let native = Native::new(ca);
        let each = plugin(ca, Instances::PerCall);
        let warm = plugin(ca, Instances::Warm);
        println!(
            "\n| calls a second over {name} | native | new instance per step | ratio | warm instances | ratio |"
        );
        println!("|---|---|---|---|---|---|");
        for in_flight in IN_FLIGHT {
            let mut rates = [const { Vec::new() }; 3];
            // The first turn opens the connections.
            for turn in 0..=TURNS {
                let turns = [
                    runtime.block_on(rate(in_flight, {
                        let native = native.clone();
                        move || {
                            let native = native.clone();
                            async move {
                                let token = native.authenticate(url, USERNAME, PASSWORD).await;
                                assert!(
                                    token.expect("the server is there").multiple_login.is_some()
                                );
                            }
                        }
                    })),
                    runtime.block_on(rate(in_flight, calls(&each, url))),
                    runtime.block_on(rate(in_flight, calls(&warm, url))),
                ];
                if turn > 0 {
                    for (rates, rate) in rates.iter_mut().zip(turns) {
                        rates.push(rate);
                    }
                }
            }
            let [native, each, warm] = rates.map(median);
            println!(
                "| {in_flight} | {native:.0} | {each:.0} | {:.2} | {warm:.0} | {:.2} |",
                each / native,
                warm / native,
            );
        }
    }
}

fn plugin(ca: Option<&str>, instances: Instances) -> Plugin {
    let mut builder = Plugin::builder().instances(instances);
    if let Some(ca) = ca {
        builder = builder.ca_bundle(ca);
    }
    builder.build().expect("the component loads")
}

fn calls(
    plugin: &Plugin,
    url: &'static str,
) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Clone + Send + 'static {
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = true;
    let shared = Arc::new((
        plugin.clone(),
        room,
        Credentials::password(USERNAME, PASSWORD),
    ));
    move || {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let (plugin, room, credentials) = &*shared;
            let token = plugin.authenticate(room, credentials).await;
            assert!(token.expect("the server is there").multiple_login.is_some());
        })
    }
}

/// Calls a second, with so many in flight.
async fn rate<F>(in_flight: usize, call: impl Fn() -> F + Clone + Send + 'static) -> f64
where
    F: Future<Output = ()> + Send,
{
    let left = Arc::new(AtomicI64::new(CALLS));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..in_flight {
        let (left, call) = (Arc::clone(&left), call.clone());
        tasks.spawn(async move {
            while left.fetch_sub(1, Ordering::Relaxed) > 0 {
                call().await;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("a call does not panic");
    }
    CALLS as f64 / began.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
