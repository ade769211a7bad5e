//! From status, code and body to an error: the one table of both platforms.
//!
//! A code counts only where the call can give it; then it goes before the
//! status. The words of a message never decide: they come in 19 languages.
//!
//! | answer                                   | login                  | call with a token |
//! |------------------------------------------|------------------------|-------------------|
//! | 3xx                                      | redirected             | redirected        |
//! | 429, 503                                 | throttled              | throttled         |
//! | 407, 511                                 | unexpected-response    | unexpected-response |
//! | ROPC: code 1000                          | credentials-rejected   | by status         |
//! | ROPC: code 1002                          | not-found              | by status         |
//! | OAuth: `invalid_client`                  | credentials-rejected   |                   |
//! | OAuth: another code of RFC 6749, 5.2     | request-rejected       |                   |
//! | Control Room: `UM1114`, `UM1117`         | by status              | token-rejected    |
//! | `invalid_token` of RFC 6750, 3.1         | by status              | token-rejected    |
//! | `insufficient_scope` of RFC 6750, 3.1    | by status              | forbidden         |
//! | 401 of a web server's own sign-in        | unexpected-response    | unexpected-response |
//! | 401                                      | credentials-rejected   | token-rejected    |
//! | 404, 405, 410                            | not-found              | not-found         |
//! | any other 4xx with a page                | unexpected-response    | unexpected-response |
//! | 403                                      | forbidden              | forbidden         |
//! | any other 4xx                            | request-rejected       | request-rejected  |
//! | ROPC: 5xx with `success` false           | request-rejected       |                   |
//! | any other 5xx                            | server-error           | server-error      |
//! | 200 with a code or an error in its body  | request-rejected       | request-rejected  |
//! | all else                                 | unexpected-response    | unexpected-response |
//!
//! A web server's own sign-in is `Negotiate`, `NTLM`, `Basic` or `Digest` in
//! `WWW-Authenticate` with a page, or with a body that is no JSON object either
//! and without `Bearer` beside it. Only OAuth itself answers with `Basic` and
//! without a page (RFC 6749, section 5.2).

use alloc::boxed::Box;
use alloc::string::String;

use crate::challenge::{Challenges, SignIn};
use crate::endpoint::Endpoint;
use crate::json::{Object, first_byte, without_mark};
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
    /// A token of a Control Room.
    ControlRoomToken,
    /// A token of an Orchestrator.
    OrchestratorToken,
    /// Nothing: the call asks whether the platform is there.
    Nothing,
}

impl Proof {
    fn is_login(self) -> bool {
        matches!(
            self,
            Self::ControlRoomLogin | Self::RopcLogin | Self::ClientLogin
        )
    }
}

/// A call, as far as an error about its answer needs it.
pub(crate) struct Call<'a> {
    pub(crate) proof: Proof,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) headers: &'a [Header<'a>],
    pub(crate) secrets: &'a [&'a str],
}

/// The names under which words for a reader stand: `Message` is ASP.NET's,
/// `errorMessage` some Orchestrators', `title` and `detail` are those of RFC 9457.
const WORDS: [&str; 7] = [
    "message",
    "Message",
    "errorMessage",
    "title",
    "detail",
    "details",
    "error_description",
];

/// The JSON object of a 200; of any other answer one without members.
pub(crate) fn granted(answer: &Answer) -> Object<'_> {
    match answer.status {
        200 => read_body(answer).unwrap_or_default(),
        _ => Object::default(),
    }
}

impl Call<'_> {
    /// The error that an answer is, if it is not what the call is for.
    #[inline(never)]
    pub(crate) fn refusal(&self, answer: &Answer) -> Box<AuthError> {
        Box::new(self.error(answer))
    }

    fn error(&self, answer: &Answer) -> AuthError {
        let status = answer.status;
        let secrets = Secrets::new(self.secrets, self.headers);
        if let 300..=399 = status {
            return AuthError::Redirected(self.redirection(answer, &secrets));
        }
        let challenges = Challenges::read(answer.www_authenticate.as_deref().unwrap_or_default());
        let body = read_body(answer);
        let code = match &body {
            Ok(object) => self.code_of(object),
            Err(_) => bare_oauth_code(answer),
        };
        let code = code.or(challenges.error);
        let words = words_of(answer, &body, challenges.description);
        let shown_code = code.as_deref().and_then(|code| secrets.code(code));
        let message = words.and_then(|words| secrets.message(&words));
        if matches!(status, 429 | 503) {
            return AuthError::Throttled(Throttling {
                status,
                retry_after_seconds: pause(answer),
                code: shown_code,
                message,
            });
        }
        let by_code = code.and_then(|code| self.meaning_of(&code));
        let sign_in = self.sign_in(answer, challenges.sign_in, challenges.has_bearer);
        let meaning = match (by_code, status, &body) {
            (_, 407, _) => Err("a proxy asks for a login of its own"),
            (_, 511, _) => Err(CAPTIVE_PORTAL),
            (Some(kind), _, _) => Ok(kind),
            (None, 401, Err(_)) if let Some(what) = sign_in => Err(what),
            (None, 401, _) if self.proof.is_login() => Ok(RejectionKind::CredentialsRejected),
            (None, 401, _) => Ok(RejectionKind::TokenRejected),
            (None, 404 | 405 | 410, _) => Ok(RejectionKind::NotFound),
            (None, 400..=499, Err(_)) if is_page(answer) => Err(FIREWALL),
            (None, 403, _) => Ok(RejectionKind::Forbidden),
            (None, 400..=499, _) => Ok(RejectionKind::RequestRejected),
            (None, 500..=599, Ok(object))
                if self.proof == Proof::RopcLogin && object.bool("success") == Some(false) =>
            {
                Ok(RejectionKind::RequestRejected)
            }
            (None, 500..=599, _) => Ok(RejectionKind::ServerError),
            (None, 200, Ok(object)) if is_refusal(object) => Ok(RejectionKind::RequestRejected),
            (None, 200, Ok(_)) if self.proof.is_login() => Err(NO_TOKEN),
            (None, 200, Ok(_)) => Err("the answer lacks what this call gives"),
            (None, 200, Err(what)) => Err(*what),
            _ => Err("a status that this call never has"),
        };
        match meaning {
            Ok(kind) => AuthError::Rejected(Rejection {
                kind,
                status,
                code: shown_code,
                message,
            }),
            Err(what) => AuthError::UnexpectedResponse(Oddity {
                status,
                what: what.into(),
            }),
        }
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
            // Displaced by a later login, or not there.
            (Proof::ControlRoomToken, "UM1114" | "UM1117") => Some(RejectionKind::TokenRejected),
            (Proof::ControlRoomToken | Proof::OrchestratorToken, "invalid_token") => {
                Some(RejectionKind::TokenRejected)
            }
            (Proof::ControlRoomToken | Proof::OrchestratorToken, "insufficient_scope") => {
                Some(RejectionKind::Forbidden)
            }
            _ => None,
        }
    }

    /// The code of a refusal: `code` of a Control Room, `errorCode` of an
    /// Orchestrator, `error.code` of its envelope, `error` of RFC 6749, which
    /// goes first where it is asked for. Where an answer has several, 0 says
    /// least.
    fn code_of(&self, object: &Object<'_>) -> Option<String> {
        let error = object.object("error");
        let oauth = (Some(object), "error");
        let places = [
            match self.proof {
                Proof::ClientLogin => oauth,
                _ => (None, "error"),
            },
            (Some(object), "code"),
            (Some(object), "errorCode"),
            (error.as_ref(), "code"),
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

    /// Who asks for a sign-in of its own with a 401 that is no JSON object, if it
    /// is not the platform.
    fn sign_in(
        &self,
        answer: &Answer,
        sign_in: Option<SignIn>,
        has_bearer: bool,
    ) -> Option<&'static str> {
        let sign_in = sign_in?;
        let is_own = has_bearer || (self.proof == Proof::ClientLogin && sign_in == SignIn::Basic);
        if is_own && !is_page(answer) {
            return None;
        }
        Some(match sign_in {
            SignIn::Windows => "a web server asks for a Windows sign-in (Negotiate or NTLM)",
            SignIn::Basic => "a web server asks for a sign-in of its own (HTTP Basic)",
            SignIn::Digest => "a web server asks for a sign-in of its own (HTTP Digest)",
        })
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

/// An answer that this API does not define.
pub(crate) fn odd(status: u16, what: &'static str) -> Box<AuthError> {
    Box::new(AuthError::UnexpectedResponse(Oddity {
        status,
        what: what.into(),
    }))
}

/// RFC 6585, section 6.
const CAPTIVE_PORTAL: &str = "the network wants a sign-in first: a captive portal";

const FIREWALL: &str = "a page instead of JSON refuses the call: \
    a firewall, a CDN or a web server in front";

const NO_TOKEN: &str = "the answer lacks what this call gives, a token: \
    a second factor, a license or an expired password may be why";

/// How long to wait, in seconds.
fn pause(answer: &Answer) -> Option<u32> {
    let value = answer.retry_after.as_deref()?;
    retry_after::seconds(value, answer.date.as_deref(), answer.received_at_seconds)
}

/// The body as a JSON object, or what it is instead.
fn read_body(answer: &Answer) -> Result<Object<'_>, &'static str> {
    const { assert!(ANSWER_LIMIT == 256 * 1024, "the text below names the limit") }
    let Some(body) = &answer.body else {
        return Err("the answer is longer than 256 KiB");
    };
    match first_byte(body) {
        None => Err("the answer is empty"),
        Some(b'<') => {
            Err("a page (HTML or XML) instead of JSON: a portal, a login page or a proxy")
        }
        Some(b'{') => Object::parse(body).ok_or("the answer is not valid JSON"),
        Some(_) => Err("the answer is not a JSON object"),
    }
}

/// Whether the body is HTML or XML, whatever its type.
fn is_page(answer: &Answer) -> bool {
    answer.body.as_deref().and_then(first_byte) == Some(b'<')
}

/// Whether an answer that says 200 refuses all the same.
fn is_refusal(object: &Object<'_>) -> bool {
    ["code", "errorCode", "error"]
        .iter()
        .any(|name| object.has_some(name))
}

/// The words of a refusal, from the places that have them.
fn words_of(
    answer: &Answer,
    body: &Result<Object<'_>, &'static str>,
    description: Option<String>,
) -> Option<String> {
    let mut words = Words::default();
    match body {
        Ok(object) => {
            words.add_from(object);
            if let Some(error) = object.object("error") {
                words.add_from(&error);
            }
        }
        Err(_) => words.add(plain_text(answer).unwrap_or_default().into()),
    }
    words.add(description.unwrap_or_default());
    (!words.all.is_empty()).then_some(words.all)
}

/// The words of a refusal, without those that only repeat the last ones.
#[derive(Default)]
struct Words {
    all: String,
    last: String,
}

impl Words {
    fn add_from(&mut self, place: &Object<'_>) {
        for name in &WORDS {
            self.add(place.text(name).unwrap_or_default());
        }
        for name in &["errors", "validationErrors"] {
            place.each_text(name, &WORDS, &mut |text| self.add(text));
        }
    }

    fn add(&mut self, words: String) {
        if words.is_empty() || words == self.last {
            return;
        }
        if !self.all.is_empty() {
            self.all.push_str("; ");
        }
        self.all.push_str(&words);
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
