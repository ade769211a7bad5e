//! What the benchmarks share.

#[path = "../../../host/src/engine/config.rs"]
pub mod config;
pub mod embedded;
#[path = "../../../host/src/engine/handler.rs"]
mod handler;
pub mod lane;
pub mod native;
pub mod server;
