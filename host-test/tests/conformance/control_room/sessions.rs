//! Refresh and logout, and what becomes of a token that another login displaced,
//! that expired, or that was logged out.

use std::time::Duration;

use rpa_auth_host::{ControlRoomApi, ControlRoomCredentials as Credentials, RejectionKind, Token};
use simulators::ControlRoom as Sim;
use simulators::control_room::{Release, User};

use crate::client::api;
use crate::support::{
    JSON, Over, V1, V2, Wire, expected, now, on_the_wire, only, plugin, refused, rejected, room,
};
use crate::tokens::Wanted;

fn ada() -> User {
    User::new("ada", "s3same")
}

/// Logs in, and forgets the request.
async fn token_of(sim: &Sim, version: ControlRoomApi) -> Token {
    let credentials = Credentials::password("ada", "s3same");
    let token = plugin()
        .authenticate(&room(&sim.url(), version), &credentials)
        .await;
    sim.take_requests();
    token.unwrap()
}

#[tokio::test]
async fn refresh_exchanges_the_token_with_body_and_header() {
    for wire in Wire::BOTH {
        for (release, version, path) in [
            (Release::Enterprise11, V1, "/v1/authentication/token"),
            (
                Release::Automation360Before31,
                V1,
                "/v1/authentication/token",
            ),
            (Release::Automation360From31, V1, "/v1/authentication/token"),
            (Release::Automation360From31, V2, "/v2/authentication/token"),
            (Release::Automation360From33, V2, "/v2/authentication/token"),
        ] {
            let sim = Sim::builder()
                .release(release)
                .user(ada())
                .over(wire)
                .start()
                .await;
            let old = token_of(&sim, version).await;
            let asked = now();
            let new = plugin()
                .refresh(&room(&sim.url(), version), old.value())
                .await
                .unwrap();
            let request = only(sim.take_requests());
            let body = format!(r#"{{"token":"{}"}}"#, old.value());
            let headers = [JSON, ("x-authorization", old.value())];
            assert_eq!(
                on_the_wire(&request),
                expected(&format!("POST {path}"), sim.address(), &headers, &body)
            );
            let wanted = Wanted {
                multiple_login: (release != Release::Enterprise11).then_some(false),
                ..Wanted::CONTROL_ROOM
            };
            wanted.check(&new, asked);
            assert_eq!(sim.live_tokens("ada"), [new.value()]);
            assert_eq!(sim.violations(), [""; 0]);
            assert_eq!(
                api(&sim.url(), sim.work_item_path(), &new).await.status,
                200
            );
            assert_eq!(
                api(&sim.url(), sim.work_item_path(), &old).await.status,
                401
            );
        }
    }
}

#[tokio::test]
async fn logout_sends_the_token_and_no_body_and_ends_it_at_once() {
    for wire in Wire::BOTH {
        for (release, version) in [
            (Release::Enterprise11, V1),
            (Release::Automation360Before31, V1),
            (Release::Automation360From31, V2),
            (Release::Automation360From33, V2),
        ] {
            let sim = Sim::builder()
                .release(release)
                .user(ada())
                .over(wire)
                .start()
                .await;
            let token = token_of(&sim, version).await;
            plugin()
                .logout(&room(&sim.url(), version), token.value())
                .await
                .unwrap();
            let request = only(sim.take_requests());
            let headers = [("x-authorization", token.value())];
            assert_eq!(
                on_the_wire(&request),
                expected(
                    "POST /v1/authentication/logout",
                    sim.address(),
                    &headers,
                    ""
                )
            );
            assert_eq!(request.status, Some(204));
            assert!(!sim.is_live(token.value()));
            assert_eq!(
                api(&sim.url(), sim.work_item_path(), &token).await.status,
                401
            );
        }
    }
}

/// What the three calls say of a token that is no longer good: each sent once.
async fn check_bad(sim: &Sim, token: &Token, code: &str, message: &str) {
    let refusal = rejected(RejectionKind::TokenRejected, 401, code, message);
    for version in [V1, V2] {
        let control_room = room(&sim.url(), version);
        sim.take_requests();
        assert_eq!(
            refused(plugin().refresh(&control_room, token.value()).await),
            refusal
        );
        assert_eq!(
            refused(plugin().logout(&control_room, token.value()).await),
            refusal
        );
        let valid = plugin().validate(&control_room, token.value()).await;
        assert_eq!(valid.ok(), Some(false));
        assert_eq!(sim.take_requests().len(), 3);
    }
}

#[tokio::test]
async fn a_displaced_token_is_rejected_with_its_code_and_is_not_valid() {
    let sim = Sim::builder().user(ada()).start().await;
    let token = token_of(&sim, V2).await;
    sim.person_logs_in("ada");
    check_bad(&sim, &token, "UM1114", "The user has logged in elsewhere.").await;
}

#[tokio::test]
async fn a_second_login_of_the_component_displaces_its_first() {
    let sim = Sim::builder().user(ada()).start().await;
    let first = token_of(&sim, V2).await;
    let second = token_of(&sim, V2).await;
    check_bad(&sim, &first, "UM1114", "The user has logged in elsewhere.").await;
    assert!(sim.is_live(second.value()));
}

#[tokio::test]
async fn an_expired_token_is_rejected_and_not_valid() {
    let sim = Sim::builder().user(ada()).start().await;
    let token = token_of(&sim, V1).await;
    sim.advance(Duration::from_secs(1200));
    check_bad(&sim, &token, "UM1110", "The token has expired.").await;
}

#[tokio::test]
async fn a_token_that_was_logged_out_is_rejected_and_not_valid() {
    let sim = Sim::builder().user(ada()).start().await;
    let token = token_of(&sim, V2).await;
    plugin()
        .logout(&room(&sim.url(), V2), token.value())
        .await
        .unwrap();
    check_bad(&sim, &token, "UM1110", "The token is not valid.").await;
}

#[tokio::test]
async fn a_token_that_was_exchanged_lives_on_where_the_platform_lets_it() {
    let sim = Sim::builder()
        .user(ada())
        .refresh_keeps_old_token()
        .start()
        .await;
    let old = token_of(&sim, V2).await;
    let control_room = room(&sim.url(), V2);
    let new = plugin().refresh(&control_room, old.value()).await.unwrap();
    for token in [&old, &new] {
        assert_eq!(
            plugin().validate(&control_room, token.value()).await.ok(),
            Some(true)
        );
    }
}

#[tokio::test]
async fn a_token_beside_the_others_survives_a_login_of_a_person() {
    let user = ada().multiple_login_allowed().api_key("k3y");
    let sim = Sim::builder().user(user).start().await;
    let control_room = room(&sim.url(), V2);
    let beside = Credentials {
        multiple_login: Some(true),
        ..Credentials::password("ada", "s3same")
    };
    for credentials in [beside, Credentials::api_key("ada", "k3y")] {
        let token = plugin()
            .authenticate(&control_room, &credentials)
            .await
            .unwrap();
        sim.person_logs_in("ada");
        assert_eq!(token.multiple_login, Some(true));
        assert_eq!(
            api(&sim.url(), sim.work_item_path(), &token).await.status,
            200
        );
    }
}
