//! What `cargo run` does.

mod report;
pub mod simulators;
pub mod tour;
