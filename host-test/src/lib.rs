//! The two platforms as simulators, a real Redis, and what the tests of the component
//! and the demo share.

pub mod job;
#[cfg(unix)]
pub mod redis;
pub mod simulator;
mod tinyproxy;

pub use tinyproxy::Tinyproxy;
