//! What the answers mean.

use super::*;
use crate::RejectionKind::{self, *};
use crate::{LifetimeSource, Oddity};

/// When the answers come, as `Answer::json` has it.
const NOW: u64 = 784_111_777;

fn login(answer: &Answer) -> Result<Token> {
    let orchestrator = standalone(&[]);
    RopcAuthenticate::new(&orchestrator, credentials(Some("Default")))?
        .read(answer)
        .done()
}

fn user(answer: &Answer) -> Result<User> {
    let orchestrator = standalone(&[]);
    CurrentUser::new(&orchestrator, TOKEN)?.read(answer).done()
}

#[test]
fn a_token_stands_under_result_in_either_case() {
    for body in [
        r#"{"result":"opaque","targetUrl":null,"success":true,"error":null,"unAuthorizedRequest":false,"__abp":true}"#,
        r#"{"Result":"opaque","TargetUrl":null,"Success":true,"Error":null}"#,
        r#"{"result":null,"Result":"opaque"}"#,
        "\u{feff} {\"result\":\"opaque\"}",
        r#"{"result":"opaque","success":null,"new":{"error":1}}"#,
        r#"{"result":"opaque","success":true,"unAuthorizedRequest":true}"#,
    ] {
        let expected = Token {
            value: "opaque".into(),
            header: TokenHeader::Bearer,
            lifetime_seconds: 1800,
            lifetime_source: LifetimeSource::DocumentedDefault,
            expires_at_seconds: NOW + 1800,
            multiple_login: None,
            scopes: None,
        };
        assert_eq!(login(&Answer::json(200, body)).unwrap(), expected, "{body}");
    }
}

#[test]
fn a_token_that_is_a_jwt_tells_its_own_lifetime() {
    // {"iat":100,"exp":1000,"multipleLogin":true}
    let body =
        r#"{"result":"e30.eyJpYXQiOjEwMCwiZXhwIjoxMDAwLCJtdWx0aXBsZUxvZ2luIjp0cnVlfQ.c2ln"}"#;
    let token = login(&Answer::json(200, body)).unwrap();
    assert_eq!(token.lifetime_seconds, 900);
    assert_eq!(token.lifetime_source, LifetimeSource::Claims);
    assert_eq!(token.expires_at_seconds, NOW + 900);
    assert_eq!(
        token.multiple_login, None,
        "is a claim of Control Rooms only"
    );
}

#[test]
fn a_200_without_a_usable_result_is_no_success() {
    for body in [
        r#"{"success":true,"error":null}"#,
        r#"{"result":"","success":true}"#,
        r#"{"result":null,"success":true}"#,
        r#"{"result":{"token":"t"},"success":true}"#,
        r#"{"result":"t","success":false,"error":null}"#,
        r#"{"Result":"","success":true}"#,
        r#"{"result":"a b"}"#,
        r#"{"token":"t","access_token":"t"}"#,
        r#"{"result":"t""#,
        "<html>",
        "",
    ] {
        let error = login(&Answer::json(200, body)).unwrap_err();
        assert!(
            matches!(
                *error,
                AuthError::UnexpectedResponse(Oddity { status: 200, .. })
            ),
            "{body}: {error:?}"
        );
    }
}

#[test]
fn an_error_beside_a_result_is_an_error() {
    let body = r#"{"result":"t","success":true,"error":{"code":1000,"message":"No."}}"#;
    let error = login(&Answer::json(200, body)).unwrap_err();
    let expected = AuthError::rejected(CredentialsRejected, 200, Some("1000"), Some("No."));
    assert_eq!(*error, expected);
}

/// The three shapes of a refusal with `@` for the code, in the spellings that
/// the versions have.
const SHAPES: [&str; 6] = [
    r#"{"message":"No.","errorCode":@,"resourceIds":null}"#,
    r#"{"message":"No.","errorCode":@,"traceId":"00-4bf92f-01"}"#,
    r#"{"result":null,"targetUrl":null,"success":false,"error":{"code":@,"message":"No.","details":null,"validationErrors":null},"unAuthorizedRequest":false,"__abp":true}"#,
    r#"{"result":null,"success":false,"error":{"code":@,"message":"No.","details":null,"validationErrors":[]},"unAuthorizedRequest":true,"__abp":true}"#,
    r#"{"message":"No.","errorCode":@,"result":null,"success":false,"error":{"code":0,"message":"No.","details":null},"unAuthorizedRequest":true}"#,
    r#"{"message":"No.","errorCode":0,"result":null,"success":false,"error":{"code":@,"message":"No."},"unAuthorizedRequest":false}"#,
];

#[test]
fn a_refused_login_means_the_same_in_every_shape() {
    use RejectionKind as Kind;
    #[rustfmt::skip]
    let rows: [(&str, [Kind; 4]); 4] = [
        // code     200                  400                  401                  500, where only the status says so
        ("1000", [CredentialsRejected, CredentialsRejected, CredentialsRejected, CredentialsRejected]),
        ("1002", [NotFound,            NotFound,            NotFound,            NotFound]),
        ("0",    [RequestRejected,     RequestRejected,     CredentialsRejected, ServerError]),
        ("2048", [RequestRejected,     RequestRejected,     CredentialsRejected, ServerError]),
    ];
    for (code, kinds) in rows {
        for (status, kind) in [200, 400, 401, 500].into_iter().zip(kinds) {
            for shape in SHAPES {
                for spelling in [code.into(), ["\"", code, "\""].concat()] {
                    let body = shape.replace('@', &spelling);
                    let error = login(&Answer::json(status, &*body)).unwrap_err();
                    // An envelope that says it failed was a login all the same.
                    let kind = match kind {
                        ServerError if body.contains("\"success\":false") => RequestRejected,
                        kind => kind,
                    };
                    let expected = AuthError::rejected(kind, status, Some(code), Some("No."));
                    assert_eq!(*error, expected, "{status}, {body}");
                }
            }
        }
    }
}

#[test]
fn an_account_of_a_directory_is_a_request_that_cannot_be_granted() {
    let body = r#"{"message":"An error has occurred.","errorCode":0,"traceId":"00-1"}"#;
    let error = login(&Answer::json(400, body)).unwrap_err();
    let words = Some("An error has occurred.");
    assert_eq!(
        *error,
        AuthError::rejected(RequestRejected, 400, Some("0"), words)
    );
}

#[test]
fn validation_errors_and_details_are_told() {
    let body = r#"{"success":false,"error":{"code":0,"message":"Your request is not valid!",
        "details":"The following errors were detected.","validationErrors":[
        {"message":"The Password field is required.","members":["Password"]},
        {"message":"","members":null},null,"Or text.",{"members":[]},
        {"message":"Das Feld fehlt.","members":["TenancyName"]}]}}"#;
    let words = "Your request is not valid!; The following errors were detected.; \
        The Password field is required.; Or text.; Das Feld fehlt.";
    let error = login(&Answer::json(400, body)).unwrap_err();
    assert_eq!(
        *error,
        AuthError::rejected(RequestRejected, 400, Some("0"), Some(words))
    );
}

#[test]
fn a_login_path_that_is_not_known_is_not_found() {
    for status in [404, 405, 410] {
        let error = login(&Answer::typed(status, "text/html", "<html>")).unwrap_err();
        assert_eq!(*error, AuthError::rejected(NotFound, status, None, None));
    }
}

#[test]
fn current_user_has_the_names_that_the_orchestrator_gives() {
    for (body, user_name, tenancy_name) in [
        (
            r#"{"UserName":"bot","TenancyName":"Default"}"#,
            Some("bot"),
            Some("Default"),
        ),
        (
            "\u{feff}{\"@odata.context\":\"c\",\"Name\":null,\"UserName\":\"bot\",\"TenancyName\":\"Default\",\"Id\":7,\"RolesList\":[]}",
            Some("bot"),
            Some("Default"),
        ),
        (
            r#"{"UserName":"bot","TenancyName":null}"#,
            Some("bot"),
            None,
        ),
        (
            r#"{"UserName":null,"TenancyName":"Host"}"#,
            None,
            Some("Host"),
        ),
        (r#"{"UserName":"bot"}"#, Some("bot"), None),
        // What a terminal would obey.
        (
            r#"{"UserName":"b\u001b[2Jot","TenancyName":"\u202eDefault\u009b"}"#,
            Some("b [2Jot"),
            Some(" Default "),
        ),
        (r#"{"TenancyName":"Host"}"#, None, Some("Host")),
        (r#"{"UserName":null,"TenancyName":null}"#, None, None),
    ] {
        let expected = User {
            user_name: user_name.map(Text::from),
            tenancy_name: tenancy_name.map(Text::from),
        };
        assert_eq!(user(&Answer::json(200, body)).unwrap(), expected, "{body}");
    }
}

#[test]
fn a_204_is_a_current_user_of_whom_nothing_is_said() {
    for body in ["", r#"{"UserName":"bot"}"#, "<html>"] {
        assert_eq!(user(&Answer::json(204, body)).unwrap(), User::default());
    }
}

#[test]
fn a_200_that_speaks_of_no_user_is_none_of_this_api() {
    for body in [
        "{}",
        r#"{"value":[{"UserName":"bot"}]}"#,
        r#"{"userName":"bot","tenancyName":"Default"}"#,
        r#"[{"UserName":"bot"}]"#,
        "<html>",
        "",
    ] {
        let error = user(&Answer::json(200, body)).unwrap_err();
        assert!(
            matches!(
                *error,
                AuthError::UnexpectedResponse(Oddity { status: 200, .. })
            ),
            "{body}: {error:?}"
        );
    }
}

#[test]
fn a_refused_token_is_known_by_its_status_and_a_login_code_means_nothing() {
    for shape in SHAPES {
        for code in ["0", "1000", "1002", "2048"] {
            let body = shape.replace('@', code);
            for (status, kind) in [
                (401, TokenRejected),
                (403, Forbidden),
                (400, RequestRejected),
                (404, NotFound),
                (500, ServerError),
            ] {
                let error = user(&Answer::json(status, &*body)).unwrap_err();
                let expected = AuthError::rejected(kind, status, Some(code), Some("No."));
                assert_eq!(*error, expected, "{status}, {body}");
            }
        }
    }
}
