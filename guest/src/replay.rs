//! How far a flow comes with the answers that are there: for the doors without I/O.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rpa_auth_flows::{Answer, Flow, HeaderField, Method, Next, Request, Result, Scheme, Timeouts};

use crate::functions::Driver;
use crate::head::check_head;

/// A request as a host sends it: the WIT record `request`.
///
/// Its `Debug` shows the method alone: address, headers and body may hold secrets.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// The headers, in the order they are sent.
    pub headers: Vec<HeaderField>,
    /// The body: empty for a GET.
    pub body: Vec<u8>,
    /// How long it may take.
    pub limits: TimeLimits,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("HttpRequest");
        shown.field("method", &self.method).finish_non_exhaustive()
    }
}

/// Limits of time that a host keeps, in milliseconds: the WIT record `time-limits`.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimits {
    /// To open the connection.
    pub connect_ms: u32,
    /// From the request to the first byte of the answer.
    pub first_byte_ms: u32,
    /// Between two pieces of the answer.
    pub between_bytes_ms: u32,
    /// For all requests of the call together.
    pub total_ms: u32,
}

/// Drives a flow through the answers that a host has so far.
pub struct Replay<'a> {
    answers: &'a [Answer],
    /// How long all of its requests may take, in milliseconds, where their own limit is
    /// longer.
    limit_ms: Option<u64>,
    /// How long it has taken.
    elapsed_ms: u64,
}

impl<'a> Replay<'a> {
    /// Of a flow whose total limit the host keeps.
    pub fn new(answers: &'a [Answer]) -> Self {
        Self::within(answers, None, 0)
    }

    /// Of a flow whose total limit is kept here.
    pub fn within(answers: &'a [Answer], limit_ms: Option<u64>, elapsed_ms: u64) -> Self {
        Self {
            answers,
            limit_ms,
            elapsed_ms,
        }
    }
}

/// How far a flow came.
pub enum Reached<O> {
    /// It has no answer yet to this request.
    Send(HttpRequest),
    /// To its end.
    Done(O),
}

impl Driver for Replay<'_> {
    type Driven<O> = Reached<O>;

    fn map<A, B>(driven: Reached<A>, say: impl FnOnce(A) -> B) -> Reached<B> {
        match driven {
            Reached::Send(request) => Reached::Send(request),
            Reached::Done(output) => Reached::Done(say(output)),
        }
    }

    fn drive<O>(
        &mut self,
        flow: &mut dyn Flow<Output = O>,
        timeouts: Timeouts,
    ) -> Result<Reached<O>> {
        for answer in self.answers {
            if let Next::Done(result) = flow.read(answer) {
                return result.map(Reached::Done);
            }
        }
        let timeouts = timeouts.within(self.limit_ms);
        let total = u64::from(timeouts.total()).saturating_sub(self.elapsed_ms);
        to_send(&flow.request(), timeouts.within(Some(total))).map(Reached::Send)
    }
}

/// Returns a request as a host sends it.
#[inline(never)]
fn to_send(request: &Request<'_>, timeouts: Timeouts) -> Result<HttpRequest> {
    check_head(request)?;
    let mut url = String::from(match request.scheme() {
        Scheme::Http => "http://",
        Scheme::Https => "https://",
    });
    url.push_str(request.authority());
    url.push_str(request.path_and_query());
    let mut headers = Vec::with_capacity(request.headers().len());
    for header in request.headers() {
        headers.push(HeaderField {
            name: header.name().into(),
            value: header.value().into(),
        });
    }
    Ok(HttpRequest {
        method: request.method(),
        url,
        headers,
        body: request.body_bytes().into(),
        limits: TimeLimits {
            connect_ms: timeouts.connect(),
            first_byte_ms: timeouts.first_byte(),
            between_bytes_ms: timeouts.between_bytes(),
            total_ms: timeouts.total(),
        },
    })
}
