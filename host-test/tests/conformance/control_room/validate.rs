//! Validate, which the vendor documents in two forms: the one that belongs to
//! the API version goes first, the other follows once on 404 or 405.

use rpa_auth_host::{ControlRoomCredentials as Credentials, RejectionKind};
use serde_json::json;
use simulators::control_room::{Release, User, ValidateForms};
use simulators::{Answer, ControlRoom as Sim};

use crate::support::{
    Over, V1, V2, Wire, expected, on_the_wire, only, plugin, refused, rejected, room,
};

const PATH: &str = "/v1/authentication/token";

async fn token_of(sim: &Sim) -> String {
    let token = sim.person_logs_in("ada");
    sim.take_requests();
    token
}

fn builder() -> simulators::control_room::Builder {
    Sim::builder().user(User::new("ada", "s3same"))
}

#[tokio::test]
async fn v1_asks_with_the_token_in_the_path() {
    for wire in Wire::BOTH {
        for release in [
            Release::Enterprise11,
            Release::Automation360Before31,
            Release::Automation360From31,
        ] {
            let sim = builder().release(release).over(wire).start().await;
            let token = token_of(&sim).await;
            let valid = plugin().validate(&room(&sim.url(), V1), &token).await;
            assert_eq!(valid.ok(), Some(true));
            assert_eq!(
                on_the_wire(&only(sim.take_requests())),
                expected(&format!("GET {PATH}/{token}"), sim.address(), &[], "")
            );
        }
    }
}

#[tokio::test]
async fn v2_asks_with_the_token_in_query_and_header() {
    for wire in Wire::BOTH {
        for release in [Release::Automation360From31, Release::Automation360From33] {
            let sim = builder().release(release).over(wire).start().await;
            let token = token_of(&sim).await;
            let valid = plugin().validate(&room(&sim.url(), V2), &token).await;
            assert_eq!(valid.ok(), Some(true));
            let headers = [("x-authorization", token.as_str())];
            assert_eq!(
                on_the_wire(&only(sim.take_requests())),
                expected(
                    &format!("GET {PATH}?token={token}"),
                    sim.address(),
                    &headers,
                    ""
                )
            );
        }
    }
}

#[tokio::test]
async fn where_a_form_is_missing_the_other_one_follows() {
    for status in [404, 405] {
        for (version, forms) in [(V1, ValidateForms::Query), (V2, ValidateForms::Path)] {
            let sim = builder()
                .validate_forms(forms)
                .missing_validate_status(status);
            let sim = sim.start().await;
            let token = token_of(&sim).await;
            let control_room = room(&sim.url(), version);
            assert_eq!(
                plugin().validate(&control_room, &token).await.ok(),
                Some(true)
            );

            let in_path = expected(&format!("GET {PATH}/{token}"), sim.address(), &[], "");
            let headers = [("x-authorization", token.as_str())];
            let line = format!("GET {PATH}?token={token}");
            let in_query = expected(&line, sim.address(), &headers, "");
            let requests: Vec<String> = sim.take_requests().iter().map(on_the_wire).collect();
            match version {
                V1 => assert_eq!(requests, [in_path, in_query]),
                V2 => assert_eq!(requests, [in_query, in_path]),
            }

            sim.person_logs_in("ada");
            assert_eq!(
                plugin().validate(&control_room, &token).await.ok(),
                Some(false)
            );
            assert_eq!(sim.take_requests().len(), 2);
        }
    }
}

#[tokio::test]
async fn a_control_room_without_either_form_is_not_found_after_two_requests() {
    for version in [V1, V2] {
        let sim = builder().start().await;
        let token = token_of(&sim).await;
        let missing =
            json!({ "code": "generic.server.exception", "details": null, "message": "No." });
        for _ in 0..2 {
            sim.answer_next(Answer::new(404).json(&missing));
        }
        let error = refused(plugin().validate(&room(&sim.url(), version), &token).await);
        let code = "generic.server.exception";
        assert_eq!(error, rejected(RejectionKind::NotFound, 404, code, "No."));
        assert_eq!(sim.requests().len(), 2);
    }
}

#[tokio::test]
async fn only_a_control_rooms_own_401_says_that_a_token_is_not_valid() {
    let sim = builder().start().await;
    let token = token_of(&sim).await;
    let own = json!({ "code": "UM1114", "details": null, "message": "Logged in elsewhere." });
    for version in [V1, V2] {
        let control_room = room(&sim.url(), version);
        sim.answer_next(Answer::new(401).json(&own));
        assert_eq!(
            plugin().validate(&control_room, &token).await.ok(),
            Some(false)
        );
        for other in [
            Answer::new(401),
            Answer::new(401).html("<html>Sign in</html>"),
            Answer::new(401).json(&json!({ "error": "unauthenticated" })),
        ] {
            sim.answer_next(other);
            let error = refused(plugin().validate(&control_room, &token).await);
            assert!(
                matches!(&error, rpa_auth_host::AuthError::Rejected(rejection)
                    if (rejection.kind, rejection.status) == (RejectionKind::TokenRejected, 401)),
                "{error:?}"
            );
        }
    }
    assert_eq!(sim.requests().len(), 8);
}

#[tokio::test]
async fn a_token_cannot_leave_its_place_in_the_url() {
    let sim = builder().start().await;
    let token = "to/k?en&x=1#%2e/../\"<>";
    let encoded = "to%2Fk%3Fen%26x%3D1%23%252e%2F..%2F%22%3C%3E";
    for (version, target) in [
        (V1, format!("{PATH}/{encoded}")),
        (V2, format!("{PATH}?token={encoded}")),
    ] {
        let valid = plugin().validate(&room(&sim.url(), version), token).await;
        assert_eq!(valid.ok(), Some(false));
        assert_eq!(only(sim.take_requests()).path_and_query, target);
    }
    assert_eq!(sim.violations(), [""; 0]);
}

#[tokio::test]
async fn a_garbled_token_gets_what_the_platform_says_of_it() {
    let answer =
        || Answer::new(400).json(&json!({ "code": "x.y", "details": null, "message": "Garbled." }));
    let sim = builder().garbled_validate(answer()).start().await;
    let error = refused(plugin().validate(&room(&sim.url(), V2), "g4rbled").await);
    assert_eq!(
        error,
        rejected(RejectionKind::RequestRejected, 400, "x.y", "Garbled.")
    );
    let sim = builder().start().await;
    let valid = plugin().validate(&room(&sim.url(), V2), "g4rbled").await;
    assert_eq!(valid.ok(), Some(false));
}

#[tokio::test]
async fn a_login_is_valid_until_it_is_not() {
    let sim = builder().start().await;
    let control_room = room(&sim.url(), V2);
    let credentials = Credentials::password("ada", "s3same");
    let token = plugin()
        .authenticate(&control_room, &credentials)
        .await
        .unwrap();
    assert_eq!(
        plugin().validate(&control_room, token.value()).await.ok(),
        Some(true)
    );
    sim.advance(std::time::Duration::from_secs(1199));
    assert_eq!(
        plugin().validate(&control_room, token.value()).await.ok(),
        Some(true)
    );
    sim.advance(std::time::Duration::from_secs(1));
    assert_eq!(
        plugin().validate(&control_room, token.value()).await.ok(),
        Some(false)
    );
}
