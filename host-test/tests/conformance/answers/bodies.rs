//! Bodies that are not what the status promises, and how much of one is read.

use rpa_auth_host::RejectionKind::RequestRejected;
use simulators::{Answer, ControlRoom as Sim};

use super::{answered, assert_odd, kind_of};
use crate::calls::Call;
use crate::support::{only, plugin, transport};

/// The most of an answer that is read, in bytes.
const LIMIT: usize = 256 * 1024;

/// Makes a call that succeeds on this answer.
async fn succeeds(call: Call, answer: Answer) {
    let sim = Sim::builder().start().await;
    sim.answer_next(answer);
    let made = call.make(plugin(), &sim.url(), transport(&sim.url())).await;
    assert_eq!(made.ok().as_deref(), Some(call.result()), "{call:?}");
    only(sim.take_requests());
}

/// A success of exactly `length` bytes.
fn padded(members: &str, length: usize) -> Vec<u8> {
    let head = format!("{{{members},\"more\":\"");
    let rest = length - head.len() - 2;
    let body = format!("{head}{}\"}}", "x".repeat(rest));
    assert_eq!(body.len(), length);
    body.into_bytes()
}

#[tokio::test]
async fn a_page_instead_of_json_is_unexpected_whatever_its_type() {
    for call in Call::ALL {
        for answer in [
            Answer::new(200).html("<!DOCTYPE html><title>Sign in</title>"),
            Answer::new(200).html("\u{feff}\r\n  <html></html>"),
            Answer::new(200)
                .header("content-type", "application/json")
                .body("<html></html>"),
            Answer::new(200).body("<?xml version=\"1.0\"?><error/>"),
        ] {
            assert_odd(&answered(call, &answer).await, 200, "HTML");
        }
    }
}

#[tokio::test]
async fn an_empty_200_is_unexpected() {
    for call in Call::ALL {
        for body in ["", " \r\n", "\u{feff}"] {
            let answer = Answer::new(200).header("content-type", "application/json");
            assert_odd(&answered(call, &answer.body(body)).await, 200, "empty");
        }
    }
}

#[tokio::test]
async fn broken_json_is_unexpected() {
    for call in Call::ALL {
        let members = call.success().unwrap_or(r#""ok":true"#);
        for body in [
            format!("{{{members}"),
            format!("{{{members}}}}}"),
            format!("{{{members},}}"),
            format!("{{{members}}} trailing"),
            format!("{{{members},\"x\":\"\\ud800\"}}"),
            format!(
                "{{{members},\"x\":{}{}}}",
                "[".repeat(1000),
                "]".repeat(1000)
            ),
        ] {
            let answer = Answer::new(200).body(body);
            assert_odd(&answered(call, &answer).await, 200, "JSON");
        }
        for body in ["[]", "\"n3w\"", "null", "n3w", "17"] {
            let answer = Answer::new(200).body(body);
            assert_odd(&answered(call, &answer).await, 200, "JSON");
        }
    }
}

#[tokio::test]
async fn json_that_lacks_what_the_call_gives_is_unexpected() {
    for call in Call::ALL {
        for body in [
            "{}",
            r#"{"message":"hello"}"#,
            r#"{"token":null,"valid":"true"}"#,
        ] {
            let answer = Answer::new(200).body(body);
            assert_odd(&answered(call, &answer).await, 200, "");
        }
    }
}

#[tokio::test]
async fn a_200_with_a_code_in_it_is_a_refusal() {
    for call in Call::ALL {
        for body in [
            r#"{"code":"UM1","message":"No.","details":null}"#,
            r#"{"errorCode":7,"message":"No."}"#,
            r#"{"success":false,"error":{"code":7,"message":"No."}}"#,
        ] {
            let error = answered(call, &Answer::new(200).body(body)).await;
            assert_eq!(kind_of(&error), (RequestRejected, 200), "{call:?} {body}");
        }
    }
}

#[tokio::test]
async fn a_byte_order_mark_and_a_missing_or_wrong_type_do_no_harm() {
    for call in Call::ALL {
        let Some(members) = call.success() else {
            continue;
        };
        succeeds(
            call,
            Answer::new(200).body(format!("\u{feff}{{{members}}}")),
        )
        .await;
        succeeds(call, Answer::new(200).body(format!("\r\n {{{members}}}\n"))).await;
        succeeds(call, Answer::new(200).text(&format!("{{{members}}}"))).await;
        succeeds(call, Answer::new(200).html(&format!("{{{members}}}"))).await;
    }
}

#[tokio::test]
async fn an_answer_of_256_kib_is_read_and_one_byte_more_is_not() {
    for call in Call::ALL {
        let Some(members) = call.success() else {
            continue;
        };
        succeeds(call, Answer::new(200).body(padded(members, LIMIT))).await;
        let longer = Answer::new(200).body(padded(members, LIMIT + 1));
        assert_odd(&answered(call, &longer).await, 200, "256 KiB");
    }
}

#[tokio::test]
async fn a_refusal_that_is_too_long_is_told_by_its_status() {
    for call in Call::SEVEN {
        let body = padded(r#""code":"UM1","message":"No.""#, LIMIT + 1);
        let error = answered(call, &Answer::new(400).body(body)).await;
        assert_eq!(kind_of(&error), (RequestRejected, 400));
    }
}

#[tokio::test]
async fn no_answer_that_takes_much_memory_or_depth_stops_the_component() {
    let fill = |open: &str, piece: &str, close: &str| {
        let count = (LIMIT - open.len() - close.len()) / piece.len();
        format!("{open}{}{close}", piece.repeat(count))
    };
    let deep = format!("{}0{}", "[".repeat(120), "]".repeat(120));
    let nested = |name: &str| {
        fill(
            &format!("{{\"token\":\"x\",\"{name}\":["),
            "[[[[[1]]]]],",
            "0]}",
        )
    };
    for body in [
        nested("details"),
        nested("error"),
        nested("errors"),
        fill(r#"{"errors":["#, r#""a","b","#, r#"""]}"#),
        fill(r#"{"error":{"validationErrors":["#, "0,", "0]}}"),
        fill(r#"{"error":{"validationErrors":["#, "[],", "0]}}"),
        fill(r#"{"error":{"validationErrors":["#, "{},", "0]}}"),
        fill(r#"{"error":{"#, r#""code":0,"#, r#""code":1}}"#),
        fill(
            r#"{"error":{"validationErrors":["#,
            r#"{"message":"a"},"#,
            r#"0]}}"#,
        ),
        fill(r#"{"message":""#, "\\n", r#""}"#),
        fill(r#"{"message":""#, "\u{20ac}", r#""}"#),
        format!(r#"{{"error":{{"code":1,"validationErrors":{deep}}}}}"#),
    ] {
        for call in Call::SEVEN {
            // An error of the component itself would not come through here.
            let error = answered(call, &Answer::new(400).body(body.clone())).await;
            let is_rejection = matches!(error, rpa_auth_host::AuthError::Rejected(_));
            assert!(is_rejection, "{call:?} {}: {error:?}", &body[..40]);
        }
    }
}

#[tokio::test]
async fn no_header_of_an_answer_stops_the_component() {
    let long = "x".repeat(200_000);
    for status in [200, 302, 400, 429] {
        for name in ["Location", "Retry-After", "Content-Type", "Date", "X-Other"] {
            let answer = Answer::new(status).header(name, &long);
            for call in Call::SEVEN {
                // An error of the component itself would not come through here.
                drop(answered(call, &answer).await);
            }
        }
    }
}
