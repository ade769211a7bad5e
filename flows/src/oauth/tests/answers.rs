//! What the answers mean.

use super::*;
use crate::LifetimeSource::{self, *};
use crate::Oddity;
use crate::RejectionKind::{self, *};

/// When the answers come, as `Answer::json` has it.
const NOW: u64 = 784_111_777;

const WAYS: [ClientAuthentication; 2] = [RequestBody, Basic];

fn login(way: ClientAuthentication, answer: &Answer) -> Result<Token> {
    let server = open(URL, way, &[])?;
    ClientCredentialsAuthenticate::new(&server, client("id", "s3cret"))?
        .read(answer)
        .done()
}

fn token(lifetime_seconds: u32, lifetime_source: LifetimeSource) -> Token {
    Token {
        value: "opaque".into(),
        header: TokenHeader::Bearer,
        lifetime_seconds,
        lifetime_source,
        expires_at_seconds: NOW + u64::from(lifetime_seconds),
        multiple_login: None,
        scopes: None,
    }
}

#[test]
fn a_token_lives_for_what_expires_in_says_or_for_an_hour() {
    let documented = (3600, DocumentedDefault);
    for (expires_in, (seconds, source)) in [
        (r#","expires_in":7199"#, (7199, Response)),
        (r#","expires_in":"7199""#, (7199, Response)),
        (r#","expires_in":7199.9"#, (7199, Response)),
        (r#","expires_in":1"#, (1, Response)),
        (r#","expires_in":4294967295"#, (u32::MAX, Response)),
        (r#","expires_in":"4294967295""#, (u32::MAX, Response)),
        ("", documented),
        (r#","expires_in":null"#, documented),
        (r#","expires_in":0"#, documented),
        (r#","expires_in":"0""#, documented),
        (r#","expires_in":-1"#, documented),
        (r#","expires_in":"-1""#, documented),
        (r#","expires_in":4294967296"#, documented),
        (r#","expires_in":"4294967296""#, documented),
        (r#","expires_in":1e300"#, documented),
        (r#","expires_in":99999999999999999999999"#, documented),
        (r#","expires_in":"99999999999999999999999""#, documented),
        (r#","expires_in":"""#, documented),
        (r#","expires_in":"soon""#, documented),
        (r#","expires_in":true"#, documented),
        (r#","expires_in":[7199]"#, documented),
    ] {
        let body = format!(r#"{{"access_token":"opaque","token_type":"Bearer"{expires_in}}}"#);
        for way in WAYS {
            let received = login(way, &Answer::json(200, &*body)).unwrap();
            assert_eq!(received, token(seconds, source), "{body}");
        }
    }
}

#[test]
fn the_claims_of_a_token_go_before_expires_in() {
    // {"iat":100,"exp":1000}
    let value = "e30.eyJpYXQiOjEwMCwiZXhwIjoxMDAwfQ.c2ln";
    let body = format!(r#"{{"access_token":"{value}","expires_in":7199}}"#);
    let expected = Token {
        value: value.into(),
        ..token(900, Claims)
    };
    let received = login(RequestBody, &Answer::json(200, body)).unwrap();
    assert_eq!(received, expected);
}

#[test]
fn the_scopes_are_those_that_the_server_granted() {
    for (scope, granted) in [
        ("", None),
        (r#","scope":null"#, None),
        (r#","scope":["OR.Jobs"]"#, None),
        (r#","scope":"OR.Jobs""#, Some(&["OR.Jobs"][..])),
        (
            r#","scope":"OR.Jobs  OR.Folders ""#,
            Some(&["OR.Jobs", "OR.Folders"]),
        ),
        (r#","scope":"""#, Some(&[])),
        // What a terminal would obey.
        (
            r#","scope":"OR.Jobs\u001b]0;x\u0007 OR\u202e.Folders""#,
            Some(&["OR.Jobs", "]0;x", "OR", ".Folders"]),
        ),
    ] {
        let body = format!(r#"{{"access_token":"opaque"{scope}}}"#);
        let received = login(RequestBody, &Answer::json(200, &*body)).unwrap();
        assert_eq!(received.scopes, granted.map(scopes), "{body}");
    }
}

#[test]
fn more_scopes_than_a_server_can_have_are_none() {
    for (count, granted) in [(1_000, Some(1_000)), (1_001, None), (100_000, None)] {
        let body = format!(
            r#"{{"access_token":"opaque","scope":"{}"}}"#,
            "a ".repeat(count)
        );
        let received = login(RequestBody, &Answer::json(200, body)).unwrap();
        assert_eq!(received.scopes.map(|scopes| scopes.len()), granted);
    }
}

#[test]
fn a_token_is_a_bearer_token_where_the_server_says_nothing_else() {
    for token_type in [
        "",
        r#","token_type":null"#,
        r#","token_type":"Bearer""#,
        r#","token_type":"BEARER""#,
    ] {
        let body = format!("\u{feff}{{\"access_token\":\"opaque\",\"error\":null{token_type}}}");
        let received = login(Basic, &Answer::json(200, &*body)).unwrap();
        assert_eq!(received, token(3600, DocumentedDefault), "{body}");
    }
    for token_type in ["mac", "DPoP", "N_A", "", "Bearer token"] {
        let body = format!(r#"{{"access_token":"opaque","token_type":"{token_type}"}}"#);
        let error = login(Basic, &Answer::json(200, &*body)).unwrap_err();
        assert_odd(&error, &body);
    }
}

#[test]
fn a_200_without_a_usable_token_is_no_success() {
    for body in [
        "{}",
        r#"{"access_token":null}"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":["t"]}"#,
        r#"{"access_token":"a b"}"#,
        r#"{"access_token":"a\r\nX-B: c"}"#,
        r#"{"token":"t","result":"t"}"#,
        r#"{"access_token":"t""#,
        "access_token=t",
        "<html>",
        "",
    ] {
        for way in WAYS {
            assert_odd(&login(way, &Answer::json(200, body)).unwrap_err(), body);
        }
    }
}

fn assert_odd(error: &AuthError, body: &str) {
    assert!(
        matches!(
            error,
            AuthError::UnexpectedResponse(Oddity { status: 200, .. })
        ),
        "{body}: {error:?}"
    );
}

/// The codes of RFC 6749, section 5.2.
const CODES: [(&str, RejectionKind); 6] = [
    ("invalid_client", CredentialsRejected),
    ("invalid_request", RequestRejected),
    ("invalid_grant", RequestRejected),
    ("unauthorized_client", RequestRejected),
    ("unsupported_grant_type", RequestRejected),
    ("invalid_scope", RequestRejected),
];

#[test]
fn a_code_of_rfc_6749_section_5_2_means_the_same_under_400_and_401() {
    for (code, kind) in CODES {
        for status in [400, 401] {
            for (body, words) in [
                (format!(r#"{{"error":"{code}"}}"#), None),
                (format!("\u{feff}{{\"error\":\"{code}\"}}"), None),
                (
                    format!(r#"{{"error":"{code}","error_description":"No.","error_uri":"u"}}"#),
                    Some("No."),
                ),
            ] {
                for way in WAYS {
                    let error = login(way, &Answer::json(status, &*body)).unwrap_err();
                    let expected = AuthError::rejected(kind, status, Some(code), words);
                    assert_eq!(*error, expected, "{body}");
                }
            }
        }
    }
}

#[test]
fn a_code_may_come_as_plain_text() {
    for (code, kind) in CODES {
        for status in [400, 401] {
            for content_type in ["text/plain", "Text/Plain; charset=utf-8"] {
                for body in [code.into(), [" ", code, "\r\n"].concat()] {
                    for way in WAYS {
                        let answer = Answer::typed(status, content_type, &*body);
                        let error = login(way, &answer).unwrap_err();
                        let expected = AuthError::rejected(kind, status, Some(code), Some(code));
                        assert_eq!(*error, expected, "{body:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn plain_text_without_a_code_is_words_and_the_status_decides() {
    for words in [
        "Client authentication failed.",
        "invalid_client: no such client",
        "Invalid_Client",
        "error=invalid_client",
    ] {
        for (status, kind) in [
            (400, RequestRejected),
            (401, CredentialsRejected),
            (403, Forbidden),
            (404, NotFound),
            (500, ServerError),
        ] {
            let answer = Answer::typed(status, "text/plain", words);
            let error = login(RequestBody, &answer).unwrap_err();
            let expected = AuthError::rejected(kind, status, None, Some(words));
            assert_eq!(*error, expected);
        }
    }
}

#[test]
fn a_code_that_the_rfc_does_not_know_means_nothing() {
    for (status, kind) in [
        (400, RequestRejected),
        (401, CredentialsRejected),
        (500, ServerError),
    ] {
        for code in ["access_denied", "server_error", "INVALID_CLIENT", "1000"] {
            let body = format!(r#"{{"error":"{code}"}}"#);
            let error = login(RequestBody, &Answer::json(status, body)).unwrap_err();
            let expected = AuthError::rejected(kind, status, Some(code), None);
            assert_eq!(*error, expected);
        }
    }
}

/// Servers and gateways put fields of their own beside those of the RFC.
#[test]
fn a_code_of_the_rfc_counts_beside_a_code_of_another_kind() {
    let body = r#"{"code":400,"error":"invalid_client","message":"No."}"#;
    let error = login(RequestBody, &Answer::json(400, body)).unwrap_err();
    let code = Some("invalid_client");
    let expected = AuthError::rejected(CredentialsRejected, 400, code, Some("No."));
    assert_eq!(*error, expected);
}
