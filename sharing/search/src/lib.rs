//! A search over all interleavings of callers that share one token: it drives
//! the production state machines over models of the store, the network and the
//! platform, and looks at what goes over the wire.
//!
//! A [`World`] is all of it at one moment; an [`Action`] is one thing that can
//! happen next. The search ([`explore`]) tries all of them from every state it has
//! not seen. The bounds of a [`Scenario`] make it end.
//!
//! `cargo test -p session-search` searches the small scenarios;
//! `cargo run -p session-search --profile host -- larger` searches them with more
//! misfortunes, and says how many states there were;
//! `cargo run -p session-search -- mutants` breaks each rule of the protocol once.

mod action;
mod actor;
mod explore;
mod judge;
mod network;
mod platform;
mod promises;
mod scenario;
mod scenarios;
mod shared;
mod store;
mod world;

pub use action::{Action, Luck};
pub use actor::Role;
pub use explore::{Report, explore};
pub use platform::Strange;
pub use scenario::{Bounds, Outage, Scenario, Takes};
pub use scenarios::{larger, small};
pub use world::World;
