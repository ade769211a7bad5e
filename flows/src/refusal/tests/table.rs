//! The table in the comment of `refusal`, held against every call, every body
//! and every status.

use core::ops::RangeInclusive;

use super::calls::{Call, MATERIAL};
use crate::RejectionKind::*;
use crate::{Answer, AuthError, RejectionKind};

use Meaning::*;
use When::*;

/// The rows of the table. The first one that fits counts. The row of 407 and 511
/// stands before the codes, because a proxy or a network that wants a login of its
/// own speaks for no platform.
#[rustfmt::skip]
const TABLE: &[(When, Meaning, Meaning)] = &[
    // answer                                         login                          call with a token
    (Status(&[300..=399]),                            Redirected,                    Redirected),
    (Status(&[429..=429, 503..=503]),                 Throttled,                     Throttled),
    (Status(&[407..=407, 511..=511]),                 Unexpected,                    Unexpected),
    (Code(Call::ROPC, &["1000"]),                     Rejected(CredentialsRejected), ByStatus),
    (Code(Call::ROPC, &["1002"]),                     Rejected(NotFound),            ByStatus),
    (Code(Call::OAUTH, &["invalid_client"]),          Rejected(CredentialsRejected), ByStatus),
    (Code(Call::OAUTH, OTHER_OAUTH_CODES),            Rejected(RequestRejected),     ByStatus),
    (Code(Call::ROOM_TOKENS, &["UM1114", "UM1117"]),  ByStatus,                      Rejected(TokenRejected)),
    (Code(Call::TOKENS, &["invalid_token"]),          ByStatus,                      Rejected(TokenRejected)),
    (Code(Call::TOKENS, &["insufficient_scope"]),     ByStatus,                      Rejected(Forbidden)),
    (SignIn(401),                                     Unexpected,                    Unexpected),
    (Page(FRONTS),                                    Unexpected,                    Unexpected),
    (Status(&[401..=401]),                            Rejected(CredentialsRejected), Rejected(TokenRejected)),
    (Status(&[403..=403]),                            Rejected(Forbidden),           Rejected(Forbidden)),
    (Status(&[404..=404, 405..=405, 410..=410]),      Rejected(NotFound),            Rejected(NotFound)),
    (Status(&[400..=499]),                            Rejected(RequestRejected),     Rejected(RequestRejected)),
    (Failed(Call::ROPC, 500..=599),                   Rejected(RequestRejected),     ByStatus),
    (Status(&[500..=599]),                            Rejected(ServerError),         Rejected(ServerError)),
    (Refusal(200),                                    Rejected(RequestRejected),     Rejected(RequestRejected)),
    (AllElse,                                         Unexpected,                    Unexpected),
];

/// What something in front answers with a page of its own. A page with 401, 404, 405 or
/// 410 says what its status says.
const FRONTS: &[RangeInclusive<u16>] = &[400..=400, 402..=403, 406..=409, 411..=499];

const OTHER_OAUTH_CODES: &[&str] = &[
    "invalid_request",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

enum When {
    Status(&'static [RangeInclusive<u16>]),
    /// The answer to one of these calls has one of these codes.
    Code(&'static [Call], &'static [&'static str]),
    /// The answer to one of these calls says itself that the call failed.
    Failed(&'static [Call], RangeInclusive<u16>),
    /// That status, and a body that has a code or an error.
    Refusal(u16),
    /// That status, and a web server that wants a sign-in of its own.
    SignIn(u16),
    /// One of these statuses, and a page.
    Page(&'static [RangeInclusive<u16>]),
    AllElse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Redirected,
    Throttled,
    Rejected(RejectionKind),
    Unexpected,
    ByStatus,
}

fn meaning(call: Call, shape: &Shape, status: u16) -> Meaning {
    let fits = |when: &When| match when {
        Status(ranges) => ranges.iter().any(|range| range.contains(&status)),
        Code(calls, codes) => {
            calls.contains(&call) && shape.code.is_some_and(|code| codes.contains(&code))
        }
        Failed(calls, range) => {
            let says_so = |body: &[u8]| {
                let text = String::from_utf8_lossy(body);
                text.starts_with('{') && text.ends_with('}') && text.contains("\"success\":false")
            };
            calls.contains(&call) && range.contains(&status) && shape.body.is_some_and(says_so)
        }
        Refusal(with) => *with == status && shape.refuses,
        SignIn(with) => *with == status && shape.front.wants_sign_in(call),
        Page(with) => with.iter().any(|range| range.contains(&status)) && shape.is_page(),
        AllElse => true,
    };
    let (_, login, token) = TABLE.iter().find(|(when, ..)| fits(when)).expect("a row");
    if call.is_login() { *login } else { *token }
}

/// A body, and what an error should say of it.
struct Shape {
    content_type: Option<&'static str>,
    body: Option<&'static [u8]>,
    code: Option<&'static str>,
    message: Option<&'static str>,
    /// Whether it is a refusal whatever the status says.
    refuses: bool,
    /// Whether it is an error of a Control Room's own.
    is_control_room: bool,
    /// `WWW-Authenticate`.
    challenge: Option<&'static str>,
    front: Front,
}

/// Whether something in front of the platform wants a sign-in of its own.
#[derive(Clone, Copy)]
enum Front {
    Silent,
    Wants,
    /// It could as well be an identity server's answer to a wrong client.
    WantsButOfClients,
}

impl Front {
    fn wants_sign_in(self, call: Call) -> bool {
        match self {
            Self::Silent => false,
            Self::Wants => true,
            Self::WantsButOfClients => !Call::OAUTH.contains(&call),
        }
    }
}

const JSON: Option<&str> = Some("application/json; charset=utf-8");
const PLAIN: Option<&str> = Some("text/plain; charset=utf-8");

const SILENT: Shape = Shape {
    content_type: JSON,
    body: None,
    code: None,
    message: None,
    refuses: false,
    is_control_room: false,
    challenge: None,
    front: Front::Silent,
};

/// A refusal in JSON with that code and these words.
const fn json(code: &'static str, message: &'static str, body: &'static str) -> Shape {
    Shape {
        body: Some(body.as_bytes()),
        code: Some(code),
        message: Some(message),
        refuses: true,
        ..SILENT
    }
}

const fn control_room(code: &'static str, message: &'static str, body: &'static str) -> Shape {
    Shape {
        is_control_room: true,
        ..json(code, message, body)
    }
}

/// A body that says nothing.
const fn silent(content_type: Option<&'static str>, body: &'static str) -> Shape {
    Shape {
        content_type,
        body: Some(body.as_bytes()),
        ..SILENT
    }
}

/// Words without a code.
const fn words(message: &'static str, body: &'static str) -> Shape {
    Shape {
        content_type: PLAIN,
        body: Some(body.as_bytes()),
        message: Some(message),
        ..SILENT
    }
}

const fn bare(code: &'static str) -> Shape {
    Shape {
        code: Some(code),
        ..words(code, code)
    }
}

/// The names are what a failing test prints.
#[rustfmt::skip]
const SHAPES: &[(&str, Shape)] = &[
    ("Control Room", control_room("UM1114", "Twice.", r#"{"code":"UM1114","details":null,"message":"Twice."}"#)),
    ("Control Room, details", control_room("UM1117", "No header.; Add it.", r#"{"code":"UM1117","details":"Add it.","message":"No header."}"#)),
    ("Control Room, byte order mark", control_room("generic.server.exception", "Bad.", "\u{feff}\r\n {\"code\":\"generic.server.exception\",\"message\":\"Bad.\"}")),
    ("Control Room, a code of others", control_room("1000", "No.", r#"{"code":"1000","message":"No."}"#)),
    ("Orchestrator, user or password", json("1000", "Ung\u{fc}ltig.", r#"{"message":"Ung\u00fcltig.","errorCode":1000,"resourceIds":null}"#)),
    ("Orchestrator, tenant", json("1002", "No tenant.", r#"{"message":"No tenant.","errorCode":1002,"traceId":"00-1"}"#)),
    ("Orchestrator, code 0", json("0", "Failed.", r#"{"message":"Failed.","errorCode":0,"resourceIds":null}"#)),
    ("Orchestrator, unknown code", json("1999", "New.", r#"{"message":"New.","errorCode":1999,"traceId":"00-1"}"#)),
    ("envelope", json("0", "Failed.; Login.; Too short.; Too old.", r#"{"result":null,"targetUrl":null,"success":false,"error":{"code":0,"message":"Failed.","details":"Login.","validationErrors":[{"message":"Too short.","members":["password"]},{"message":"Too old.","members":null}]},"unAuthorizedRequest":true,"__abp":true}"#)),
    ("envelope, user or password", json("1000", "No.", r#"{"success":false,"error":{"code":1000,"message":"No.","details":null,"validationErrors":null},"unAuthorizedRequest":false}"#)),
    ("both in one", json("1000", "No.", r#"{"message":"No.","errorCode":1000,"result":null,"success":false,"error":{"code":0,"message":"No.","details":null,"validationErrors":null}}"#)),
    ("both in one, code within", json("1002", "No.", r#"{"message":"No.","errorCode":0,"success":false,"error":{"code":1002,"message":"No."}}"#)),
    ("OAuth, client", json("invalid_client", "Unknown.", r#"{"error":"invalid_client","error_description":"Unknown."}"#)),
    ("OAuth, scope", json("invalid_scope", "Which?", r#"{"error":"invalid_scope","error_description":"Which?"}"#)),
    ("OAuth, a code of none", json("access_denied", "No.", r#"{"error":"access_denied","error_description":"No."}"#)),
    ("bare code", bare("invalid_client")),
    ("another bare code", bare("unauthorized_client")),
    ("error without words", Shape { code: Some("Bad Gateway"), body: Some(br#"{"status":502,"error":"Bad Gateway"}"#), refuses: true, ..SILENT }),
    ("error without a code", Shape { message: Some("No."), body: Some(br#"{"error":{"message":"No."}}"#), refuses: true, ..SILENT }),
    ("words without a code", Shape { message: Some("Unauthorized"), body: Some(br#"{"message":"Unauthorized"}"#), ..SILENT }),
    ("other JSON", silent(JSON, r#"{"status":"ok","data":{"code":"UM1114"}}"#)),
    ("nulls", silent(JSON, r#"{"token":null,"result":null,"access_token":null,"error":null,"code":null,"message":null}"#)),
    ("empty object", silent(JSON, "{}")),
    ("list", silent(JSON, r#"[{"code":"UM1114"}]"#)),
    ("null", silent(JSON, "null")),
    ("text in JSON", silent(JSON, r#""invalid_client""#)),
    ("broken JSON", silent(JSON, r#"{"code":"UM1114","message":"Tw"#)),
    ("two objects", silent(JSON, r#"{"code":"UM1114"}{"code":"UM1114"}"#)),
    ("not UTF-8", Shape { body: Some(b"{\"code\":\"UM\xff\"}"), ..SILENT }),
    ("HTML that claims to be JSON", silent(JSON, "<!DOCTYPE html><title>invalid_client</title>")),
    ("HTML", silent(Some("text/html"), "\u{feff}\n<html>Sign in</html>")),
    ("HTML that claims to be words", silent(PLAIN, " <html>Sign in</html>")),
    ("XML", silent(Some("application/xml"), r#"<?xml version="1.0"?><code>1000</code>"#)),
    ("empty", silent(None, "")),
    ("white space", silent(JSON, " \r\n\t")),
    ("byte order mark alone", silent(JSON, "\u{feff}")),
    ("empty words", silent(PLAIN, "")),
    ("too long", SILENT),
    ("words too long", Shape { content_type: PLAIN, ..SILENT }),
    ("words", words("Account  locked.", "Account\r\nlocked.\n")),
    ("error message", json("0", "Scope(s) 'x' is(are) invalid.", r#"{"errorMessage":"Scope(s) 'x' is(are) invalid.","errorCode":0}"#)),
    ("ASP.NET", Shape { message: Some("An error."), body: Some(br#"{"Message":"An error."}"#), ..SILENT }),
    ("problem", Shape { content_type: Some("application/problem+json"), message: Some("Bad.; Worse.; Short.; Old.; Empty."), body: Some(br#"{"type":"https://e/x","title":"Bad.","detail":"Worse.","errors":{"Password":["Short.","Old."],"User":["Empty."]}}"#), ..SILENT }),
    ("problem with a list", Shape { message: Some("Bad.; Short."), body: Some(br##"{"title":"Bad.","errors":[{"detail":"Short.","pointer":"#/p"}]}"##), ..SILENT }),
    ("token", bearer("invalid_token", "The audience 'empty' is invalid", r#"Bearer error="invalid_token", error_description="The audience 'empty' is invalid""#)),
    ("token, beside Windows", bearer("invalid_token", "x", r#"Negotiate, NTLM, Bearer realm="r", error="invalid_token", error_description="x""#)),
    ("scope", bearer("insufficient_scope", "y", r#"Bearer error="insufficient_scope", error_description="y""#)),
    ("token in JSON", json("invalid_token", "x; z", r#"{"error":"invalid_token","error_description":"x"}"#).challenged(r#"Bearer error="other", error_description="z""#)),
    ("Bearer alone", SILENT_PAGE.challenged("Bearer")),
    ("Bearer beside NTLM, empty", silent(None, "").challenged("Bearer, NTLM")),
    ("Negotiate", SILENT_PAGE.challenged("Negotiate").front(Front::Wants)),
    ("NTLM beside Bearer, page", SILENT_PAGE.challenged("Bearer, NTLM").front(Front::Wants)),
    ("NTLM, empty", silent(None, "").challenged("NTLM").front(Front::Wants)),
    ("Basic", SILENT_PAGE.challenged("Basic realm=\"x\"").front(Front::Wants)),
    ("Basic, empty", silent(None, "").challenged("Basic realm=\"x\"").front(Front::WantsButOfClients)),
    ("Basic, bare code", bare("invalid_client").challenged("Basic realm=\"x\"").front(Front::WantsButOfClients)),
    ("Basic, JSON", json("invalid_client", "No.", r#"{"error":"invalid_client","error_description":"No."}"#).challenged("Basic")),
    ("Digest", SILENT_PAGE.challenged("Digest realm=\"x\", nonce=\"y\"").front(Front::Wants)),
    ("Control Room behind Windows", control_room("UM2", "No.", r#"{"code":"UM2","message":"No."}"#).challenged("Negotiate")),
    ("words of another type", silent(Some("application/octet-stream"), "Account locked.")),
    ("words of no type", silent(None, "Account locked.")),
];

const SILENT_PAGE: Shape = silent(Some("text/html"), "<html>401</html>");

/// An empty body, and a header that says it all.
const fn bearer(code: &'static str, message: &'static str, challenge: &'static str) -> Shape {
    Shape {
        body: Some(b""),
        code: Some(code),
        message: Some(message),
        ..SILENT
    }
    .challenged(challenge)
}

impl Shape {
    const fn challenged(self, challenge: &'static str) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    const fn front(self, front: Front) -> Self {
        Self { front, ..self }
    }

    fn is_page(&self) -> bool {
        let body = self.body.map(String::from_utf8_lossy).unwrap_or_default();
        body.trim_start_matches(['\u{feff}', ' ', '\r', '\n'])
            .starts_with('<')
    }

    fn answer(&self, status: u16) -> Answer {
        Answer {
            content_type: self.content_type.map(String::from),
            body: self.body.map(Vec::from),
            www_authenticate: self.challenge.map(String::from),
            ..Answer::json(status, "")
        }
    }
}

fn meaning_of(error: &AuthError) -> Option<Meaning> {
    match error {
        AuthError::Rejected(rejection) => Some(Rejected(rejection.kind)),
        AuthError::Throttled(_) => Some(Throttled),
        AuthError::Redirected(_) => Some(Redirected),
        AuthError::UnexpectedResponse(_) => Some(Unexpected),
        AuthError::InvalidArgument(_) | AuthError::Unreachable(_) | AuthError::Other(_) => None,
    }
}

fn status_of(error: &AuthError) -> Option<u16> {
    match error {
        AuthError::Rejected(rejection) => Some(rejection.status),
        AuthError::Throttled(throttling) => Some(throttling.status),
        AuthError::Redirected(redirection) => Some(redirection.status),
        AuthError::UnexpectedResponse(oddity) => Some(oddity.status),
        AuthError::InvalidArgument(_) | AuthError::Unreachable(_) | AuthError::Other(_) => None,
    }
}

/// Whether an answer is what the call is for, though there is nothing in it.
fn is_success(call: Call, shape: &Shape, status: u16) -> bool {
    match call {
        Call::Logout | Call::CurrentUser => status == 204,
        Call::Validate => {
            shape.is_control_room && meaning(call, shape, status) == Rejected(TokenRejected)
        }
        _ => false,
    }
}

#[test]
fn an_answer_means_what_the_table_says_for_every_status_body_and_call() {
    for (name, shape) in SHAPES {
        for status in 200..600 {
            for call in Call::ALL {
                let case = format!("{call:?}, {status}, {name}");
                let error = match call.read(MATERIAL, &shape.answer(status)) {
                    Ok(_) => {
                        assert!(is_success(call, shape, status), "{case}");
                        continue;
                    }
                    Err(error) => *error,
                };
                let expected = meaning(call, shape, status);
                assert!(!is_success(call, shape, status), "{case}");
                assert_eq!(meaning_of(&error), Some(expected), "{case}");
                assert_eq!(status_of(&error), Some(status), "{case}");
                if let AuthError::Throttled(throttling) = &error {
                    let said = (throttling.code.as_deref(), throttling.message.as_deref());
                    assert_eq!(said, (shape.code, shape.message), "{case}");
                }
                if let Rejected(kind) = expected {
                    let expected = AuthError::rejected(kind, status, shape.code, shape.message);
                    assert_eq!(error, expected, "{case}");
                }
            }
        }
    }
}

#[test]
fn whoever_speaks_for_the_platform_is_named() {
    for (status, name, part) in [
        (401, "Negotiate", "Windows sign-in (Negotiate or NTLM)"),
        (401, "NTLM, empty", "Windows sign-in (Negotiate or NTLM)"),
        (401, "Basic", "sign-in of its own (HTTP Basic)"),
        (401, "Digest", "sign-in of its own (HTTP Digest)"),
        (403, "HTML", "a firewall, a CDN or a web server"),
        (406, "HTML", "a firewall, a CDN or a web server"),
        (451, "HTML", "a firewall, a CDN or a web server"),
        (511, "HTML", "a captive portal"),
        (511, "empty", "a captive portal"),
        (407, "empty", "a proxy"),
    ] {
        let shape = SHAPES.iter().find(|(known, _)| *known == name);
        let (_, shape) = shape.expect("a shape");
        for call in Call::ALL {
            let error = call.read(MATERIAL, &shape.answer(status)).unwrap_err();
            assert!(
                matches!(&*error, AuthError::UnexpectedResponse(oddity) if oddity.what.contains(part)),
                "{call:?}, {status}, {name}: {error:?}"
            );
        }
    }
}

#[test]
fn a_login_without_a_token_is_said_to_lack_one_and_why_that_may_be() {
    let shape = SHAPES.iter().find(|(known, _)| *known == "empty object");
    let (_, shape) = shape.expect("a shape");
    for call in Call::ALL {
        let error = call.read(MATERIAL, &shape.answer(200)).unwrap_err();
        let AuthError::UnexpectedResponse(oddity) = *error else {
            panic!("{call:?}: {error:?}");
        };
        assert_eq!(
            oddity.what.contains("second factor"),
            call.is_login(),
            "{call:?}"
        );
    }
}

#[test]
fn what_is_no_answer_of_the_api_is_named_without_being_repeated() {
    for (name, part) in [
        ("empty object", "lacks what this call gives"),
        ("list", "not a JSON object"),
        ("broken JSON", "not valid JSON"),
        ("two objects", "not valid JSON"),
        ("not UTF-8", "not valid JSON"),
        ("HTML that claims to be JSON", "a page"),
        ("XML", "a page"),
        ("white space", "empty"),
        ("byte order mark alone", "empty"),
        ("too long", "longer than 256 KiB"),
        ("words", "not a JSON object"),
    ] {
        let shape = SHAPES.iter().find(|(known, _)| *known == name);
        let (_, shape) = shape.expect("a shape");
        for call in Call::ALL {
            let error = call.read(MATERIAL, &shape.answer(200)).unwrap_err();
            assert!(
                matches!(&*error, AuthError::UnexpectedResponse(oddity) if oddity.what.contains(part)),
                "{call:?}, {name}: {error:?}"
            );
        }
    }
}
