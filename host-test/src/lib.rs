//! The two platforms as simulators, and what the tests of the component and the
//! demo share.

pub mod simulator;
mod tinyproxy;

pub use tinyproxy::Tinyproxy;
