//! How instances share one token per account: the protocol as state machines
//! without I/O, clock or randomness.
//!
//! Everything that is shared stands in one [`Entry`] of a store that has
//! compare-and-set. A machine ([`Call`], [`Ending`], [`Amendment`]) says one
//! [`Step`] at a time what to do next, and is told what came of it. The
//! component runs them over a real store and a real platform; a search over all
//! interleavings runs the same code over models of both.
//!
//! Times are milliseconds. No two machines share a clock: an entry holds
//! durations as they were when it was written, the store says how long ago that
//! was, and a caller adds what its own monotonic clock has counted since.
//!
//! [`Rule`] lists what must hold, and what goes wrong without it.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

extern crate alloc;

mod amendment;
mod call;
mod caller;
mod codec;
mod decision;
mod ending;
mod entry;
mod held;
mod holder;
mod outcome;
mod platform;
mod refusals;
mod rules;
mod secrets;
mod status;
mod step;

pub use amendment::{Amendment, Change};
pub use call::Call;
pub use caller::{Caller, Goal, Grant, Origin};
pub use ending::Ending;
pub use entry::{Attempt, Current, Digest, Entry, Owner, Settled, Tag};
pub use outcome::{Outcome, Renewal};
pub use platform::Platform;
pub use rules::{Rule, Rules};
pub use secrets::{Doubt, Refusal, Secret};
pub use status::{State, Status};
pub use step::{Event, Failure, Found, Request, Step, StoreError, Version};

/// How long a holder may be silent before another one takes over.
pub const LEASE_MS: u64 = 10_000;

/// How often a holder says that it is still there.
pub const EXTEND_MS: u64 = 3_000;

/// A holder with less of its lease left sends nothing before it extended it.
pub const LEAST_LEASE_MS: u64 = 5_000;
