//! From status, code and body to an error: the one table of both platforms.
//!
//! A code counts only where the call can give it; then it goes before the
//! status. The words of a message never decide: they come in 19 languages.
//!
//! | answer                                   | login                  | call with a token |
//! |------------------------------------------|------------------------|-------------------|
//! | 3xx                                      | redirected             | redirected        |
//! | 429, 503                                 | throttled              | throttled         |
//! | 407                                      | unexpected-response    | unexpected-response |
//! | ROPC: code 1000                          | credentials-rejected   | by status         |
//! | ROPC: code 1002                          | not-found              | by status         |
//! | OAuth: `invalid_client`                  | credentials-rejected   |                   |
//! | OAuth: another code of RFC 6749, 5.2     | request-rejected       |                   |
//! | 401                                      | credentials-rejected   | token-rejected    |
//! | 403                                      | forbidden              | forbidden         |
//! | 404, 405, 410                            | not-found              | not-found         |
//! | any other 4xx                            | request-rejected       | request-rejected  |
//! | ROPC: 5xx with `success` false           | request-rejected       |                   |
//! | any other 5xx                            | server-error           | server-error      |
//! | 200 with a code or an error in its body  | request-rejected       | request-rejected  |
//! | all else                                 | unexpected-response    | unexpected-response |

use alloc::boxed::Box;
use alloc::string::String;

use crate::endpoint::Endpoint;
use crate::json::{Value, first_byte, without_mark};
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

/// The JSON object of a 200; of any other answer a null, which has no members.
pub(crate) fn granted(answer: &Answer) -> Value {
    match answer.status {
        200 => read_body(answer).unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

impl Call<'_> {
    /// The error that an answer is, if it is not what the call is for.
    #[inline(never)]
    pub(crate) fn refusal(&self, answer: &Answer) -> Box<AuthError> {
        let status = answer.status;
        let secrets = Secrets::new(self.secrets, self.headers);
        match status {
            300..=399 => {
                return Box::new(AuthError::Redirected(self.redirection(answer, &secrets)));
            }
            429 | 503 => return Box::new(AuthError::Throttled(throttling(answer))),
            407 => return odd(status, "a proxy asks for a login of its own"),
            _ => {}
        }
        let body = read_body(answer);
        let code = match &body {
            Ok(value) => self.code_of(value),
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
            (None, 500..=599, Ok(value))
                if self.proof == Proof::RopcLogin && value.bool("success") == Some(false) =>
            {
                RejectionKind::RequestRejected
            }
            (None, 500..=599, _) => RejectionKind::ServerError,
            (None, 200, Ok(value)) if is_refusal(value) => RejectionKind::RequestRejected,
            (None, 200, Ok(_)) => {
                return odd(status, "the answer lacks what this call gives");
            }
            (None, 200, Err(what)) => return odd(status, what),
            _ => return odd(status, "a status that this call never has"),
        };
        let words = match &body {
            Ok(value) => message_of(value),
            Err(_) => plain_text(answer).map(String::from),
        };
        Box::new(AuthError::Rejected(Rejection {
            kind,
            status,
            code: code.and_then(|code| secrets.code(&code)),
            message: words.and_then(|words| secrets.message(&words)),
        }))
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

    /// The code of a refusal: `code` of a Control Room, `errorCode` of an
    /// Orchestrator, `error.code` of its envelope, `error` of RFC 6749, which
    /// goes first where it is asked for. Where an answer has several, 0 says
    /// least.
    fn code_of(&self, value: &Value) -> Option<String> {
        let error = value.member("error");
        let oauth = (Some(value), "error");
        let places = [
            match self.proof {
                Proof::ClientLogin => oauth,
                _ => (None, "error"),
            },
            (Some(value), "code"),
            (Some(value), "errorCode"),
            (error, "code"),
            oauth,
        ];
        let mut zero = None;
        for &(place, name) in &places {
            let code = place.and_then(|place| place.code(name));
            match code.as_deref() {
                Some("0") => zero = code,
                Some(_) => return code,
                None => {}
            }
        }
        zero
    }

    fn redirection(&self, answer: &Answer, secrets: &Secrets<'_>) -> Redirection {
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
    let what = what.into();
    Box::new(AuthError::UnexpectedResponse(Oddity { status, what }))
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

/// Whether an answer that says 200 refuses all the same.
fn is_refusal(value: &Value) -> bool {
    ["code", "errorCode", "error"]
        .iter()
        .any(|name| value.member(name).is_some())
}

/// The words of a refusal, from the places that have them.
fn message_of(value: &Value) -> Option<String> {
    let mut words = Words::default();
    words.add_from(value);
    if let Some(error) = value.member("error") {
        words.add_from(error);
    }
    (!words.all.is_empty()).then_some(words.all)
}

/// The words of a refusal, without those that only repeat the last ones.
#[derive(Default)]
struct Words<'a> {
    all: String,
    last: &'a str,
}

impl<'a> Words<'a> {
    fn add_from(&mut self, place: &'a Value) {
        for name in &["message", "details", "error_description"] {
            self.add(place.text(name));
        }
        if let Some(list) = place.member("validationErrors") {
            for item in list.items() {
                self.add(item.text("message"));
            }
        }
    }

    fn add(&mut self, words: Option<&'a str>) {
        let words = words.unwrap_or_default();
        if words.is_empty() || words == self.last {
            return;
        }
        if !self.all.is_empty() {
            self.all.push_str("; ");
        }
        self.all.push_str(words);
        self.last = words;
    }
}

/// An identity server may answer with nothing but the code, whatever it says
/// that the answer is.
fn bare_oauth_code(answer: &Answer) -> Option<String> {
    let body = without_mark(answer.body.as_deref()?).trim_ascii();
    let code = OAUTH_CODES.iter().find(|code| code.as_bytes() == body)?;
    Some(String::from(*code))
}

/// The body, where the platform says that it is words for a reader, and it is no
/// page and no JSON: half of a JSON text may hold a token.
fn plain_text(answer: &Answer) -> Option<&str> {
    let content_type = answer.content_type.as_deref()?;
    let is_plain = content_type
        .get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("text/plain"));
    let body = answer.body.as_ref().filter(|_| is_plain)?;
    match first_byte(body)? {
        b'<' | b'{' | b'[' | b'"' => None,
        _ => str::from_utf8(body).ok(),
    }
}

#[cfg(test)]
mod tests;
