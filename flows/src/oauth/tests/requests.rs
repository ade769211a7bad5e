//! The requests, to the byte, and what is refused before there is one.

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// Characters that RFC 6749, appendix B, wants encoded, and some that stay.
const AWKWARD_ID: &str = "cl:ient id";
const AWKWARD_SECRET: &str = "s3c%r:t+ä&=/?~*\"\\";

fn wire(way: ClientAuthentication, credentials: ClientCredentials<'_>) -> String {
    let server = open(URL, way, &[]).unwrap();
    let flow = ClientCredentialsAuthenticate::new(&server, credentials).unwrap();
    flow.request().wire()
}

#[test]
fn a_client_proves_itself_in_the_form() {
    for (id, secret, fields) in [
        ("id", "secret", "client_id=id&client_secret=secret"),
        (
            AWKWARD_ID,
            AWKWARD_SECRET,
            "client_id=cl%3Aient+id&client_secret=s3c%25r%3At%2B%C3%A4%26%3D%2F%3F%7E*%22%5C",
        ),
        ("a-b.c_d", "é", "client_id=a-b.c_d&client_secret=%C3%A9"),
    ] {
        let body = ["grant_type=client_credentials&", fields].concat();
        let expected = Request::expected_post(URL, &[], FORM, &body);
        assert_eq!(wire(RequestBody, client(id, secret)), expected);
    }
}

/// RFC 6749, section 2.3.1: each half is encoded as in a form before they are
/// joined and encoded in Base64.
#[test]
fn a_client_proves_itself_in_the_header() {
    for (id, secret, base64) in [
        ("id", "secret", "aWQ6c2VjcmV0"),
        (
            AWKWARD_ID,
            AWKWARD_SECRET,
            "Y2wlM0FpZW50K2lkOnMzYyUyNXIlM0F0JTJCJUMzJUE0JTI2JTNEJTJGJTNGJTdFKiUyMiU1Qw==",
        ),
        ("a-b.c_d", "é", "YS1iLmNfZDolQzMlQTk="),
    ] {
        let header = ["Authorization: Basic ", base64].concat();
        let body = "grant_type=client_credentials";
        let expected = Request::expected_post(URL, &[&header], FORM, body);
        assert_eq!(wire(Basic, client(id, secret)), expected);
    }
}

#[test]
fn scopes_are_one_field_with_spaces_and_none_are_no_field() {
    for (names, field) in [
        (&[][..], ""),
        (&["OR.Folders"], "&scope=OR.Folders"),
        (
            &["OR.Folders.Read", "OR.Jobs"],
            "&scope=OR.Folders.Read+OR.Jobs",
        ),
        (
            &["https://h/a:b?c=d&e", "!#[]~"],
            "&scope=https%3A%2F%2Fh%2Fa%3Ab%3Fc%3Dd%26e+%21%23%5B%5D%7E",
        ),
    ] {
        let scopes = scopes(names);
        let credentials = ClientCredentials {
            scopes: &scopes,
            ..client("id", "secret")
        };
        let in_form = "grant_type=client_credentials&client_id=id&client_secret=secret";
        let body = [in_form, field].concat();
        let expected = Request::expected_post(URL, &[], FORM, &body);
        assert_eq!(wire(RequestBody, credentials), expected);

        let header = "Authorization: Basic aWQ6c2VjcmV0";
        let body = ["grant_type=client_credentials", field].concat();
        let expected = Request::expected_post(URL, &[header], FORM, &body);
        assert_eq!(wire(Basic, credentials), expected);
    }
}

/// RFC 6749, section 3.3.
#[test]
fn a_scope_is_visible_ascii_without_quotation_mark_and_backslash() {
    let server = open(URL, RequestBody, &[]).unwrap();
    for name in ["", " ", "a b", "a\"b", "a\\b", "ä", "a\n", "a\0", "\u{7f}"] {
        let scopes = scopes(&["OR.Jobs", name]);
        let credentials = ClientCredentials {
            scopes: &scopes,
            ..client("id", "secret")
        };
        let error = ClientCredentialsAuthenticate::new(&server, credentials).err();
        let error = error.expect("an error");
        assert!(error.is_about("credentials.scopes"), "{name:?}: {error:?}");
    }
}

#[test]
fn a_client_whose_identifier_or_secret_cannot_be_right_is_not_sent() {
    for way in [RequestBody, Basic] {
        let server = open(URL, way, &[]).unwrap();
        for (credentials, argument) in [
            (client("", "secret"), "credentials.client-id"),
            (client("id", ""), "credentials.client-secret"),
            (client("id\n", "secret"), "credentials.client-id"),
            (client("id", "secret\r\n"), "credentials.client-secret"),
            (client("id", "\u{feff}secret"), "credentials.client-secret"),
        ] {
            let error = ClientCredentialsAuthenticate::new(&server, credentials).err();
            assert!(error.expect("an error").is_about(argument), "{argument}");
        }
    }
}

#[test]
fn a_token_endpoint_is_taken_as_it_is_given() {
    for (url, address) in [
        (URL, URL),
        (
            "https://ID.example:443/identity/connect/token",
            "https://id.example/identity/connect/token",
        ),
        (
            "https://id.example:8443/connect/token/",
            "https://id.example:8443/connect/token/",
        ),
        ("http://[::1]:80/a%20b", "http://[::1]/a%20b"),
    ] {
        let server = open(url, RequestBody, &[]).unwrap();
        let credentials = client("id", "secret");
        let flow = ClientCredentialsAuthenticate::new(&server, credentials).unwrap();
        let body = "grant_type=client_credentials&client_id=id&client_secret=secret";
        let expected = Request::expected_post(address, &[], FORM, body);
        assert_eq!(flow.request().wire(), expected);
    }
}

#[test]
fn a_token_endpoint_needs_a_path_and_nothing_behind_it() {
    for url in [
        "https://id.example",
        "https://id.example/",
        "https://id.example:8443",
        "https://id.example/connect/token?x=y",
        "https://id.example/connect/token#x",
        "https://user:word@id.example/connect/token",
        "id.example/connect/token",
        "",
    ] {
        let error = open(url, RequestBody, &[]).err().expect("an error");
        assert!(error.is_about("identity-server.token-url"), "{error:?}");
        assert!(!format!("{error:?}").contains("word"), "{error:?}");
    }
}

#[test]
fn a_token_endpoint_in_the_clear_needs_permission() {
    let url = "http://id.example/connect/token";
    let error = IdentityServer::new(url, Basic, Options::default()).err();
    assert!(
        error
            .expect("an error")
            .is_about("identity-server.token-url")
    );
    assert!(open(url, Basic, &[]).is_ok());
}

#[test]
fn extra_headers_stand_before_those_of_the_call() {
    let extra = [("X-Gateway", "one"), ("X-Authorization", "two")];
    for way in [RequestBody, Basic] {
        let server = open(URL, way, &extra).unwrap();
        let flow = ClientCredentialsAuthenticate::new(&server, client("id", "secret")).unwrap();
        let wire = flow.request().wire();
        let lines: Vec<_> = wire.lines().skip(3).take(2).collect();
        assert_eq!(lines, ["X-Gateway: one", "X-Authorization: two"], "{wire}");
    }
}

#[test]
fn an_extra_header_that_the_call_sets_itself_is_refused() {
    for (name, form_takes, basic_takes) in [
        ("X-Gateway", true, true),
        ("Authorization", true, false),
        ("authorization", true, false),
        ("Proxy-Authorization", true, true),
        ("content-TYPE", false, false),
        ("Content-Length", false, false),
        ("Accept", false, false),
        ("User-Agent", false, false),
    ] {
        for (way, taken) in [(RequestBody, form_takes), (Basic, basic_takes)] {
            let server = open(URL, way, &[(name, "v")]).unwrap();
            let flow = ClientCredentialsAuthenticate::new(&server, client("id", "secret"));
            let error = flow.err();
            assert_eq!(error.is_none(), taken, "{name}, {way:?}");
            assert!(error.is_none_or(|e| e.is_about("transport.headers")));
        }
    }
}
