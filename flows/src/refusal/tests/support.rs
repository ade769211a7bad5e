//! What the tests of all flows need. Inherent methods, because these reach
//! every test module of the crate without a module of their own in `lib.rs`.

use crate::{
    Answer, AuthError, Header, Method, Next, Rejection, RejectionKind, Request, Result, Scheme,
    Text,
};

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the example of RFC 9110.
const RECEIVED_AT: u64 = 784_111_777;

impl Answer {
    /// An answer of JSON, if `body` is any.
    pub(crate) fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::typed(status, "application/json; charset=utf-8", body)
    }

    pub(crate) fn typed(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: Some(content_type.into()),
            retry_after: None,
            date: None,
            location: None,
            www_authenticate: None,
            body: Some(body.into()),
            received_at_seconds: RECEIVED_AT,
        }
    }
}

impl<T> Next<T> {
    /// What the flow ended with.
    pub(crate) fn done(self) -> Result<T> {
        match self {
            Self::Done(result) => result,
            Self::Again => panic!("the flow wants to ask once more"),
        }
    }
}

impl Request<'_> {
    /// All of a request as one text: a line with method and address, a line for
    /// each header in order, an empty line, the body.
    pub(crate) fn wire(&self) -> String {
        let mut text = String::from(match self.method() {
            Method::Get => "GET ",
            Method::Post => "POST ",
        });
        text += match self.scheme() {
            Scheme::Http => "http://",
            Scheme::Https => "https://",
        };
        text += self.authority();
        text += self.path_and_query();
        for header in self.headers() {
            text += &format!("\n{}: {}", header.name(), header.value());
        }
        text + "\n\n" + core::str::from_utf8(self.body_bytes()).expect("a body is text")
    }

    /// The wire of a request with the headers that all have, then `headers`.
    pub(crate) fn expected(line: &str, headers: &[&str], body: &str) -> String {
        let user_agent = concat!("User-Agent: rpa-auth/", env!("CARGO_PKG_VERSION"));
        let common = [line, "Accept: application/json", user_agent];
        [&common, headers].concat().join("\n") + "\n\n" + body
    }

    /// The wire of a POST: `headers`, then those that its body has.
    pub(crate) fn expected_post(
        address: &str,
        headers: &[&str],
        content_type: &str,
        body: &str,
    ) -> String {
        let of_body = [
            format!("Content-Type: {content_type}"),
            format!("Content-Length: {}", body.len()),
        ];
        let headers = [headers, &[&*of_body[0], &*of_body[1]]].concat();
        Self::expected(&["POST ", address].concat(), &headers, body)
    }
}

impl<'a> Header<'a> {
    /// Headers that a caller gave.
    pub(crate) fn given(headers: &[(&'a str, &'a str)]) -> Vec<Self> {
        let parse = |&(name, value)| Self::parse(name, value).expect("a header");
        headers.iter().map(parse).collect()
    }
}

impl AuthError {
    pub(crate) fn rejected(
        kind: RejectionKind,
        status: u16,
        code: Option<&str>,
        message: Option<&str>,
    ) -> Self {
        Self::Rejected(Rejection {
            kind,
            status,
            code: code.map(Text::from),
            message: message.map(Text::from),
        })
    }

    /// Whether it is about that argument, before anything was sent.
    pub(crate) fn is_about(&self, argument: &str) -> bool {
        matches!(self, Self::InvalidArgument(text) if text.starts_with(&[argument, ": "].concat()))
    }
}
