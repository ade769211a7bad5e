//! One exchange for a component that does no I/O: a request as it says, and the whole
//! answer.

use std::mem;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderName, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use zeroize::Zeroizing;

use super::body::Timed;
use super::coding::{gunzip, is_gzip};
use super::{Limits, Outbound};
use crate::contract::http_types::{Answer, Method, Request};
use crate::{NoAnswer, Obstacle};

/// The longest answer that is read, in bytes: what the contract says.
const ANSWER_LIMIT: usize = 256 * 1024;

impl Outbound {
    /// Sends `request` and reads the whole answer.
    pub(crate) async fn answer(&self, request: Request) -> Result<Answer, NoAnswer> {
        let ms = |ms: u32| Duration::from_millis(ms.into());
        let limits = Limits {
            connect: ms(request.limits.connect_ms),
            first_byte: ms(request.limits.first_byte_ms),
            between_bytes: ms(request.limits.between_bytes_ms),
        };
        let request = to_send(request).ok_or(Obstacle::Address)?;
        let response = self.exchange(request, limits).await?;
        let received = SystemTime::now().duration_since(UNIX_EPOCH);
        let (head, body) = response.into_parts();
        let body = match whole(body).await? {
            Some(coded) if is_gzip(&head.headers) => gunzip(&coded, ANSWER_LIMIT)?,
            body => body,
        };
        Ok(Answer {
            status: head.status.as_u16(),
            content_type: first(&head.headers, CONTENT_TYPE),
            retry_after: first(&head.headers, RETRY_AFTER),
            date: first(&head.headers, DATE),
            location: first(&head.headers, LOCATION),
            www_authenticate: all(&head.headers, WWW_AUTHENTICATE),
            body: body.map(|mut body| mem::take(&mut *body)),
            received_at_seconds: received.map_or(0, |since| since.as_secs()),
        })
    }
}

/// Returns the request of the HTTP client. None for an address or a header that it does
/// not take: the component has checked both.
fn to_send(mut request: Request) -> Option<http::Request<super::Body>> {
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for header in mem::take(&mut request.headers) {
        let name = HeaderName::try_from(header.name).ok()?;
        let mut value = HeaderValue::try_from(header.value.expose()).ok()?;
        // HTTP/2 keeps it out of the table of headers.
        value.set_sensitive(true);
        headers.append(name, value);
    }
    let body = Full::new(Bytes::from_owner(Zeroizing::new(mem::take(
        &mut request.body,
    ))));
    let mut to_send = http::Request::new(body.map_err(|never| match never {}).boxed_unsync());
    *to_send.method_mut() = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
    };
    *to_send.uri_mut() = request.url.as_str().try_into().ok()?;
    *to_send.headers_mut() = headers;
    Some(to_send)
}

/// Reads a body to its end, or to where it is too long.
async fn whole(mut body: Timed) -> Result<Option<Zeroizing<Vec<u8>>>, NoAnswer> {
    // All of it at once: what grows leaves copies behind.
    let expected = body.size_hint().exact().map(usize::try_from);
    let room = expected.and_then(Result::ok).unwrap_or(ANSWER_LIMIT);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room.min(ANSWER_LIMIT)));
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        if bytes.len() + piece.len() > ANSWER_LIMIT {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}

fn first(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(text)
}

/// Returns a header that is a list, with a comma between each two of its lines (RFC
/// 9110, section 5.3).
fn all(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines: Vec<String> = headers.get_all(name).iter().map(text).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// Returns a value as text. The syntax of those that are read is ASCII; a mark stands
/// for any other byte.
fn text(value: &HeaderValue) -> String {
    let char_of = |b: &u8| {
        if b.is_ascii() {
            char::from(*b)
        } else {
            '\u{fffd}'
        }
    };
    value.as_bytes().iter().map(char_of).collect()
}
