//! How wasmtime is set up.

use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

#[cfg(feature = "cache")]
use super::CompilationCache;
use super::Settings;

/// The maximum number of instances at one time in a process.
pub(crate) const SLOTS: u32 = 1_000;

/// The longest answer that the component reads, in bytes: `ANSWER_LIMIT` of the flows.
const ANSWER: usize = 256 * 1024;

/// The most memory an instance of the flows can have, in bytes. A login needs no more
/// than the 128 KiB that it begins with. The longest answer, made to need the most, takes
/// eight times its length, as a test of the component holds: twice that is room for it.
/// The rest is for arguments, which are copied, escaped and sent: some 2 MiB of them are a
/// call, whatever is in them.
pub(crate) const FLOWS_MEMORY: usize = 16 * ANSWER + 12 * 1024 * 1024;

/// The same for an instance that sessions are open in: a session takes some 3 KiB, a call
/// of it about one, and an instance has 64 sessions of 500 calls.
pub(crate) const SESSIONS_MEMORY: usize = FLOWS_MEMORY + 48 * 1024 * 1024;

/// So much of an ended instance's memory, in bytes, is overwritten with what it
/// began with and stays with its slot. Giving it back to the system instead, and
/// taking it again page by page, costs each call dozens of microseconds. The price:
/// after a burst of calls up to that much stays resident for each that was in
/// flight at one time.
const KEPT: usize = 256 * 1024;

/// The same for a table, of which the component has three of some hundred bytes.
const KEPT_TABLE: usize = 64 * 1024;

#[cfg_attr(
    not(feature = "cache"),
    expect(unused_variables, reason = "there is nothing in it")
)]
pub(crate) fn config(settings: &Settings) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    // A component is its own module and two small ones that join it to the host.
    pool.total_component_instances(SLOTS)
        .total_core_instances(SLOTS * 3)
        .total_memories(SLOTS)
        .total_tables(SLOTS * 2)
        .max_memory_size(SESSIONS_MEMORY)
        .linear_memory_keep_resident(KEPT)
        .table_keep_resident(KEPT_TABLE);
    let mut config = Config::new();
    #[cfg(feature = "cache")]
    config.cache(settings.cache.as_ref().map(CompilationCache::cache));
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        // Time that only a host of WASI 0.3 components needs to spend.
        .concurrency_support(false);
    config
}
