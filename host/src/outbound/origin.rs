//! Origins (RFC 6454): scheme, host and port.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::Scheme;

/// Scheme, host and port of a server, written as in `https://cr.example.com` or
/// `http://10.0.0.7:8080`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl Origin {
    pub(crate) fn is_of(&self, uri: &Uri) -> bool {
        Self::of(uri).as_ref() == Some(self)
    }

    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme()?.clone();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        // `http` takes a port that is none for no port.
        let authority = uri.authority()?;
        let has_port = authority.as_str().len() > authority.host().len();
        if has_port && matches!(uri.port_u16(), None | Some(0)) {
            return None;
        }
        Some(Self {
            scheme,
            host: uri.host()?.to_ascii_lowercase(),
            port: uri.port_u16().unwrap_or(default_port),
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match (self.scheme.as_str(), self.port) {
            ("https", 443) | ("http", 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let uri: Uri = text.parse().map_err(|_| OriginError)?;
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let has_user = uri.authority().is_some_and(|a| a.as_str().contains('@'));
        if !is_bare || has_user {
            return Err(OriginError);
        }
        Self::of(&uri).ok_or(OriginError)
    }
}

/// The text is no origin: scheme `https` or `http`, host and, where it is not
/// the default, port; no path, query or user info.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginError;

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an origin: write https://host or https://host:port, and nothing behind it")
    }
}

impl std::error::Error for OriginError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(origin: &str, uri: &str) -> bool {
        let origin: Origin = origin.parse().unwrap();
        origin.is_of(&uri.parse().unwrap())
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert!(matches("https://h", "https://H:443/v1?x"));
        assert!(matches("http://h:80", "http://h/"));
        assert!(matches("https://[::1]:8443", "https://[::1]:8443/"));
        assert!(!matches("https://h", "http://h/"));
        assert!(!matches("https://h", "https://h:444/"));
        assert!(!matches("https://h", "https://h.evil.example/"));
    }

    #[test]
    fn more_than_an_origin_is_refused() {
        for text in [
            "",
            "h",
            "ftp://h",
            "https://h/path",
            "https://h?q",
            "https://u@h",
            "/",
            "https://h:84433",
            "https://h:abc",
            "https://h:",
            "https://h:0",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError), "{text:?}");
        }
    }
}
