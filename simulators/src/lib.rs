//! The two RPA platforms as servers on real sockets, for tests and for the demo; and the
//! real servers that tests start, each for itself.
//!
//! Each platform is built from `platforms.md` alone and shares no code with
//! the component, so that a mistake in the component cannot hide behind the
//! same mistake here. A behaviour carries the mark that `platforms.md` gives
//! it: **doc** (the vendor documents it), **seen** (in recorded traffic or in
//! working client code) or **open** (nobody could tell; the simulator picks one
//! way and lets the test choose another).
//!
//! - [`ControlRoom`]: an Automation Anywhere Control Room, both API versions.
//! - [`Orchestrator`]: a UiPath Orchestrator with its identity server.
//! - [`Scripted`]: no platform at all, only bytes and breaks that a test writes down.
//! - [`Wire`]: such servers for all cases of the wire's faults, which are data.
//! - [`Authority`]: a private certificate authority for all of them.
//! - [`client`]: a plain client, for tests.
//! - [`postgres`], [`redis`], [`Tinyproxy`]: a real PostgreSQL, a real Redis and a real
//!   forward proxy.
//!
//! The first two are strict: what the platform would not take is refused, and
//! the reason is kept in [`Server::violations`]. Both give out every request as
//! it came ([`Server::requests`]) and let a test put an answer of its own in
//! the place of the next one ([`Server::answer_next`]).

mod answer;
pub mod client;
mod clock;
pub mod control_room;
mod cors;
mod exchange;
mod form;
mod gate;
mod jwt;
mod leave;
pub mod orchestrator;
mod port;
#[cfg(unix)]
pub mod postgres;
#[cfg(unix)]
pub mod process;
mod record;
#[cfg(unix)]
pub mod redis;
#[cfg(unix)]
pub mod redis_cluster;
pub mod scripted;
mod server;
mod strict;
mod strict_json;
mod tinyproxy;
mod tls;
pub mod wire;

pub use self::{
    answer::Answer, control_room::ControlRoom, gate::Held, orchestrator::Orchestrator,
    record::Recorded, scripted::Scripted, server::Away, server::Server, tinyproxy::Tinyproxy,
    tls::Authority, wire::Wire,
};
