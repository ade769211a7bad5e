//! What is refused before anything is sent.

use super::*;

#[test]
fn a_login_whose_name_or_secret_cannot_be_right_is_not_sent() {
    let room = room(URL, Api::V2, &[]);
    let nobody = Credentials {
        username: "",
        ..with(Secret::Password("p"))
    };
    for (credentials, argument) in [
        (nobody, "credentials.username"),
        (with(Secret::Password("")), "credentials.secret"),
        (with(Secret::ApiKey("")), "credentials.secret"),
        (with(Secret::Password("p\nuser: ada")), "credentials.secret"),
        (with(Secret::ApiKey("\u{feff}k")), "credentials.secret"),
        (
            Credentials {
                username: "ada\u{1b}",
                ..with(Secret::Password("p"))
            },
            "credentials.username",
        ),
    ] {
        let error = Authenticate::new(&room, credentials)
            .err()
            .expect("an error");
        assert!(error.is_about(argument), "{error:?}");
    }
}

#[test]
fn a_token_that_no_header_can_carry_is_not_sent() {
    let room = room(URL, Api::V2, &[]);
    for token in ["", " ", "a b", "a\n", "a\r\nX-B: c", "ä", "a\0", "\t"] {
        for error in token_calls(&room, token) {
            let error = error.expect("an error");
            assert!(error.is_about("token"), "{token:?}: {error:?}");
        }
    }
}

/// The errors of the three calls that a token is passed to.
fn token_calls<'a>(room: &'a ControlRoom<'a>, token: &'a str) -> [Option<Box<AuthError>>; 3] {
    [
        Refresh::new(room, token).err(),
        Logout::new(room, token).err(),
        Validate::new(room, token).err(),
    ]
}

#[test]
fn an_extra_header_that_the_call_sets_itself_is_refused() {
    let both = [true, true];
    let login_alone = [true, false];
    let none = [false, false];
    for (name, [login_takes, token_calls_take]) in [
        ("X-Gateway", both),
        ("Authorization", both),
        ("Proxy-Authorization", both),
        ("Cookie", both),
        ("X-Authorization", login_alone),
        ("x-AUTHORIZATION", login_alone),
        ("Content-Type", none),
        ("content-length", none),
        ("Accept", none),
        ("User-Agent", none),
        ("Host", none),
        ("Transfer-Encoding", none),
    ] {
        for api in [Api::V1, Api::V2] {
            let room = room(URL, api, &[("X-A", "1"), (name, "v")]);
            let login = Authenticate::new(&room, with(Secret::Password("p"))).err();
            assert_taken(name, login, login_takes);
            for error in token_calls(&room, TOKEN) {
                assert_taken(name, error, token_calls_take);
            }
        }
    }
}

fn assert_taken(name: &str, error: Option<Box<AuthError>>, taken: bool) {
    match error {
        Some(error) => {
            assert!(!taken, "{name}: {error:?}");
            assert!(error.is_about("transport.headers"), "{name}: {error:?}");
        }
        None => assert!(taken, "{name}"),
    }
}

#[test]
fn a_url_that_is_none_or_is_in_the_clear_without_permission_is_refused() {
    for url in [
        "",
        "cr.example",
        "ftp://cr.example",
        "https://",
        "https://user:pw@cr.example",
        "https://cr.example?x",
        "https://cr.example#x",
        "https://cr.example/a/../b",
        "https://cr.example/a\r\nb",
        "http://cr.example",
        "https://cr.example/V2/Authentication/",
        "https://cr.example/x/v1/authentication/token",
        "https://cr.example/#/login",
        "https://cr.example/swagger/",
    ] {
        let room = ControlRoom::new(url, Api::V2, Options::default());
        let error = room.err().expect("an error");
        assert!(error.is_about("control-room.url"), "{url}: {error:?}");
        assert!(!format!("{error:?}").contains("pw"), "{error:?}");
    }
}
