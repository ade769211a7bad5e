//! Sends one request over `wasi:http` and reads a bounded answer in time.
//!
//! Invariants:
//! - The total limit holds whatever the host does: no `blocking-*` function is
//!   used, every wait has a timer beside it. The host is asked to keep the limit
//!   of the first byte, and that of the connection where the caller names it; where
//!   it does not, a timer here keeps the two together. The limit between bytes is
//!   kept here alone.
//! - Every break counts as one after which the platform may have acted, but for
//!   the few that surely came before the request left.
//! - While a request is in flight, a [`Heartbeat`] gets its turn when it wants one.
//! - Child resources are dropped before their parents, as the canonical ABI wants:
//!   pollable, then stream, then body, then request or response.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rpa_auth_flows::{
    ANSWER_LIMIT, Answer, AuthError, Method, NoAnswer, Request, Result, Scheme, Timeouts,
    TransportFailure,
};

use self::deadline::TIMED_OUT;
use crate::bindings::wasi::clocks::wall_clock;
use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    self as http, Fields, FutureIncomingResponse, Headers, IncomingBody, IncomingResponse,
    OutgoingBody, OutgoingRequest, RequestOptions,
};
use crate::bindings::wasi::io::streams::{OutputStream, StreamError};
use crate::head::check_head;

mod deadline;

pub use deadline::Heartbeat;
pub(crate) use deadline::{Deadline, NoHeartbeat};

/// How much of an answer is asked for at once, in bytes.
const PIECE: u64 = 16 * 1024;

/// Sends `request` and gives the whole answer, or none of it where it is longer
/// than [`ANSWER_LIMIT`].
pub(crate) fn exchange(
    request: Request<'_>,
    timeouts: Timeouts,
    total: Deadline,
    heartbeat: &mut dyn Heartbeat,
) -> Result<Answer> {
    let outgoing = outgoing_request(&request)?;
    let body = outgoing.body().map_err(|()| unusable())?;
    // An error at this point is about the request, which goes no further; what
    // happens to one that was taken is told by the response.
    let response =
        outgoing_handler::handle(outgoing, Some(request_options(timeouts))).map_err(|_| DENIED)?;
    send_body(body, request.body_bytes(), total, heartbeat)?;
    let first_byte = timeouts.connect().saturating_add(timeouts.first_byte());
    let response = await_response(&response, total.or_after_ms(first_byte), heartbeat)?;
    read_answer(response, timeouts.between_bytes(), total, heartbeat)
}

fn outgoing_request(request: &Request<'_>) -> Result<OutgoingRequest> {
    check_head(request)?;
    let headers = Fields::new();
    for header in request.headers() {
        headers
            .append(header.name(), header.value().as_bytes())
            .map_err(|_| {
                AuthError::invalid("transport.headers", "the host refuses one of the headers")
            })?;
    }
    let outgoing = OutgoingRequest::new(headers);
    let method = match request.method() {
        Method::Get => http::Method::Get,
        Method::Post => http::Method::Post,
    };
    let scheme = match request.scheme() {
        Scheme::Http => http::Scheme::Http,
        Scheme::Https => http::Scheme::Https,
    };
    outgoing
        .set_method(&method)
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(request.authority())))
        .and_then(|()| outgoing.set_path_with_query(Some(request.path_and_query())))
        .map_err(|()| unusable())?;
    Ok(outgoing)
}

/// A host that refuses what `endpoint` has checked has rules of its own.
fn unusable() -> Box<AuthError> {
    AuthError::invalid("url", "the host refuses the address")
}

fn request_options(timeouts: Timeouts) -> RequestOptions {
    let options = RequestOptions::new();
    let nanoseconds = |ms: u32| Some(u64::from(ms).saturating_mul(1_000_000));
    // A host may refuse a limit; the timers here go on.
    if let Some(connect) = timeouts.named_connect() {
        // There are hosts (jco's, for Node) that end the wait for the answer by it too: a
        // login that is slow would end as one whose outcome nobody knows.
        let _ = options.set_connect_timeout(nanoseconds(connect));
    }
    let _ = options.set_first_byte_timeout(nanoseconds(timeouts.first_byte()));
    // This one is the timer's alone: were the host to end the answer at the same
    // moment, its silence would look like a connection that broke.
    let _ = options.set_between_bytes_timeout(nanoseconds(timeouts.total()));
    options
}

fn send_body(
    body: OutgoingBody,
    bytes: &[u8],
    total: Deadline,
    heartbeat: &mut dyn Heartbeat,
) -> Result<()> {
    let stream = body.write().map_err(|()| unusable())?;
    let written = write_all(&stream, bytes, total, heartbeat)?;
    drop(stream);
    if written {
        OutgoingBody::finish(body, None).map_err(|_| OTHER)?;
    }
    Ok(())
}

/// False where the other side reads no further: it may have answered already,
/// and if not, the response says what happened.
fn write_all(
    stream: &OutputStream,
    bytes: &[u8],
    total: Deadline,
    heartbeat: &mut dyn Heartbeat,
) -> core::result::Result<bool, NoAnswer> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let Ok(permitted) = stream.check_write() else {
            return Ok(false);
        };
        if permitted == 0 {
            total.wait_for(&stream.subscribe(), heartbeat)?;
            continue;
        }
        let length = usize::try_from(permitted).unwrap_or(usize::MAX);
        let (piece, after) = rest.split_at(length.min(rest.len()));
        if stream.write(piece).is_err() {
            return Ok(false);
        }
        rest = after;
    }
    Ok(true)
}

fn await_response(
    response: &FutureIncomingResponse,
    deadline: Deadline,
    heartbeat: &mut dyn Heartbeat,
) -> core::result::Result<IncomingResponse, NoAnswer> {
    loop {
        // Never there at once: no look before the wait.
        deadline.wait_for(&response.subscribe(), heartbeat)?;
        match response.get() {
            Some(Ok(response)) => return response.map_err(|code| code.0),
            // Taken before: this is asked once.
            Some(Err(())) => return Err(OTHER),
            None => {}
        }
    }
}

fn read_answer(
    response: IncomingResponse,
    between_bytes: u32,
    total: Deadline,
    heartbeat: &mut dyn Heartbeat,
) -> Result<Answer> {
    let received_at_seconds = wall_clock::now().seconds;
    let body = response.consume().map_err(|()| OTHER)?;
    let mut answer = Answer {
        status: response.status(),
        content_type: None,
        retry_after: None,
        date: None,
        location: None,
        www_authenticate: None,
        body: read_body(&body, between_bytes, total, heartbeat)?,
        received_at_seconds,
    };
    // Each look costs a call to the host, and a success needs none.
    if !(200..300).contains(&answer.status) {
        let headers = response.headers();
        for (name, place) in &mut [
            ("content-type", &mut answer.content_type),
            ("retry-after", &mut answer.retry_after),
            ("date", &mut answer.date),
            ("location", &mut answer.location),
            ("www-authenticate", &mut answer.www_authenticate),
        ] {
            **place = header(&headers, name);
        }
    }
    Ok(answer)
}

fn read_body(
    body: &IncomingBody,
    between_bytes: u32,
    total: Deadline,
    heartbeat: &mut dyn Heartbeat,
) -> core::result::Result<Option<Vec<u8>>, NoAnswer> {
    let stream = body.stream().map_err(|()| OTHER)?;
    let mut bytes = Vec::new();
    loop {
        match stream.read(PIECE) {
            Ok(piece) if piece.is_empty() => {
                total
                    .or_after_ms(between_bytes)
                    .wait_for(&stream.subscribe(), heartbeat)?;
            }
            Ok(piece) if bytes.len().saturating_add(piece.len()) > ANSWER_LIMIT => return Ok(None),
            // As a rule the first piece is the whole answer.
            Ok(piece) if bytes.is_empty() => bytes = piece,
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(StreamError::Closed) => return Ok(Some(bytes)),
            Err(StreamError::LastOperationFailed(_)) => return Err(CLOSED),
        }
        if total.has_passed() {
            return Err(TIMED_OUT);
        }
    }
}

/// The first header of that name; of `www-authenticate`, which is a list, all of
/// them, with a comma between each two (RFC 9110, section 5.3). The syntax of each is
/// ASCII; a mark stands for any other byte.
fn header(headers: &Headers, name: &str) -> Option<String> {
    let mut all: Option<String> = None;
    for value in headers.get(name) {
        let text = match &mut all {
            None => all.insert(String::new()),
            Some(_) if name != "www-authenticate" => break,
            Some(text) => {
                text.push(',');
                text
            }
        };
        for b in value {
            text.push(if b.is_ascii() { b.into() } else { '\u{fffd}' });
        }
    }
    all
}

const DENIED: NoAnswer = NoAnswer {
    failure: TransportFailure::Denied,
    may_have_acted: false,
};

/// The answer had begun, so the request had arrived.
const CLOSED: NoAnswer = NoAnswer {
    failure: TransportFailure::Closed,
    may_have_acted: true,
};

const OTHER: NoAnswer = NoAnswer {
    failure: TransportFailure::Other,
    may_have_acted: true,
};
