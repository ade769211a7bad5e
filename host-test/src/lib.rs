//! What the tests of the components and the demo share.

pub mod job;
#[cfg(unix)]
pub mod worker;
