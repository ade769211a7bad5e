use proptest::prelude::*;

use super::*;

fn parse(url: &str) -> crate::Result<Endpoint> {
    Endpoint::parse("url", url)
}

fn refused(url: &str) -> String {
    match parse(url).map_err(|error| *error) {
        Err(AuthError::InvalidArgument(text)) => text.to_string(),
        other => panic!("{url:?} gave {other:?}"),
    }
}

#[test]
fn a_url_is_scheme_host_port_and_path() {
    for (url, authority, path) in [
        ("https://cr.example.com", "cr.example.com", ""),
        ("https://cr.example.com/", "cr.example.com", ""),
        (
            "https://cr.example.com:8443/a/b",
            "cr.example.com:8443",
            "/a/b",
        ),
        ("https://cr.example.com/a/", "cr.example.com", "/a/"),
        ("HTTPS://CR.Example.COM", "cr.example.com", ""),
        ("https://cr", "cr", ""),
        ("https://CR.example.com.", "cr.example.com.", ""),
        ("https://cr.:8443/a", "cr.:8443", "/a"),
        ("https://my_host.corp", "my_host.corp", ""),
        ("https://10.0.0.1:9000/x", "10.0.0.1:9000", "/x"),
        ("https://[::1]", "[::1]", ""),
        ("https://[2001:DB8::1]:8443/x", "[2001:db8::1]:8443", "/x"),
        ("https://h/a%20b/~c;d=1,2", "h", "/a%20b/~c;d=1,2"),
    ] {
        let endpoint = parse(url).unwrap_or_else(|e| panic!("{url}: {e:?}"));
        assert_eq!(endpoint.scheme(), Scheme::Https);
        assert_eq!((endpoint.authority(), endpoint.path()), (authority, path));
    }
    assert_eq!(parse("http://h").unwrap().scheme(), Scheme::Http);
}

#[test]
fn two_spellings_of_one_address_are_equal() {
    assert_eq!(parse("https://h:443/"), parse("HTTPS://H"));
    assert_eq!(parse("http://h:80"), parse("http://h"));
    assert_ne!(parse("https://h:80"), parse("https://h"));
    assert_eq!(parse("https://h:0443"), parse("https://h"));
}

#[test]
fn the_error_says_what_to_mend() {
    for (url, words) in [
        ("", "https://"),
        ("cr.example.com", "https://"),
        ("ftp://h", "scheme"),
        ("https:/h", "https://"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("https://:8443", "no host"),
        ("https://user@h", "user info"),
        ("https://user:pw@h/p", "user info"),
        ("https://h?a=1", "query"),
        ("https://h/p?", "query"),
        ("https://h#f", "fragment"),
        ("https://h/p#", "fragment"),
        ("https://h /", "space"),
        ("https://h/a\tb", "control"),
        ("https://h\r\nX: 1", "control"),
        ("https://h\0", "control"),
        ("https://h\u{7f}", "control"),
        ("https://bücher.example", "xn--"),
        ("https://h:0", "port"),
        ("https://h:", "port"),
        ("https://h:65536", "port"),
        ("https://h:+80", "port"),
        ("https://h:8a", "port"),
        ("https://h:80:80", "port"),
        ("https://[::1", "IPv6"),
        ("https://[]", "IPv6"),
        ("https://[fe80::1%25eth0]", "IPv6"),
        ("https://[127.0.0.1]", "IPv6"),
        ("https://[::1]x", "port"),
        ("https://256.0.0.1", "IPv4"),
        ("https://127.1", "IPv4"),
        ("https://0x7f.1", "IPv4"),
        ("https://h.0x7f", "IPv4"),
        ("https://a..b", "name"),
        ("https://h..", "name"),
        ("https://.", "name"),
        ("https://.h", "name"),
        ("https://10.0.0.1.", "IPv4"),
        ("https://[::1].", "port"),
        ("https://-h", "name"),
        ("https://h\\x", "name"),
        ("https://h,x", "name"),
        ("https://h/a//b", "empty path segment"),
        ("https://h//", "empty path segment"),
        ("https://h/a/../b", ".."),
        ("https://h/.", "."),
        ("https://h/%2E%2e/b", ".."),
        ("https://h/%", "%"),
        ("https://h/%4", "%"),
        ("https://h/%zz", "%"),
        ("https://h/a%2fb", "encoded slash"),
        ("https://h/a%0d%0aX", "control"),
        ("https://h/a\\b", "percent-encoded"),
        ("https://h/a\"b", "percent-encoded"),
        ("https://h/ä", "percent-encoded"),
    ] {
        let text = refused(url);
        assert!(
            text.starts_with("url: ") && text.contains(words),
            "{url:?}: {text}"
        );
    }
    assert!(refused(&["https://", &"a".repeat(64), ".com"].concat()).contains("name"));
    // 253 bytes at most (RFC 1035, section 2.3.4, without what the wire adds).
    let longest = ["a".repeat(63).as_str(); 3].join(".") + "." + &"b".repeat(61);
    let url = ["https://", &longest].concat();
    assert_eq!(parse(&url).unwrap().authority(), longest);
    assert!(refused(&[&url, "b"].concat()).contains("name"));
}

#[test]
fn a_password_in_a_url_is_not_repeated() {
    assert!(!refused("https://ada:s3cret@h").contains("s3cret"));
    assert!(!refused("https://h/?key=s3cret").contains("s3cret"));
}

#[test]
fn a_trailing_slash_makes_no_difference_below() {
    for url in ["https://h", "https://h/"] {
        assert_eq!(parse(url).unwrap().path_below("/v1"), "/v1");
    }
    for url in ["https://h/p", "https://h/p/"] {
        assert_eq!(parse(url).unwrap().path_below("/v1"), "/p/v1");
    }
}

#[test]
fn an_endpoint_or_a_page_in_the_path_of_a_platform_is_known() {
    for (path, end) in [
        ("", None),
        ("/", None),
        ("/cr", None),
        ("/acme/prod/orchestrator_", None),
        ("/v1", None),
        ("/authentication", None),
        ("/xv2/authentication", None),
        ("/v2/authentications", None),
        ("/odatas/swagger-ui/logins", None),
        ("/login/cr", None),
        ("/index.html/cr", None),
        ("/v2/authentication", Some("v2/authentication")),
        ("/V2/Authentication/", Some("v2/authentication")),
        ("/cr/v1/authentication/token", Some("v1/authentication")),
        ("/cr/v1/authentication/logout/", Some("v1/authentication")),
        (
            "/api/account/authenticate",
            Some("api/account/authenticate"),
        ),
        (
            "/acme/prod/API/Account/Authenticate/",
            Some("api/account/authenticate"),
        ),
        ("/identity/connect/token", Some("identity/connect/token")),
        ("/identity_/connect/token", Some("identity_/connect/token")),
        ("/odata", Some("odata")),
        ("/OData/Users", Some("odata")),
        ("/swagger/index.html", Some("swagger")),
        ("/cr/swagger/", Some("swagger")),
        ("/login", Some("login")),
        ("/Account/Login/", Some("login")),
        ("/cr/Index.html", Some("index.html")),
    ] {
        let endpoint = parse(&["https://h", path].concat()).unwrap();
        assert_eq!(endpoint.known_end(), end, "{path}");
    }
}

#[test]
fn what_is_no_token_endpoint_is_known() {
    for (path, is_none) in [
        ("/identity/connect/token", false),
        ("/acme/identity_/connect/token", false),
        ("/oauth/token", false),
        ("/identity_x", false),
        ("", true),
        ("/", true),
        ("/identity", true),
        ("/identity_/", true),
        ("/acme/Identity_", true),
        ("/identity_/connect", true),
        ("/acme/v2/authentication", true),
        ("/api/Account/Authenticate", true),
        ("/odata/Users", true),
        ("/swagger/index.html", true),
    ] {
        let endpoint = parse(&["https://h", path].concat()).unwrap();
        assert_eq!(endpoint.is_no_token_endpoint(), is_none, "{path}");
    }
}

#[test]
fn a_location_gives_its_origin_only() {
    let here = parse("https://here.example:8443/cr").unwrap();
    for (location, origin) in [
        (
            "https://login.example/sso?user=ada",
            Some("https://login.example"),
        ),
        ("http://Login.example:80/", Some("http://login.example")),
        ("https://ada:pw@h:1/", Some("https://h:1")),
        ("//other.example/x", Some("https://other.example")),
        ("/login", Some("https://here.example:8443")),
        ("login?next=https://x", Some("https://here.example:8443")),
        ("?a", Some("https://here.example:8443")),
        ("", None),
        ("https://", None),
        ("https://b\u{e4}d", None),
        ("mailto:ada@example.com", None),
    ] {
        assert_eq!(here.origin_of(location).as_deref(), origin, "{location:?}");
    }
}

proptest! {
    #[test]
    fn what_is_accepted_is_safe_to_put_into_a_request_line(url in "(https?://)?[ -~\r\n\u{e4}]{0,40}") {
        if let Ok(endpoint) = parse(&url) {
            let all = [endpoint.authority(), endpoint.path()].concat();
            prop_assert!(all.bytes().all(|b| b.is_ascii_graphic() && !b"@?#\\\"<>".contains(&b) || b == b'@'));
            prop_assert!(!endpoint.authority().contains(['@', '/']));
            prop_assert!(!endpoint.authority().is_empty());
            prop_assert!(endpoint.path().is_empty() || endpoint.path().starts_with('/'));
        }
    }

    #[test]
    fn an_accepted_url_reads_the_same_again(host in "[a-z0-9.-]{1,20}", port in 1_u16.., path in "(/[a-z0-9%.~-]{1,8}){0,3}/?") {
        if let Ok(first) = parse(&std::format!("https://{host}:{port}{path}")) {
            let again = [&first.origin(), first.path()].concat();
            prop_assert_eq!(parse(&again), Ok(first));
        }
    }
}
