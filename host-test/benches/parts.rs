//! What a call costs apart from the network: `cargo bench -p host-test --bench parts`.
//!
//! "A refused argument" is a call that ends before it sends anything; the
//! difference between the two kinds of plugin is what a new instance costs and its
//! end. "The guest's own work" is a whole login whose answer comes from memory at
//! once: all that the component and its host do beside the network.

use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion};
use rpa_auth_host::{COMPONENT, ControlRoom, ControlRoomApi, ControlRoomCredentials};
use rpa_auth_host::{Instances, Plugin};
use tokio::runtime::Runtime;
use wasmtime::Engine;
use wasmtime::component::Component;

use self::support::config::config;
use self::support::embedded::{Embedded, Sender};
use self::support::server::{PASSWORD, Servers, USERNAME};

#[allow(dead_code, reason = "each benchmark needs another part of it")]
mod support;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let runtime = Runtime::new().expect("a runtime can be had");
    let engine = Engine::new(&config()).expect("this machine can run wasmtime");
    loading(&mut criterion, &engine);
    instances(&mut criterion, &runtime, &engine);
    calls(&mut criterion, &runtime, &engine);
    criterion.final_summary();
}

fn loading(criterion: &mut Criterion, engine: &Engine) {
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(10);
    group.bench_function("compile the component", |bencher| {
        bencher.iter(|| Component::from_binary(engine, COMPONENT).expect("it is a component"));
    });
    let precompiled = engine.precompile_component(COMPONENT);
    let precompiled = precompiled.expect("it is a component");
    println!("precompiled: {} bytes", precompiled.len());
    group.bench_function("load what was compiled before", |bencher| {
        bencher.iter(|| {
            // SAFETY: these are the bytes that this engine has just made.
            unsafe { Component::deserialize(engine, &precompiled) }.expect("it is its own")
        });
    });
}

fn instances(criterion: &mut Criterion, runtime: &Runtime, engine: &Engine) {
    let embedded = embedded(engine);
    let mut group = criterion.benchmark_group("instances");
    group.bench_function("store and instance", |bencher| {
        let new = || runtime.block_on(embedded.instance(Sender::Wasmtime));
        bencher.iter_batched(|| (), |()| new(), BatchSize::PerIteration);
    });
    group.bench_function("store and instance, and their end", |bencher| {
        bencher.iter(|| drop(runtime.block_on(embedded.instance(Sender::Wasmtime))));
    });
    let credentials = ControlRoomCredentials::password(USERNAME, PASSWORD);
    let room = ControlRoom::new("no URL", ControlRoomApi::V2);
    for (name, instances) in [
        ("a refused argument, new instance", Instances::PerCall),
        ("a refused argument, warm instance", Instances::OneWarm),
    ] {
        let plugin = Plugin::builder().instances(instances);
        let plugin = plugin.build().expect("the component loads");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let refused = runtime.block_on(plugin.authenticate(&room, &credentials));
                assert!(refused.is_err());
            });
        });
    }
}

fn calls(criterion: &mut Criterion, runtime: &Runtime, engine: &Engine) {
    let (embedded, servers) = (embedded(engine), Servers::start());
    let sender = || Sender::Memory(servers.answer.clone());
    let mut group = criterion.benchmark_group("the guest's own work");
    group.bench_function("one login, warm instance", |bencher| {
        let mut instance = runtime.block_on(embedded.instance(sender()));
        bencher.iter_custom(|calls| {
            runtime.block_on(async {
                let began = Instant::now();
                for _ in 0..calls {
                    instance
                        .authenticate(servers.http, USERNAME, PASSWORD)
                        .await;
                }
                began.elapsed()
            })
        });
    });
    group.bench_function("one login, new instance", |bencher| {
        bencher.iter_custom(|calls| {
            runtime.block_on(async {
                let began = Instant::now();
                for _ in 0..calls {
                    let mut instance = embedded.instance(sender()).await;
                    instance
                        .authenticate(servers.http, USERNAME, PASSWORD)
                        .await;
                }
                began.elapsed()
            })
        });
    });
}

fn embedded(engine: &Engine) -> Embedded {
    let component = Component::from_binary(engine, COMPONENT).expect("it is a component");
    Embedded::new(engine, &component)
}
