//! Secrets are gone from the component's memory as soon as a call has ended,
//! however it ended. The whole linear memory is searched: heap, stack and data.
//!
//! The control is in every test: while the request is sent, the search must find
//! the secret that goes with it.

use serde_json::json;
use simulators::Answer;

use self::bench::{
    API_KEY, BASIC, Bench, CLIENT_SECRET, GATEWAY_KEY, MFA_CODE, PASSWORD, TOKEN, parts,
};

mod bench;

/// Each call of the component with the names of the secrets it sends.
const CALLS: [(&str, &[&str]); 9] = [
    (
        r#"authenticate(ROOM, {username: "ada", secret: password("PASSWORD"), mfa-code: MFA_CODE})"#,
        &["PASSWORD", "MFA_CODE"],
    ),
    (
        r#"authenticate(ROOM, {username: "ada", secret: api-key("API_KEY"), mfa-code: MFA_CODE})"#,
        &["API_KEY", "MFA_CODE"],
    ),
    (
        r#"validate(ROOM, "TOKEN")"#,
        &["TOKEN_PAYLOAD", "TOKEN_SIGNATURE"],
    ),
    (
        r#"refresh(ROOM, "TOKEN")"#,
        &["TOKEN_PAYLOAD", "TOKEN_SIGNATURE"],
    ),
    (
        r#"logout(ROOM, "TOKEN")"#,
        &["TOKEN_PAYLOAD", "TOKEN_SIGNATURE"],
    ),
    (
        r#"ropc-authenticate(ORCHESTRATOR, {username-or-email-address: "ada", password: "PASSWORD"})"#,
        &["PASSWORD"],
    ),
    (
        r#"client-credentials-authenticate(SERVER, {client-id: "app", client-secret: "CLIENT_SECRET", scopes: []})"#,
        &["CLIENT_SECRET"],
    ),
    (
        r#"client-credentials-authenticate(BASIC_SERVER, {client-id: "app", client-secret: "CLIENT_SECRET", scopes: []})"#,
        &["CLIENT_SECRET", "BASIC"],
    ),
    (
        r#"current-user(ORCHESTRATOR, "TOKEN")"#,
        &["TOKEN_PAYLOAD", "TOKEN_SIGNATURE"],
    ),
];

#[tokio::test]
async fn nothing_is_left_of_a_success_and_the_token_it_gave() {
    let mut bench = Bench::new().await;
    for (call, sent) in CALLS {
        // Calls with a token that no platform gave get an answer of this test.
        let ok = |body| Some(Answer::new(200).json(&body));
        let answer = match call.split('(').next() {
            Some("validate") => ok(json!({ "valid": true })),
            Some("refresh") => ok(json!({ "token": "Wk1-Nj6hBq2d-Xs4c" })),
            Some("logout") => Some(Answer::new(204)),
            Some("current-user") => ok(json!({ "UserName": "ada", "TenancyName": "Default" })),
            _ => None,
        };
        if let Some(answer) = answer {
            bench.answer_next(call, &answer);
        }
        let result = bench.invoke(call, "").await;
        assert!(result.starts_with("ok"), "{call}: {result}");
        // The token that came, whose parts the memory must not hold either.
        if let Some((_, rest)) = result.split_once("value: \"") {
            let token = rest.split('"').next().unwrap();
            let mut secrets = bench.secrets.lock().unwrap();
            match token.split('.').count() {
                3 => secrets.extend(parts("GIVEN_PAYLOAD", "GIVEN_SIGNATURE", token)),
                _ => secrets.push(("GIVEN", token.to_owned())),
            }
        }
        bench.check(call, sent);
    }
    // Eight secrets of the test, three JWTs and two opaque tokens.
    assert!(bench.secrets.lock().unwrap().len() > 8 + 5);
}

#[tokio::test]
async fn nothing_is_left_of_a_refusal_that_repeats_the_secrets() {
    let mut bench = Bench::new().await;
    let all = [
        PASSWORD,
        API_KEY,
        MFA_CODE,
        CLIENT_SECRET,
        BASIC,
        GATEWAY_KEY,
        TOKEN,
    ]
    .join(" ");
    for status in [200, 400, 401, 500] {
        for body in [
            json!({ "code": all, "message": all, "details": all }),
            json!({ "error": { "code": 7, "message": all, "validationErrors": [{ "message": all }] } }),
            json!({ "error": all, "error_description": all, "user": { "name": all } }),
        ] {
            for (call, sent) in CALLS {
                bench.answer_next(call, &Answer::new(status).json(&body));
                let result = bench.invoke(call, "").await;
                assert!(
                    result.starts_with("err(") || result == "ok(false)",
                    "{call}: {result}"
                );
                bench.check(call, sent);
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_left_of_an_answer_that_cannot_be_used() {
    let mut bench = Bench::new().await;
    let all = [PASSWORD, API_KEY, MFA_CODE, CLIENT_SECRET, BASIC, TOKEN].join("\\n");
    for answer in [
        Answer::new(200).html(&format!("<h1>{all}</h1>")),
        Answer::new(400).text(&all),
        Answer::new(200).body(format!("{{\"token\":\"{TOKEN}\",\"message\":\"{all}\",")),
        Answer::new(200).body(format!("{{\"token\":\"{all}\"}}{}", " ".repeat(300_000))),
        Answer::new(302).header("Location", &format!("https://h/?{GATEWAY_KEY}{PASSWORD}")),
        Answer::new(429).header("Retry-After", TOKEN),
    ] {
        for (call, sent) in CALLS {
            bench.answer_next(call, &answer);
            let result = bench.invoke(call, "").await;
            assert!(result.starts_with("err("), "{call}: {result}");
            bench.check(call, sent);
        }
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_call_that_ran_out_of_time() {
    let mut bench = Bench::new().await;
    let held = (bench.room.hold_answers(), bench.orchestrator.hold_answers());
    for (call, sent) in CALLS {
        let result = bench.invoke(call, ", total-timeout-ms: 300").await;
        let timeout = "err(unreachable({failure: timeout, may-have-acted: true}))";
        assert_eq!(result, timeout, "{call}");
        bench.check(call, sent);
    }
    drop(held);
}

#[tokio::test]
async fn nothing_is_left_of_arguments_that_cannot_be_used() {
    let mut bench = Bench::new().await;
    for (call, _) in CALLS {
        for options in [", total-timeout-ms: 0", ", connect-timeout-ms: 0"] {
            let result = bench.invoke(call, options).await;
            assert!(
                result.starts_with("err(invalid-argument("),
                "{call}: {result}"
            );
            bench.check_clean(call);
        }
        let broken = call
            .replace(r#""ada""#, r#""""#)
            .replace(r#""TOKEN""#, r#""TOKEN\n""#);
        let broken = broken.replace(r#""app""#, r#""""#);
        let result = bench.invoke(&broken, "").await;
        assert!(
            result.starts_with("err(invalid-argument("),
            "{broken}: {result}"
        );
        bench.check_clean(&broken);
    }
    assert_eq!(
        bench.room.requests().len() + bench.orchestrator.requests().len(),
        0
    );
}

/// The longest answer that is read, made to need the most. A host can give an instance
/// [`MEMORY`] and never see it trap for an answer.
#[tokio::test]
async fn an_answer_takes_no_more_memory_than_a_small_multiple_of_its_length() {
    let fill = |open: &str, piece: &str, close: &str| {
        let count = (ANSWER - open.len() - close.len()) / piece.len();
        [open, &piece.repeat(count), close].concat()
    };
    let mut bench = Bench::new().await;
    for body in [
        fill(r#"{"token":"x","details":["#, "[[[[[1]]]]],", "1]}"),
        fill(r#"{"token":"x","error":["#, "[[[[[1]]]]],", "1]}"),
        fill(r#"{"errors":["#, r#""a","b","#, r#"""]}"#),
        fill(r#"{"error":{"#, r#""code":0,"#, r#""code":1}}"#),
        fill(r#"{"message":""#, "\u{20ac}", r#""}"#),
        fill(r#"{"token":"x\u0001"#, "t", r#""}"#),
        fill(r#"{"access_token":"t","scope":""#, "a ", r#""}"#),
        fill(r#"{"token":"x","UserName":""#, "u", r#""}"#),
    ] {
        for status in [200, 403] {
            // One of each platform and of each kind; the search makes calls slow.
            for (call, _) in CALLS.into_iter().step_by(2) {
                let answer = Answer::new(status).body(body.clone());
                bench.answer_next(call, &answer);
                let result = bench.invoke(call, "").await;
                assert!(result.starts_with("ok(") || result.starts_with("err("));
                let size = bench.memory_size();
                assert!(size <= MEMORY, "{call}, {status}, {}: {size}", &body[..30]);
            }
        }
    }
}

/// The longest answer that is read, in bytes.
const ANSWER: usize = 256 * 1024;

/// Eight answers of that length: the answer itself as it comes in pieces, what reading
/// takes beside it (`flows` tests it), and a result of it on its way out.
const MEMORY: usize = 8 * ANSWER;

/// What the host passes in is allocated by `cabi_realloc` and freed by the
/// bindings: by another allocator, or not at all, the memory would grow or break.
#[tokio::test]
async fn every_block_goes_back_to_the_allocator_that_gave_it() {
    let mut bench = Bench::new().await;
    let mut sizes = Vec::new();
    for _ in 0..40 {
        for (call, _) in CALLS {
            // 8 KB more that each call takes and gives.
            let answer = Answer::new(401).json(&json!({"code": "c", "message": "m".repeat(4_000)}));
            bench.answer_next(call, &answer);
            let result = bench.invoke(call, "").await;
            assert!(
                result.contains("rejected") || result == "ok(false)",
                "{call}: {result}"
            );
        }
        sizes.push(bench.memory_size());
    }
    assert_eq!(sizes[5..], [sizes[5]; 35]);
}
