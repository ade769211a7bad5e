//! The bodies of failures, in every shape that is documented or was seen.

use axum::response::Response;
use serde_json::{Value, json};

use super::settings::{FailureShape, Settings};
use crate::strict::{self, Violation};

/// doc: wrong user or password.
pub(super) const WRONG_CREDENTIALS: i64 = 1000;
/// doc: no such tenant.
pub(super) const NO_SUCH_TENANT: i64 = 1002;
/// doc: an error all the same.
pub(super) const GENERAL: i64 = 0;

/// A login that was refused: the shape decides the status.
pub(super) fn login(settings: &Settings, code: i64, message: &str) -> Response {
    let status = match settings.failure_shape {
        FailureShape::Envelope { status } => status,
        _ => 400,
    };
    strict::json(status, &body(settings, code, message, &Value::Null))
}

/// A call of the API that was refused: the status is the same in every shape (doc).
pub(super) fn api(settings: &Settings, status: u16, message: &str) -> Response {
    strict::json(status, &body(settings, GENERAL, message, &Value::Null))
}

/// A request that is not in the form the platform takes (open).
pub(super) fn form(settings: &Settings, violation: Violation) -> Response {
    let errors = json!([{ "message": violation.0, "members": [] }]);
    let body = body(settings, GENERAL, &violation.0, &errors);
    violation.marking(strict::json(400, &body))
}

fn body(settings: &Settings, code: i64, message: &str, validation_errors: &Value) -> Value {
    let plain = json!({ "message": message, "errorCode": code });
    let envelope = json!({
        "result": null,
        "targetUrl": null,
        "success": false,
        "error": {
            "code": code,
            "message": message,
            "details": null,
            "validationErrors": validation_errors,
        },
        "unAuthorizedRequest": settings.unauthorized_request,
        "__abp": true,
    });
    match settings.failure_shape {
        FailureShape::Plain => with(plain, "resourceIds", Value::Null),
        FailureShape::PlainWithTraceId => with(plain, "traceId", "00-5f2a8c1e9b7d4036-01".into()),
        FailureShape::Envelope { .. } => envelope,
        FailureShape::Both => {
            let both = with(envelope, "message", message.into());
            with(both, "errorCode", code.into())
        }
    }
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}
