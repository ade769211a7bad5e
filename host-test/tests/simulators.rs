//! The simulators themselves: each is strict, and does what `platforms.md` says.
//!
//! A plain client speaks to them over raw sockets, so that nothing between the
//! test and the wire mends a request.

#[path = "../src/simulator/tests/client.rs"]
mod client;
#[path = "../src/simulator/tests/control_room.rs"]
mod control_room;
#[path = "../src/simulator/tests/oauth.rs"]
mod oauth;
#[path = "../src/simulator/tests/orchestrator.rs"]
mod orchestrator;
#[path = "../src/simulator/tests/scripted.rs"]
mod scripted;
#[path = "../src/simulator/tests/server.rs"]
mod server;
#[path = "../src/simulator/tests/sessions.rs"]
mod sessions;
#[path = "../src/simulator/tests/strictness.rs"]
mod strictness;
