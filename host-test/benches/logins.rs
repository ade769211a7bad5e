//! One login after another, over loopback, in the clear and over TLS:
//! `cargo bench -p host-test --bench logins`.
//!
//! The native client and the component's hosts run in the same runtime and call
//! the same server. The distributions are criterion's; the table at the end comes
//! from a run of its own in which all take turns, and its ratios are the ones to
//! quote. The plugin over wasi:http is missing over TLS: wasmtime's own host trusts
//! Mozilla's roots and no other.

use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use rpa_auth_host::{ControlRoom, ControlRoomApi, ControlRoomCredentials};
use rpa_auth_host::{Instances, Plugin};
use tokio::runtime::Runtime;

use self::support::lane::{Lane, compare};
use self::support::native::Native;
use self::support::server::{PASSWORD, Servers, USERNAME};
use self::support::stock::Stock;

#[allow(dead_code, reason = "each benchmark needs another part of it")]
mod support;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let runtime = Runtime::new().expect("a runtime can be had");
    let servers = Servers::start();
    let mut over_http = common(servers.http, None);
    over_http.push(over_wasi_http(servers.http));
    let over_tls = common(servers.https, Some(&servers.ca));

    for (name, lanes) in [("http", &over_http), ("https", &over_tls)] {
        let mut group = criterion.benchmark_group(name);
        for lane in lanes {
            group.bench_function(lane.name, |bencher| {
                bencher.iter_custom(|calls| {
                    let calls = u32::try_from(calls).expect("criterion asks for fewer");
                    lane.run(&runtime, calls)
                });
            });
        }
    }
    criterion.final_summary();
    compare("a login over http", &runtime, &over_http, 500, 10);
    compare("a login over TLS", &runtime, &over_tls, 500, 10);
}

/// What can be measured over both.
fn common(url: &'static str, ca: Option<&str>) -> Vec<Lane> {
    vec![
        native(url, ca),
        library("new instance per step", url, ca, Instances::PerCall),
        library("warm instances", url, ca, Instances::Warm),
    ]
}

fn native(url: &'static str, ca: Option<&str>) -> Lane {
    let client = Native::new(ca);
    Lane::new("native", move || {
        let client = client.clone();
        async move {
            let token = client.authenticate(url, USERNAME, PASSWORD).await;
            assert_eq!(token.expect("the server is there").lifetime_seconds, 1_200);
        }
    })
}

fn library(name: &'static str, url: &'static str, ca: Option<&str>, instances: Instances) -> Lane {
    let mut builder = Plugin::builder().instances(instances);
    if let Some(ca) = ca {
        builder = builder.ca_bundle(ca);
    }
    let plugin = builder.build().expect("the component loads");
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = ca.is_none();
    let credentials = ControlRoomCredentials::password(USERNAME, PASSWORD);
    Lane::new(name, move || {
        let (plugin, room, credentials) = (plugin.clone(), room.clone(), credentials.clone());
        async move {
            let token = plugin.authenticate(&room, &credentials).await;
            assert_eq!(token.expect("the server is there").lifetime_seconds, 1_200);
        }
    })
}

fn over_wasi_http(url: &'static str) -> Lane {
    let stock = Arc::new(Stock::new());
    Lane::new(
        "the plugin over wasi:http in wasmtime's own host",
        move || {
            let stock = Arc::clone(&stock);
            async move { stock.log_in(url).await }
        },
    )
}
