//! The bodies and tokens that a Control Room sends.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use axum::response::Response;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{sessions::Kind, settings::Settings, user::User};
use crate::{
    Answer,
    clock::{Clock, millis},
    jwt, strict,
};

/// doc: the code for a body that could not be used.
pub(super) const UNUSABLE: &str = "generic.server.exception";

/// Made up, wherever a refusal's code is open.
pub(super) const OPEN_CODE: &str = "UM1110";

const TENANT: &str = "2ba2ecdb-0b92-4e0b-9ecb-f7b6e9a3e2f1";

/// doc: `{"code", "details", "message"}`.
fn error_body(code: &str, message: &str) -> Value {
    json!({ "code": code, "details": null, "message": message })
}

pub(super) fn error(status: u16, code: &str, message: &str) -> Response {
    strict::json(status, &error_body(code, message))
}

pub(super) fn error_answer(status: u16, code: &str, message: &str) -> Answer {
    Answer::new(status).json(&error_body(code, message))
}

/// The answer to a login: `token` and `user`; Automation 360 adds two (doc).
pub(super) fn login(settings: &Settings, token: &str, user: &User) -> Value {
    let mut body = json!({ "token": token, "user": user_object(user) });
    if settings.release.is_automation_360() {
        body["tenantUuid"] = TENANT.into();
        body["mfaAuthResponse"] = Value::Null;
    }
    body
}

/// A token with the documented header and claims (doc).
pub(super) fn token(settings: &Settings, user: &str, kind: Kind, now_ms: i64) -> String {
    let issued = now_ms / 1000;
    let lifetime = millis(settings.token_lifetime) / 1000;
    let mut claims = json!({
        "sub": user,
        "clientType": "WEB",
        "licenses": ["RUNTIME", "IQBOTRUNTIME"],
        "analyticsLicensesPurchased": { "Analyze": true, "AnalyzeAPI": false },
        "iat": issued,
        "exp": issued + lifetime,
        "iss": "AutomationAnywhere",
        "nanoTime": nano_time(),
    });
    if settings.release.is_automation_360() {
        claims["tenantUuid"] = TENANT.into();
        claims["hybridTenant"] = "".into();
        claims["multipleLogin"] = kind.is_beside().into();
    } else {
        claims["csrfToken"] = jwt::random_hex(2).into();
    }
    jwt::sign(Algorithm::RS512, None, &claims)
}

/// 16 digits, never the same twice (doc): two tokens of one second differ by it.
fn nano_time() -> u64 {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
        let now_ms = Clock::new(0).now_ms().unsigned_abs();
        // Milliseconds of 2025 have 13 digits.
        AtomicU64::new(now_ms * 1000)
    });
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Several kilobytes, and more than ten for an administrator (seen).
fn user_object(user: &User) -> Value {
    let permissions = if user.administrator { 150 } else { 40 };
    let permissions: Vec<Value> = (1..=permissions).map(permission).collect();
    json!({
        "id": 23,
        "email": format!("{}@example.com", user.name),
        "username": user.name,
        "domain": null,
        "firstName": "Ada",
        "lastName": "Example",
        "version": 7,
        "principalId": 23,
        "deleted": false,
        "roles": [
            { "name": "API_Key_Generation", "id": 18, "version": 0 },
            { "name": "Bot_Runner", "id": 22, "version": 3 },
        ],
        "sysAssignedRoles": [],
        "groupNames": [],
        "permissions": permissions,
        "licenseFeatures": ["RUNTIME"],
        "emailVerified": true,
        "passwordSet": true,
        "questionsSet": true,
        "enableAutoLogin": false,
        "disabled": false,
        "clientRegistered": false,
        "description": "",
        "createdBy": 1,
        "createdOn": "2024-03-01T09:12:44-05:00",
        "updatedBy": 1,
        "updatedOn": "2025-01-17T11:02:01-05:00",
        "publicKey": null,
        "appType": null,
        "routingName": null,
        "appUrl": null,
        "multipleLoginAllowed": user.multiple_login_allowed,
    })
}

fn permission(id: u32) -> Value {
    let kinds = ["bots", "devices", "credentials", "workitems", "schedules"];
    let actions = ["view", "run", "manage", "export"];
    json!({
        "id": id,
        "action": actions[id as usize % actions.len()],
        "resourceId": null,
        "resourceType": kinds[id as usize % kinds.len()],
    })
}
