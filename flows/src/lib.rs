//! The login flows of Automation Anywhere Control Room and UiPath
//! Orchestrator as values: each says what to send ([`Flow::request`]) and what
//! an answer means ([`Flow::read`]).
//!
//! Nothing here does I/O, reads a clock or knows WASI, so the same flows run
//! in every component and are tested natively. What the two platforms do is
//! documented by their vendors or was seen in recorded traffic; docs/platforms.md says
//! how sure each fact is.
//!
//! No text that comes from outside can make this crate panic, and no secret
//! stands in an [`AuthError`] or in a `Debug` output.

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

mod base64;
mod challenge;
mod contract;
pub mod control_room;
mod credential;
mod digits;
mod endpoint;
mod error;
mod header;
mod json;
mod message;
pub mod oauth;
mod options;
pub mod orchestrator;
mod redaction;
mod refusal;
mod retry_after;
mod text;
mod token;

pub use contract::{HeaderField, Never, Text};
pub use endpoint::{Endpoint, Scheme};
pub use error::{
    AuthError, NoAnswer, Oddity, Redirection, Rejection, RejectionKind, Result, Throttling,
    TransportFailure,
};
pub use header::Header;
pub use message::{Answer, Flow, Method, Next, Request};
pub use options::{Options, Timeouts};
pub use token::{LifetimeSource, Token, TokenHeader, TokenWithHeader};

/// The longest answer that is read, in bytes: an administrator's login answer
/// can pass 10 KB.
pub const ANSWER_LIMIT: usize = 256 * 1024;
