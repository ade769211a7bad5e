//! A real Redis Cluster for tests: three primaries, and a replica of the first.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::port::free_port;
use crate::process::PATIENCE;
use crate::redis::{RedisBuilder, RedisServer};

/// All slots of a cluster.
const SLOTS: u16 = 16_384;

/// A cluster of this test alone.
pub struct RedisCluster {
    /// The primaries, each with a third of the slots, and behind them the replica.
    pub nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// One with nothing set.
    pub fn start() -> Self {
        Self::start_with(|builder| builder)
    }

    /// One whose nodes are set up further. Comes back when it serves.
    pub fn start_with(set_up: impl Fn(RedisBuilder) -> RedisBuilder) -> Self {
        let mut nodes = Vec::new();
        let mut buses = Vec::new();
        for _ in 0..4 {
            let bus = free_port();
            let builder = RedisServer::builder()
                .line("cluster-enabled yes")
                .line(format!("cluster-port {bus}"))
                .line("cluster-node-timeout 1000")
                .line("cluster-replica-validity-factor 0");
            nodes.push(set_up(builder).start());
            buses.push(bus.to_string());
        }
        let cluster = Self { nodes };
        let first = &cluster.nodes[0];
        for (node, bus) in cluster.nodes.iter().zip(&buses).skip(1) {
            let port = node.port().to_string();
            let met = first.say(&["cluster", "meet", "127.0.0.1", &port, bus]);
            assert_eq!(met, "OK");
        }
        let third = SLOTS / 3;
        for (node, from) in cluster.nodes.iter().zip([0, third, 2 * third]) {
            let last = if from == 2 * third {
                SLOTS
            } else {
                from + third
            };
            let (from, to) = (from.to_string(), (last - 1).to_string());
            assert_eq!(node.say(&["cluster", "addslotsrange", &from, &to]), "OK");
        }
        cluster.until("all know each other", |node| {
            node.say(&["cluster", "nodes"]).lines().count() == 4
        });
        let id = first.say(&["cluster", "myid"]);
        assert_eq!(cluster.nodes[3].say(&["cluster", "replicate", &id]), "OK");
        cluster.until("all serve, and the replica is in step", |node| {
            node.say(&["cluster", "info"]).contains("cluster_state:ok")
                && node.say(&["cluster", "nodes"]).contains("slave")
        });
        assert_eq!(first.say(&["wait", "1", "30000"]), "1");
        cluster
    }

    /// The URL that names its first primary alone: that one knows the others.
    pub fn url(&self) -> String {
        self.url_with("", &self.nodes[..1])
    }

    /// The same with `user:password@` and other nodes.
    pub fn url_with(&self, login: &str, nodes: &[RedisServer]) -> String {
        let place = |node: &RedisServer| format!("127.0.0.1:{}", node.port());
        let places: Vec<_> = nodes.iter().map(place).collect();
        format!("redis+cluster://{login}{}", places.join(","))
    }

    /// Which of the primaries has the slot of a key, and which slot that is.
    pub fn holder(&self, key: &str) -> (usize, u16) {
        let slot = self.nodes[0].say(&["cluster", "keyslot", key]);
        let slot: u16 = slot.parse().expect("a slot is a number");
        (usize::from(slot / (SLOTS / 3)).min(2), slot)
    }

    fn until(&self, what: &str, is_so: impl Fn(&RedisServer) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !self.nodes.iter().all(&is_so) {
            assert!(Instant::now() < end, "not in time: {what}");
            sleep(Duration::from_millis(20));
        }
    }
}
