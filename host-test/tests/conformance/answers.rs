//! Answers that a platform gives instead of its own, or that something in front
//! of it gives: the same for each of the seven functions.

use rpa_auth_host::RejectionKind::{
    self, CredentialsRejected, Forbidden, NotFound, RequestRejected, ServerError, TokenRejected,
};
use rpa_auth_host::{AuthError, Redirection, Throttling};
use serde_json::json;
use simulators::{Answer, ControlRoom as Sim};

use crate::calls::Call;
use crate::support::{V2, only, plugin, refused, rejected, transport};

mod bodies;
mod secrets;

/// Makes a call whose request gets this answer, and looks that it was sent once.
async fn answered(call: Call, answer: &Answer) -> AuthError {
    let sim = Sim::builder().start().await;
    // Validate asks in its other form after a 404 or 405.
    sim.answer_next(answer.clone());
    sim.answer_next(answer.clone());
    let error = refused(call.make(plugin(), &sim.url(), transport(&sim.url())).await);
    let requests = sim.take_requests();
    match (call, requests[0].status) {
        (Call::Validate(_), Some(404 | 405)) => assert_eq!(requests.len(), 2),
        _ => drop(only(requests)),
    }
    error
}

/// Whatever is odd about an answer is told with its status and with `word`.
#[track_caller]
fn assert_odd(error: &AuthError, status: u16, word: &str) {
    match error {
        AuthError::UnexpectedResponse(oddity) => {
            assert_eq!(oddity.status, status);
            assert!(
                oddity.what.contains(word),
                "{:?} lacks {word:?}",
                oddity.what
            );
        }
        other => panic!("not an unexpected response: {other:?}"),
    }
}

#[tokio::test]
async fn a_status_without_a_body_says_enough() {
    for (status, login, with_token) in [
        (400, RequestRejected, RequestRejected),
        (401, CredentialsRejected, TokenRejected),
        (402, RequestRejected, RequestRejected),
        (403, Forbidden, Forbidden),
        (404, NotFound, NotFound),
        (405, NotFound, NotFound),
        (408, RequestRejected, RequestRejected),
        (410, NotFound, NotFound),
        (415, RequestRejected, RequestRejected),
        (422, RequestRejected, RequestRejected),
        (500, ServerError, ServerError),
        (501, ServerError, ServerError),
        (502, ServerError, ServerError),
        (504, ServerError, ServerError),
        (599, ServerError, ServerError),
    ] {
        for call in Call::ALL {
            let kind = if call.is_login() { login } else { with_token };
            let error = answered(call, &Answer::new(status)).await;
            assert_eq!(error, rejected(kind, status, "", ""), "{call:?} {status}");
        }
    }
}

#[tokio::test]
async fn a_page_with_an_error_status_is_a_rejection_without_its_words() {
    for (status, kind) in [(404, NotFound), (500, ServerError), (502, ServerError)] {
        let page = Answer::new(status).html("<html><h1>Bad Gateway</h1></html>");
        let as_text = Answer::new(status).text(" <html><h1>Bad Gateway</h1></html>");
        for call in Call::SEVEN {
            for answer in [&page, &as_text] {
                let error = answered(call, answer).await;
                assert_eq!(error, rejected(kind, status, "", ""), "{call:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_proxys_own_login_is_none_of_the_platforms() {
    for call in Call::ALL {
        let answer = Answer::new(407).header("Proxy-Authenticate", "Basic realm=\"proxy\"");
        assert_odd(&answered(call, &answer).await, 407, "proxy");
    }
}

/// One case of each kind: `flows` tests all of them for each of its calls.
#[tokio::test]
async fn whoever_speaks_in_the_platforms_place_is_named() {
    let page = "<!DOCTYPE html><title>Just a moment...</title>";
    let asks = |challenges: &[&str]| {
        let answer = Answer::new(401).html(page);
        challenges.iter().fold(answer, |answer, challenge| {
            answer.header("WWW-Authenticate", challenge)
        })
    };
    for (answer, status, word) in [
        (asks(&["Negotiate", "NTLM"]), 401, "Windows sign-in"),
        // In a header of its own, and not the first.
        (asks(&["Bearer", "NTLM"]), 401, "Windows sign-in"),
        (asks(&["Basic realm=\"M\u{fc}ller\""]), 401, "HTTP Basic"),
        (
            asks(&["Digest realm=\"x\", nonce=\"y\""]),
            401,
            "HTTP Digest",
        ),
        (Answer::new(403).html(page), 403, "a firewall, a CDN"),
        (Answer::new(511).html(page), 511, "a captive portal"),
    ] {
        for call in Call::SEVEN {
            assert_odd(&answered(call, &answer).await, status, word);
        }
    }
    for call in Call::SEVEN {
        let kind = if call.is_login() {
            CredentialsRejected
        } else {
            TokenRejected
        };
        let error = answered(call, &asks(&[])).await;
        assert_eq!(error, rejected(kind, 401, "", ""), "{call:?}");
    }
}

#[tokio::test]
async fn what_a_server_says_beside_the_body_or_in_another_shape_is_kept() {
    let challenge =
        r#"Bearer error="invalid_token", error_description="The audience 'empty' is invalid""#;
    for (answer, kind, code, message) in [
        (
            Answer::new(401).header("WWW-Authenticate", challenge),
            TokenRejected,
            "invalid_token",
            "The audience 'empty' is invalid",
        ),
        (
            Answer::new(403).json(&json!({ "errorMessage": "Scope(s) 'x' is(are) invalid." })),
            Forbidden,
            "",
            "Scope(s) 'x' is(are) invalid.",
        ),
        (
            Answer::new(400)
                .header("Content-Type", "application/problem+json")
                .body(r#"{"title":"Bad.","errors":{"Name":["Empty.","Odd."]}}"#),
            RequestRejected,
            "",
            "Bad.; Empty.; Odd.",
        ),
        (
            Answer::new(500).json(&json!({ "Message": "a\u{1b}[31mb\u{9b}c\u{202e}d" })),
            ServerError,
            "",
            "a [31mb c d",
        ),
    ] {
        let error = answered(Call::CurrentUser, &answer).await;
        assert_eq!(error, rejected(kind, kind_of(&error).1, code, message));
    }
}

#[tokio::test]
async fn a_displaced_token_is_one_whatever_the_status() {
    let body = json!({ "code": "UM1114", "details": null, "message": "Twice." });
    for status in [400, 401, 500] {
        let error = answered(Call::Refresh(V2), &Answer::new(status).json(&body)).await;
        assert_eq!(error, rejected(TokenRejected, status, "UM1114", "Twice."));
    }
}

#[tokio::test]
async fn a_redirect_is_told_by_its_origin_and_never_followed() {
    let elsewhere = Sim::builder().start().await;
    let target = elsewhere.url();
    for status in [301, 302, 303, 307, 308] {
        for call in Call::ALL {
            let location = format!("{target}/v2/authentication?next=s3cret#part");
            let answer = Answer::new(status).header("Location", &location);
            let redirection = Redirection {
                status,
                origin: Some(target.clone()),
            };
            let error = answered(call, &answer).await;
            assert_eq!(error, AuthError::Redirected(redirection), "{call:?}");
        }
    }
    assert_eq!(
        (elsewhere.requests().len(), elsewhere.connections()),
        (0, 0)
    );
}

#[tokio::test]
async fn a_location_is_told_only_as_far_as_it_has_an_origin() {
    let sim = Sim::builder().start().await;
    let own = sim.url();
    for (location, origin) in [
        (None, None),
        (Some("/login"), Some(own.as_str())),
        (Some("login?x"), Some(own.as_str())),
        (Some("//sso.example.com/x"), Some("http://sso.example.com")),
        (
            Some("HTTPS://SSO.example.com:443/x"),
            Some("https://sso.example.com"),
        ),
        (
            Some("https://u:pw@sso.example.com:8443"),
            Some("https://sso.example.com:8443"),
        ),
        (Some("mailto:ada@example.com"), None),
        (Some("https://"), None),
    ] {
        let mut answer = Answer::new(302);
        if let Some(location) = location {
            answer = answer.header("Location", location);
        }
        sim.answer_next(answer);
        let made = Call::Logout.make(plugin(), &own, transport(&own)).await;
        let redirection = Redirection {
            status: 302,
            origin: origin.map(str::to_owned),
        };
        assert_eq!(
            refused(made),
            AuthError::Redirected(redirection),
            "{location:?}"
        );
    }
}

#[tokio::test]
async fn too_many_requests_and_out_of_service_say_how_long_to_wait() {
    // RFC 9110, section 5.6.7, has the date in three forms.
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for status in [429, 503] {
        for (after, wait) in [
            (None, None),
            (Some("120"), Some(120)),
            (Some("0"), Some(0)),
            (Some("99999999999999999999"), Some(u32::MAX)),
            (Some("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60)),
            (Some("Sunday, 06-Nov-94 08:50:37 GMT"), Some(60)),
            (Some("Sun Nov  6 08:50:37 1994"), Some(60)),
            (Some("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0)),
            (Some("soon"), None),
            (Some("-1"), None),
        ] {
            let mut answer = Answer::new(status)
                .header("Date", date)
                .html("<html>Busy</html>");
            if let Some(after) = after {
                answer = answer.header("Retry-After", after);
            }
            let throttling = Throttling {
                status,
                retry_after_seconds: wait,
                code: None,
                message: None,
            };
            let calls: &[Call] = match after {
                Some("120") => &Call::ALL,
                _ => &[Call::Authenticate(rpa_auth_host::ControlRoomApi::V2)],
            };
            for &call in calls {
                let error = answered(call, &answer).await;
                assert_eq!(error, AuthError::Throttled(throttling.clone()), "{after:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_pause_comes_with_the_platforms_code_and_words() {
    let body = json!({ "code": "M1", "message": "Maintenance mode." });
    for call in Call::SEVEN {
        let answer = Answer::new(503).header("Retry-After", "7").json(&body);
        let throttling = Throttling {
            status: 503,
            retry_after_seconds: Some(7),
            code: Some("M1".into()),
            message: Some("Maintenance mode.".into()),
        };
        let error = answered(call, &answer).await;
        assert_eq!(error, AuthError::Throttled(throttling), "{call:?}");
        assert_eq!(
            error.to_string(),
            "throttled (status 503, code M1), try again in 7 s: Maintenance mode."
        );
    }
}

#[tokio::test]
async fn a_status_that_no_call_has_is_unexpected() {
    for status in [201, 202, 206] {
        for call in Call::SEVEN {
            let members = call.success().unwrap_or_default();
            let answer = Answer::new(status).body(format!("{{{members}}}"));
            assert_odd(&answered(call, &answer).await, status, "");
        }
    }
    // Only these two have an answer without content.
    for call in Call::ALL {
        if !matches!(call, Call::Logout | Call::CurrentUser) {
            assert_odd(&answered(call, &Answer::new(204)).await, 204, "");
        }
    }
}

/// A rejection's kind and status, whatever it says beside them.
fn kind_of(error: &AuthError) -> (RejectionKind, u16) {
    match error {
        AuthError::Rejected(rejection) => (rejection.kind, rejection.status),
        other => panic!("not a rejection: {other:?}"),
    }
}
