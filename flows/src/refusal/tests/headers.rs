//! `Retry-After`, `Location` and `WWW-Authenticate` of an answer, and its long or
//! many words.

use super::calls::{Call, MATERIAL, ORIGIN};
use crate::{Answer, AuthError, Redirection, RejectionKind, Text, Throttling};

#[test]
fn a_pause_is_as_long_as_retry_after_says() {
    let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    // The answers come at that moment by the local clock.
    for (retry_after, date, seconds) in [
        (Some("120"), None, Some(120)),
        (Some(" 0 "), date, Some(0)),
        (Some("99999999999999"), None, Some(u32::MAX)),
        (Some("Sun, 06 Nov 1994 08:50:37 GMT"), date, Some(60)),
        (Some("Sun, 06 Nov 1994 08:50:37 GMT"), None, Some(60)),
        (
            Some("Sun, 06 Nov 1994 08:50:37 GMT"),
            Some("Sun, 06 Nov 1994 08:50:27 GMT"),
            Some(10),
        ),
        (Some("Sunday, 06-Nov-94 08:49:40 GMT"), date, Some(3)),
        (Some("Sun Nov  6 08:49:40 1994"), date, Some(3)),
        (Some("Sun, 06 Nov 1994 08:00:00 GMT"), date, Some(0)),
        (None, date, None),
        (Some(""), None, None),
        (Some("soon"), None, None),
        (Some("-1"), None, None),
        (Some("1.5"), None, None),
        (Some("Sun, 06 Nov 1994"), None, None),
    ] {
        for status in [429, 503] {
            for call in Call::ALL {
                let answer = Answer {
                    retry_after: retry_after.map(String::from),
                    date: date.map(String::from),
                    ..Answer::json(status, r#"{"code":"M1","message":"Maintenance mode"}"#)
                };
                let expected = AuthError::Throttled(Throttling {
                    status,
                    retry_after_seconds: seconds,
                    code: Some("M1".into()),
                    message: Some("Maintenance mode".into()),
                });
                let error = *call.read(MATERIAL, &answer).unwrap_err();
                assert_eq!(error, expected, "{call:?}, {retry_after:?}, {date:?}");
            }
        }
    }
}

#[test]
fn a_redirection_tells_the_origin_that_it_leads_to_and_nothing_more() {
    for (location, origin) in [
        (
            Some("https://login.example/x?y#z"),
            Some("https://login.example"),
        ),
        (
            Some("HTTP://Login.Example:80/"),
            Some("http://login.example"),
        ),
        (
            Some("https://login.example:444"),
            Some("https://login.example:444"),
        ),
        (
            Some("https://[2001:DB8::1]:444/x"),
            Some("https://[2001:db8::1]:444"),
        ),
        (
            Some("https://user:word@login.example/"),
            Some("https://login.example"),
        ),
        (
            Some("https://login.example?https://a@b/"),
            Some("https://login.example"),
        ),
        (
            Some("//login.example:444/x"),
            Some("https://login.example:444"),
        ),
        (Some("/login"), Some(ORIGIN)),
        (Some("login?next=https://other.example"), Some(ORIGIN)),
        (Some("?login"), Some(ORIGIN)),
        (Some("../x"), Some(ORIGIN)),
        (None, None),
        (Some(""), None),
        (Some(" "), None),
        (Some("//"), None),
        (Some("https://"), None),
        (Some("https:/login"), None),
        (Some("https://[::1"), None),
        (Some("https://h:0/"), None),
        (Some("https://h:99999/"), None),
        (Some("https://a b/"), None),
        (Some("https://a\r\nb/"), None),
        (Some("ftp://login.example/"), None),
        (Some("javascript:alert(1)"), None),
    ] {
        for status in [300, 301, 302, 303, 304, 307, 308, 399] {
            for call in Call::ALL {
                let answer = Answer {
                    location: location.map(String::from),
                    ..Answer::json(status, r#"{"token":"t","result":"t","access_token":"t"}"#)
                };
                let expected = AuthError::Redirected(Redirection {
                    status,
                    origin: origin.map(Text::from),
                });
                let error = *call.read(MATERIAL, &answer).unwrap_err();
                assert_eq!(error, expected, "{call:?}, {status}, {location:?}");
            }
        }
    }
}

#[test]
fn words_and_codes_are_cut_and_their_control_characters_blanked() {
    let body = format!(
        r#"{{"code":"{}","message":"a\u0000b\u001b[1m{}"}}"#,
        "1".repeat(100),
        "ü".repeat(600)
    );
    let code = "1".repeat(64);
    let message = ["a b [1m", &"ü".repeat(505)].concat();
    let kind = RejectionKind::RequestRejected;
    for call in Call::ALL {
        let error = *call.read(MATERIAL, &Answer::json(400, &*body)).unwrap_err();
        let expected = AuthError::rejected(kind, 400, Some(&code), Some(&message));
        assert_eq!(error, expected, "{call:?}");
    }
}
