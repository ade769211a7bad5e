//! Embeds the rpa-auth component in a Rust program: tokens for Automation
//! Anywhere Control Room and UiPath Orchestrator in a few lines.
//!
//! ```no_run
//! # use std::env;
//! # use rpa_auth_host::{ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin};
//! # async fn log_in(url: &str, user: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let plugin = Plugin::builder().build()?;
//! let mut room = ControlRoom::new(url, ControlRoomApi::V2);
//! room.transport.allow_http = url.starts_with("http://127.0.0.1:");
//! let credentials = ControlRoomCredentials::password(user, env::var("CR_PASSWORD")?);
//!
//! let token = plugin.authenticate(&room, &credentials).await?;
//! let (name, _) = token.header(); // name and value to put on every call to the Control Room
//! println!(
//!     "a token for {} s, to send as {name}",
//!     token.lifetime_seconds
//! );
//!
//! plugin.logout(&room, token.value()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! This is part of the example `login`; `shared_session`, `own_store` and `own_http_client` stand
//! beside it in the repository.
//!
//! The component runs in wasmtime and gets nothing of the host: it says what to send and
//! what an answer means, and this library does the rest. A `tokio` runtime is needed, for
//! its timers and sockets.
//!
//! # One login, or one token for everybody
//!
//! [`Plugin`] makes single calls. Each login of a Control Room displaces the user's earlier
//! token, whoever uses that, and three refused logins disable the user. So wherever more than
//! one program, thread or job uses an account, use a [`Session`]: one token per account, in
//! a store that all of them reach.
//!
//! ```no_run
//! # use std::env;
//! # use rpa_auth_host::{
//! #     Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, Reply, SessionKeys,
//! #     Store,
//! # };
//! # async fn get(_: &str, _: &str, _: &str) -> u16 { 200 }
//! # async fn call_the_api(url: &str, user: &str, store: &str) -> Result<u16, Box<dyn std::error::Error>> {
//! let keys = SessionKeys::from_hex(&env::var("PLACE_KEY")?, &env::var("SEALING_KEY")?)?;
//! let sessions = Plugin::builder().build_sessions(Store::open(store)?, keys)?;
//! let mut room = ControlRoom::new(url, ControlRoomApi::V2);
//! room.transport.allow_http = url.starts_with("http://127.0.0.1:");
//! let credentials = ControlRoomCredentials::password(user, env::var("CR_PASSWORD")?);
//! let session = sessions.session(Account::ControlRoom(room, credentials));
//!
//! let status = session
//!     .with_token(|token| async move {
//!         let (name, value) = token.header();
//!         match get(url, name, value).await {
//!             401 => Reply::TokenRefused(401), // renewed once, for everybody; then called again
//!             status => Reply::Other(status),
//!         }
//!     })
//!     .await?;
//! # Ok(status)
//! # }
//! ```
//!
//! - [`Session::token`] gives the current token, [`Session::renew`] the next one where the
//!   API refused it, [`Session::with_token`] does both around a call.
//! - [`Session::api`] puts the token on a call to the platform's API, renews it once where
//!   it is refused, and streams bodies.
//! - A call whose future is dropped goes on within its patience (30 s, see
//!   [`Session::patience`]), so that nobody's login is lost with the one who began it.
//! - [`Session::secret_from`] takes the secret from where it is, anew before each login
//!   and after a refusal: a rotated one needs no restart.
//! - Operators have [`Session::status`], [`Session::end_for_all`], [`Session::reopen`] and
//!   [`Session::reset_refusals`].
//! - Two programs whose `status` shows the same `place` share a token. Address, tenant and
//!   user name or client id make the place; `Ada` and `ada` are one user. Where a platform has
//!   several addresses, [`Session::account_name`] makes them one account.
//! - Ten thousand sessions take some 4 KiB each.
//!
//! # Stores
//!
//! | URL | for | |
//! |---|---|---|
//! | `memory:` | one process | the default |
//! | `directory:/path` | several processes on one machine | local file systems only; safe against `kill -9` |
//! | `postgres://` | many machines | feature `postgres` |
//! | `redis://`, `rediss://`, `redis+unix://`, `redis+cluster://`, `redis+sentinel://` | many machines | feature `redis` |
//!
//! [`Store`] has the details, [`TokenStore`] is for a store of one's own. What stands in a
//! store is sealed; [`SessionKeys`] says how its keys are made and rotated.
//!
//! # Errors
//!
//! [`Error`] and [`SessionError`] hold the contract's errors, under its names
//! ([`AuthError::name`]), and say what to do. Look at [`RejectionKind`] first:
//! `CredentialsRejected` must not be tried again, `TokenRejected` wants a new token. None of
//! them holds a secret.
//!
//! # What a program decides when it builds the plugin
//!
//! | option of [`Builder`] | what it does | default |
//! |---|---|---|
//! | `ca_bundle`, `ca_bundle_file` | trusts the certificates of a PEM bundle too, for a company's CA | the system's and Mozilla's roots |
//! | `client_certificate`, `client_certificate_files` | proves itself with a client certificate (mTLS) | none |
//! | `proxy`, `proxy_for`, `proxies_from_environment` | uses a forward proxy (`http://`), with user name and password, for all origins, for one, or as `HTTPS_PROXY` and the other variables say | none |
//! | `allow_origins` | lets calls reach these origins and no others | any |
//! | `fresh_connections` | opens a connection for each request, where a server or a firewall ends kept ones without a word | kept for the next request |
//! | `instances` | a new instance for each step of a call, or one that is kept warm ([`Instances`]) | a new one |
//!
//! Files are read again when they change. HTTP/2 is spoken where a server offers it. The
//! limits of a call are in [`Transport`].
//!
//! # Features
//!
//! - `cache`: keeps compiled components on disk, for programs that start often; see
//!   `Builder::compilation_cache`.
//! - `metrics`: counts calls, outcomes, durations and connections through the
//!   `metrics` crate.
//! - `postgres`: a store that many machines share; see [`Store`].
//! - `redis`: another store that many machines share; see [`Store`].
//! - `store-contract`: holds a store of one's own against what sessions need of it, in a
//!   test; see `store_contract`.
//! - `tracing`: a span around each call and an event at its end, through the
//!   `tracing` crate.
//!
//! All are off by default, add to what is there, and show nothing secret.
//!
//! # Secrets
//!
//! The types of this library print no secret. What the libraries below it log at their most
//! talkative level is their own: keep them above `TRACE` in production.

#[cfg(unix)]
mod above;
mod api;
mod auth_error;
mod builder;
mod coarse;
mod contract;
mod engine;
mod error;
mod observe;
mod outbound;
mod plugin;
mod secret;
mod session;
mod store;
#[cfg(feature = "store-contract")]
pub mod store_contract;
mod types;

pub use api::{AnswerBody, Api, ApiError};
pub use auth_error::{
    AuthError, NoAnswer, Oddity, Redirection, Rejection, RejectionKind, Throttling,
    TransportFailure,
};
pub use builder::Builder;
#[cfg(feature = "cache")]
pub use engine::CompilationCache;
pub use engine::Instances;
pub use error::{BuildError, Error, Stopped};
pub use outbound::{
    CertificateProblem, Handshake, Obstacle, Origin, OriginError, Probe, ProbedConnection, Proxy,
    ProxyError, ProxyOnTheWay, RootSource, Sighting,
};
pub use plugin::Plugin;

pub use secret::Secret;
pub use session::{
    Account, Contest, Cooldown, Grant, KeyError, KeyName, Reply, SecretSource, Session,
    SessionError, SessionKeys, Sessions, State, Status, TokenOrigin,
};
pub use store::{
    Entry, Store, StoreError, StoreKey, StoreOpenError, StoreOptions, TokenStore, Version,
};
pub use types::{
    ClientAuthentication, ClientCredentials, ControlRoom, ControlRoomApi, ControlRoomCredentials,
    ControlRoomSecret, Header, IdentityServer, LifetimeSource, Orchestrator, RopcCredentials,
    Token, Transport, User,
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
