//! What is the Redis's own: a server that is away, who may log in, and what it must
//! be set to.

mod access;
mod cluster;
mod durability;
mod outage;
mod sentinel;
mod server;

use simulators::redis::RedisServer;

/// Waits until a replica has so many entries.
async fn until_it_has(replica: &RedisServer, entries: &str) {
    let has = async {
        while replica.say(&["dbsize"]) != entries {
            tokio::task::yield_now().await;
        }
    };
    crate::soon(has).await;
}
