//! The interface `http-types`: what goes over the wire.

use wasmtime::component::{ComponentType, Lift, Lower};
use zeroize::Zeroize;

use crate::Header;

/// What to send, as it is. Holds secrets.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Vec<u8>,
    pub(crate) limits: TimeLimits,
}

/// Wipes URL and body: both may hold a secret. A header's value wipes itself.
impl Drop for Request {
    fn drop(&mut self) {
        self.url.zeroize();
        self.body.zeroize();
    }
}

#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "wasmtime makes them of their numbers")]
pub(crate) enum Method {
    #[component(name = "get")]
    Get,
    #[component(name = "post")]
    Post,
}

/// Limits of time, in milliseconds.
#[derive(Clone, Copy, ComponentType, Lift)]
#[component(record)]
pub(crate) struct TimeLimits {
    #[component(name = "connect-ms")]
    pub(crate) connect_ms: u32,
    #[component(name = "first-byte-ms")]
    pub(crate) first_byte_ms: u32,
    #[component(name = "between-bytes-ms")]
    pub(crate) between_bytes_ms: u32,
    /// For all requests of the call together.
    #[component(name = "total-ms")]
    pub(crate) total_ms: u32,
}

/// A whole answer.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    #[component(name = "content-type")]
    pub(crate) content_type: Option<String>,
    #[component(name = "retry-after")]
    pub(crate) retry_after: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) location: Option<String>,
    #[component(name = "www-authenticate")]
    pub(crate) www_authenticate: Option<String>,
    /// None where it was too long to be read.
    pub(crate) body: Option<Vec<u8>>,
    #[component(name = "received-at-seconds")]
    pub(crate) received_at_seconds: u64,
}

/// Wipes the body: it may hold a token.
impl Drop for Answer {
    fn drop(&mut self) {
        self.body.zeroize();
    }
}
