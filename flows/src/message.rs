//! The request and answer values that flows speak, and what a flow is.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::digits;
use crate::endpoint::{Endpoint, Scheme};
use crate::json;
use crate::text::percent_encode;
use crate::{Header, Result, TokenHeader};

/// Name and version of what sends the requests (RFC 9110, section 10.1.5).
const USER_AGENT: &str = concat!("rpa-auth/", env!("CARGO_PKG_VERSION"));

/// One flow: what to send, and what the answer means.
///
/// ```text
/// loop: send request(), then read(answer); Again means once more
/// ```
///
/// The order is the caller's to keep, and a login goes out once: only a flow
/// without credentials ever says [`Next::Again`], and only once.
pub trait Flow {
    /// What the flow is for.
    type Output;

    /// The next request to send.
    fn request(&self) -> Request<'_>;

    /// What the answer to that request means.
    fn read(&mut self, answer: &Answer) -> Next<Self::Output>;
}

/// What follows on an answer.
pub enum Next<T> {
    /// The flow is over.
    Done(Result<T>),
    /// The platform has another form of this call: ask [`Flow::request`] again.
    Again,
}

/// An HTTP request, ready to be sent as it is.
///
/// It has no `Debug`: path, headers and body may hold secrets.
pub struct Request<'a> {
    method: Method,
    endpoint: &'a Endpoint,
    path_and_query: String,
    headers: Vec<Header<'a>>,
    body: Vec<u8>,
}

impl<'a> Request<'a> {
    /// A request to `path` of the host that `endpoint` is on.
    pub(crate) fn new(
        method: Method,
        endpoint: &'a Endpoint,
        path_and_query: String,
        extra: &[Header<'a>],
    ) -> Self {
        let mut headers = Vec::new();
        headers.push(Header::own("Accept", "application/json"));
        headers.push(Header::own("User-Agent", USER_AGENT));
        for header in extra {
            headers.push(header.clone());
        }
        Self {
            method,
            endpoint,
            path_and_query,
            headers,
            body: Vec::new(),
        }
    }

    /// With the header that carries a token.
    pub(crate) fn token(self, header: TokenHeader, token: &str) -> Self {
        self.header(header.name(), header.value(token).into())
    }

    #[inline(never)]
    pub(crate) fn header(mut self, name: &'static str, value: Cow<'a, str>) -> Self {
        self.headers.push(Header::own(name, value));
        self
    }

    /// With a body, even an empty one, and the length that RFC 9110, section
    /// 8.6, wants of a POST.
    #[inline(never)]
    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        let length = u32::try_from(self.body.len()).unwrap_or(u32::MAX);
        self.header("Content-Length", digits::write(length).into())
    }

    /// With the fields that are not none as a JSON object. There is at least
    /// one.
    pub(crate) fn json(self, fields: &[(&str, Option<Field<'_>>)]) -> Self {
        let mut body = String::new();
        for (name, value) in fields {
            let Some(value) = value else {
                continue;
            };
            body.push(if body.is_empty() { '{' } else { ',' });
            body.push_str(&json::quoted(name));
            body.push(':');
            match value {
                Field::Text(text) => body.push_str(&json::quoted(text)),
                Field::Number(number) => body.push_str(&digits::write(*number)),
                Field::Bool(true) => body.push_str("true"),
                Field::Bool(false) => body.push_str("false"),
            }
        }
        body.push('}');
        self.header("Content-Type", "application/json".into())
            .body(body.into_bytes())
    }

    /// With the fields that are not none as a form.
    pub(crate) fn form(self, fields: &[(&str, Option<&str>)]) -> Self {
        let mut body = String::new();
        for (name, value) in fields {
            let Some(value) = value else {
                continue;
            };
            if !body.is_empty() {
                body.push('&');
            }
            body.push_str(name);
            body.push('=');
            body.push_str(&form_encode(value));
        }
        self.header("Content-Type", "application/x-www-form-urlencoded".into())
            .body(body.into_bytes())
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// How to speak to the host.
    pub fn scheme(&self) -> Scheme {
        self.endpoint.scheme()
    }

    /// Host and, where it is not the default, port.
    pub fn authority(&self) -> &str {
        self.endpoint.authority()
    }

    /// Path and query. A token may stand in it: keep it out of logs.
    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    /// The headers, in the order they are sent.
    pub fn headers(&self) -> &[Header<'a>] {
        &self.headers
    }

    /// The body: empty for a GET.
    pub fn body_bytes(&self) -> &[u8] {
        &self.body
    }
}

/// A value in a JSON body.
pub(crate) enum Field<'a> {
    Text(&'a str),
    Number(u32),
    Bool(bool),
}

/// The methods that the platforms' calls need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends a body.
    Post,
}

/// An HTTP answer, as far as it means anything to a flow.
///
/// Its `Debug` shows the status alone: the body may hold a token.
#[derive(Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`, where it came.
    pub content_type: Option<String>,
    /// `Retry-After`, where it came.
    pub retry_after: Option<String>,
    /// `Date`, where it came.
    pub date: Option<String>,
    /// `Location`, where it came.
    pub location: Option<String>,
    /// `WWW-Authenticate`, where it came; of several the values, with a comma
    /// between each two (RFC 9110, section 5.3).
    pub www_authenticate: Option<String>,
    /// The body, none of it where it is longer than [`crate::ANSWER_LIMIT`].
    pub body: Option<Vec<u8>>,
    /// When it came, in Unix seconds by the local clock.
    pub received_at_seconds: u64,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Answer");
        shown.field("status", &self.status).finish_non_exhaustive()
    }
}

/// A text as `application/x-www-form-urlencoded` has it (RFC 6749, appendix B).
pub(crate) fn form_encode(text: &str) -> String {
    percent_encode(text, b"*-._", "+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_answer() {
        let answer = Answer {
            status: 200,
            content_type: None,
            retry_after: None,
            date: None,
            location: Some("s3cret".into()),
            www_authenticate: None,
            body: Some(b"s3cret".to_vec()),
            received_at_seconds: 0,
        };
        assert_eq!(alloc::format!("{answer:?}"), "Answer { status: 200, .. }");
    }

    #[test]
    fn a_form_value_is_encoded_as_rfc_6749_appendix_b_shows() {
        assert_eq!(form_encode(" %&+£€"), "+%25%26%2B%C2%A3%E2%82%AC");
        assert_eq!(form_encode("a*b-c._~"), "a*b-c._%7E");
        assert_eq!(form_encode(""), "");
    }
}
