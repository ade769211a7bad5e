//! The identity server's token endpoint: client credentials (RFC 6749,
//! section 4.4).

use axum::{
    extract::State as Shared,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{
    account::Client,
    routes::Server,
    settings::{ExpiresIn, OauthErrors, Settings},
    state::{Holder, State},
};
use crate::{
    exchange::lock,
    form,
    strict::{Call, Violation, json},
};

pub(super) async fn token(Shared(state): Server, call: Call) -> Response {
    lock(&state.book).grants_asked += 1;
    let response = match Grant::parse(&call) {
        Ok(grant) => match grant.decide(&state.settings) {
            Ok((client, scopes)) => success(&state, client, scopes),
            Err((error, why)) => failure(&state.settings, error, why),
        },
        Err(violation) => {
            let answer = failure(&state.settings, "invalid_request", &violation.0);
            violation.marking(answer)
        }
    };
    never_stored(response)
}

struct Grant {
    grant_type: String,
    /// Id and secret; none if the client did not say who it is.
    client: Option<(String, String)>,
    scope: Option<String>,
}

impl Grant {
    fn parse(call: &Call) -> Result<Self, Violation> {
        let mut fields = call.expect_form_post()?;
        let grant_type = take(&mut fields, "grant_type")?;
        let scope = take(&mut fields, "scope")?;
        let id = take(&mut fields, "client_id")?;
        let secret = take(&mut fields, "client_secret")?;
        if let Some((name, _)) = fields.first() {
            return Err(Violation::new(format!("the field `{name}` is unknown")));
        }
        let client = match (basic(call)?, id, secret) {
            (Some(client), None, None) => Some(client),
            (Some(_), ..) => {
                // Section 2.3: one method in each request.
                return Err(Violation::new("two ways of client authentication"));
            }
            (None, Some(id), Some(secret)) => Some((id, secret)),
            (None, None, None) => None,
            (None, ..) => return Err(Violation::new("half a client authentication")),
        };
        Ok(Self {
            grant_type: grant_type.ok_or_else(|| Violation::new("no `grant_type`"))?,
            client,
            scope,
        })
    }

    /// The client and the scopes it gets, or an error of section 5.2.
    fn decide<'a>(
        &self,
        settings: &'a Settings,
    ) -> Result<(&'a Client, Vec<String>), (&'static str, &'static str)> {
        let client = self
            .client
            .as_ref()
            .and_then(|(id, secret)| {
                let mut clients = settings.clients.iter();
                clients.find(|client| client.id == *id && client.secret == *secret)
            })
            .ok_or((
                "invalid_client",
                "The client is unknown or its secret wrong.",
            ))?;
        if self.grant_type != "client_credentials" {
            return Err(("unsupported_grant_type", "There is no such grant."));
        }
        if !client.may_use_grant {
            return Err(("unauthorized_client", "The client may not use this grant."));
        }
        let Some(scope) = &self.scope else {
            // Section 3.3 leaves it open; here all of them are the default.
            return Ok((client, client.scopes.clone()));
        };
        let scopes: Vec<String> = scope.split(' ').map(str::to_owned).collect();
        if scopes.iter().all(|scope| client.scopes.contains(scope)) {
            return Ok((client, scopes));
        }
        Err(("invalid_scope", "The client may not have this scope."))
    }
}

/// A field that is not empty.
fn take(fields: &mut Vec<(String, String)>, name: &str) -> Result<Option<String>, Violation> {
    let Some(at) = fields.iter().position(|(known, _)| known == name) else {
        return Ok(None);
    };
    let (_, value) = fields.remove(at);
    if value.is_empty() {
        return Err(Violation::new(format!("the field `{name}` is empty")));
    }
    Ok(Some(value))
}

/// Section 2.3.1: id and secret each encoded as in a form, then put together
/// as HTTP Basic wants it.
fn basic(call: &Call) -> Result<Option<(String, String)>, Violation> {
    let Some(header) = call.header("authorization")? else {
        return Ok(None);
    };
    let malformed = || Violation::new("an Authorization that is no HTTP Basic");
    let encoded = header.strip_prefix("Basic ").ok_or_else(malformed)?;
    let decoded = STANDARD.decode(encoded).map_err(|_| malformed())?;
    let decoded = String::from_utf8(decoded).map_err(|_| malformed())?;
    let (id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    let id = form::decode(id).map_err(Violation::new)?;
    let secret = form::decode(secret).map_err(Violation::new)?;
    Ok(Some((id, secret)))
}

fn success(state: &State, client: &Client, scopes: Vec<String>) -> Response {
    let settings = &state.settings;
    lock(&state.book).grants_granted += 1;
    let scope = scopes.join(" ");
    let holder = Holder::Application {
        id: client.id.clone(),
        scopes,
    };
    let lifetime = settings.access_token_lifetime;
    let token = state.issue(holder, settings.access_token_kind, lifetime);
    let mut body = json!({ "access_token": token, "token_type": "Bearer" });
    match settings.expires_in {
        ExpiresIn::Number => body["expires_in"] = lifetime.as_secs().into(),
        ExpiresIn::Quoted => body["expires_in"] = lifetime.as_secs().to_string().into(),
        ExpiresIn::Absent => {}
    }
    if settings.scope_in_answer {
        body["scope"] = scope.into();
    }
    json(200, &body)
}

fn failure(settings: &Settings, error: &'static str, why: &str) -> Response {
    // doc: 400 for all in some versions, 401 for this one in others.
    let status = match error {
        "invalid_client" => settings.invalid_client_status,
        _ => 400,
    };
    let mut response = match settings.oauth_errors {
        OauthErrors::Json => json(status, &json!({ "error": error, "error_description": why })),
        OauthErrors::PlainText => {
            let status = StatusCode::from_u16(status).expect("a test names a status HTTP has");
            (status, why.to_owned()).into_response()
        }
    };
    if status == 401 {
        // Section 5.2 wants the scheme named.
        let scheme = HeaderValue::from_static("Basic realm=\"identity\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// Section 5.1: nobody may keep an answer with a token in it.
fn never_stored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
