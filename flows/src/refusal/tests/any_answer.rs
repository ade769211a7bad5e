//! No answer makes a flow panic, and none but the right one is a success.

use proptest::prelude::*;
use proptest::{collection, option, sample};

use super::calls::{Call, MATERIAL};
use crate::Answer;

/// Every success at once, for every call.
const SUCCESS: &str =
    r#"{"token":"t","valid":true,"result":"t","access_token":"t","UserName":"u"}"#;

/// Bytes, and what comes closer to an answer than bytes ever would.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let member = "\"(token|valid|result|Result|success|error|code|errorCode|message|details|errors|title\
        |validationErrors|access_token|expires_in|token_type|scope|UserName|TenancyName)\"\
        :(null|true|false|0|-1|1e99|\"\"|\"t\"|\"a\\.e30\\.c\"|\\[\\]|\\{\\}|\\{\"code\":1000\\})";
    let object = collection::vec(member, 0..6).prop_map(|members| {
        let object = ["{", &members.join(","), "}"].concat();
        object.into_bytes()
    });
    prop_oneof![
        collection::vec(any::<u8>(), 0..300),
        r#"[{}\[\]:,"\\a-f0-9 <]{0,60}"#.prop_map(String::into_bytes),
        object,
        Just(SUCCESS.as_bytes().to_vec()),
    ]
}

/// Every status, and those that mean something more often.
fn status() -> impl Strategy<Value = u16> {
    prop_oneof![
        200_u16..600,
        sample::select(&[200, 204, 302, 400, 401, 404, 429, 503][..]),
    ]
}

fn may_succeed(call: Call, status: u16) -> bool {
    match call {
        Call::Logout => status == 204,
        Call::CurrentUser => matches!(status, 200 | 204),
        // A Control Room's own 401 says that the token is not valid.
        Call::Validate => matches!(status, 200 | 401),
        _ => status == 200,
    }
}

proptest! {
    #[test]
    fn any_answer_gives_a_result_and_only_the_right_status_a_success(
        status in status(),
        body in option::weighted(0.9, body()),
        content_type in option::of("(text/plain|application/json|.{0,12})"),
        [retry_after, date, location, www_authenticate] in [
            option::of("([0-9]{0,30}|Sun, [0-9]{2} Nov [0-9]{4} [0-9:]{8} GMT|.{0,40})"),
            option::of("(Sun, [0-9]{2} Nov [0-9]{4} [0-9:]{8} GMT|.{0,40})"),
            option::of("((https?:)?//)?.{0,40}"),
            option::of("(Bearer|Negotiate|Basic)?( error=\"?[a-z_]{0,20}\"?)?.{0,20}"),
        ],
        received_at_seconds in prop_oneof![any::<u64>(), Just(u64::MAX)],
    ) {
        let answer = Answer {
            status,
            content_type,
            retry_after,
            date,
            location,
            www_authenticate,
            body,
            received_at_seconds,
        };
        for call in Call::ALL {
            let result = call.read(MATERIAL, &answer);
            prop_assert!(
                result.is_err() || may_succeed(call, status),
                "{call:?}, {status}: {result:?}"
            );
        }
    }
}

#[test]
fn a_body_that_is_every_success_at_once_is_one_with_the_right_status_only() {
    for status in 200..600 {
        for call in Call::ALL {
            let succeeds = match call {
                Call::Logout => status == 204,
                Call::CurrentUser => matches!(status, 200 | 204),
                _ => status == 200,
            };
            let result = call.read(MATERIAL, &Answer::json(status, SUCCESS));
            assert_eq!(result.is_ok(), succeeds, "{call:?}, {status}: {result:?}");
        }
    }
}
