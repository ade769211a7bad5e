//! What both platforms demand of a request before they look at its content.
//!
//! Stricter than a real server may be: a client that passes here leaves
//! nothing to a server's goodwill.

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{form, strict_json::Fields};

/// A request that has been read whole.
pub(super) struct Call {
    pub(super) query: Option<String>,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    /// The value of a header that came exactly once; none if it did not come.
    pub(super) fn header(&self, name: &str) -> Result<Option<&str>, Violation> {
        let mut values = self.headers.get_all(name).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(Violation::new(format!("the header `{name}` came twice")));
        }
        match value.to_str() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Violation::new(format!("the header `{name}` is no text"))),
        }
    }

    /// A GET: no body.
    pub(super) fn expect_get(&self) -> Result<(), Violation> {
        self.expect_common()?;
        if self.body.is_empty() {
            return Ok(());
        }
        Err(Violation::new("a GET with a body"))
    }

    /// No query where none belongs.
    pub(super) fn expect_no_query(&self) -> Result<(), Violation> {
        match self.query {
            None => Ok(()),
            Some(_) => Err(Violation::new("a query where none belongs")),
        }
    }

    /// A POST without a body, which still says so by its length.
    pub(super) fn expect_empty_post(&self) -> Result<(), Violation> {
        self.expect_post()?;
        if self.body.is_empty() {
            return Ok(());
        }
        Err(Violation::new("a body where none belongs"))
    }

    /// A POST whose body is a JSON object.
    pub(super) fn expect_json_post(&self) -> Result<Fields, Violation> {
        self.expect_post()?;
        self.expect_content_type("application/json")?;
        Fields::parse(&self.body)
    }

    /// A POST whose body is a form.
    pub(super) fn expect_form_post(&self) -> Result<Vec<(String, String)>, Violation> {
        self.expect_post()?;
        self.expect_content_type("application/x-www-form-urlencoded")?;
        let text =
            str::from_utf8(&self.body).map_err(|_| Violation::new("a form that is no UTF-8"))?;
        form::pairs(text).map_err(Violation::new)
    }

    fn expect_post(&self) -> Result<(), Violation> {
        self.expect_common()?;
        self.expect_no_query()?;
        let Some(length) = self.header("content-length")? else {
            return Err(Violation::new("a POST without Content-Length"));
        };
        if length == self.body.len().to_string() {
            return Ok(());
        }
        Err(Violation::new("a Content-Length that is not the body's"))
    }

    fn expect_common(&self) -> Result<(), Violation> {
        if self.header("host")?.is_none() {
            return Err(Violation::new("no Host"));
        }
        if self.headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(Violation::new("a chunked body"));
        }
        if self.header("accept")? != Some("application/json") {
            return Err(Violation::new("Accept is not application/json"));
        }
        Ok(())
    }

    fn expect_content_type(&self, wanted: &str) -> Result<(), Violation> {
        if self.header("content-type")? == Some(wanted) {
            return Ok(());
        }
        Err(Violation::new(format!("Content-Type is not {wanted}")))
    }
}

impl<S: Send + Sync> FromRequest<S> for Call {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX)
            .await
            .map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        Ok(Self {
            query: head.uri.query().map(str::to_owned),
            headers: head.headers,
            body,
        })
    }
}

/// Why a request was refused for its form. Travels as an extension of the
/// answer to the server, which keeps it for the test. Holds no value of the
/// request, only names.
#[derive(Clone, Debug)]
pub(super) struct Violation(pub(super) String);

impl Violation {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// Marks the platform's answer with the reason.
    pub(super) fn marking(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

/// An answer with a JSON body.
pub(super) fn json(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).expect("a simulator names a status HTTP has");
    let headers = [(header::CONTENT_TYPE, "application/json;charset=utf-8")];
    (status, headers, body.to_string()).into_response()
}
