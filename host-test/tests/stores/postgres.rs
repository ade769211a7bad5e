//! What is the PostgreSQL's own: a server that is away, who may log in, its table, and
//! what it must be set to.

mod access;
mod durability;
mod outage;
mod server;
mod table;
