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
//! # Invariants
//!
//! The search (`sharing/search`) holds them against what a modelled platform counted.
//!
//! 1. **Between two good logins the platform may have counted at most
//!    `lockout-limit - 1` logins as refused** ([`Platform::logins_without_a_person`]):
//!    two on a Control Room that disables at the third. A login without a verdict
//!    counts as one ([`Doubt`]). The next one needs a person.
//! 2. **A verdict is final for the call that heard it.** It sends no login again,
//!    returns the verdict whatever the store says (an early renewal returns the token that
//!    still serves), and writes it even where the entry
//!    is gone. A refusal that comes late marks its secret, unless that has logged in
//!    since. A process goes by a refusal that it heard even where the store forgot it
//!    ([`Heard`]).
//! 3. **After a login without a verdict the next one goes only after a probe** that the
//!    platform answered as it does when it is well ([`Outcome::of_probe`]).
//! 4. **The last login belongs to a secret that was not refused.** A refused one that
//!    had logged in before is tried again only while two are left, minutes apart, each
//!    time after a probe.
//! 5. **Only what may have left counts.** That a login may leave is written before it
//!    does ([`Attempt::sent`]).
//! 6. **One caller's 401 proves nothing.** Where a login displaces the token the
//!    platform is asked first, once for all; elsewhere the old token serves the others
//!    until a new one is there. At the limit a token is never dropped. A contest counts
//!    only tokens that the platform called dead, and ends with a good minute.
//! 7. **Patience bounds the whole call**, but for a login that has left: it is heard to
//!    its end, because giving it up would count, and what came of it is written down. An
//!    attempt that has begun is given five seconds. A store that is away is tried again
//!    within patience while nothing is sent.
//! 8. **An attempt is written before anything is sent for it**, and taken over only
//!    after its lease; its holder extends it, and sends nothing with too little left.
//! 9. **An older token never replaces a newer one**, and after the end of a session
//!    nobody is given one.
//! 10. **A token is given only to a caller whose secret has logged in**, and an outcome
//!     is shared only with callers of the same secret. The secret that the current
//!     token came from is never forgotten.

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
mod status;
mod step;

pub use amendment::{Amendment, Change};
pub use call::Call;
pub use caller::{Caller, Goal, Grant, Heard, Origin};
pub use ending::Ending;
pub use entry::{
    Attempt, Current, Digest, Doubt, Entry, LEASE_MS, LaterField, Owner, Refusal, Secret, Settled,
    Tag,
};
pub use outcome::Outcome;
pub use platform::{Flow, Platform, Renewal};
pub use status::{State, Status};
pub use step::{Event, Failure, Found, Request, Step, StoreError, Version};
