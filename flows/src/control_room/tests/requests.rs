//! The requests, to the byte.

use super::*;

/// A URL as it is given, and what the address of every request begins with.
const PLACES: [(&str, &str); 6] = [
    ("https://cr.example", "https://cr.example"),
    ("https://CR.example:443/", "https://cr.example"),
    (
        "https://cr.example:8443/team",
        "https://cr.example:8443/team",
    ),
    ("https://cr.example/a/b%20c/", "https://cr.example/a/b%20c"),
    ("http://10.0.0.1:80", "http://10.0.0.1"),
    ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
];

const APIS: [(Api, &str); 2] = [
    (Api::V1, "/v1/authentication"),
    (Api::V2, "/v2/authentication"),
];

const JSON: &str = "application/json";

fn in_every_place(check: impl Fn(&ControlRoom<'_>, &str, &str)) {
    for (url, address) in PLACES {
        for (api, path) in APIS {
            check(&room(url, api, &[]), address, path);
        }
    }
}

#[test]
fn a_login_is_a_post_to_the_path_of_the_api_version() {
    in_every_place(|room, address, path| {
        let flow = Authenticate::new(room, with(Secret::Password("pw"))).unwrap();
        let body = r#"{"username":"bot","password":"pw"}"#;
        let expected = Request::expected_post(&[address, path].concat(), &[], JSON, body);
        assert_eq!(flow.request().wire(), expected);
    });
}

#[test]
fn a_refresh_has_the_token_in_its_header_and_in_its_body() {
    in_every_place(|room, address, path| {
        let flow = Refresh::new(room, TOKEN).unwrap();
        let expected = Request::expected_post(
            &[address, path, "/token"].concat(),
            &["X-Authorization: eyJ0.eyJ1.c2ln"],
            JSON,
            r#"{"token":"eyJ0.eyJ1.c2ln"}"#,
        );
        assert_eq!(flow.request().wire(), expected);
    });
}

#[test]
fn a_logout_is_an_empty_post_under_v1_for_both_api_versions() {
    in_every_place(|room, address, _| {
        let flow = Logout::new(room, TOKEN).unwrap();
        let line = ["POST ", address, "/v1/authentication/logout"].concat();
        let headers = ["X-Authorization: eyJ0.eyJ1.c2ln", "Content-Length: 0"];
        let expected = Request::expected(&line, &headers, "");
        assert_eq!(flow.request().wire(), expected);
    });
}

#[test]
fn validate_has_the_token_in_the_path_for_v1_and_in_query_and_header_for_v2() {
    for (url, address) in PLACES {
        let line = ["GET ", address, "/v1/authentication/token"].concat();
        let [path_form, query_form] = both_forms(&line, TOKEN, TOKEN);
        for (api, expected) in [(Api::V1, path_form), (Api::V2, query_form)] {
            let room = room(url, api, &[]);
            let flow = Validate::new(&room, TOKEN).unwrap();
            assert_eq!(flow.request().wire(), expected);
        }
    }
}

/// The two requests that validate can be.
fn both_forms(line: &str, token: &str, encoded: &str) -> [String; 2] {
    let header = ["X-Authorization: ", token].concat();
    [
        Request::expected(&[line, "/", encoded].concat(), &[], ""),
        Request::expected(&[line, "?token=", encoded].concat(), &[&header], ""),
    ]
}

#[test]
fn a_token_in_a_path_or_query_is_percent_encoded() {
    for (token, encoded) in [
        ("a+b/c=", "a%2Bb%2Fc%3D"),
        ("a?b#c&d%e", "a%3Fb%23c%26d%25e"),
        ("../..", "..%2F.."),
        ("a\\\"<>{}|^`", "a%5C%22%3C%3E%7B%7D%7C%5E%60"),
        ("!$'()*,;:@[]", "%21%24%27%28%29%2A%2C%3B%3A%40%5B%5D"),
        ("A-z.0_~", "A-z.0_~"),
    ] {
        let line = "GET https://cr.example/v1/authentication/token";
        let [path_form, query_form] = both_forms(line, token, encoded);
        for (api, expected) in [(Api::V1, path_form), (Api::V2, query_form)] {
            let room = room(URL, api, &[]);
            let flow = Validate::new(&room, token).unwrap();
            assert_eq!(flow.request().wire(), expected);
        }
    }
}

#[test]
fn validate_asks_in_the_other_form_once_where_the_first_is_not_known() {
    let line = "GET https://cr.example/v1/authentication/token";
    let forms = both_forms(line, TOKEN, TOKEN);
    for (api, first, second) in [(Api::V1, 0, 1), (Api::V2, 1, 0)] {
        for status in [404, 405] {
            let room = room(URL, api, &[]);
            let mut flow = Validate::new(&room, TOKEN).unwrap();
            assert_eq!(flow.request().wire(), forms[first]);
            let next = flow.read(&Answer::json(status, r#"{"valid":true}"#));
            assert!(matches!(next, Next::Again));
            assert_eq!(flow.request().wire(), forms[second]);
            let valid = flow.read(&Answer::json(200, r#"{"valid":true}"#));
            assert!(valid.done().unwrap());
        }
    }
}

#[test]
fn a_login_sends_what_was_given_and_nothing_else() {
    let password = with(Secret::Password("p"));
    let api_key = with(Secret::ApiKey("k"));
    for (credentials, body) in [
        (password, r#"{"username":"bot","password":"p"}"#),
        (api_key, r#"{"username":"bot","apiKey":"k"}"#),
        (
            Credentials {
                mfa_code: Some(123_456),
                ..password
            },
            r#"{"username":"bot","password":"p","mfaCode":123456}"#,
        ),
        (
            Credentials {
                mfa_code: Some(0),
                ..password
            },
            r#"{"username":"bot","password":"p","mfaCode":0}"#,
        ),
        (
            Credentials {
                mfa_code: Some(u32::MAX),
                ..api_key
            },
            r#"{"username":"bot","apiKey":"k","mfaCode":4294967295}"#,
        ),
        (
            Credentials {
                multiple_login: Some(true),
                ..api_key
            },
            r#"{"username":"bot","apiKey":"k","multipleLogin":true}"#,
        ),
        (
            Credentials {
                multiple_login: Some(false),
                ..password
            },
            r#"{"username":"bot","password":"p","multipleLogin":false}"#,
        ),
        (
            Credentials {
                mfa_code: Some(7),
                multiple_login: Some(true),
                ..password
            },
            r#"{"username":"bot","password":"p","mfaCode":7,"multipleLogin":true}"#,
        ),
    ] {
        assert_login_sends(credentials, body);
    }
}

#[test]
fn a_secret_and_a_name_are_spelt_as_json_wants_and_no_character_is_doubled() {
    for (text, json) in [
        (r"{}[]<|^:?=~", r"{}[]<|^:?=~"),
        (r#"a\b"c"#, r#"a\\b\"c"#),
        (r"\\", r"\\\\"),
        ("äЖ€😀", "äЖ€😀"),
        (" p ", " p "),
    ] {
        for (secret, member) in [
            (Secret::Password(text), "password"),
            (Secret::ApiKey(text), "apiKey"),
        ] {
            let credentials = Credentials {
                username: text,
                ..with(secret)
            };
            let body = format!(r#"{{"username":"{json}","{member}":"{json}"}}"#);
            assert_login_sends(credentials, &body);
        }
    }
}

fn assert_login_sends(credentials: Credentials<'_>, body: &str) {
    let room = room(URL, Api::V2, &[]);
    let flow = Authenticate::new(&room, credentials).unwrap();
    let address = "https://cr.example/v2/authentication";
    let expected = Request::expected_post(address, &[], JSON, body);
    assert_eq!(flow.request().wire(), expected);
}

#[test]
fn extra_headers_stand_in_every_request_in_their_order() {
    let extra = ["X-Gateway: one", "x-b: ", "X-Gateway: two"];
    let room = room(URL, Api::V1, &EXTRA);
    let mut validate = Validate::new(&room, TOKEN).unwrap();
    let mut requests = vec![
        Authenticate::new(&room, with(Secret::ApiKey("k")))
            .unwrap()
            .request()
            .wire(),
        Refresh::new(&room, TOKEN).unwrap().request().wire(),
        Logout::new(&room, TOKEN).unwrap().request().wire(),
        validate.request().wire(),
    ];
    let _ = validate.read(&Answer::json(404, ""));
    requests.push(validate.request().wire());
    for wire in requests {
        let lines: Vec<_> = wire.lines().skip(3).take(3).collect();
        assert_eq!(lines, extra, "{wire}");
    }
}
