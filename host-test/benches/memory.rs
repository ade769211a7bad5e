//! What an instance keeps resident: `cargo bench -p host-test --bench memory`.
//!
//! Taken from the whole process, before and after (`/proc/self/smaps_rollup`), so
//! that everything counts that an instance brings about: its linear memory, its
//! stack, and what wasmtime keeps for it. Page tables do not count.

use rpa_auth_host::COMPONENT;
use tokio::runtime::Runtime;
use wasmtime::Engine;
use wasmtime::component::Component;

use self::support::config::config;
use self::support::embedded::{Embedded, Sender};
use self::support::server::{PASSWORD, Servers, USERNAME};

#[allow(dead_code, reason = "each benchmark needs another part of it")]
mod support;

const INSTANCES: usize = 500;

fn main() {
    let runtime = Runtime::new().expect("a runtime can be had");
    let servers = Servers::start();
    let engine = Engine::new(&config()).expect("this machine can run wasmtime");
    let component = Component::from_binary(&engine, COMPONENT).expect("it is a component");
    let embedded = Embedded::new(&engine, &component);
    let sender = || Sender::Memory(servers.answer.clone());

    runtime.block_on(async {
        // What the first instance alone brings about is not an instance's.
        let mut first = embedded.instance(sender()).await;
        first.authenticate(servers.http, USERNAME, PASSWORD).await;

        let mut idle = Vec::with_capacity(INSTANCES);
        println!("\n| {INSTANCES} instances, KiB each | resident | private |");
        println!("|---|---|---|");
        let before = Resident::now();
        for _ in 0..INSTANCES {
            idle.push(embedded.instance(sender()).await);
        }
        before.print("new");
        for logins in [1, 10] {
            for instance in &mut idle {
                for _ in 0..logins {
                    instance
                        .authenticate(servers.http, USERNAME, PASSWORD)
                        .await;
                }
            }
            before.print(&format!("idle after {logins} more logins"));
        }
        drop(idle);
        before.print("ended");
    });
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

    /// What came since then, for each instance.
    fn print(&self, what: &str) {
        let now = Self::now();
        let each = |now: f64, then: f64| (now - then) / INSTANCES as f64;
        println!(
            "| {what} | {:.1} | {:.1} |",
            each(now.all, self.all),
            each(now.private, self.private)
        );
    }
}
