//! The service's own calls, and their description.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rpa_auth_host::{Secret, SessionError};
use tokio::time::timeout;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::accounts::Served;
use super::answers::{
    AccountName, AccountState, AccountsAnswer, Done, ErrorAnswer, OperatorErrors, Refusal, Renewal,
    TokenAnswer,
};
use super::gate::{Verdict, Who};
use super::{Service, page, through};
use crate::shared::Task;

/// How long the body of a call may take, and how long it may be, in bytes: longer than any
/// token.
const BODY: Duration = Duration::from_secs(10);
const LONGEST_BODY: usize = 128 * 1024;

type Shared = State<Arc<Service>>;
type Named = Result<Path<String>, PathRejection>;

/// All paths. What is none of the service's own is passed through to a platform.
pub fn router(service: Arc<Service>) -> Router {
    let guard = |who, basic| {
        let service = Arc::clone(&service);
        from_fn_with_state(
            Guard {
                service,
                who,
                basic,
            },
            guard,
        )
    };
    let callers = Router::new()
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(description))
        .route("/v1/accounts", get(accounts))
        .route("/v1/accounts/{name}/token", get(token))
        .route("/v1/accounts/{name}/renew", post(renew))
        .route("/v1/accounts/{name}/status", get(status))
        .fallback(through::pass)
        .method_not_allowed_fallback(no_such_method)
        .layer(guard(Who::Caller, false));
    let operators = Router::new()
        .route("/v1/accounts/{name}/end", post(end))
        .route("/v1/accounts/{name}/reopen", post(reopen))
        .route("/v1/accounts/{name}/reset", post(reset))
        .method_not_allowed_fallback(no_such_method)
        .layer(guard(Who::Operator, false));
    let people = Router::new()
        .route("/", get(async || page::response()))
        .route("/v1/events", get(events))
        .method_not_allowed_fallback(no_such_method)
        .layer(guard(Who::Caller, true));
    Router::new()
        .route("/healthz", get(healthz))
        .merge(operators)
        .merge(people)
        .merge(callers)
        .with_state(service)
}

#[derive(Clone)]
struct Guard {
    service: Arc<Service>,
    who: Who,
    basic: bool,
}

async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let verdict = guard
        .service
        .gate
        .verdict(request.headers(), guard.who, guard.basic);
    let whose = match guard.who {
        Who::Caller => "the callers' secret",
        Who::Operator => "the operators' secret",
    };
    match verdict {
        Verdict::Good => next.run(request).await,
        Verdict::Bad => {
            let text = if guard.basic {
                format!("this wants {whose}: as the password of any name")
            } else {
                format!("this wants {whose}: Authorization: Bearer SECRET")
            };
            let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", text);
            let challenge = if guard.basic {
                "Basic realm=\"rpa-auth\", charset=\"UTF-8\""
            } else {
                "Bearer realm=\"rpa-auth\""
            };
            refusal.challenge(challenge).into_response()
        }
        Verdict::NoOperators => Refusal::new(
            StatusCode::FORBIDDEN,
            "no-operators",
            "this service has no operators' secret: start it with --operator-secret-file, or use \
             the command itself",
        )
        .into_response(),
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "rpa-auth",
        description = "One login token per account of an RPA platform, shared by everybody. \
                       Beside these calls, `/{name}/...` passes any call through to that \
                       account's platform with the token put on."
    ),
    paths(healthz, accounts, token, renew, status, end, reopen, reset),
    modifiers(&Secrets)
)]
struct Description;

/// The two secrets.
struct Secrets;

impl Modify for Secrets {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        for (name, text) in [
            ("caller", "The callers' secret."),
            ("operator", "The operators' secret."),
        ] {
            let scheme = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(text));
            components.add_security_scheme(name, SecurityScheme::Http(scheme.build()));
        }
    }
}

async fn description() -> Response {
    Json(Description::openapi()).into_response()
}

/// Says that the service runs. Wants no secret.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = String, content_type = "text/plain")))]
async fn healthz() -> Response {
    ([(CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// What the service has counted, as Prometheus reads it.
async fn metrics(State(service): Shared) -> Response {
    let text = service.metrics.render();
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}

/// The events that the page lives on.
async fn events(State(service): Shared) -> Response {
    service.watch.stream().into_response()
}

/// Lists the accounts.
#[utoipa::path(
    get,
    path = "/v1/accounts",
    security(("caller" = [])),
    responses(
        (status = 200, body = AccountsAnswer),
        (status = 401, body = ErrorAnswer)
    )
)]
async fn accounts(State(service): Shared) -> Response {
    let all = service.accounts.all();
    let accounts = all.values().map(|served| AccountName {
        name: served.name.clone(),
        platform: served.platform(),
        whose: served.opened.whose.clone(),
    });
    let accounts = accounts.collect();
    Json(AccountsAnswer { accounts }).into_response()
}

/// Gives the token that everybody shares, after one login where there is none.
#[utoipa::path(
    get,
    path = "/v1/accounts/{name}/token",
    params(("name" = String, Path)),
    security(("caller" = [])),
    responses(
        (status = 200, body = TokenAnswer),
        (status = 401, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer, description = "no such account"),
        (status = 409, body = ErrorAnswer, description = "the session was ended for all"),
        (status = 500, body = ErrorAnswer, description = "the account cannot be used"),
        (status = 502, body = ErrorAnswer, description = "the platform refused or failed"),
        (status = 503, body = ErrorAnswer, description = "wait, or see to the account or the store"),
        (status = 504, body = ErrorAnswer, description = "the platform gave no answer in time")
    )
)]
async fn token(State(service): Shared, name: Named) -> Result<Response, Refusal> {
    let served = find(&service, name)?;
    let grant = served.opened.session.token().await;
    let grant = grant.map_err(|error| Refusal::of_session(&served, Task::Token, error))?;
    Ok(TokenAnswer::of(&grant))
}

/// Gives the next token, where the API refused this one. A Control Room is asked first
/// whether it is still good.
#[utoipa::path(
    post,
    path = "/v1/accounts/{name}/renew",
    params(("name" = String, Path)),
    request_body = Renewal,
    security(("caller" = [])),
    responses(
        (status = 200, body = TokenAnswer),
        (status = 400, body = ErrorAnswer, description = "the body is not as described"),
        (status = 401, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer, description = "no such account"),
        (status = 409, body = ErrorAnswer, description = "the token is still good, or the session was ended for all"),
        (status = 500, body = ErrorAnswer, description = "the account cannot be used"),
        (status = 502, body = ErrorAnswer, description = "the platform refused or failed"),
        (status = 503, body = ErrorAnswer, description = "wait, or see to the account or the store"),
        (status = 504, body = ErrorAnswer, description = "the platform gave no answer in time")
    )
)]
async fn renew(State(service): Shared, name: Named, body: Body) -> Result<Response, Refusal> {
    let served = find(&service, name)?;
    let wanted = || {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "the body wants to be {\"rejected\": \"the token that the API refused\"}",
        )
    };
    let body = timeout(BODY, to_bytes(body, LONGEST_BODY)).await;
    let body = body.ok().and_then(Result::ok).ok_or_else(wanted)?;
    let renewal: Renewal = serde_json::from_slice(&body).map_err(|_| wanted())?;
    let rejected = Secret::from(renewal.rejected);
    if rejected.expose().is_empty() {
        return Err(wanted());
    }
    let grant = served.opened.session.renew(rejected.expose()).await;
    let grant = grant.map_err(|error| Refusal::of_session(&served, Task::Renew, error))?;
    Ok(TokenAnswer::of(&grant))
}

/// Says how an account stands. Sends nothing to the platform.
#[utoipa::path(
    get,
    path = "/v1/accounts/{name}/status",
    params(("name" = String, Path)),
    security(("caller" = [])),
    responses(
        (status = 200, body = AccountState),
        (status = 401, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer, description = "no such account"),
        (status = 500, body = ErrorAnswer, description = "the account cannot be used"),
        (status = 503, body = ErrorAnswer, description = "the store cannot be read")
    )
)]
async fn status(State(service): Shared, name: Named) -> Result<Response, Refusal> {
    let served = find(&service, name)?;
    let status = served.opened.session.status().await;
    let failed = |error| Refusal::of_session(&served, Task::Status { watch: false }, error);
    let status = Ok(status.map_err(failed)?);
    Ok(Json(AccountState::of(&served, &status)).into_response())
}

/// Ends the session for everybody, and logs its token out where the platform can.
#[utoipa::path(
    post,
    path = "/v1/accounts/{name}/end",
    params(("name" = String, Path)),
    security(("operator" = [])),
    responses(
        (status = 200, body = Done),
        OperatorErrors,
        (status = 502, body = ErrorAnswer, description = "the platform failed"),
        (status = 504, body = ErrorAnswer, description = "the platform gave no answer in time")
    )
)]
async fn end(State(service): Shared, name: Named) -> Result<Response, Refusal> {
    let served = find(&service, name)?;
    done(
        &served,
        Task::End,
        served.opened.session.end_for_all().await,
    )
}

/// Lets everybody get a token again, after an end.
#[utoipa::path(
    post,
    path = "/v1/accounts/{name}/reopen",
    params(("name" = String, Path)),
    security(("operator" = [])),
    responses(
        (status = 200, body = Done),
        OperatorErrors
    )
)]
async fn reopen(State(service): Shared, name: Named) -> Result<Response, Refusal> {
    let served = find(&service, name)?;
    done(&served, Task::Reopen, served.opened.session.reopen().await)
}

/// Forgets the refused logins, after a person has set the account right.
#[utoipa::path(
    post,
    path = "/v1/accounts/{name}/reset",
    params(("name" = String, Path)),
    security(("operator" = [])),
    responses(
        (status = 200, body = Done),
        OperatorErrors
    )
)]
async fn reset(State(service): Shared, name: Named) -> Result<Response, Refusal> {
    let served = find(&service, name)?;
    done(
        &served,
        Task::Reset,
        served.opened.session.reset_refusals().await,
    )
}

fn done(
    served: &Served,
    task: Task,
    result: Result<(), SessionError>,
) -> Result<Response, Refusal> {
    result.map_err(|error| Refusal::of_session(served, task, error))?;
    Ok(Json(Done { done: task.name() }).into_response())
}

fn find(service: &Service, name: Named) -> Result<Arc<Served>, Refusal> {
    let found = name
        .ok()
        .and_then(|Path(name)| service.accounts.find(&name));
    found.ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "no-such-account",
            "no account of this name is served: GET /v1/accounts lists them",
        )
    })
}

async fn no_such_method() -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "no-such-method",
        "this path takes another method",
    )
}
