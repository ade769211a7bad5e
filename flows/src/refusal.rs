//! From status, code and body to an error: the one table of both platforms.
//!
//! A code counts only where the call can give it; then it goes before the
//! status. The words of a message never decide: they come in 19 languages.
//!
//! | answer                                   | login                  | call with a token |
//! |------------------------------------------|------------------------|-------------------|
//! | 3xx                                      | redirected             | redirected        |
//! | 429, 503                                 | throttled              | throttled         |
//! | ROPC: code 1000                          | credentials-rejected   | by status         |
//! | ROPC: code 1002                          | not-found              | by status         |
//! | OAuth: `invalid_client`                  | credentials-rejected   |                   |
//! | OAuth: another code of RFC 6749, 5.2     | request-rejected       |                   |
//! | 401                                      | credentials-rejected   | token-rejected    |
//! | 403                                      | forbidden              | forbidden         |
//! | 404, 405, 410                            | not-found              | not-found         |
//! | 407                                      | unexpected-response    | unexpected-response |
//! | any other 4xx                            | request-rejected       | request-rejected  |
//! | any other 5xx                            | server-error           | server-error      |
//! | 200 with a code or an error in its body  | request-rejected       | request-rejected  |
//! | all else                                 | unexpected-response    | unexpected-response |

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::endpoint::Endpoint;
use crate::json::{Value, first_byte};
use crate::redaction::Secrets;
use crate::{
    ANSWER_LIMIT, Answer, AuthError, Header, Oddity, Redirection, Rejection, RejectionKind,
    Throttling, retry_after,
};

/// The codes of RFC 6749, section 5.2.
const OAUTH_CODES: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// What the refused call proved itself with, and so which codes it can get.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A user of a Control Room.
    ControlRoomLogin,
    /// Resource owner password credentials.
    RopcLogin,
    /// OAuth client credentials.
    ClientLogin,
    /// A token, of either platform.
    Token,
}

/// A call, as far as an error about its answer needs it.
pub(crate) struct Call<'a> {
    pub(crate) proof: Proof,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) headers: &'a [Header<'a>],
    pub(crate) secrets: &'a [&'a str],
}

/// What `pick` finds in the JSON object of a 200.
pub(crate) fn find<T>(answer: &Answer, pick: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
    match answer.status {
        200 => pick(&read_body(answer).ok()?),
        _ => None,
    }
}

impl Call<'_> {
    /// The error that an answer is, if it is not what the call is for.
    #[inline(never)]
    pub(crate) fn refusal(&self, answer: &Answer) -> Box<AuthError> {
        Box::new(self.read(answer))
    }

    fn read(&self, answer: &Answer) -> AuthError {
        let status = answer.status;
        let headers = self.headers.iter().map(Header::value);
        let secrets = Secrets::new(self.secrets.iter().copied().chain(headers));
        match status {
            300..=399 => return AuthError::Redirected(self.redirection(answer, &secrets)),
            429 | 503 => return AuthError::Throttled(throttling(answer)),
            407 => return unexpected(status, "a proxy asks for a login of its own"),
            _ => {}
        }
        let body = read_body(answer);
        let code = match &body {
            Ok(value) => code_of(value),
            Err(_) => bare_oauth_code(answer),
        };
        let by_code = code.as_deref().and_then(|code| self.meaning_of(code));
        let kind = match (by_code, status, &body) {
            (Some(kind), _, _) => kind,
            (None, 401, _) if self.proof == Proof::Token => RejectionKind::TokenRejected,
            (None, 401, _) => RejectionKind::CredentialsRejected,
            (None, 403, _) => RejectionKind::Forbidden,
            (None, 404 | 405 | 410, _) => RejectionKind::NotFound,
            (None, 400..=499, _) => RejectionKind::RequestRejected,
            (None, 500..=599, _) => RejectionKind::ServerError,
            (None, 200, Ok(value)) if is_refusal(value) => RejectionKind::RequestRejected,
            (None, 200, Ok(_)) => {
                return unexpected(status, "the answer lacks what this call gives");
            }
            (None, 200, Err(what)) => return unexpected(status, what),
            _ => return unexpected(status, "a status that this call never has"),
        };
        let words = match &body {
            Ok(value) => message_of(value),
            Err(_) => plain_text(answer).map(String::from),
        };
        AuthError::Rejected(Rejection {
            kind,
            status,
            code: code.and_then(|code| secrets.code(&code)),
            message: words.and_then(|words| secrets.message(&words)),
        })
    }

    /// What a code means, where this call can get it.
    fn meaning_of(&self, code: &str) -> Option<RejectionKind> {
        match (self.proof, code) {
            (Proof::RopcLogin, "1000") => Some(RejectionKind::CredentialsRejected),
            (Proof::RopcLogin, "1002") => Some(RejectionKind::NotFound),
            (Proof::ClientLogin, "invalid_client") => Some(RejectionKind::CredentialsRejected),
            (Proof::ClientLogin, code) if OAUTH_CODES.contains(&code) => {
                Some(RejectionKind::RequestRejected)
            }
            _ => None,
        }
    }

    fn redirection(&self, answer: &Answer, secrets: &Secrets) -> Redirection {
        let location = answer.location.as_deref();
        let origin = location.and_then(|location| self.endpoint.origin_of(location));
        Redirection {
            status: answer.status,
            origin: origin.and_then(|origin| secrets.message(&origin)),
        }
    }
}

/// An answer that is none of this API's.
pub(crate) fn odd(status: u16, what: &'static str) -> Box<AuthError> {
    Box::new(unexpected(status, what))
}

fn unexpected(status: u16, what: &'static str) -> AuthError {
    AuthError::UnexpectedResponse(Oddity { status, what })
}

fn throttling(answer: &Answer) -> Throttling {
    let value = answer.retry_after.as_deref();
    Throttling {
        status: answer.status,
        retry_after_seconds: value.and_then(|value| {
            retry_after::seconds(value, answer.date.as_deref(), answer.received_at_seconds)
        }),
    }
}

/// The body as a JSON object, or what it is instead.
fn read_body(answer: &Answer) -> Result<Value, &'static str> {
    const { assert!(ANSWER_LIMIT == 256 * 1024, "the text below names the limit") }
    let Some(body) = &answer.body else {
        return Err("the answer is longer than 256 KiB");
    };
    match first_byte(body) {
        None => Err("the answer is empty"),
        Some(b'<') => {
            Err("a page (HTML or XML) instead of JSON: a portal, a login page or a proxy")
        }
        Some(b'{') => Value::parse(body).ok_or("the answer is not valid JSON"),
        Some(_) => Err("the answer is not a JSON object"),
    }
}

/// The code of a refusal: `code` of a Control Room, `errorCode` of an
/// Orchestrator, `error.code` of its envelope, `error` of RFC 6749. Where an
/// answer has several, 0 says least.
fn code_of(value: &Value) -> Option<String> {
    let error = value.member("error");
    let codes = [
        value.code("code"),
        value.code("errorCode"),
        error.and_then(|error| error.code("code")),
        value.code("error"),
    ];
    let mut codes = codes.into_iter().flatten();
    let first = codes.next()?;
    match first.as_str() {
        "0" => codes.find(|code| code != "0").or(Some(first)),
        _ => Some(first),
    }
}

/// Whether an answer that says 200 refuses all the same.
fn is_refusal(value: &Value) -> bool {
    ["code", "errorCode", "error"]
        .iter()
        .any(|name| value.member(name).is_some())
}

/// The words of a refusal, from the places that have them.
fn message_of(value: &Value) -> Option<String> {
    let error = value.member("error");
    let mut words: Vec<&str> = Vec::new();
    for place in [Some(value), error].into_iter().flatten() {
        words.extend(place.text("message"));
        words.extend(place.text("details"));
        words.extend(place.text("error_description"));
        if let Some(list) = place.member("validationErrors") {
            words.extend(list.items().iter().filter_map(|item| item.text("message")));
        }
    }
    words.retain(|text| !text.is_empty());
    words.dedup();
    (!words.is_empty()).then(|| words.join("; "))
}

/// An identity server may answer with nothing but the code, as plain text.
fn bare_oauth_code(answer: &Answer) -> Option<String> {
    let text = plain_text(answer)?;
    let text = text.trim_ascii();
    OAUTH_CODES.contains(&text).then(|| text.into())
}

/// The body, where the platform says that it is words for a reader.
fn plain_text(answer: &Answer) -> Option<&str> {
    let content_type = answer.content_type.as_deref()?;
    let is_plain = content_type
        .get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("text/plain"));
    let body = answer.body.as_ref().filter(|_| is_plain)?;
    let text = core::str::from_utf8(body).ok()?;
    (first_byte(body) != Some(b'<')).then_some(text)
}

#[cfg(test)]
mod tests;
