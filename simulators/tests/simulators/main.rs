//! The simulators themselves: each is strict, and does what `platforms.md` says.
//!
//! A plain client speaks to them over raw sockets, so that nothing between the
//! test and the wire mends a request.

mod alone;

mod control_room;

mod oauth;

mod orchestrator;

mod scripted;

mod server;

mod sessions;

mod strictness;
