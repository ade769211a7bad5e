//! The requests, to the byte, and what is refused before there is one.

use super::*;

const LOGIN: &str = "/api/account/authenticate";
const USER: &str = "/odata/Users/UiPath.Server.Configuration.OData.GetCurrentUser";
const JSON: &str = "application/json";

/// A place, the address of its login and what that of current-user begins with.
#[rustfmt::skip]
const PLACES: [(Place<'static>, &str, &str); 13] = [
    ((URL, None, None, None), "https://orch.example/api/account/authenticate", URL),
    (("https://ORCH.example:443/", None, None, None), "https://orch.example/api/account/authenticate", URL),
    (("https://orch.example:8443/x/", None, None, None), "https://orch.example:8443/x/api/account/authenticate", "https://orch.example:8443/x"),
    (("http://10.0.0.1", None, None, None), "http://10.0.0.1/api/account/authenticate", "http://10.0.0.1"),
    ((URL, Some("org"), Some("Default"), None), "https://orch.example/org/Default/api/account/authenticate", "https://orch.example/org/Default"),
    (("https://orch.example/x/", Some("org"), Some("t"), None), "https://orch.example/x/org/t/api/account/authenticate", "https://orch.example/x/org/t"),
    ((URL, Some("my org"), Some("a/b?c#d%e"), None), "https://orch.example/my%20org/a%2Fb%3Fc%23d%25e/api/account/authenticate", "https://orch.example/my%20org/a%2Fb%3Fc%23d%25e"),
    ((URL, Some("Zürich"), Some("a.b_c-d~"), None), "https://orch.example/Z%C3%BCrich/a.b_c-d~/api/account/authenticate", "https://orch.example/Z%C3%BCrich/a.b_c-d~"),
    ((URL, Some("..."), Some(".a"), None), "https://orch.example/.../.a/api/account/authenticate", "https://orch.example/.../.a"),
    ((URL, Some("org"), Some("t"), Some("orchestrator_/api/account/authenticate")), "https://orch.example/org/t/orchestrator_/api/account/authenticate", "https://orch.example/org/t"),
    ((URL, None, None, Some("/login")), "https://orch.example/login", URL),
    ((URL, None, None, Some("a%20b/c/")), "https://orch.example/a%20b/c/", URL),
    (("https://orch.example/org/t/orchestrator_", None, None, None), "https://orch.example/org/t/orchestrator_/api/account/authenticate", "https://orch.example/org/t/orchestrator_"),
];

#[test]
fn a_login_is_a_post_of_json_to_the_path_of_the_place() {
    for (place, login, _) in PLACES {
        let orchestrator = open(place, &[]).unwrap();
        let flow = RopcAuthenticate::new(&orchestrator, credentials(None)).unwrap();
        let body = r#"{"UsernameOrEmailAddress":"bot@example.com","Password":"pw"}"#;
        let expected = Request::expected_post(login, &[], JSON, body);
        assert_eq!(flow.request().wire(), expected);
    }
}

#[test]
fn current_user_is_a_get_with_a_bearer_token_whatever_the_authenticate_path() {
    for (place, _, address) in PLACES {
        let orchestrator = open(place, &[]).unwrap();
        let flow = CurrentUser::new(&orchestrator, TOKEN).unwrap();
        let line = ["GET ", address, USER].concat();
        let expected = Request::expected(&line, &["Authorization: Bearer t0k3n.opaque"], "");
        assert_eq!(flow.request().wire(), expected);
    }
}

#[test]
fn a_login_sends_a_tenancy_name_where_one_was_given_and_spells_all_as_json() {
    let orchestrator = standalone(&[]);
    for (credentials, body) in [
        (
            credentials(Some("Host")),
            r#"{"TenancyName":"Host","UsernameOrEmailAddress":"bot@example.com","Password":"pw"}"#,
        ),
        (
            RopcCredentials {
                tenancy_name: Some("a \"b\""),
                username_or_email_address: r"corp\bot",
                password: "pä\"\\{}/<é😀",
            },
            r#"{"TenancyName":"a \"b\"","UsernameOrEmailAddress":"corp\\bot","Password":"pä\"\\{}/<é😀"}"#,
        ),
    ] {
        let flow = RopcAuthenticate::new(&orchestrator, credentials).unwrap();
        let expected = Request::expected_post(&[URL, LOGIN].concat(), &[], JSON, body);
        assert_eq!(flow.request().wire(), expected);
    }
}

#[test]
fn extra_headers_stand_in_every_request_in_their_order() {
    let orchestrator = standalone(&[("X-Gateway", "one"), ("X-B", "two words")]);
    let login = RopcAuthenticate::new(&orchestrator, credentials(None)).unwrap();
    let user = CurrentUser::new(&orchestrator, TOKEN).unwrap();
    for wire in [login.request().wire(), user.request().wire()] {
        let lines: Vec<_> = wire.lines().skip(3).take(2).collect();
        assert_eq!(lines, ["X-Gateway: one", "X-B: two words"], "{wire}");
    }
}

#[test]
fn an_extra_header_that_the_call_sets_itself_is_refused() {
    for (name, login_takes, user_takes) in [
        ("X-Gateway", true, true),
        ("X-Authorization", true, true),
        ("Authorization", true, false),
        ("AUTHORIZATION", true, false),
        ("Content-Type", false, false),
        ("accept", false, false),
        ("User-Agent", false, false),
        ("Content-Length", false, false),
    ] {
        let orchestrator = standalone(&[(name, "v")]);
        let login = RopcAuthenticate::new(&orchestrator, credentials(None)).err();
        let user = CurrentUser::new(&orchestrator, TOKEN).err();
        for (error, taken) in [(login, login_takes), (user, user_takes)] {
            assert_eq!(error.is_none(), taken, "{name}");
            assert!(error.is_none_or(|e| e.is_about("transport.headers")));
        }
    }
}

#[test]
fn a_place_that_could_mean_another_one_is_refused() {
    for (place, argument) in [
        (("https://u:p@h", None, None, None), "orchestrator.url"),
        ((URL, Some("org"), None, None), "orchestrator"),
        ((URL, None, Some("t"), None), "orchestrator"),
        (
            (URL, Some(""), Some("t"), None),
            "orchestrator.organization",
        ),
        (
            (URL, Some("."), Some("t"), None),
            "orchestrator.organization",
        ),
        (
            (URL, Some(".."), Some("t"), None),
            "orchestrator.organization",
        ),
        ((URL, Some("org"), Some(""), None), "orchestrator.tenant"),
        ((URL, Some("org"), Some("."), None), "orchestrator.tenant"),
        ((URL, Some("org"), Some(".."), None), "orchestrator.tenant"),
        (
            (URL, None, None, Some("")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("/")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("//evil.example")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("https://evil.example")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("../a")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("a/%2e%2E/b")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("a%2fb")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("a?b")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("a#b")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("a b")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("a\r\nb")),
            "orchestrator.authenticate-path",
        ),
        (
            (URL, None, None, Some("a%zz")),
            "orchestrator.authenticate-path",
        ),
    ] {
        let error = open(place, &[]).err().expect("an error");
        assert!(error.is_about(argument), "{place:?}: {error:?}");
    }
}

#[test]
fn a_login_that_cannot_succeed_is_not_sent() {
    let orchestrator = standalone(&[]);
    let good = credentials(None);
    for (credentials, argument) in [
        (credentials(Some("")), "credentials.tenancy-name"),
        (
            RopcCredentials {
                username_or_email_address: "",
                ..good
            },
            "credentials.username-or-email-address",
        ),
        (
            RopcCredentials {
                password: "",
                ..good
            },
            "credentials.password",
        ),
        (credentials(Some("Host\n")), "credentials.tenancy-name"),
        (
            RopcCredentials {
                username_or_email_address: "\u{feff}bot",
                ..good
            },
            "credentials.username-or-email-address",
        ),
        (
            RopcCredentials {
                password: "pw\nuser: bot",
                ..good
            },
            "credentials.password",
        ),
    ] {
        let error = RopcAuthenticate::new(&orchestrator, credentials).err();
        assert!(error.expect("an error").is_about(argument), "{argument}");
    }
    for token in [
        "",
        "a b",
        "a\r\nX-B: c",
        "ä",
        "Bearer a",
        "\"a\"",
        r#"{"result":"a"}"#,
    ] {
        let error = CurrentUser::new(&orchestrator, token).err();
        assert!(error.expect("an error").is_about("token"), "{token:?}");
    }
}
