//! A server that repeats what it was sent: no error shows a secret of the call,
//! however the server spells it and wherever it puts it.

use rpa_auth_host::{AuthError, Error, Header, Transport};
use serde_json::json;
use simulators::{Answer, ControlRoom as Sim};

use crate::calls::{Call, secrets};
use crate::support::{plugin, refused, transport};

/// A text as it is, as JSON, as a URL and as a form spell it.
fn spellings(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap();
    let encode = |space: &str, upper: bool| {
        let bytes = secret.bytes().map(|byte| match byte {
            b' ' => space.to_owned(),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        });
        bytes.collect::<String>()
    };
    vec![
        secret.to_owned(),
        json[1..json.len() - 1].to_owned(),
        encode("%20", true),
        encode("%20", false),
        encode("+", true),
    ]
}

/// The secrets that a call sends.
fn sent_by(call: Call) -> Vec<String> {
    let own: Vec<&str> = match call {
        Call::Authenticate(_) => vec![secrets::PASSWORD, "739154"],
        Call::AuthenticateByKey => vec![secrets::API_KEY],
        Call::Ropc => vec![secrets::PASSWORD],
        Call::ClientCredentials => vec![secrets::CLIENT_SECRET],
        Call::ClientCredentialsByBasic => vec![secrets::CLIENT_SECRET, secrets::BASIC],
        _ => vec![secrets::TOKEN],
    };
    let all = own.into_iter().chain([secrets::GATEWAY_KEY]);
    all.flat_map(spellings).collect()
}

fn with_gateway_key(url: &str) -> Transport {
    Transport {
        headers: vec![Header::new("X-Gateway-Key", secrets::GATEWAY_KEY)],
        ..transport(url)
    }
}

/// Everything that the error shows anywhere.
fn shown(error: &AuthError) -> String {
    let wrapped = Error::Auth(error.clone());
    format!("{error} {error:?} {wrapped} {wrapped:?}")
}

#[tokio::test]
async fn no_error_shows_a_secret_that_the_server_repeats() {
    for call in Call::ALL {
        for secret in sent_by(call) {
            let words = format!("before {secret} after");
            for (status, answer) in [
                (
                    400,
                    json!({ "code": words, "message": words, "details": words }),
                ),
                (
                    401,
                    json!({ "errorCode": words, "message": words, "traceId": words }),
                ),
                (500, json!({ "error": words, "error_description": words })),
                (
                    400,
                    json!({ "success": false, "error": {
                        "code": words, "message": words, "details": words,
                        "validationErrors": [{ "message": words, "members": [words] }],
                    }}),
                ),
                (
                    200,
                    json!({ "code": secret, "message": words, "details": null }),
                ),
            ] {
                let sim = Sim::builder().start().await;
                sim.answer_next(Answer::new(status).json(&answer));
                let made = call
                    .make(plugin(), &sim.url(), with_gateway_key(&sim.url()))
                    .await;
                // A Control Room's own 401 is no error of validate.
                if made.as_deref().ok() == Some("false") {
                    continue;
                }
                let error = refused(made);
                let AuthError::Rejected(rejection) = &error else {
                    panic!("not a rejection: {error:?}");
                };
                let message = rejection.message.as_deref().unwrap_or_default();
                assert!(
                    message.starts_with("before *** after"),
                    "{call:?}: {message}"
                );
                assert!(!shown(&error).contains(&secret), "{call:?}: {error:?}");
            }
        }
    }
}

#[tokio::test]
async fn no_error_shows_a_secret_in_plain_text_a_page_or_a_location() {
    for call in Call::ALL {
        for secret in sent_by(call) {
            let in_header: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
            for answer in [
                Answer::new(400).text(&format!("cannot read {secret}")),
                Answer::new(500).html(&format!("<h1>{secret}</h1>")),
                Answer::new(200).html(&format!("<h1>{secret}</h1>")),
                Answer::new(200).body(format!("{{\"token\": {secret}")),
                Answer::new(302).header("Location", &format!("https://h/?t={in_header}")),
                Answer::new(302).header("Location", &format!("https://{in_header}/")),
            ] {
                let sim = Sim::builder().start().await;
                sim.answer_next(answer);
                let made = call
                    .make(plugin(), &sim.url(), with_gateway_key(&sim.url()))
                    .await;
                let shown = shown(&refused(made)).to_lowercase();
                for text in [&secret, &in_header] {
                    assert!(!shown.contains(&text.to_lowercase()), "{call:?}: {shown}");
                }
            }
        }
    }
}

#[tokio::test]
async fn words_are_one_line_of_at_most_512_characters_cut_after_the_striking() {
    let sim = Sim::builder().start().await;
    let secret = secrets::PASSWORD;
    let words = format!("{}\r\n{secret}{}", "\u{e9}".repeat(500), "z".repeat(100));
    sim.answer_next(Answer::new(400).json(&json!({ "code": "c".repeat(99), "message": words })));
    let made = Call::Ropc
        .make(plugin(), &sim.url(), transport(&sim.url()))
        .await;
    let AuthError::Rejected(rejection) = refused(made) else {
        panic!("a 400 is a rejection");
    };
    let message = format!("{}  ***{}", "\u{e9}".repeat(500), "z".repeat(7));
    assert_eq!(rejection.message, Some(message));
    assert_eq!(rejection.code, Some("c".repeat(64)));
}
