//! How a call may be made: the contract's `transport-options`, checked.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::endpoint::{Endpoint, Scheme};
use crate::text::concat;
use crate::{AuthError, Header, Result};

/// Headers that frame the message or the connection, or change what the answer
/// looks like (RFC 9110, sections 7.6.1, 8.6, 10.1 and 12.5.3). A caller who
/// sets one breaks the call, or smuggles a second request behind it.
const RESERVED: [&str; 17] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// How a call may be made.
#[derive(Default)]
pub struct Options<'a> {
    /// Permits an `http:` URL.
    pub allow_http: bool,
    /// Sent with every request.
    pub headers: Vec<Header<'a>>,
}

impl Options<'_> {
    /// Reads a URL argument and holds it against `allow-http`.
    pub(crate) fn endpoint(&self, argument: &'static str, url: &str) -> Result<Endpoint> {
        let endpoint = Endpoint::parse(argument, url);
        let is_http = matches!(&endpoint, Ok(endpoint) if endpoint.scheme() == Scheme::Http);
        if is_http && !self.allow_http {
            return Err(AuthError::invalid(
                argument,
                "an http: URL sends credentials in the clear; use https:, or set allow-http",
            ));
        }
        endpoint
    }

    /// The same for the address of a platform, below which its endpoints are.
    pub(crate) fn base(&self, argument: &'static str, url: &str) -> Result<Endpoint> {
        let base = self.endpoint(argument, url)?;
        match base.known_end() {
            None => Ok(base),
            Some(end) => {
                let text = concat(&[
                    argument,
                    ": holds an endpoint or a page of the server; leave out everything from /",
                    end,
                    " on",
                ]);
                Err(Box::new(AuthError::InvalidArgument(text.into())))
            }
        }
    }

    /// Refuses a header whose name is reserved or `own`, the name of the
    /// header that this call proves itself with.
    #[inline(never)]
    pub(crate) fn check_headers(&self, own: &'static str) -> Result<()> {
        let taken = |header: &Header<'_>| {
            own.eq_ignore_ascii_case(header.name())
                || RESERVED
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(header.name()))
        };
        if self.headers.iter().any(taken) {
            Err(AuthError::invalid(
                "transport.headers",
                "a name is one that the call sets itself; leave it out",
            ))
        } else {
            Ok(())
        }
    }
}

/// How long it may take to open the connection, in milliseconds, where nobody says.
const DEFAULT_CONNECT_MS: u32 = 10_000;

/// How long each part of a call may take, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    connect: Option<u32>,
    first_byte: u32,
    between_bytes: u32,
    total: u32,
}

impl Timeouts {
    /// The same limits, and a total of at most `limit_ms`.
    pub fn within(self, limit_ms: Option<u64>) -> Self {
        let limit = limit_ms.and_then(|ms| u32::try_from(ms).ok());
        Self {
            total: limit.map_or(self.total, |limit| self.total.min(limit.max(1))),
            ..self
        }
    }

    /// The given limits, and the documented default for each that is none.
    /// Zero is refused: no call could be made in it.
    pub fn new(
        connect: Option<u32>,
        first_byte: Option<u32>,
        between_bytes: Option<u32>,
        total: Option<u32>,
    ) -> Result<Self> {
        let default = Self::default();
        let given = [
            ("transport.connect-timeout-ms", connect),
            ("transport.first-byte-timeout-ms", first_byte),
            ("transport.between-bytes-timeout-ms", between_bytes),
            ("transport.total-timeout-ms", total),
        ];
        for &(argument, value) in &given {
            if value == Some(0) {
                return Err(AuthError::invalid(argument, "must be at least 1"));
            }
        }
        Ok(Self {
            connect,
            first_byte: first_byte.unwrap_or(default.first_byte),
            between_bytes: between_bytes.unwrap_or(default.between_bytes),
            total: total.unwrap_or(default.total),
        })
    }

    /// To open the connection, in milliseconds.
    pub fn connect(&self) -> u32 {
        self.connect.unwrap_or(DEFAULT_CONNECT_MS)
    }

    /// The same, where the caller named it.
    pub fn named_connect(&self) -> Option<u32> {
        self.connect
    }

    /// From the request to the first byte of the answer, in milliseconds.
    pub fn first_byte(&self) -> u32 {
        self.first_byte
    }

    /// Between two pieces of the answer, in milliseconds.
    pub fn between_bytes(&self) -> u32 {
        self.between_bytes
    }

    /// For the whole call, in milliseconds.
    pub fn total(&self) -> u32 {
        self.total
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: None,
            first_byte: 30_000,
            between_bytes: 30_000,
            total: 60_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(name: &str, own: &'static str) -> bool {
        let options = Options {
            headers: vec![Header::parse(name, "v").unwrap()],
            ..Options::default()
        };
        options.check_headers(own).is_ok()
    }

    #[test]
    fn an_http_url_needs_permission() {
        let mut options = Options::default();
        assert!(options.endpoint("url", "http://h").is_err());
        assert!(options.endpoint("url", "https://h").is_ok());
        options.allow_http = true;
        assert!(options.endpoint("url", "http://h").is_ok());
    }

    #[test]
    fn a_header_that_the_call_sets_itself_is_refused_in_any_case() {
        for name in RESERVED {
            assert!(!takes(name, ""), "{name}");
        }
        assert!(!takes("CONTENT-length", ""));
        assert!(takes("Authorization", ""));
        assert!(!takes("authorization", "Authorization"));
    }

    #[test]
    fn timeouts_have_the_documented_defaults_and_are_never_zero() {
        let default = Timeouts::new(None, None, None, None).ok().unwrap();
        assert_eq!(
            (
                default.connect(),
                default.first_byte,
                default.between_bytes,
                default.total
            ),
            (10_000, 30_000, 30_000, 60_000)
        );
        let given = Timeouts::new(Some(1), Some(2), Some(3), Some(4))
            .ok()
            .unwrap();
        assert_eq!(
            (
                given.connect(),
                given.first_byte(),
                given.between_bytes(),
                given.total()
            ),
            (1, 2, 3, 4)
        );
        assert_eq!(default.named_connect(), None);
        assert_eq!(given.named_connect(), Some(1));
        assert_eq!(given.within(Some(3)).total(), 3);
        assert_eq!(given.within(Some(5)).total(), 4);
        assert_eq!(given.within(Some(0)).total(), 1);
        assert_eq!(given.within(None).total(), 4);
        for i in 0..4 {
            let at = |n| (n == i).then_some(0);
            let error = Timeouts::new(at(0), at(1), at(2), at(3)).unwrap_err();
            assert!(matches!(*error, AuthError::InvalidArgument(t) if t.contains("at least 1")));
        }
    }
}
