//! The API behind the token: who one is, and a list of folders.

use std::collections::HashMap;

use axum::{
    extract::{Path, State as Shared},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    failure,
    routes::{Segments, Server, tenant},
    settings::{CurrentUser, Settings},
    state::{Holder, State},
};
use crate::strict::{self, Call, Violation};

pub(super) async fn current_user(
    Shared(state): Server,
    Path(segments): Segments,
    call: Call,
) -> Response {
    let (holder, here) = match signed_in(&state, &segments, &call) {
        Ok(known) => known,
        Err(refusal) => return refusal.response(&state.settings),
    };
    if state.settings.current_user == CurrentUser::NoContent {
        return StatusCode::NO_CONTENT.into_response();
    }
    // open: what an application's token gets here.
    let (name, tenancy) = match &holder {
        Holder::User(account) => (Some(&account.name), account.tenancy.clone()),
        Holder::Application { .. } => (None, here),
    };
    odata(&json!({
        "@odata.context": "odata/$metadata#Users/$entity",
        "Id": 12,
        "UserName": name,
        "TenancyName": tenancy,
        "Name": "Ada",
        "Surname": "Example",
        "EmailAddress": name.map(|name| format!("{name}@example.com")),
        "FullName": "Ada Example",
        "IsActive": true,
        "LicenseType": null,
        "RolesList": ["Administrator"],
    }))
}

pub(super) async fn folders(
    Shared(state): Server,
    Path(segments): Segments,
    call: Call,
) -> Response {
    let holder = match signed_in(&state, &segments, &call) {
        Ok((holder, _)) => holder,
        Err(refusal) => return refusal.response(&state.settings),
    };
    if !may_see_folders(&holder) {
        return Refusal::NotAllowed.response(&state.settings);
    }
    odata(&json!({
        "@odata.context": "odata/$metadata#Folders",
        "@odata.count": 2,
        "value": [folder(1, "Shared"), folder(2, "Finance")],
    }))
}

/// Whom the call's token speaks for, and in which tenant the call is made.
fn signed_in(
    state: &State,
    segments: &HashMap<String, String>,
    call: &Call,
) -> Result<(Holder, String), Refusal> {
    let here = tenant(&state.settings, segments).ok_or(Refusal::NoSuchPlace)?;
    call.expect_get()?;
    call.expect_no_query()?;
    let authorization = call.header("authorization")?.unwrap_or_default();
    authorization
        .strip_prefix("Bearer ")
        .and_then(|token| state.holder(token))
        .map(|holder| (holder, here))
        .ok_or(Refusal::NotSignedIn)
}

fn may_see_folders(holder: &Holder) -> bool {
    match holder {
        Holder::User(account) => account.may_see_folders,
        Holder::Application { scopes, .. } => scopes
            .iter()
            .any(|scope| scope == "OR.Folders" || scope == "OR.Folders.Read"),
    }
}

fn folder(id: u32, name: &str) -> Value {
    json!({
        "Id": id,
        "DisplayName": name,
        "FullyQualifiedName": name,
        "Description": null,
        "ProvisionType": "Automatic",
        "PermissionModel": "FineGrained",
        "ParentId": null,
        "IsActive": true,
    })
}

/// Why a call is refused.
enum Refusal {
    /// No such organization or tenant in the path (open).
    NoSuchPlace,
    Form(Violation),
    NotSignedIn,
    NotAllowed,
}

impl Refusal {
    fn response(self, settings: &Settings) -> Response {
        match self {
            Self::NoSuchPlace => StatusCode::NOT_FOUND.into_response(),
            Self::Form(violation) => failure::form(settings, violation),
            Self::NotSignedIn => failure::api(settings, 401, "You are not signed in."),
            Self::NotAllowed => failure::api(settings, 403, "You are not allowed to do this."),
        }
    }
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::Form(violation)
    }
}

fn odata(body: &Value) -> Response {
    let mut response = strict::json(200, body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; odata.metadata=minimal; odata.streaming=true"),
    );
    response
}
