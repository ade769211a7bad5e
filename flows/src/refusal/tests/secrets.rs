//! A server that repeats what it was sent gets none of it into an error.

use base64ct::{Base64, Encoding};

use super::calls::{CLIENT_ID, Call, MATERIAL, Material};
use crate::{Answer, AuthError};

/// Characters that JSON, URLs and forms spell otherwise.
const AWKWARD: Material = Material {
    secret: "Pä55\"w\\ör/d +&=%<é>",
    mfa_code: 271_828,
    token: "eyJhbGciOiJSUzUxMiJ9.eyJ+/=\"\\.c2ln",
    header: "Gw key+/\"\\1~=",
};

/// JSON with a place `@` for a text that stands in the error.
const SHOWN: &[&str] = &[
    r#"{"code":@,"details":null,"message":"m"}"#,
    r#"{"code":"c","details":null,"message":@}"#,
    r#"{"code":"c","details":@,"message":null}"#,
    r#"{"message":@,"errorCode":0,"resourceIds":null}"#,
    r#"{"message":"m","errorCode":@}"#,
    r#"{"error":@,"error_description":"d"}"#,
    r#"{"error":"access_denied","error_description":@}"#,
    r#"{"success":false,"error":{"code":1,"message":@,"details":null}}"#,
    r#"{"success":false,"error":{"code":1,"message":"m","details":@}}"#,
    r#"{"success":false,"error":{"code":@,"message":"m"}}"#,
    r#"{"error":{"code":1,"validationErrors":[{"message":@,"members":[]}]}}"#,
    r#"{"errorCode":1,"validationErrors":[{"message":"m"},{"message":@}]}"#,
    r#"{"code":1,"Message":@}"#,
    r#"{"code":1,"errorMessage":@}"#,
    r#"{"code":1,"title":@,"detail":"d"}"#,
    r#"{"code":1,"title":"t","detail":@}"#,
    r#"{"code":1,"errors":[@]}"#,
    r#"{"code":1,"errors":[{"detail":@,"pointer":"p"}]}"#,
    r#"{"code":1,"errors":{"Password":["m",@]}}"#,
];

/// JSON with a place for a text that no error shows.
const HIDDEN: &[&str] = &[
    r#"{"code":"c","message":"m","token":[@],"result":[@],"access_token":[@]}"#,
    r#"{"error":{"code":1,"validationErrors":[{"message":"m","members":[@]}]}}"#,
    r#"{"error":"access_denied","error_uri":@,"state":@}"#,
    r#"{"errorCode":1,"traceId":@,"resourceIds":[@],@:1}"#,
    r#"{"code":[@],"errorCode":{"a":@},"message":[@],"details":{"message":@}}"#,
    r#"{"code":"c","errors":[{"detail":"m","pointer":@}]}"#,
    r#"{"code":"c","message":@"#,
    "[@]",
    "@",
];

/// What the call sends and no error may show.
fn secrets(call: Call, material: Material) -> Vec<String> {
    let own = match call {
        Call::AuthenticateByPassword | Call::AuthenticateByApiKey => {
            vec![material.secret.into(), material.mfa_code.to_string()]
        }
        Call::Ropc | Call::ClientInForm => vec![material.secret.into()],
        Call::ClientByBasic => {
            let pair = [form(CLIENT_ID), form(material.secret)].join(":");
            let basic = Base64::encode_string(pair.as_bytes());
            vec![material.secret.into(), basic]
        }
        Call::Refresh | Call::Logout | Call::Validate | Call::CurrentUser => {
            vec![material.token.into()]
        }
    };
    own.into_iter().chain([material.header.into()]).collect()
}

/// As it is, as JSON, a URL and a form spell it, and each in either case.
fn spellings(secret: &str) -> Vec<String> {
    let quoted = in_json(secret);
    let json = quoted[1..quoted.len() - 1].into();
    let spellings = [secret.into(), json, percent(secret), form(secret)];
    let in_each_case = |s: String| [s.to_ascii_lowercase(), s.to_ascii_uppercase(), s];
    let mut all: Vec<_> = spellings.into_iter().flat_map(in_each_case).collect();
    all.sort();
    all.dedup();
    all
}

fn in_json(text: &str) -> String {
    serde_json::to_string(text).expect("a text")
}

fn percent(text: &str) -> String {
    let encode = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).into(),
        _ => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn form(text: &str) -> String {
    percent(text).replace("%20", "+").replace('~', "%7E")
}

/// Whether an error shows the secret in some spelling. `Debug` itself spells a
/// quotation mark and a backslash as JSON does.
fn shows(error: &AuthError, secret: &str) -> bool {
    let rendered = format!("{error:?}").to_ascii_lowercase();
    spellings(secret).iter().any(|spelling| {
        let spelling = spelling.to_ascii_lowercase();
        let in_debug = spelling.escape_debug().to_string();
        rendered.contains(&spelling) || rendered.contains(&in_debug)
    })
}

fn error_of(call: Call, answer: &Answer) -> Option<AuthError> {
    call.read(AWKWARD, answer).err().map(|error| *error)
}

#[test]
fn no_secret_that_a_server_repeats_in_json_gets_into_an_error() {
    for call in Call::ALL {
        for secret in secrets(call, AWKWARD) {
            for spelling in spellings(&secret) {
                let text = in_json(&["1", &spelling, "2"].concat());
                for template in [SHOWN, HIDDEN].concat() {
                    let body = template.replace('@', &text);
                    for status in [200, 400, 401, 403, 404, 500] {
                        let Some(error) = error_of(call, &Answer::json(status, &*body)) else {
                            assert_eq!((call, status), (Call::Validate, 401));
                            continue;
                        };
                        let case = format!("{call:?}, {status}, {body}: {error:?}");
                        assert!(!shows(&error, &secret), "{case}");
                        if matches!(error, AuthError::Rejected(_)) && SHOWN.contains(&template) {
                            assert!(format!("{error:?}").contains("1***2"), "{case}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn no_secret_that_a_server_repeats_in_plain_text_gets_into_an_error() {
    for call in Call::ALL {
        for secret in secrets(call, AWKWARD) {
            for spelling in spellings(&secret) {
                for text in [
                    format!("Cannot use {spelling}."),
                    format!("{{\"value\":\"{spelling}\""),
                    spelling,
                ] {
                    for status in [200, 400, 401, 500] {
                        let answer = Answer::typed(status, "text/plain", &*text);
                        let error = error_of(call, &answer).expect("an error");
                        let case = format!("{call:?}, {status}, {text}: {error:?}");
                        assert!(!shows(&error, &secret), "{case}");
                        // What looks like JSON is not taken for words.
                        let is_shown = status != 200 && !text.starts_with(['{', '[', '"', '<']);
                        assert!(!is_shown || format!("{error:?}").contains("***"), "{case}");
                    }
                }
            }
        }
    }
}

#[test]
fn no_secret_that_a_server_repeats_in_a_challenge_gets_into_an_error() {
    for call in Call::ALL {
        for secret in secrets(call, MATERIAL) {
            for (challenge, is_shown) in [
                (format!(r#"Bearer error="1{secret}2""#), true),
                (format!(r#"Bearer error_description="1{secret}2""#), true),
                (format!("Bearer error_description={secret}"), true),
                (format!("Negotiate {secret}"), false),
                (
                    format!(r#"Basic realm="{secret}", {secret}="{secret}""#),
                    false,
                ),
            ] {
                for status in [400, 401, 403, 503] {
                    let answer = Answer {
                        www_authenticate: Some(challenge.clone()),
                        ..Answer::json(status, "")
                    };
                    let error = call.read(MATERIAL, &answer).unwrap_err();
                    let case = format!("{call:?}, {status}, {challenge}: {error:?}");
                    assert!(!shows(&error, &secret), "{case}");
                    assert!(!is_shown || format!("{error:?}").contains("***"), "{case}");
                }
            }
        }
    }
}

#[test]
fn no_secret_that_a_server_repeats_in_a_location_gets_into_an_error() {
    for call in Call::ALL {
        for secret in secrets(call, MATERIAL) {
            for spelling in [secret.clone(), secret.to_ascii_uppercase()] {
                for location in [
                    format!("https://{spelling}.login.example/"),
                    format!("https://login-{spelling}:444"),
                    format!("//x{spelling}"),
                    format!("https://{spelling}:{spelling}@login.example"),
                    format!("https://login.example/{spelling}?{spelling}#{spelling}"),
                    format!("/{spelling}"),
                    format!("{spelling}:{spelling}"),
                ] {
                    let answer = Answer {
                        location: Some(location.clone()),
                        ..Answer::json(302, "")
                    };
                    let error = call.read(MATERIAL, &answer).unwrap_err();
                    assert!(matches!(*error, AuthError::Redirected(_)), "{call:?}");
                    assert!(!shows(&error, &secret), "{call:?}, {location}: {error:?}");
                }
            }
        }
    }
}

#[test]
fn a_beginning_of_a_secret_that_gives_it_away_is_no_part_of_an_error() {
    for call in [
        Call::Refresh,
        Call::Logout,
        Call::Validate,
        Call::CurrentUser,
    ] {
        let (beginning, _) = AWKWARD.token.split_at(20);
        let body = format!(r#"{{"message":"bad token {beginning} (cut)"}}"#);
        let error = call.read(AWKWARD, &Answer::json(400, body)).unwrap_err();
        assert!(
            !format!("{error:?}").contains(beginning),
            "{call:?}: {error:?}"
        );
        assert!(
            format!("{error:?}").contains("bad token *** (cut)"),
            "{call:?}: {error:?}"
        );
    }
}

/// JSON may escape any character, and ASP.NET's and Java's writers do so with
/// what is not ASCII or could matter in HTML; URLs may leave sub-delimiters as
/// they are (RFC 3986, section 3.3); ASP.NET encodes for HTML what it repeats.
#[test]
fn a_secret_is_struck_out_as_other_writers_spell_it() {
    let secret = "p<ä&+!'(é)/x";
    let material = Material { secret, ..MATERIAL };
    let mut shown = Vec::new();
    for (writer, spelling) in [
        ("JSON in ASCII", r"p<\u00e4&+!'(\u00e9)/x"),
        ("JSON for HTML", r"p\u003cä\u0026+!\u0027(é)/x"),
        (
            "System.Text.Json",
            r"p\u003C\u00E4\u0026\u002B!\u0027(\u00E9)/x",
        ),
        ("JSON with escaped slashes", r"p<ä&+!'(é)\/x"),
        ("encodeURIComponent", "p%3C%C3%A4%26%2B!'(%C3%A9)%2Fx"),
        ("a path", "p%3C%C3%A4&+!'(%C3%A9)%2Fx"),
        ("HTML", "p&lt;ä&amp;+!&#39;(é)/x"),
        ("HTML in ASCII", "p&lt;&#228;&amp;+!&#39;(&#233;)/x"),
    ] {
        let text = ["1", spelling, "2"].concat();
        let body = format!(r#"{{"message":{}}}"#, in_json(&text));
        let answer = Answer::json(400, body);
        let error = Call::Ropc.read(material, &answer).unwrap_err();
        if !format!("{error:?}").contains("1***2") {
            shown.push(writer);
        }
    }
    assert!(shown.is_empty(), "not struck out as written by: {shown:?}");
}

#[test]
fn a_secret_in_an_extra_header_is_struck_out_without_its_scheme() {
    let material = Material {
        header: "Bearer g4t3w4y-k3y",
        ..MATERIAL
    };
    for call in Call::ALL {
        let body = r#"{"message":"unknown key g4t3w4y-k3y"}"#;
        let error = call.read(material, &Answer::json(400, body)).unwrap_err();
        assert!(
            !format!("{error:?}").contains("g4t3w4y"),
            "{call:?}: {error:?}"
        );
    }
}
