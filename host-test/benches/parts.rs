//! What a call costs apart from the network: `cargo bench -p host-test --bench parts`.
//!
//! "A refused argument" is a call that ends before it sends anything; the
//! difference between the two kinds of plugin is what a new instance costs and its
//! end. "The component's own work" is both steps of a login whose answer comes from
//! memory.

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use rpa_auth_host::{
    ControlRoom, ControlRoomApi, ControlRoomCredentials, Instances, Plugin, SANS_IO_COMPONENT,
    SANS_IO_SESSION_COMPONENT,
};
use tokio::runtime::Runtime;
use wasmtime::Engine;
use wasmtime::component::Component;

use self::support::server::{PASSWORD, Servers, USERNAME};
use self::support::steps::Steps;

#[allow(dead_code, reason = "each benchmark needs another part of it")]
mod support;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let runtime = Runtime::new().expect("a runtime can be had");
    loading(&mut criterion);
    refusals(&mut criterion, &runtime);
    logins(&mut criterion);
    criterion.final_summary();
}

fn loading(criterion: &mut Criterion) {
    let engine = &Engine::default();
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(10);
    for (name, component) in [
        ("flows", SANS_IO_COMPONENT),
        ("session", SANS_IO_SESSION_COMPONENT),
    ] {
        group.bench_function(format!("compile the component, {name}"), |bencher| {
            bencher.iter(|| Component::from_binary(engine, component).expect("it is a component"));
        });
        let precompiled = engine.precompile_component(component);
        let precompiled = precompiled.expect("it is a component");
        println!("precompiled, {name}: {} bytes", precompiled.len());
        group.bench_function(
            format!("load what was compiled before, {name}"),
            |bencher| {
                bencher.iter(|| {
                    // SAFETY: these are the bytes that this engine has just made.
                    unsafe { Component::deserialize(engine, &precompiled) }.expect("it is its own")
                });
            },
        );
    }
}

fn refusals(criterion: &mut Criterion, runtime: &Runtime) {
    let mut group = criterion.benchmark_group("a refused argument");
    let credentials = ControlRoomCredentials::password(USERNAME, PASSWORD);
    let room = ControlRoom::new("no URL", ControlRoomApi::V2);
    for (name, instances) in [
        ("new instance", Instances::PerCall),
        ("warm instance", Instances::Warm),
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

fn logins(criterion: &mut Criterion) {
    let (steps, servers) = (Steps::new(), Servers::start());
    let mut group = criterion.benchmark_group("the component's own work");
    group.bench_function("one login, warm instance", |bencher| {
        let mut instance = steps.instance();
        bencher.iter(|| instance.log_in(black_box(&servers.answer)));
    });
    group.bench_function("one login, new instance", |bencher| {
        bencher.iter(|| steps.instance().log_in(black_box(&servers.answer)));
    });
}
