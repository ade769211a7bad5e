//! The contract's `transport-options`: limits in milliseconds.

use std::time::Duration;

use wasmtime::component::{ComponentType, Lower};

use crate::{Header, Transport};

#[derive(ComponentType, Lower)]
#[component(record)]
pub struct TransportOptions<'a> {
    #[component(name = "allow-http")]
    allow_http: Option<bool>,
    #[component(name = "connect-timeout-ms")]
    connect_timeout_ms: Option<u32>,
    #[component(name = "first-byte-timeout-ms")]
    first_byte_timeout_ms: Option<u32>,
    #[component(name = "between-bytes-timeout-ms")]
    between_bytes_timeout_ms: Option<u32>,
    #[component(name = "total-timeout-ms")]
    total_timeout_ms: Option<u32>,
    headers: Option<&'a [Header]>,
}

impl<'a> TransportOptions<'a> {
    pub(super) fn of(transport: &'a Transport) -> Self {
        Self {
            allow_http: transport.allow_http.then_some(true),
            connect_timeout_ms: transport.connect_timeout.map(milliseconds),
            first_byte_timeout_ms: transport.first_byte_timeout.map(milliseconds),
            between_bytes_timeout_ms: transport.between_bytes_timeout.map(milliseconds),
            total_timeout_ms: transport.total_timeout.map(milliseconds),
            headers: (!transport.headers.is_empty()).then_some(&transport.headers),
        }
    }
}

/// Rounds up, so that a limit below a millisecond is no limit of zero.
pub(crate) fn milliseconds(limit: Duration) -> u32 {
    u32::try_from(limit.as_micros().div_ceil(1_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_rounded_up_and_never_wraps() {
        assert_eq!(milliseconds(Duration::ZERO), 0);
        assert_eq!(milliseconds(Duration::from_nanos(1_500)), 1);
        assert_eq!(milliseconds(Duration::from_millis(250)), 250);
        assert_eq!(milliseconds(Duration::from_secs(u64::MAX)), u32::MAX);
    }
}
