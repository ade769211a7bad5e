//! Logins that a Control Room refuses: each is sent once and never repeated,
//! because three of them disable the user.

use rpa_auth_host::RejectionKind::{self, CredentialsRejected, NotFound};
use rpa_auth_host::{AuthError, ControlRoomCredentials as Credentials};
use serde_json::json;
use simulators::control_room::{Release, User};
use simulators::{Answer, ControlRoom as Sim};

use crate::support::{Over, V1, V2, Wire, plugin, refused, rejected, room};

const WRONG: &str = "Wrong credentials.";

fn wrong() -> AuthError {
    rejected(CredentialsRejected, 401, "UM1110", WRONG)
}

#[tokio::test]
async fn a_wrong_password_or_key_or_name_is_credentials_rejected() {
    for wire in Wire::BOTH {
        for version in [V1, V2] {
            let user = User::new("ada", "s3same").api_key("k3y");
            let sim = Sim::builder().user(user).over(wire).start().await;
            let control_room = room(&sim.url(), version);
            for credentials in [
                Credentials::password("ada", "S3same"),
                Credentials::api_key("ada", "s3same"),
                Credentials::password("nobody", "s3same"),
            ] {
                let result = plugin().authenticate(&control_room, &credentials).await;
                assert_eq!(refused(result), wrong());
            }
            assert_eq!(sim.requests().len(), 3);
            assert_eq!((sim.refused("ada"), sim.refused("nobody")), (2, 1));
            assert_eq!(sim.violations(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn three_refused_calls_are_three_requests_and_disable_the_user() {
    let sim = Sim::builder()
        .user(User::new("ada", "s3same"))
        .start()
        .await;
    let control_room = room(&sim.url(), V2);
    for count in 1..=3 {
        let credentials = Credentials::password("ada", "n0t-it");
        let result = plugin().authenticate(&control_room, &credentials).await;
        assert_eq!(refused(result), wrong());
        assert_eq!(
            (sim.logins_asked(), sim.refused("ada")),
            (count, count as u32)
        );
        assert_eq!(sim.is_disabled("ada"), count == 3);
    }
    assert_eq!(sim.requests().len(), 3);

    let right = Credentials::password("ada", "s3same");
    let result = plugin().authenticate(&control_room, &right).await;
    let disabled = rejected(CredentialsRejected, 401, "UM1110", "The user is disabled.");
    assert_eq!(refused(result), disabled);
    sim.enable("ada");
    assert!(plugin().authenticate(&control_room, &right).await.is_ok());
    assert_eq!((sim.requests().len(), sim.logins_granted()), (5, 1));
}

#[tokio::test]
async fn a_disabled_user_is_refused_as_the_platform_says() {
    for (status, kind) in [
        (401, CredentialsRejected),
        (403, RejectionKind::Forbidden),
        (400, RejectionKind::RequestRejected),
    ] {
        let body = json!({ "code": "UM9", "details": "Ask for help.", "message": "Disabled." });
        let sim = Sim::builder()
            .user(User::new("ada", "s3same").disabled())
            .disabled_refused(Answer::new(status).json(&body));
        let sim = sim.start().await;
        let credentials = Credentials::password("ada", "s3same");
        let result = plugin()
            .authenticate(&room(&sim.url(), V2), &credentials)
            .await;
        assert_eq!(
            refused(result),
            rejected(kind, status, "UM9", "Disabled.; Ask for help.")
        );
        assert_eq!(sim.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_missing_or_wrong_mfa_code_is_refused_and_counts() {
    let sim = Sim::builder().user(User::new("ada", "s3same").mfa_code(123_456));
    let sim = sim.start().await;
    for (n, mfa_code) in [None, Some(123_457)].into_iter().enumerate() {
        let credentials = Credentials {
            mfa_code,
            ..Credentials::password("ada", "s3same")
        };
        let result = plugin()
            .authenticate(&room(&sim.url(), V1), &credentials)
            .await;
        let message = "The code is missing or wrong.";
        assert_eq!(
            refused(result),
            rejected(CredentialsRejected, 401, "UM1110", message)
        );
        assert_eq!(sim.requests().len(), n + 1);
    }
    assert_eq!(sim.refused("ada"), 2);
}

#[tokio::test]
async fn v1_against_a_release_that_ended_it_is_refused_whatever_it_says() {
    let sim = Sim::builder().release(Release::Automation360From33);
    let sim = sim.user(User::new("ada", "s3same")).start().await;
    let control_room = room(&sim.url(), V1);
    let credentials = Credentials::password("ada", "s3same");
    let (code, message) = (
        "generic.server.exception",
        "This API version is discontinued.",
    );
    let gone = rejected(NotFound, 404, code, message);
    assert_eq!(
        refused(plugin().authenticate(&control_room, &credentials).await),
        gone
    );
    let token = sim.person_logs_in("ada");
    assert_eq!(refused(plugin().refresh(&control_room, &token).await), gone);
    // What stays under v1 still works.
    assert_eq!(
        plugin().validate(&control_room, &token).await.ok(),
        Some(true)
    );
    assert!(plugin().logout(&control_room, &token).await.is_ok());
    assert_eq!(sim.requests().len(), 4);

    for (status, kind) in [
        (405, NotFound),
        (410, NotFound),
        (400, RejectionKind::RequestRejected),
    ] {
        let sim = Sim::builder().release(Release::Automation360From33);
        let sim = sim.discontinued(Answer::new(status)).start().await;
        let result = plugin()
            .authenticate(&room(&sim.url(), V1), &credentials)
            .await;
        assert_eq!(refused(result), rejected(kind, status, "", ""));
        assert_eq!(sim.requests().len(), 1);
    }
}

#[tokio::test]
async fn v2_against_a_release_that_has_none_is_not_found() {
    for release in [Release::Enterprise11, Release::Automation360Before31] {
        let sim = Sim::builder()
            .release(release)
            .user(User::new("ada", "s3same"));
        let sim = sim.start().await;
        let credentials = Credentials::password("ada", "s3same");
        let result = plugin()
            .authenticate(&room(&sim.url(), V2), &credentials)
            .await;
        let code = "generic.server.exception";
        assert_eq!(
            refused(result),
            rejected(NotFound, 404, code, "No such address.")
        );
        assert_eq!((sim.requests().len(), sim.refused("ada")), (1, 0));
    }
}
