//! A request as it came over the wire, and how it was answered.

use std::{
    fmt,
    time::{Duration, Instant},
};

use axum::http::Version;
use serde_json::Value;

/// One request. It holds whatever secret the client sent: tests read it, and
/// only [`Recorded::starred_path`] is meant for display.
#[derive(Clone)]
pub struct Recorded {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The request target as sent.
    pub path_and_query: String,
    /// The HTTP version of the request line.
    pub version: Version,
    /// In the order they came, the names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body: a request that breaks off within it is not recorded.
    pub body: Vec<u8>,
    /// When its head had come.
    pub arrived: Instant,
    /// The number of the token that it was given: see
    /// [`ControlRoom::issued`](crate::ControlRoom::issued).
    pub granted: Option<u64>,
    /// The status answered; none while there is no answer, or if it was lost.
    pub status: Option<u16>,
    /// From the request's head to the answer; zero while there is none.
    pub elapsed: Duration,
    /// Counts the TCP connections from 1: the same number is the same connection.
    pub connection: u64,
}

impl Recorded {
    /// The value of a header, the first where it came more than once.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).first().copied()
    }

    /// Every value of a header.
    pub fn headers_named(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// The query without its question mark.
    pub fn query(&self) -> Option<&str> {
        self.path_and_query.split_once('?').map(|(_, query)| query)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The target for display: a token in it reads `***`.
    pub fn starred_path(&self) -> String {
        let mut after_token = false;
        let path: Vec<&str> = self
            .path()
            .split('/')
            .map(|segment| {
                let secret = !segment.is_empty() && (after_token || segment.starts_with("eyJ"));
                after_token = segment == "token";
                if secret { "***" } else { segment }
            })
            .collect();
        let path = path.join("/");
        let Some(query) = self.query() else {
            return path;
        };
        let query: Vec<String> = query
            .split('&')
            .map(|pair| {
                let name = pair.split('=').next().unwrap_or_default();
                format!("{name}=***")
            })
            .collect();
        format!("{path}?{}", query.join("&"))
    }
}

/// The number of the token in an answer. Travels as an extension of the answer to the
/// server, which records it.
#[derive(Clone, Copy)]
pub(super) struct Granted(pub(super) u64);

impl fmt::Debug for Recorded {
    /// Without a secret, because a failed test prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Recorded")
            .field("method", &self.method)
            .field("path", &self.starred_path())
            .field("header_names", &names)
            .field("body_length", &self.body.len())
            .field("status", &self.status)
            .field("connection", &self.connection)
            .finish()
    }
}
