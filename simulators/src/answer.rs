//! An HTTP answer that a test writes itself.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use serde_json::Value;

/// Status, headers and body of an answer.
///
/// Sent by a simulator it gets a `Content-Length` and a `Date`, as a server
/// would add them; [`Answer::to_bytes`] adds the `Content-Length` only.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// An answer without headers and without a body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header. A name may be added more than once.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body and says nothing about its type.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a JSON body with its `Content-Type`.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Sets an HTML body with its `Content-Type`, as a portal or a proxy sends it.
    pub fn html(self, body: &str) -> Self {
        self.header("content-type", "text/html; charset=utf-8")
            .body(body)
    }

    /// Sets a plain text body with its `Content-Type`.
    pub fn text(self, body: &str) -> Self {
        self.header("content-type", "text/plain; charset=utf-8")
            .body(body)
    }

    /// The answer as HTTP/1.1 puts it on the wire, for [`Scripted`](super::Scripted).
    ///
    /// A `Content-Length` is added unless the answer has one, or has a
    /// `Transfer-Encoding`: then the body must be encoded already.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        let framed = self.headers.iter().any(|(name, _)| {
            name.eq_ignore_ascii_case("content-length")
                || name.eq_ignore_ascii_case("transfer-encoding")
        });
        if !framed {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        [head.as_bytes(), &self.body].concat()
    }

    pub(super) fn to_response(&self) -> Response<Body> {
        let status = StatusCode::from_u16(self.status).expect("a test names a status HTTP has");
        let mut response = Response::builder().status(status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response
            .body(Body::from(self.body.clone()))
            .expect("a test names headers HTTP can carry")
    }
}
