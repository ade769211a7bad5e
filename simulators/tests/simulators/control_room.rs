//! A Control Room's answers, tokens and releases.

use std::time::Duration;

use serde_json::json;
use simulators::{
    Answer, ControlRoom,
    control_room::{Release, User, ValidateForms},
};

use simulators::client::{Reply, exchange, get, jwt, post};

pub const PASSWORD: &str = r#"{"username":"ada","password":"pass"}"#;

pub fn ada() -> User {
    User::new("ada", "pass")
}

/// Logs in with this body at `v2`.
pub async fn login(room: &ControlRoom, body: &str) -> Reply {
    exchange(room.address(), &post("/v2/authentication", body, &[])).await
}

/// The API's answer to this token.
pub async fn call_api(room: &ControlRoom, token: &str) -> Reply {
    let header = format!("x-authorization: {token}");
    exchange(room.address(), &get(room.work_item_path(), &[&header])).await
}

#[tokio::test]
async fn a_token_has_the_documented_header_and_claims_of_its_release() {
    let of = async |release, path| {
        let room = ControlRoom::builder().release(release).user(ada());
        let room = room.start().await;
        let reply = exchange(room.address(), &post(path, PASSWORD, &[])).await;
        (jwt(&reply.text("token")), reply.json())
    };

    let ((header, claims), body) = of(Release::Automation360From31, "/v2/authentication").await;
    assert_eq!(header, json!({ "alg": "RS512" }));
    assert_eq!(claims["iss"], "AutomationAnywhere");
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 1200);
    assert_eq!(claims["nanoTime"].to_string().len(), 16);
    assert_eq!(claims["multipleLogin"], false);
    for name in [
        "sub",
        "clientType",
        "licenses",
        "analyticsLicensesPurchased",
        "hybridTenant",
    ] {
        assert!(!claims[name].is_null(), "{name}");
    }
    assert_eq!(claims["tenantUuid"], body["tenantUuid"]);
    assert!(claims.get("csrfToken").is_none());
    assert!(body.get("mfaAuthResponse").unwrap().is_null());

    let ((_, claims), body) = of(Release::Enterprise11, "/v1/authentication").await;
    assert!(claims["csrfToken"].is_string());
    for name in ["tenantUuid", "hybridTenant", "multipleLogin"] {
        assert!(claims.get(name).is_none(), "{name}");
    }
    assert!(body.get("tenantUuid").is_none());
}

#[tokio::test]
async fn the_user_object_has_kilobytes_and_an_administrators_more_than_ten() {
    let room = ControlRoom::builder()
        .user(ada())
        .user(User::new("root", "pass").administrator());
    let room = room.start().await;
    let ordinary = login(&room, PASSWORD).await.body.len();
    let administrator = r#"{"username":"root","password":"pass"}"#;
    let administrator = login(&room, administrator).await.body.len();
    assert!((3_000..10_000).contains(&ordinary), "{ordinary}");
    assert!(administrator > 10_240, "{administrator}");
}

#[tokio::test]
async fn each_release_has_its_own_paths() {
    let expected = [
        (Release::Enterprise11, 200, 404),
        (Release::Automation360Before31, 200, 404),
        (Release::Automation360From31, 200, 200),
        (Release::Automation360From33, 404, 200),
    ];
    for (release, v1, v2) in expected {
        let room = ControlRoom::builder().release(release).user(ada());
        let room = room.start().await;
        for (version, status) in [("v1", v1), ("v2", v2)] {
            let path = format!("/{version}/authentication");
            let reply = exchange(room.address(), &post(&path, PASSWORD, &[])).await;
            assert_eq!(reply.status, status, "{release:?} {version}");
        }
    }
}

#[tokio::test]
async fn the_discontinued_v1_answers_what_a_test_chose() {
    let room = ControlRoom::builder()
        .release(Release::Automation360From33)
        .discontinued(Answer::new(410).text("gone"));
    let room = room.start().await;
    for path in ["/v1/authentication", "/v1/authentication/token"] {
        let reply = exchange(room.address(), &post(path, "{}", &[])).await;
        assert_eq!((reply.status, reply.body.as_slice()), (410, &b"gone"[..]));
    }
}

#[tokio::test]
async fn validate_says_200_both_ways_in_both_forms() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let token = login(&room, PASSWORD).await.text("token");
    let header = format!("x-authorization: {token}");
    let path = get(&format!("/v1/authentication/token/{token}"), &[]);
    let query = get(
        &format!("/v1/authentication/token?token={token}"),
        &[&header],
    );
    for valid in [true, false] {
        for request in [&path, &query] {
            let reply = exchange(room.address(), request).await;
            assert_eq!(
                (reply.status, reply.json()),
                (200, json!({ "valid": valid }))
            );
        }
        room.person_logs_in("ada");
    }
}

#[tokio::test]
async fn the_missing_form_of_validate_answers_the_status_chosen() {
    for (forms, path, query) in [
        (ValidateForms::Path, 200, 405),
        (ValidateForms::Query, 405, 200),
    ] {
        let room = ControlRoom::builder()
            .release(Release::Enterprise11)
            .validate_forms(forms)
            .missing_validate_status(405);
        let room = room.start().await;
        let reply = exchange(room.address(), &get("/v1/authentication/token/a.b.c", &[])).await;
        assert_eq!(reply.status, path);
        let reply = exchange(
            room.address(),
            &get("/v1/authentication/token?token=a.b.c", &[]),
        )
        .await;
        assert_eq!(reply.status, query);
    }
}

#[tokio::test]
async fn validate_of_v31_wants_the_header_beside_the_query() {
    let room = ControlRoom::builder().start().await;
    let query = "/v1/authentication/token?token=a.b.c";
    let without = exchange(room.address(), &get(query, &[])).await;
    assert_eq!(
        (without.status, without.text("code")),
        (401, "UM1117".to_owned())
    );
    let other = exchange(room.address(), &get(query, &["x-authorization: d.e.f"])).await;
    assert_eq!(other.status, 400);
}

#[tokio::test]
async fn a_garbled_token_gets_what_a_test_chose() {
    let room = ControlRoom::builder()
        .garbled_validate(Answer::new(400))
        .start()
        .await;
    let status = async |token: &str| {
        let path = format!("/v1/authentication/token/{token}");
        exchange(room.address(), &get(&path, &[])).await.status
    };
    assert_eq!(status("garbled").await, 400);
    assert_eq!(status("a.b.c").await, 200);
}

#[tokio::test]
async fn refresh_of_automation_360_wants_the_header_and_ends_the_old_token() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let old = login(&room, PASSWORD).await.text("token");
    let body = format!(r#"{{"token":"{old}"}}"#);
    let header = format!("x-authorization: {old}");
    let refresh = async |more: &[&str]| {
        exchange(
            room.address(),
            &post("/v2/authentication/token", &body, more),
        )
        .await
    };
    assert_eq!(refresh(&[]).await.text("code"), "UM1117");
    assert_eq!(refresh(&["x-authorization: another"]).await.status, 400);
    assert!(room.is_live(&old));

    let new = refresh(&[&header]).await.text("token");
    assert_eq!(room.live_tokens("ada"), [new]);
    assert_eq!(refresh(&[&header]).await.status, 401);
    assert_eq!(room.refreshes_granted(), 1);
}

#[tokio::test]
async fn refresh_of_enterprise_11_needs_no_header_and_may_keep_the_old_token() {
    let room = ControlRoom::builder()
        .release(Release::Enterprise11)
        .refresh_keeps_old_token()
        .user(ada());
    let room = room.start().await;
    let old = room.person_logs_in("ada");
    let body = format!(r#"{{"token":"{old}"}}"#);
    let reply = exchange(
        room.address(),
        &post("/v1/authentication/token", &body, &[]),
    )
    .await;
    assert_eq!(room.live_tokens("ada"), [old, reply.text("token")]);
}

#[tokio::test]
async fn logout_answers_204_with_nothing_and_ends_the_token() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let token = room.person_logs_in("ada");
    let log_out = format!(
        "POST /v1/authentication/logout HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n\
         content-length: 0\r\nx-authorization: {token}\r\n\r\n"
    );
    let reply = exchange(room.address(), &log_out).await;
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert!(!room.is_live(&token));
    assert_eq!(exchange(room.address(), &log_out).await.status, 401);
}

#[tokio::test]
async fn the_api_takes_a_bare_token_in_x_authorization_only() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let token = room.person_logs_in("ada");
    assert_eq!(call_api(&room, &token).await.text("status"), "COMPLETED");
    assert_eq!(
        call_api(&room, &format!("Bearer {token}")).await.status,
        401
    );
    let bearer = format!("authorization: Bearer {token}");
    let reply = exchange(room.address(), &get(room.work_item_path(), &[&bearer])).await;
    assert_eq!(
        (reply.status, reply.text("code")),
        (401, "UM1117".to_owned())
    );
}

#[tokio::test]
async fn tokens_expire_by_the_control_rooms_own_clock() {
    let room = ControlRoom::builder()
        .token_lifetime(Duration::from_secs(60))
        .clock_offset_seconds(86_400)
        .user(ada());
    let room = room.start().await;
    let token = login(&room, PASSWORD).await.text("token");
    let (_, claims) = jwt(&token);
    let issued = claims["iat"].as_u64().unwrap();
    assert_eq!(claims["exp"], issued + 60);
    let here = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(issued > here + 80_000);
    assert_eq!(call_api(&room, &token).await.status, 200);
    room.advance(Duration::from_secs(60));
    assert_eq!(call_api(&room, &token).await.status, 401);
}

#[tokio::test]
async fn a_new_work_item_is_worked_on_and_then_done() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let token = login(&room, PASSWORD).await.text("token");
    let header = format!("x-authorization: {token}");
    let body = r#"{"workItems":[{"invoice":4711},{"invoice":4712}]}"#;
    let put = post(room.work_items_path(), body, &[&header]);
    let added = exchange(room.address(), &put).await;
    assert_eq!(added.status, 201);
    assert_eq!(added.json()["ids"], json!(["18", "19"]));
    let look = async |id: &str| {
        let path = format!("{}/{id}", room.work_items_path());
        exchange(room.address(), &get(&path, &[&header])).await
    };
    for (status, result) in [
        ("NEW", json!(null)),
        ("ACTIVE", json!(null)),
        ("COMPLETED", json!("invoice 4711 posted")),
        ("COMPLETED", json!("invoice 4711 posted")),
    ] {
        let item = look("18").await.json();
        assert_eq!(
            (&item["status"], &item["result"]),
            (&json!(status), &result)
        );
    }
    assert_eq!(look("17").await.json()["status"], "COMPLETED");
    assert_eq!(look("20").await.status, 404);
}

#[tokio::test]
async fn pages_of_one_origin_may_call_where_that_is_permitted() {
    const OWN: &str = "http://127.0.0.1:8080";
    let room = ControlRoom::builder().user(ada());
    let open = room.pages_of(OWN.parse().unwrap()).start().await;
    let closed = ControlRoom::builder().user(ada()).start().await;
    let asks = |origin: &str| {
        format!(
            "OPTIONS /v2/authentication HTTP/1.1\r\nhost: room\r\norigin: {origin}\r\n\
             access-control-request-method: POST\r\n\
             access-control-request-headers: content-type\r\nconnection: close\r\n\r\n"
        )
    };
    const ALLOWED: &str = "access-control-allow-origin";
    let answer = exchange(open.address(), &asks(OWN)).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header(ALLOWED), Some(OWN));
    let sent = answer.header("access-control-allow-headers").unwrap();
    assert!(sent.contains("content-type") && sent.contains("x-authorization"));
    let others = exchange(open.address(), &asks("http://127.0.0.1:9090")).await;
    assert_eq!((others.status, others.header(ALLOWED)), (405, None));
    let nobodys = exchange(closed.address(), &asks(OWN)).await;
    assert_eq!((nobodys.status, nobodys.header(ALLOWED)), (405, None));

    let origin = format!("origin: {OWN}");
    let call = post("/v2/authentication", PASSWORD, &[&origin]);
    let granted = exchange(open.address(), &call).await;
    assert_eq!((granted.status, granted.header(ALLOWED)), (200, Some(OWN)));
    assert!(open.violations().is_empty(), "{:?}", open.violations());
}
