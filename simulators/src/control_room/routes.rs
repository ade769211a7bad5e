//! The addresses of a Control Room and what happens at each (doc, unless said).

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

use super::{
    ValidateForms, answers,
    login::Login,
    sessions::{Bad, Session},
    state::State,
    user::User,
};
use crate::{
    exchange::lock,
    form,
    record::Granted,
    strict::{Call, Violation, json},
};

/// The path of a work item's status. Plausible, but not from the vendor's
/// documentation (open).
pub const WORK_ITEM: &str = "/v3/wlm/queues/4/workitems/17";

/// The path of the queue that it lies in, where new ones are put. The same holds.
pub const WORK_ITEMS: &str = "/v3/wlm/queues/4/workitems";

const ANY_WORK_ITEM: &str = "/v3/wlm/queues/4/workitems/{id}";

type Room = Shared<Arc<State>>;

type Handled = Result<Response, Refusal>;

pub(super) fn router(state: Arc<State>) -> Router {
    // Logout stays under `v1` in every release, and so does validate.
    let mut router = Router::new()
        .route("/v1/authentication", post(authenticate_v1))
        .route(
            "/v1/authentication/token",
            post(refresh_v1).get(validate_query),
        )
        .route("/v1/authentication/token/{token}", get(validate_path))
        .route("/v1/authentication/logout", post(log_out))
        .route(ANY_WORK_ITEM, get(work_item))
        .route(WORK_ITEMS, post(new_work_items));
    if state.settings.release.has_v2() {
        router = router
            .route("/v2/authentication", post(authenticate))
            .route("/v2/authentication/token", post(refresh));
    }
    // open: the bodies of both.
    router
        .fallback(|| async { answers::error(404, answers::UNUSABLE, "No such address.") })
        .method_not_allowed_fallback(|| async {
            answers::error(405, answers::UNUSABLE, "No such method here.")
        })
        .with_state(state)
}

async fn authenticate_v1(room: Room, call: Call) -> Handled {
    if room.settings.release.has_v1_login() {
        return authenticate(room, call).await;
    }
    lock(&room.book).logins_asked += 1;
    Ok(room.settings.discontinued.to_response())
}

async fn authenticate(Shared(state): Room, call: Call) -> Handled {
    lock(&state.book).logins_asked += 1;
    let login = Login::parse(call.expect_json_post()?)?;
    Ok(match login.decide(&state) {
        Ok((token, number, user)) => granted(&state, &token, number, &user),
        Err(refusal) => refusal.to_response(),
    })
}

async fn refresh_v1(room: Room, call: Call) -> Handled {
    if room.settings.release.has_v1_login() {
        return refresh(room, call).await;
    }
    Ok(room.settings.discontinued.to_response())
}

async fn refresh(Shared(state): Room, call: Call) -> Handled {
    let mut fields = call.expect_json_post()?;
    let token = fields.string("token")?;
    fields.finish()?;
    let token = token.ok_or_else(|| Violation::new("no `token`"))?;
    // Automation 360 wants the header beside the body.
    let needed = state.settings.release.is_automation_360();
    header_beside(&call, &token, needed)?;
    let (token, number, user) = state.exchange(&token)?;
    // open: that the answer looks like that of a login.
    Ok(granted(&state, &token, number, &user))
}

fn granted(state: &State, token: &str, number: u64, user: &User) -> Response {
    let mut response = json(200, &answers::login(&state.settings, token, user));
    response.extensions_mut().insert(Granted(number));
    response
}

async fn validate_path(room: Room, Path(token): Path<String>, call: Call) -> Handled {
    if room.settings.validate_forms == ValidateForms::Query {
        return Ok(missing_form(&room));
    }
    call.expect_get()?;
    call.expect_no_query()?;
    header_beside(&call, &token, false)?;
    Ok(validity(&room, &token))
}

async fn validate_query(room: Room, call: Call) -> Handled {
    if room.settings.validate_forms == ValidateForms::Path {
        return Ok(missing_form(&room));
    }
    call.expect_get()?;
    let token = query_token(&call)?;
    header_beside(&call, &token, room.settings.validate_needs_header())?;
    Ok(validity(&room, &token))
}

async fn log_out(Shared(state): Room, call: Call) -> Handled {
    call.expect_empty_post()?;
    let (token, _) = signed_in(&state, &call)?;
    lock(&state.book).sessions.end(token);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn work_item(Shared(state): Room, Path(id): Path<String>, call: Call) -> Handled {
    call.expect_get()?;
    call.expect_no_query()?;
    let (_, session) = signed_in(&state, &call)?;
    let Some(item) = lock(&state.book).queue.look_at(&id) else {
        return Ok(answers::error(404, answers::UNUSABLE, "No such work item."));
    };
    let item = json!({
        "id": id,
        "queueId": "4",
        "status": item.status(),
        "result": item.result(),
        "updatedBy": session.user,
    });
    Ok(json(200, &item))
}

/// Puts items into the queue: `{"workItems": [{...}]}`.
async fn new_work_items(Shared(state): Room, call: Call) -> Handled {
    let mut fields = call.expect_json_post()?;
    let items = fields.list("workItems")?;
    fields.finish()?;
    let items = items.ok_or_else(|| Violation::new("no `workItems`"))?;
    let (_, session) = signed_in(&state, &call)?;
    let ids: Vec<String> = {
        let mut book = lock(&state.book);
        items.iter().map(|_| book.queue.add()).collect()
    };
    let answer = json!({ "added": ids.len(), "ids": ids, "createdBy": session.user });
    Ok(json(201, &answer))
}

/// The token that an API call came with. Only `X-Authorization: <jwt>` counts,
/// bare (doc); `Authorization: Bearer` is not looked at (open).
fn signed_in<'a>(state: &State, call: &'a Call) -> Result<(&'a str, Session), Refusal> {
    let token = call.header("x-authorization")?.ok_or(Refusal::NoToken)?;
    let session = state.verdict(token)?;
    Ok((token, session))
}

/// Checks `X-Authorization` where a token is named in the request already.
fn header_beside(call: &Call, token: &str, needed: bool) -> Result<(), Refusal> {
    match call.header("x-authorization")? {
        None if needed => Err(Refusal::NoToken),
        Some(header) if header != token => {
            Err(Violation::new("X-Authorization differs from the token of the request").into())
        }
        _ => Ok(()),
    }
}

fn query_token(call: &Call) -> Result<String, Violation> {
    let query = call.query.as_deref().unwrap_or_default();
    let pairs = form::pairs(query).map_err(Violation::new)?;
    match <[_; 1]>::try_from(pairs) {
        Ok([(name, token)]) if name == "token" => Ok(token),
        _ => Err(Violation::new("a query that is not `token` alone")),
    }
}

/// 200 both ways (doc).
fn validity(state: &State, token: &str) -> Response {
    let parts = token.split('.');
    let garbled = parts.clone().count() != 3 || parts.into_iter().any(str::is_empty);
    match &state.settings.garbled_validate {
        Some(answer) if garbled => answer.to_response(),
        _ => json(200, &json!({ "valid": state.verdict(token).is_ok() })),
    }
}

fn missing_form(state: &State) -> Response {
    let status = state.settings.missing_validate_status;
    answers::error(status, answers::UNUSABLE, "No such address.")
}

/// Why a request is refused before the platform acts on it.
enum Refusal {
    Unusable(Violation),
    NoToken,
    BadToken(Bad),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (code, message) = match self {
            Self::Unusable(violation) => {
                let answer = answers::error(400, answers::UNUSABLE, &violation.0);
                return violation.marking(answer);
            }
            // doc: these two codes.
            Self::NoToken => ("UM1117", "The header X-Authorization is missing."),
            Self::BadToken(Bad::Displaced) => ("UM1114", "The user has logged in elsewhere."),
            // open: the code of every other token that is not taken.
            Self::BadToken(Bad::Expired) => (answers::OPEN_CODE, "The token has expired."),
            Self::BadToken(_) => (answers::OPEN_CODE, "The token is not valid."),
        };
        answers::error(401, code, message)
    }
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::Unusable(violation)
    }
}

impl From<Bad> for Refusal {
    fn from(bad: Bad) -> Self {
        Self::BadToken(bad)
    }
}
