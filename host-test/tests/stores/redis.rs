//! What is the Redis's own: a server that is away, who may log in, and what it must
//! be set to.

mod access;
mod durability;
mod outage;
mod server;
