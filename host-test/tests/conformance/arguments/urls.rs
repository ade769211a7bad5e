//! URLs: only `https`, or `http` where it is permitted, with a host, a port and
//! a path, and nothing in them that could change what the request means.

use rpa_auth_host::{Orchestrator, RopcCredentials, Transport};

use super::{assert_invalid, unseen};
use crate::calls::Call;
use crate::support::{orchestrator, plugin, refused, transport};

fn argument(call: Call) -> &'static str {
    match call {
        Call::Ropc | Call::CurrentUser => "orchestrator.url",
        Call::ClientCredentials | Call::ClientCredentialsByBasic => "identity-server.token-url",
        _ => "control-room.url",
    }
}

#[tokio::test]
async fn an_http_url_is_not_called_without_permission() {
    unseen(async |url| {
        for call in Call::ALL {
            for url in [url.to_owned(), url.replace("http:", "HTTP:")] {
                let made = call.make(plugin(), &url, Transport::default()).await;
                assert_invalid(refused(made), argument(call));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_url_that_is_none_is_refused() {
    let permitted = Transport {
        allow_http: true,
        ..Transport::default()
    };
    for url in [
        "",
        "cr.example.com",
        "//cr.example.com",
        "https:cr.example.com",
        "https:/cr.example.com",
        "https://",
        "https:///cr",
        "https://:8443",
        "ftp://cr.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        " https://cr.example.com",
        "https://cr.example.com ",
        "https://cr .example.com",
        "https://cr.example.com/a b",
        "https://cr.example.com/\r\nX-Other: 1",
        "https://cr.example.com\t",
        "https://cr.example.com\0",
        "https://cr.example.com/\u{e9}",
        "https://m\u{fc}nchen.example",
        "https://-cr.example.com",
        "https://cr..example.com",
        "https://cr_%41.example.com",
        "https://[::1",
        "https://[::g]",
        "https://[1.2.3.4]",
        "https://::1",
        "https://1.2.3",
        "https://1.2.3.256",
        "https://0x7f.1",
        "https://cr.example.com:",
        "https://cr.example.com:0",
        "https://cr.example.com:65536",
        "https://cr.example.com:+1",
        "https://cr.example.com:8443:1",
        "https://cr.example.com/a//b",
        "https://cr.example.com/./b",
        "https://cr.example.com/../b",
        "https://cr.example.com/%2e%2E/b",
        "https://cr.example.com/a%2fb",
        "https://cr.example.com/a%0d%0ab",
        "https://cr.example.com/a%5cb",
        "https://cr.example.com/a%zz",
        "https://cr.example.com/a%2",
        "https://cr.example.com/a\\b",
        "https://cr.example.com\\@evil.example",
    ] {
        for call in Call::SEVEN {
            let made = call.make(plugin(), url, permitted.clone()).await;
            assert_invalid(refused(made), argument(call));
        }
    }
}

#[tokio::test]
async fn user_info_a_query_and_a_fragment_are_refused_and_not_shown() {
    unseen(async |url| {
        let host = url.trim_start_matches("http://");
        for url in [
            format!("http://ada:s3cret@{host}"),
            format!("http://ada@{host}/s3cret"),
            format!("http://@{host}"),
            format!("{url}?key=s3cret"),
            format!("{url}/?"),
            format!("{url}#s3cret"),
            format!("{url}/cr#"),
        ] {
            for call in Call::ALL {
                let made = call.make(plugin(), &url, transport(&url)).await;
                assert_invalid(refused(made), argument(call));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_whole_endpoint_or_a_page_as_the_address_is_refused() {
    unseen(async |url| {
        for end in [
            "/v2/authentication",
            "/V1/Authentication/",
            "/api/account/authenticate",
            "/odata/Users",
            "/swagger/index.html",
            "/#/login",
        ] {
            let url = format!("{url}{end}");
            for call in Call::SEVEN {
                if !matches!(call, Call::ClientCredentials) {
                    let error = refused(call.make(plugin(), &url, transport(&url)).await);
                    let text = error.to_string();
                    assert_invalid(error, argument(call));
                    assert!(text.contains("leave out everything from "), "{text}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_url_needs_its_path() {
    unseen(async |url| {
        for end in [
            "",
            "/",
            "/identity",
            "/identity_/",
            "/v2/authentication",
            "/api/account/authenticate",
            "/odata",
            "/swagger/index.html",
        ] {
            let server = crate::support::identity_server(&format!("{url}{end}"));
            let credentials = rpa_auth_host::ClientCredentials {
                client_id: "app".into(),
                client_secret: "s3cret".into(),
                scopes: vec![],
            };
            let made = plugin()
                .client_credentials_authenticate(&server, &credentials)
                .await;
            assert_invalid(refused(made), "identity-server.token-url");
        }
    })
    .await;
}

#[tokio::test]
async fn an_authenticate_path_stays_a_path() {
    unseen(async |url| {
        for path in [
            "",
            "/",
            "//evil.example/login",
            "../login",
            "api/../login",
            "api/login?x=1",
            "api/login#x",
            "api/lo gin",
            "api/login\r\nX: 1",
            "api\\login",
            "api//login",
            "api/%2e%2e/login",
        ] {
            let called = Orchestrator {
                authenticate_path: Some(path.into()),
                ..orchestrator(url)
            };
            let credentials = RopcCredentials {
                tenancy_name: None,
                username_or_email_address: "ada".into(),
                password: "s3cret".into(),
            };
            let made = plugin().ropc_authenticate(&called, &credentials).await;
            assert_invalid(refused(made), "orchestrator.authenticate-path");
        }
    })
    .await;
}

#[tokio::test]
async fn spellings_of_a_good_url_all_arrive() {
    use simulators::ControlRoom as Sim;
    let sim = Sim::builder().start().await;
    let port = sim.address().port();
    for url in [
        format!("http://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}/"),
        format!("HTTP://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        format!("http://LOCALHOST:{port}/"),
        format!("http://127.0.0.1:0{port}"),
    ] {
        let permitted = Transport {
            allow_http: true,
            ..Transport::default()
        };
        let made = Call::Logout.make(plugin(), &url, permitted).await;
        assert!(
            matches!(refused(made), rpa_auth_host::AuthError::Rejected(_)),
            "{url}"
        );
        let [request] = &sim.take_requests()[..] else {
            panic!("one request for {url}");
        };
        assert_eq!(request.path_and_query, "/v1/authentication/logout");
        let host = request.header("host").unwrap();
        let names = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        assert!(names.iter().any(|name| name == host), "{host}");
    }
}
