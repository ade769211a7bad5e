//! Embeds the rpa-auth component in a Rust program: tokens for Automation
//! Anywhere Control Room and UiPath Orchestrator in a few lines.
//!
//! ```no_run
//! use rpa_auth_host::{ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let plugin = Plugin::builder().build()?;
//! let room = ControlRoom::new("https://cr.example.com", ControlRoomApi::V2);
//! let credentials = ControlRoomCredentials::password("ada", std::env::var("CR_PASSWORD")?);
//!
//! let token = plugin.authenticate(&room, &credentials).await?;
//! // token.header() goes on every call to the Control Room's API.
//! plugin.logout(&room, token.value()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The component runs in wasmtime and gets nothing of the host: it says what to send and
//! what an answer means, and this library does the rest. Every step gets a new instance
//! by default, so nothing that a call knew is there for the next one; see [`Instances`].
//!
//! A `tokio` runtime is needed, for its timers and sockets.
//!
//! # Features
//!
//! - `metrics`: counts calls, outcomes, durations and connections through the
//!   `metrics` crate.
//! - `redis`: the store that many machines share; see [`Store`].
//! - `tracing`: a span around each call and an event at its end, through the
//!   `tracing` crate.
//!
//! All are off by default, add to what is there, and show nothing secret.
//!
//! # Secrets
//!
//! The types of this library print no secret. wasmtime's own `tracing` output
//! does at its most talkative level: it shows the strings that cross the border
//! to the component. Keep the target `wasmtime` above `TRACE` in production.

mod auth_error;
mod bindings;
mod builder;
mod convert;
mod engine;
mod error;
mod observe;
mod outbound;
mod plugin;
mod secret;
mod session;
mod store;
mod types;

pub use auth_error::{
    AuthError, NoAnswer, Oddity, Redirection, Rejection, RejectionKind, Throttling,
    TransportFailure,
};
pub use builder::Builder;
pub use engine::Instances;
pub use error::{BuildError, Error, Stopped};
pub use outbound::{
    CertificateProblem, Handshake, Obstacle, Origin, OriginError, Probe, ProbedConnection, Proxy,
    ProxyError, ProxyOnTheWay, RootSource, Sighting,
};
pub use plugin::Plugin;

pub use secret::Secret;
pub use session::{
    Account, Contest, Cooldown, Grant, KeyError, KeyName, Reply, Session, SessionError,
    SessionKeys, Sessions, State, Status, TokenOrigin,
};
pub use store::{
    Entry, Store, StoreError, StoreKey, StoreOpenError, StoreOptions, TokenStore, Version,
};
pub use types::{
    ClientAuthentication, ClientCredentials, ControlRoom, ControlRoomApi, ControlRoomCredentials,
    ControlRoomSecret, IdentityServer, LifetimeSource, Orchestrator, RopcCredentials, Token,
    Transport, User,
};

/// The component `sans-io`, which [`Plugin`] runs: the flows as steps, without I/O.
pub const SANS_IO_COMPONENT: &[u8] = include_bytes!(env!("RPA_AUTH_SANS_IO_COMPONENT"));

/// The plugin over `wasi:http`, for hosts that run components by themselves. This
/// library does not run it.
pub const COMPONENT: &[u8] = include_bytes!(env!("RPA_AUTH_COMPONENT"));

/// The component `sans-io-session`, which [`Sessions`] runs: one shared token per account
/// as steps, without I/O.
pub const SANS_IO_SESSION_COMPONENT: &[u8] =
    include_bytes!(env!("RPA_AUTH_SANS_IO_SESSION_COMPONENT"));

/// The plugin over `wasi:http` with one shared token per account, for hosts that run
/// components by themselves. This library does not run it.
pub const SESSION_COMPONENT: &[u8] = include_bytes!(env!("RPA_AUTH_SESSION_COMPONENT"));
