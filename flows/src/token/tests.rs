use base64ct::{Base64UrlUnpadded, Encoding};
use proptest::prelude::*;

use super::*;

fn answer() -> Answer {
    Answer {
        status: 200,
        content_type: None,
        retry_after: None,
        date: None,
        location: None,
        www_authenticate: None,
        body: None,
        received_at_seconds: 1_000,
    }
}

fn jwt(payload: &str) -> String {
    let payload = Base64UrlUnpadded::encode_string(payload.as_bytes());
    ["eyJhbGciOiJSUzUxMiJ9.", &payload, ".c2ln"].concat()
}

fn lifetime(token: &str, response: Option<u64>) -> (u32, LifetimeSource) {
    let token =
        Token::received(token.into(), TokenHeader::Bearer, &answer(), response, 77).unwrap();
    assert_eq!(
        token.expires_at_seconds,
        1_000 + u64::from(token.lifetime_seconds)
    );
    (token.lifetime_seconds, token.lifetime_source)
}

#[test]
fn a_token_in_what_it_came_in_is_refused_in_words_of_its_own() {
    for (token, part) in [
        ("", "empty"),
        ("\"t0k3n\"", "quotation marks"),
        ("'t0k3n'", "quotation marks"),
        ("\"t0k3n", "quotation marks"),
        ("{\"token\":\"t0k3n\"}", "JSON answer"),
        ("{ \"token\": \"t0k3n\",\n \"user\": {} }\n", "JSON answer"),
        ("Bearer t0k3n", "Bearer"),
        ("bEARER  t0k3n", "Bearer"),
        ("Authorization: Bearer t0k3n", "name of its header"),
        ("x-authorization:t0k3n", "name of its header"),
        ("t0k3n\n", "line break"),
        ("t0 k3n", "space"),
        ("t0k3n\u{e4}", "what else no token has"),
    ] {
        let error = *check_token(token).unwrap_err();
        let AuthError::InvalidArgument(words) = error else {
            panic!("{token:?}");
        };
        let problem = words.strip_prefix("token: ").expect("the argument's name");
        assert!(problem.contains(part), "{token:?}: {problem}");
        assert!(!problem.contains("t0"), "{token:?}: {problem}");
    }
}

#[test]
fn a_token_may_hold_what_real_ones_do() {
    for token in [
        "t",
        "a&b=c+d/e",
        "a.b.c",
        "opaque~1",
        "a\"b",
        "bearer",
        "Bearer.x",
        "a{}",
        "a:b",
    ] {
        assert_eq!(check_token(token), Ok(()), "{token}");
    }
}

#[test]
fn the_claims_come_before_the_answer_and_the_answer_before_the_default() {
    let token = jwt(r#"{"iat":1700000000,"exp":1700001200}"#);
    assert_eq!(lifetime(&token, Some(9)), (1200, LifetimeSource::Claims));
    assert_eq!(lifetime("opaque", Some(9)), (9, LifetimeSource::Response));
    assert_eq!(
        lifetime("opaque", None),
        (77, LifetimeSource::DocumentedDefault)
    );
}

#[test]
fn claims_that_cannot_be_used_are_passed_over() {
    for payload in [
        "{}",
        "[]",
        "no json",
        r#"{"exp":1700001200}"#,
        r#"{"iat":1700000000}"#,
        r#"{"iat":1700001200,"exp":1700000000}"#,
        r#"{"iat":1700000000,"exp":1700000000}"#,
        r#"{"iat":null,"exp":1700001200}"#,
        r#"{"iat":"1700000000","exp":"1700001200"}"#,
        r#"{"iat":-5,"exp":1200}"#,
        r#"{"iat":0,"exp":4294967296}"#,
        r#"{"iat":0,"exp":1e300}"#,
        r#"{"iat":0,"exp":99999999999999999999999999}"#,
    ] {
        let (seconds, source) = lifetime(&jwt(payload), Some(9));
        assert_eq!(
            (seconds, source),
            (9, LifetimeSource::Response),
            "{payload}"
        );
    }
}

#[test]
fn a_token_that_is_no_jwt_is_a_token() {
    for token in [
        "a",
        "a.b",
        "a.b.c",
        "..",
        "a.b.c.d",
        "a.!!!.c",
        "e30.e30.e30",
    ] {
        assert_eq!(
            lifetime(token, None).1,
            LifetimeSource::DocumentedDefault,
            "{token}"
        );
    }
}

#[test]
fn the_longest_lifetime_that_fits_is_taken() {
    let token = jwt(r#"{"iat":0,"exp":4294967295}"#);
    assert_eq!(lifetime(&token, None), (u32::MAX, LifetimeSource::Claims));
    assert_eq!(lifetime("a", Some(0)).1, LifetimeSource::DocumentedDefault);
    assert_eq!(
        lifetime("a", Some(1 << 32)).1,
        LifetimeSource::DocumentedDefault
    );
}

#[test]
fn a_time_with_a_fraction_is_a_time() {
    let token = jwt(r#"{"iat":1700000000.5,"exp":1700001200.25}"#);
    assert_eq!(lifetime(&token, None), (1200, LifetimeSource::Claims));
}

#[test]
fn multiple_login_is_a_claim_of_a_control_room_token_only() {
    let token = jwt(r#"{"multipleLogin":true}"#);
    let claim = |header| {
        Token::received(token.clone(), header, &answer(), None, 1)
            .unwrap()
            .multiple_login
    };
    assert_eq!(claim(TokenHeader::XAuthorization), Some(true));
    assert_eq!(claim(TokenHeader::Bearer), None);
}

#[test]
fn a_token_that_no_header_can_carry_is_refused_without_being_shown() {
    for value in ["", "a b", "a\r\nX: 1", "\u{e4}", "a\0"] {
        let refused = Token::received(value.into(), TokenHeader::Bearer, &answer(), None, 1);
        assert!(
            matches!(*refused.unwrap_err(), AuthError::UnexpectedResponse(_)),
            "{value:?}"
        );
        assert!(check_token(value).is_err());
    }
    assert!(check_token("a.b-c_~+/=").is_ok());
}

#[test]
fn debug_shows_no_token() {
    let token = Token::received("s3cret".into(), TokenHeader::Bearer, &answer(), None, 1).unwrap();
    assert!(!std::format!("{token:?}").contains("s3cret"));
    let token = TokenWithHeader::from(token);
    assert!(!std::format!("{token:?}").contains("s3cret"));
}

proptest! {
    #[test]
    fn no_claims_can_make_it_panic(payload in r#"\{("(iat|exp)":-?[0-9]{1,30}(e[0-9]{1,3})?,?){0,3}\}"#, token in "[!-~]{1,80}") {
        lifetime(&jwt(&payload), None);
        lifetime(&token, None);
    }
}
