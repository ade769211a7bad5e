//! The built component in wasmtime, by way of the host library, against the
//! simulators over real sockets: what goes over the wire and what comes back.

mod answers;
mod arguments;
mod calls;
mod cases;
mod client;
mod component;
mod composed;
mod control_room;
mod embedded;
mod host;
mod hosts;
mod invoke;
mod linear_memory;
mod memory;
mod oauth;
mod orchestrator;
mod session_memory;
mod session_store;
mod steps_memory;
mod stock;
mod support;
mod tls;
mod tokens;
mod transport;
