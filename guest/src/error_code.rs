//! What each of wasi:http's error codes means for a call.
//!
//! The bindings take [`ErrorCode`] for the WIT type of that name (see `with` in
//! `bindings`) and use nothing of it but the names of its cases, so each name
//! can be what the case means. Texts that come with one are freed at once,
//! unread but for one. An enum with all of them weighs 5 KB more: three functions of
//! wasi:http would build it, and drop it again.
//!
//! What is not surely from before the request left counts as after it; so does
//! every timeout.

#![allow(
    non_snake_case,
    non_upper_case_globals,
    reason = "the names are those of the WIT cases"
)]

use alloc::string::String;

use rpa_auth_flows::TransportFailure::{Closed, Denied, Dns, Refused, Timeout, Tls};
use rpa_auth_flows::{NoAnswer, TransportFailure};

/// An error code, read as the end of a call that got no answer.
pub struct ErrorCode(pub(crate) NoAnswer);

impl ErrorCode {
    pub(crate) const DestinationNotFound: Self = Self::before(Dns);
    pub(crate) const ConnectionRefused: Self = Self::before(Refused);
    pub(crate) const TlsCertificateError: Self = Self::before(Tls);
    pub(crate) const HttpRequestDenied: Self = Self::before(Denied);
    pub(crate) const DestinationIpProhibited: Self = Self::before(Denied);
    pub(crate) const DestinationIpUnroutable: Self = Self::before(Refused);

    pub(crate) const TlsProtocolError: Self = Self::after(Tls);
    pub(crate) const DnsTimeout: Self = Self::after(Timeout);
    pub(crate) const ConnectionTimeout: Self = Self::after(Timeout);
    pub(crate) const ConnectionReadTimeout: Self = Self::after(Timeout);
    pub(crate) const ConnectionWriteTimeout: Self = Self::after(Timeout);
    pub(crate) const HttpResponseTimeout: Self = Self::after(Timeout);
    pub(crate) const ConnectionTerminated: Self = Self::after(Closed);
    pub(crate) const HttpResponseIncomplete: Self = Self::after(Closed);
    // What wasmtime's own handler says of every connection that ended.
    pub(crate) const HttpProtocolError: Self = Self::after(Closed);

    pub(crate) const DestinationUnavailable: Self = Self::OTHER;
    pub(crate) const ConnectionLimitReached: Self = Self::OTHER;
    pub(crate) const HttpRequestLengthRequired: Self = Self::OTHER;
    pub(crate) const HttpRequestMethodInvalid: Self = Self::OTHER;
    pub(crate) const HttpRequestUriInvalid: Self = Self::OTHER;
    pub(crate) const HttpRequestUriTooLong: Self = Self::OTHER;
    pub(crate) const HttpUpgradeFailed: Self = Self::OTHER;
    pub(crate) const LoopDetected: Self = Self::OTHER;
    pub(crate) const ConfigurationError: Self = Self::OTHER;

    const OTHER: Self = Self::after(TransportFailure::Other);

    const fn before(failure: TransportFailure) -> Self {
        Self(NoAnswer {
            failure,
            may_have_acted: false,
        })
    }

    const fn after(failure: TransportFailure) -> Self {
        Self(NoAnswer {
            failure,
            may_have_acted: true,
        })
    }
}

/// The cases that come with a text or a number.
impl ErrorCode {
    pub(crate) fn DnsError<T>(_: T) -> Self {
        Self::before(Dns)
    }

    pub(crate) fn TlsAlertReceived<T>(_: T) -> Self {
        Self::after(Tls)
    }

    pub(crate) fn HttpRequestBodySize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpRequestHeaderSectionSize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpRequestHeaderSize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpRequestTrailerSectionSize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpRequestTrailerSize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpResponseHeaderSectionSize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpResponseHeaderSize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpResponseBodySize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpResponseTrailerSectionSize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpResponseTrailerSize<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpResponseTransferCoding<T>(_: T) -> Self {
        Self::OTHER
    }

    pub(crate) fn HttpResponseContentCoding<T>(_: T) -> Self {
        Self::OTHER
    }

    /// jco's host for Node says in words why it refuses a certificate, and has no code
    /// for that. Words prove nothing about whether the request left.
    pub(crate) fn InternalError(words: Option<String>) -> Self {
        let named = b"certificate";
        let words = words.unwrap_or_default();
        if words.as_bytes().windows(named.len()).any(|w| w == named) {
            Self::after(Tls)
        } else {
            Self::OTHER
        }
    }
}
