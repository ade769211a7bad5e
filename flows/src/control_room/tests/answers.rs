//! What the answers mean.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::*;
use crate::RejectionKind::{self, *};
use crate::{LifetimeSource, Oddity};

/// When the answers come, as `Answer::json` has it.
const NOW: u64 = 784_111_777;

fn jwt(claims: &str) -> String {
    let claims = Base64UrlUnpadded::encode_string(claims.as_bytes());
    ["eyJhbGciOiJSUzUxMiJ9.", &claims, ".c2ln"].concat()
}

/// What authenticate makes of an answer, and refresh of the same.
fn tokens(answer: &Answer) -> [Result<Token>; 2] {
    let room = room(URL, Api::V2, &[]);
    let credentials = with(Secret::Password("pw"));
    [
        Authenticate::new(&room, credentials)
            .unwrap()
            .read(answer)
            .done(),
        Refresh::new(&room, TOKEN).unwrap().read(answer).done(),
    ]
}

fn opaque() -> Token {
    Token {
        value: "opaque".into(),
        header: TokenHeader::XAuthorization,
        lifetime_seconds: 1200,
        lifetime_source: LifetimeSource::DocumentedDefault,
        expires_at_seconds: NOW + 1200,
        multiple_login: None,
        scopes: None,
    }
}

#[test]
fn only_the_token_of_an_answer_counts() {
    let roles: Vec<_> = (0..600)
        .map(|n| format!(r#"{{"id":{n},"name":"role {n}","token":"not this"}}"#))
        .collect();
    let large = format!(
        r#"{{"user":{{"id":1,"token":"nor this","roles":[{}]}},"token":"opaque"}}"#,
        roles.join(",")
    );
    assert!(large.len() > 20_000);
    for body in [
        r#"{"token":"opaque"}"#,
        "\u{feff}{\"token\":\"opaque\"}",
        "\u{feff} \r\n\t{ \"token\" : \"opaque\" } \n",
        r#"{"token":"opaque","user":null,"tenantUuid":null,"mfaAuthResponse":null}"#,
        r#"{"mfaAuthResponse":{"a":[null,1.5e3]},"tenantUuid":"1","token":"opaque","user":{}}"#,
        r#"{"code":null,"message":null,"error":null,"token":"opaque"}"#,
        r#"{"token":"\u006fpaque","":0,"new":[[]]}"#,
        &large,
    ] {
        for token in tokens(&Answer::json(200, body)) {
            assert_eq!(token.unwrap(), opaque(), "{body}");
        }
        for token in tokens(&Answer::typed(200, "text/html", body)) {
            assert_eq!(token.unwrap(), opaque(), "{body}");
        }
    }
}

#[test]
fn a_token_lives_for_what_its_claims_say_from_the_moment_of_receipt() {
    let claims = r#"{"sub":"1","clientType":"WEB","licenses":[],"iat":100,"exp":1000,
        "iss":"AutomationAnywhere","nanoTime":1234567890123456,"multipleLogin":true}"#;
    let value = jwt(claims);
    let body = format!(r#"{{"token":"{value}","user":{{}}}}"#);
    let expected = Token {
        value: value.as_str().into(),
        lifetime_seconds: 900,
        lifetime_source: LifetimeSource::Claims,
        expires_at_seconds: NOW + 900,
        multiple_login: Some(true),
        ..opaque()
    };
    for token in tokens(&Answer::json(200, body)) {
        assert_eq!(token.unwrap(), expected);
    }
}

#[test]
fn a_200_without_a_usable_token_is_no_success() {
    for body in [
        r#"{"user":{"token":"t"}}"#,
        r#"{"token":null}"#,
        r#"{"token":""}"#,
        r#"{"token":1}"#,
        r#"{"token":["t"]}"#,
        r#"{"token":"a b"}"#,
        r#"{"token":"a\r\nX-B: c"}"#,
        r#"{"token":"ä"}"#,
        r#"{"Token":"t"}"#,
        r#"{"token":"t""#,
        r#"["t"]"#,
        "t",
        "<html>{\"token\":\"t\"}</html>",
        "",
    ] {
        for token in tokens(&Answer::json(200, body)) {
            let error = token.unwrap_err();
            assert!(
                matches!(
                    *error,
                    AuthError::UnexpectedResponse(Oddity { status: 200, .. })
                ),
                "{body}: {error:?}"
            );
        }
    }
}

#[test]
fn a_login_that_was_refused_is_the_credentials_and_a_refresh_the_token() {
    let body = r#"{"code":"UM1114","details":null,"message":"Logged in elsewhere"}"#;
    let [login, refresh] = tokens(&Answer::json(401, body));
    for (result, kind) in [(login, CredentialsRejected), (refresh, TokenRejected)] {
        let words = Some("Logged in elsewhere");
        let expected = AuthError::rejected(kind, 401, Some("UM1114"), words);
        assert_eq!(*result.unwrap_err(), expected);
    }
}

#[test]
fn a_token_that_was_displaced_is_so_whatever_the_status() {
    let body = r#"{"code":"UM1114","details":null,"message":"Twice."}"#;
    let room = room(URL, Api::V2, &[]);
    for status in [200, 400, 401, 403, 404, 409, 422, 500] {
        let answer = Answer::json(status, body);
        let expected = AuthError::rejected(TokenRejected, status, Some("UM1114"), Some("Twice."));
        let refreshed = Refresh::new(&room, TOKEN).unwrap().read(&answer).done();
        assert_eq!(*refreshed.unwrap_err(), expected);
        let logged_out = Logout::new(&room, TOKEN).unwrap().read(&answer).done();
        assert_eq!(*logged_out.unwrap_err(), expected);
    }
    assert!(!validate(&Answer::json(400, body)).unwrap());
}

fn validate(answer: &Answer) -> Result<bool> {
    let room = room(URL, Api::V2, &[]);
    Validate::new(&room, TOKEN)?.read(answer).done()
}

#[test]
fn validate_says_what_the_control_room_says() {
    for (body, valid) in [
        (r#"{"valid":true}"#, true),
        (r#"{"valid":false}"#, false),
        ("\u{feff}{\"valid\":true,\"user\":null}", true),
        (r#"{"code":null,"valid":false}"#, false),
    ] {
        assert_eq!(validate(&Answer::json(200, body)).unwrap(), valid, "{body}");
    }
    for body in [
        r#"{"valid":null}"#,
        r#"{"valid":"true"}"#,
        r#"{"valid":1}"#,
        "true",
        "{}",
        "",
    ] {
        let error = validate(&Answer::json(200, body)).unwrap_err();
        assert!(
            matches!(*error, AuthError::UnexpectedResponse(_)),
            "{body}: {error:?}"
        );
    }
}

#[test]
fn a_401_of_the_control_room_itself_says_that_the_token_is_not_valid() {
    for body in [
        r#"{"code":"UM1114","details":null,"message":"Twice"}"#,
        "\u{feff}{\"code\":\"UM1117\",\"details\":\"d\",\"message\":\"m\"}",
        r#"{"code":"UM1117","message":null}"#,
    ] {
        assert!(!validate(&Answer::json(401, body)).unwrap(), "{body}");
    }
}

#[test]
fn a_401_of_something_in_between_says_nothing_of_the_token() {
    for body in [
        "",
        "{}",
        "<html>",
        "Unauthorized",
        r#"{"message":"Unauthorized"}"#,
        r#"{"code":null,"message":"m"}"#,
        r#"{"code":"","message":"m"}"#,
        r#"{"code":"UM1114"}"#,
        r#"{"error":"invalid_token"}"#,
        r#"{"valid":false}"#,
        r#"[{"code":"UM1114","message":"m"}]"#,
    ] {
        let error = validate(&Answer::json(401, body)).unwrap_err();
        assert_kind(&error, TokenRejected, 401);
    }
}

/// A Control Room's codes are texts; a gateway writes `{"code":401}`.
#[test]
fn a_401_whose_code_is_a_number_is_not_the_control_rooms_own() {
    let body = r#"{"code":401,"message":"Unauthorized"}"#;
    let error = validate(&Answer::json(401, body)).unwrap_err();
    assert_kind(&error, TokenRejected, 401);
}

#[test]
fn a_validate_that_neither_form_of_is_known_is_not_found() {
    for (first, second) in [(404, 404), (404, 405), (405, 404), (405, 405)] {
        for api in [Api::V1, Api::V2] {
            let room = room(URL, api, &[]);
            let mut flow = Validate::new(&room, TOKEN).unwrap();
            assert!(matches!(flow.read(&Answer::json(first, "")), Next::Again));
            let error = flow.read(&Answer::json(second, "")).done().unwrap_err();
            assert_kind(&error, NotFound, second);
        }
    }
}

#[test]
fn a_missing_header_is_no_word_about_a_token_that_was_sent_without_one() {
    let misses = Answer::json(401, r#"{"code":"UM1117","details":null,"message":"m"}"#);
    let good = Answer::json(200, r#"{"valid":true}"#);
    let first = room(URL, Api::V1, &[]);
    let mut flow = Validate::new(&first, TOKEN).unwrap();
    assert!(matches!(flow.read(&misses), Next::Again));
    assert!(flow.read(&good).done().unwrap());

    // The form with the header was not known.
    let second = room(URL, Api::V2, &[]);
    let mut flow = Validate::new(&second, TOKEN).unwrap();
    assert!(matches!(flow.read(&Answer::json(404, "")), Next::Again));
    let error = flow.read(&misses).done().unwrap_err();
    assert_kind(&error, RequestRejected, 401);

    // A platform that asks for a pause gets one.
    let mut flow = Validate::new(&first, TOKEN).unwrap();
    let busy = Answer::json(503, r#"{"code":"UM1117","message":"m"}"#);
    let busy = flow.read(&busy).done().unwrap_err();
    assert!(matches!(*busy, AuthError::Throttled(_)), "{busy:?}");

    // It was sent with one.
    let mut flow = Validate::new(&second, TOKEN).unwrap();
    assert!(!flow.read(&misses).done().unwrap());
}

#[test]
fn the_other_form_of_validate_has_the_last_word() {
    let own = r#"{"code":"UM1114","message":"m"}"#;
    let room = room(URL, Api::V1, &[]);
    let ask = |status, body: &str| {
        let mut flow = Validate::new(&room, TOKEN).unwrap();
        assert!(matches!(flow.read(&Answer::json(404, own)), Next::Again));
        flow.read(&Answer::json(status, body)).done()
    };
    assert!(!ask(401, own).unwrap());
    assert!(!ask(200, r#"{"valid":false}"#).unwrap());
    assert_kind(&ask(401, "").unwrap_err(), TokenRejected, 401);
    // A known code has one meaning, whatever the status.
    assert!(!ask(500, own).unwrap());
    let other = r#"{"code":"generic.server.exception","message":"m"}"#;
    assert_kind(&ask(500, other).unwrap_err(), ServerError, 500);
}

#[test]
fn a_logout_is_done_with_204_and_nothing_else() {
    let room = room(URL, Api::V2, &[]);
    let logout = |status, body: &str| {
        let mut flow = Logout::new(&room, TOKEN).unwrap();
        flow.read(&Answer::json(status, body)).done()
    };
    for body in ["", "{}", "<html>"] {
        assert_eq!(logout(204, body), Ok(()));
    }
    for status in (200..600).filter(|&status| status != 204) {
        for body in ["", "{}", r#"{"valid":true,"token":"t"}"#, "<html>"] {
            assert!(logout(status, body).is_err(), "{status}, {body}");
        }
    }
    assert_kind(&logout(401, "").unwrap_err(), TokenRejected, 401);
    assert_kind(&logout(404, "").unwrap_err(), NotFound, 404);
}

fn assert_kind(error: &AuthError, kind: RejectionKind, status: u16) {
    assert!(
        matches!(error, AuthError::Rejected(r) if r.kind == kind && r.status == status),
        "{error:?}"
    );
}
