//! What the service answers, as it is described to callers.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rpa_auth_host::{ApiError, AuthError, Grant, NoAnswer, SessionError, Status, TransportFailure};
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};
use zeroize::Zeroizing;

use super::accounts::Served;
use crate::cli_error::CliError;
use crate::output::{advice_on, moment_for_programs, next, text_of};
use crate::shared::Task;

/// Tells the service's own refusals from what a platform answers.
pub const ERROR: HeaderName = HeaderName::from_static("rpa-auth-error");

const SECRET: HeaderValue = HeaderValue::from_static("no-store");

/// A token, and how it came to hand.
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    token: TokenObject,
    shared: Shared,
}

#[derive(Serialize, ToSchema)]
struct TokenObject {
    /// The token itself.
    value: String,
    header: HeaderObject,
    /// Lifetime left, in seconds.
    lifetime_seconds: u32,
    /// When it ends, as RFC 3339 has it.
    expires_at: Option<String>,
}

/// What to put on every call to the platform.
#[derive(Serialize, ToSchema)]
struct HeaderObject {
    name: String,
    value: String,
}

#[derive(Serialize, ToSchema)]
struct Shared {
    /// Where the token is from: `memory`, `store`, `login` or `refresh`.
    origin: &'static str,
    /// Spent waiting for somebody else's renewal, in milliseconds.
    waited_ms: u32,
    /// Whether this call replaced a holder that fell silent.
    took_over: bool,
}

impl TokenAnswer {
    pub fn of(grant: &Grant) -> Response {
        let token = &grant.token;
        let (name, value) = token.header();
        let expires = i64::try_from(token.expires_at_seconds).ok();
        let mut answer = Self {
            token: TokenObject {
                value: token.value().to_owned(),
                header: HeaderObject {
                    name: name.to_owned(),
                    value: value.to_owned(),
                },
                lifetime_seconds: token.lifetime_seconds,
                expires_at: expires.and_then(moment_for_programs),
            },
            shared: Shared {
                origin: grant.origin.name(),
                waited_ms: grant.waited_ms,
                took_over: grant.took_over,
            },
        };
        let text = serde_json::to_vec(&answer).map(Zeroizing::new);
        for secret in [&mut answer.token.value, &mut answer.token.header.value] {
            drop(Zeroizing::new(std::mem::take(secret)));
        }
        let Ok(text) = text else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (CACHE_CONTROL, SECRET),
        ];
        (headers, Body::from(Bytes::from_owner(text))).into_response()
    }
}

/// The token that the API refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The token itself, as `GET .../token` gave it.
    #[schema(min_length = 1)]
    pub rejected: String,
}

/// How an account stands.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct AccountState {
    pub name: String,
    /// `control-room` or `orchestrator`.
    platform: &'static str,
    /// Who logs in where.
    whose: String,
    /// None where the store cannot be read.
    status: Option<StatusObject>,
    /// Why there is no status.
    error: Option<Cause>,
}

/// What operators may see of an account.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct StatusObject {
    /// `none`, `valid`, `renewing`, `cooling-down`, `contested` or `ended`.
    pub state: &'static str,
    /// The same for all programs that share this token.
    pub place: String,
    /// Since the state was written, in milliseconds.
    pub age_ms: u64,
    /// Lifetime left of the token, in seconds.
    pub lifetime_seconds: Option<u32>,
    /// When the next login may be sent, in seconds. None where nothing holds it back, or a
    /// person must act.
    pub retry_after_seconds: Option<u32>,
    /// Refused logins since the last good one.
    pub refusals: u32,
    /// Logins that are left before a person must act.
    pub logins_left: u32,
    /// The number of logins, refreshes and checks.
    pub attempt: u64,
    /// Who wrote the state.
    pub actor: Option<String>,
    /// Why nothing is sent.
    pub cause: Option<Cause>,
    /// What happens next, and who must act.
    pub next: String,
}

#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Cause {
    /// What it is called in the table of errors.
    pub kind: String,
    pub text: String,
}

impl AccountState {
    pub fn of(served: &Served, status: &Result<Status, SessionError>) -> Self {
        Self {
            name: served.name.clone(),
            platform: served.platform(),
            whose: served.opened.whose.clone(),
            status: status.as_ref().ok().map(StatusObject::of),
            error: status.as_ref().err().map(|error| Cause {
                kind: error.name().to_owned(),
                text: error.to_string(),
            }),
        }
    }

    pub fn status(&self) -> Option<&StatusObject> {
        self.status.as_ref()
    }

    pub fn error(&self) -> Option<&Cause> {
        self.error.as_ref()
    }

    /// All but the times that pass.
    pub fn without_times(&self) -> Self {
        let mut state = self.clone();
        if let Some(status) = &mut state.status {
            status.age_ms = 0;
            status.lifetime_seconds = status.lifetime_seconds.map(|_| 0);
            status.retry_after_seconds = status.retry_after_seconds.map(|_| 0);
            status.next = String::new();
        }
        state
    }
}

impl StatusObject {
    fn of(status: &Status) -> Self {
        Self {
            state: status.state.name(),
            place: status.place.clone(),
            age_ms: status.age_ms,
            lifetime_seconds: status.lifetime_seconds,
            retry_after_seconds: status.retry_after_seconds,
            refusals: status.refusals,
            logins_left: status.logins_left,
            attempt: status.attempt,
            actor: status.actor.clone(),
            cause: status.cause.as_ref().map(|cause| Cause {
                kind: cause.name().to_owned(),
                text: cause.to_string(),
            }),
            next: next(status),
        }
    }
}

/// The accounts that are served.
#[derive(Serialize, ToSchema)]
pub struct AccountsAnswer {
    pub accounts: Vec<AccountName>,
}

#[derive(Serialize, ToSchema)]
pub struct AccountName {
    pub name: String,
    /// `control-room` or `orchestrator`.
    pub platform: &'static str,
    /// Who logs in where.
    pub whose: String,
}

/// An operator's call was done.
#[derive(Serialize, ToSchema)]
pub struct Done {
    /// `end`, `reopen` or `reset`.
    pub done: &'static str,
}

/// Why there is no other answer.
#[derive(Serialize, ToSchema)]
pub struct ErrorAnswer {
    error: ErrorObject,
}

#[derive(Serialize, ToSchema)]
struct ErrorObject {
    /// What it is called in the table of errors, or one of the service's own:
    /// `unauthorized`, `no-such-account`, `no-such-path`, `no-such-method`, `bad-request`,
    /// `no-operators`, `request-refused`, `body-broken`, `upgrade-refused`.
    kind: String,
    /// What happened.
    text: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    /// When to try again, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
}

/// What any call of an operator may be answered instead.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "it is read by the derivation alone")]
pub enum OperatorErrors {
    /// it wants the operators' secret
    #[response(status = 401)]
    Unauthorized(ErrorAnswer),
    /// the service has no operators' secret
    #[response(status = 403)]
    NoOperators(ErrorAnswer),
    /// no such account
    #[response(status = 404)]
    NoSuchAccount(ErrorAnswer),
    /// the account cannot be used
    #[response(status = 500)]
    Account(ErrorAnswer),
    /// the store cannot be written
    #[response(status = 503)]
    Store(ErrorAnswer),
}

/// A refusal on its way out.
pub struct Refusal {
    status: StatusCode,
    error: ErrorObject,
    challenge: Option<&'static str>,
}

impl Refusal {
    pub fn new(status: StatusCode, kind: &str, text: impl Into<String>) -> Self {
        Self {
            status,
            error: ErrorObject {
                kind: kind.to_owned(),
                text: text.into(),
                advice: None,
                retry_after_seconds: None,
            },
            challenge: None,
        }
    }

    pub fn challenge(self, challenge: &'static str) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    /// A session gave nothing.
    pub fn of_session(served: &Served, task: Task, error: SessionError) -> Self {
        let status = status_of(&error);
        let retry_after_seconds = retry_after(&error);
        let kind = error.name().to_owned();
        let failure: CliError = served.opened.failure(task, error);
        Self {
            status,
            error: ErrorObject {
                kind,
                text: text_of(&failure),
                advice: advice_on(&failure),
                retry_after_seconds,
            },
            challenge: None,
        }
    }

    /// A call of the platform's API got no answer.
    pub fn of_api(served: &Served, error: ApiError) -> Self {
        let name = error.name();
        match error {
            ApiError::Session(error) => Self::of_session(served, Task::Token, error),
            ApiError::Unreachable(no_answer) => {
                let text = AuthError::Unreachable(no_answer.clone()).to_string();
                Self::new(no_answer_status(&no_answer), name, text)
            }
            error => Self::new(StatusCode::BAD_REQUEST, name, error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        if let Ok(kind) = HeaderValue::from_str(&self.error.kind) {
            headers.insert(ERROR, kind);
        }
        if let Some(seconds) = self.error.retry_after_seconds {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        (
            self.status,
            headers,
            Json(ErrorAnswer { error: self.error }),
        )
            .into_response()
    }
}

/// What a caller can do about it decides: wait (503), see to the account (409), see to the
/// platform (502, 504).
fn status_of(error: &SessionError) -> StatusCode {
    match error {
        SessionError::CoolingDown(_)
        | SessionError::Contested(_)
        | SessionError::Busy
        | SessionError::TooManyCalls { .. }
        | SessionError::Store(_)
        | SessionError::NoSecret(_)
        | SessionError::Auth(AuthError::Throttled(_)) => StatusCode::SERVICE_UNAVAILABLE,
        SessionError::StillGood | SessionError::Ended => StatusCode::CONFLICT,
        SessionError::Auth(AuthError::Unreachable(no_answer)) => no_answer_status(no_answer),
        SessionError::Auth(AuthError::InvalidArgument(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        SessionError::Auth(_) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn no_answer_status(no_answer: &NoAnswer) -> StatusCode {
    match no_answer.failure {
        TransportFailure::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

fn retry_after(error: &SessionError) -> Option<u32> {
    match error {
        SessionError::CoolingDown(cooldown) => cooldown.retry_after_seconds,
        SessionError::Contested(contest) => Some(contest.retry_after_seconds),
        SessionError::Busy | SessionError::TooManyCalls { .. } => Some(1),
        SessionError::Auth(AuthError::Throttled(throttling)) => throttling.retry_after_seconds,
        _ => None,
    }
}
