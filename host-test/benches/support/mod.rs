//! What the benchmarks share.

pub mod lane;
pub mod native;
pub mod server;
pub mod steps;
pub mod stock;
