//! Logins that lead to a token: what is sent for each kind of credentials, and
//! what the token says and opens.

use std::time::Duration;

use rpa_auth_host::{ControlRoomApi, ControlRoomCredentials as Credentials, Header};
use simulators::ControlRoom as Sim;
use simulators::control_room::{Builder, Release, User};

use crate::client::api;
use crate::support::{
    API_KEY, API_KEY_IN_JSON, JSON, Over, PASSWORD, PASSWORD_IN_JSON, V1, V2, Wire, expected, now,
    on_the_wire, only, plugin, room,
};
use crate::tokens::Wanted;

/// Every release with the API versions that it has.
const RELEASES: [(Release, ControlRoomApi); 5] = [
    (Release::Enterprise11, V1),
    (Release::Automation360Before31, V1),
    (Release::Automation360From31, V1),
    (Release::Automation360From31, V2),
    (Release::Automation360From33, V2),
];

fn ada() -> User {
    User::new("ada", PASSWORD).api_key(API_KEY)
}

fn path(api: ControlRoomApi) -> &'static str {
    match api {
        V1 => "/v1/authentication",
        V2 => "/v2/authentication",
    }
}

/// Logs in, and checks that the request was `body` at `path` and nothing else,
/// that the token is as `wanted` and that it opens the API.
async fn check(
    sim: Builder,
    (version, path): (ControlRoomApi, &str),
    (credentials, body): (&Credentials, &str),
    wanted: Wanted<'_>,
) {
    let sim: Sim = sim.start().await;
    let asked = now();
    let token = plugin()
        .authenticate(&room(&sim.url(), version), credentials)
        .await;
    let token = token.unwrap();
    let request = only(sim.take_requests());
    assert_eq!(
        on_the_wire(&request),
        expected(&format!("POST {path}"), sim.address(), &[JSON], body)
    );
    assert_eq!(request.status, Some(200));
    assert_eq!(sim.violations(), [""; 0]);
    wanted.check(&token, asked);
    assert_eq!(sim.live_token("ada").as_deref(), Some(token.value()));
    let item = api(&sim.url(), sim.work_item_path(), &token).await;
    assert_eq!(
        (item.status, item.text("status")),
        (200, "COMPLETED".into())
    );
}

#[tokio::test]
async fn a_password_gets_a_token_from_every_release_over_both_schemes() {
    let credentials = Credentials::password("ada", PASSWORD);
    let body = format!(r#"{{"username":"ada","password":"{PASSWORD_IN_JSON}"}}"#);
    for wire in Wire::BOTH {
        for (release, version) in RELEASES {
            let sim = Sim::builder().release(release).user(ada()).over(wire);
            let wanted = Wanted {
                // Enterprise 11 has no such claim.
                multiple_login: (release != Release::Enterprise11).then_some(false),
                ..Wanted::CONTROL_ROOM
            };
            check(sim, (version, path(version)), (&credentials, &body), wanted).await;
        }
    }
}

#[tokio::test]
async fn an_api_key_is_sent_as_it_is_with_each_special_character() {
    let credentials = Credentials::api_key("ada", API_KEY);
    let body = format!(r#"{{"username":"ada","apiKey":"{API_KEY_IN_JSON}"}}"#);
    for wire in Wire::BOTH {
        for (release, version) in RELEASES {
            let sim = Sim::builder().release(release).user(ada()).over(wire);
            let wanted = Wanted {
                multiple_login: (release != Release::Enterprise11).then_some(true),
                ..Wanted::CONTROL_ROOM
            };
            check(sim, (version, path(version)), (&credentials, &body), wanted).await;
        }
    }
}

#[tokio::test]
async fn an_mfa_code_is_a_number_whose_leading_zeros_do_not_count() {
    for (code, version) in [(123_456, V1), (42, V2), (0, V2)] {
        let credentials = Credentials {
            mfa_code: Some(code),
            ..Credentials::password("ada", "s3same")
        };
        let body = format!(r#"{{"username":"ada","password":"s3same","mfaCode":{code}}}"#);
        let sim = Sim::builder().user(User::new("ada", "s3same").mfa_code(code));
        let login = (version, path(version));
        check(sim, login, (&credentials, &body), Wanted::CONTROL_ROOM).await;
    }
}

#[tokio::test]
async fn multiple_login_is_asked_for_and_the_token_says_whether_it_was_given() {
    let allowed = || User::new("ada", "s3same").multiple_login_allowed();
    let not_allowed = || User::new("ada", "s3same");
    for (user, asked, given) in [
        (allowed(), true, true),
        (not_allowed(), true, false),
        (allowed(), false, false),
    ] {
        for (release, version) in RELEASES {
            let credentials = Credentials {
                multiple_login: Some(asked),
                ..Credentials::password("ada", "s3same")
            };
            let body =
                format!(r#"{{"username":"ada","password":"s3same","multipleLogin":{asked}}}"#);
            let wanted = Wanted {
                multiple_login: (release != Release::Enterprise11).then_some(given),
                ..Wanted::CONTROL_ROOM
            };
            let sim = Sim::builder().release(release).user(user.clone());
            check(sim, (version, path(version)), (&credentials, &body), wanted).await;
        }
    }
}

#[tokio::test]
async fn all_that_can_be_given_is_sent_in_one_body() {
    let credentials = Credentials {
        mfa_code: Some(u32::MAX),
        multiple_login: Some(true),
        ..Credentials::api_key("ada", API_KEY)
    };
    let body = format!(
        r#"{{"username":"ada","apiKey":"{API_KEY_IN_JSON}","mfaCode":4294967295,"multipleLogin":true}}"#
    );
    let sim = Sim::builder().user(ada().mfa_code(u32::MAX));
    let wanted = Wanted {
        multiple_login: Some(true),
        ..Wanted::CONTROL_ROOM
    };
    check(
        sim,
        (V2, "/v2/authentication"),
        (&credentials, &body),
        wanted,
    )
    .await;
}

#[tokio::test]
async fn an_administrators_long_answer_is_read_whole() {
    let sim = Sim::builder().user(User::new("ada", "s3same").administrator());
    let credentials = Credentials::password("ada", "s3same");
    let body = r#"{"username":"ada","password":"s3same"}"#;
    let login = (V2, "/v2/authentication");
    check(sim, login, (&credentials, body), Wanted::CONTROL_ROOM).await;
}

#[tokio::test]
async fn the_lifetime_is_the_tokens_own_however_wrong_the_platforms_clock_is() {
    for offset in [-86_400, 0, 86_400] {
        let sim = Sim::builder().user(User::new("ada", "s3same"));
        let sim = sim
            .clock_offset_seconds(offset)
            .token_lifetime(Duration::from_secs(300));
        let credentials = Credentials::password("ada", "s3same");
        let body = r#"{"username":"ada","password":"s3same"}"#;
        let wanted = Wanted {
            lifetime_seconds: 300,
            ..Wanted::CONTROL_ROOM
        };
        check(
            sim,
            (V1, "/v1/authentication"),
            (&credentials, body),
            wanted,
        )
        .await;
    }
}

#[tokio::test]
async fn a_prefix_stays_in_front_of_the_path_with_or_without_a_slash_behind_it() {
    for end in ["", "/"] {
        let sim = Sim::builder()
            .prefix("/robots/cr")
            .user(User::new("ada", "s3same"));
        let sim = sim.start().await;
        let control_room = room(&format!("{}{end}", sim.url()), V2);
        let credentials = Credentials::password("ada", "s3same");
        let token = plugin()
            .authenticate(&control_room, &credentials)
            .await
            .unwrap();
        assert_eq!(
            plugin().validate(&control_room, token.value()).await.ok(),
            Some(true)
        );
        let token = plugin()
            .refresh(&control_room, token.value())
            .await
            .unwrap();
        assert_eq!(
            api(&sim.url(), sim.work_item_path(), &token).await.status,
            200
        );
        plugin().logout(&control_room, token.value()).await.unwrap();
        let paths: Vec<String> = sim.requests().iter().map(|r| r.path().to_owned()).collect();
        assert_eq!(
            paths,
            [
                "/robots/cr/v2/authentication",
                "/robots/cr/v1/authentication/token",
                "/robots/cr/v2/authentication/token",
                "/robots/cr/v3/wlm/queues/4/workitems/17",
                "/robots/cr/v1/authentication/logout",
            ]
        );
    }
}

#[tokio::test]
async fn extra_headers_go_with_every_request_as_they_were_given() {
    let sim = Sim::builder()
        .user(User::new("ada", "s3same"))
        .start()
        .await;
    let mut control_room = room(&sim.url(), V1);
    control_room.transport.headers = vec![
        Header::new("X-Gateway-Key", "g4te one\ttwo"),
        Header::new("X-Tag", "a"),
        Header::new("X-Tag", "b"),
        Header::new("Authorization", "Basic cHJveHk6cHc="),
    ];
    let credentials = Credentials::password("ada", "s3same");
    let token = plugin()
        .authenticate(&control_room, &credentials)
        .await
        .unwrap();
    assert_eq!(
        plugin().validate(&control_room, token.value()).await.ok(),
        Some(true)
    );
    let token = plugin()
        .refresh(&control_room, token.value())
        .await
        .unwrap();
    plugin().logout(&control_room, token.value()).await.unwrap();
    let requests = sim.requests();
    assert_eq!(requests.len(), 4);
    for request in requests {
        assert_eq!(request.header("x-gateway-key"), Some("g4te one\ttwo"));
        assert_eq!(request.headers_named("x-tag"), ["a", "b"]);
        assert_eq!(request.header("authorization"), Some("Basic cHJveHk6cHc="));
    }
}
