use rpa_auth_host::{NoAnswer, Oddity, Redirection, Rejection, Throttling};

use super::*;
use Function::Validate;

const FUNCTIONS: [Function; 7] = [
    Authenticate,
    Validate,
    Refresh,
    Logout,
    Ropc,
    Client,
    CurrentUser,
];

const FAILURES: [TransportFailure; 7] = [
    TransportFailure::Dns,
    TransportFailure::Refused,
    TransportFailure::Tls,
    TransportFailure::Timeout,
    TransportFailure::Closed,
    TransportFailure::Denied,
    TransportFailure::Other,
];

const KINDS: [RejectionKind; 6] = [
    RejectionKind::CredentialsRejected,
    RejectionKind::TokenRejected,
    RejectionKind::RequestRejected,
    RejectionKind::Forbidden,
    RejectionKind::NotFound,
    RejectionKind::ServerError,
];

fn rejected(kind: RejectionKind, status: u16, code: Option<&str>) -> AuthError {
    AuthError::Rejected(Rejection {
        kind,
        status,
        code: code.map(str::to_owned),
        message: None,
    })
}

fn unreachable(failure: TransportFailure, may_have_acted: bool) -> AuthError {
    AuthError::Unreachable(NoAnswer {
        failure,
        may_have_acted,
        why: None,
    })
}

fn odd(status: u16, what: &str) -> AuthError {
    AuthError::UnexpectedResponse(Oddity {
        status,
        what: what.into(),
    })
}

fn redirected(origin: &str) -> AuthError {
    AuthError::Redirected(Redirection {
        status: 302,
        origin: Some(origin.into()),
    })
}

/// Every kind of error, with every code and status that the table knows.
fn errors() -> Vec<AuthError> {
    let mut errors = vec![
        AuthError::InvalidArgument("token: is empty".into()),
        AuthError::Other(None),
        redirected("https://h"),
        redirected("https://sso.example.com"),
    ];
    let codes = [
        None,
        Some("UM1114"),
        Some("invalid_scope"),
        Some("unauthorized_client"),
        Some("unsupported_grant_type"),
        Some("1002"),
    ];
    for kind in KINDS {
        for status in [400, 401, 403, 404, 405, 407, 500, 511] {
            errors.extend(codes.map(|code| rejected(kind, status, code)));
        }
    }
    for status in [200, 401, 403, 407, 511] {
        errors.push(odd(status, "the answer lacks what this call gives"));
        errors.push(odd(status, "a page"));
    }
    for status in [429, 503] {
        for retry_after_seconds in [None, Some(7)] {
            errors.push(AuthError::Throttled(Throttling {
                status,
                retry_after_seconds,
                code: None,
                message: None,
            }));
        }
    }
    for why in [
        Obstacle::OldTls,
        Obstacle::NotTls,
        Obstacle::CutInHandshake,
        Obstacle::Alert("HandshakeFailure".to_owned()),
        Obstacle::ProxyWantsOther("NTLM".to_owned()),
        Obstacle::ProxyWantsPassword,
    ] {
        errors.push(AuthError::Unreachable(NoAnswer {
            failure: TransportFailure::Tls,
            may_have_acted: false,
            why: Some(why),
        }));
    }
    for failure in FAILURES {
        errors.extend([false, true].map(|acted| unreachable(failure, acted)));
    }
    errors
}

fn sents() -> Vec<Sent> {
    let mut sents = Vec::new();
    for bits in 0..32_u8 {
        let bit = |n: u8| bits & (1 << n) != 0;
        sents.push(Sent {
            origin: "https://h".into(),
            api_key: bit(0),
            mfa_code: bit(1),
            scopes: bit(2),
            token_like_api_key: bit(3),
            is_shared: bit(4),
        });
    }
    sents
}

fn on(function: Function, error: &AuthError) -> String {
    with(function, error, &Sent::default())
}

fn with(function: Function, error: &AuthError, sent: &Sent) -> String {
    let case = Case {
        function,
        error,
        sent,
    };
    advice(&case, None)
}

#[test]
fn no_advice_contradicts_the_exit_code() {
    let costs = FUNCTIONS.map(cost);
    let counts = |text: &str| costs.iter().flatten().any(|cost| text.contains(cost));
    for error in errors() {
        for function in FUNCTIONS {
            for sent in sents() {
                let text = with(function, &error, &sent);
                let case = format!("{function:?}, {error:?}, {sent:?}: {text}");
                let exit = Exit::from(&error);
                let unsent = matches!(exit, Exit::InvalidArgument | Exit::Unreachable);
                assert!(!(unsent && counts(&text)), "{case}");
                assert!(!(unsent && text.contains("may have")), "{case}");
                assert!(
                    unsent || !text.to_lowercase().contains("nothing was sent"),
                    "{case}"
                );
                let locks_out = cost(function).is_some();
                if locks_out && exit == Exit::MayHaveActed {
                    assert!(counts(&text), "{case}");
                }
                let status = match &error {
                    AuthError::Rejected(rejection) => rejection.status,
                    _ => 0,
                };
                // Nothing got past the proxy, or out of the network.
                let got_through = !matches!(status, 407 | 511);
                if exit == Exit::CredentialsRejected && got_through {
                    assert!(!text.contains("then try again"), "{case}");
                    assert_eq!(counts(&text), locks_out, "{case}");
                }
                if matches!(exit, Exit::Throttled | Exit::Redirected | Exit::NotFound) {
                    assert!(!counts(&text), "{case}");
                }
                let asked_for_token = matches!(function, Validate | Refresh | Logout | CurrentUser);
                let speaks_of_login =
                    text.contains("log in again") || text.contains("second factor");
                assert!(!(asked_for_token && speaks_of_login), "{case}");
            }
        }
    }
}

#[test]
fn every_row_applies_somewhere() {
    for row in &TABLE {
        let (errors, sents) = (errors(), sents());
        let found = errors.iter().any(|error| {
            FUNCTIONS.iter().any(|&function| {
                sents
                    .iter()
                    .any(|sent| with(function, error, sent).starts_with(row.advice))
            })
        });
        assert!(found, "{}", row.advice);
    }
}

#[test]
fn a_code_says_more_than_its_kind() {
    let scope = rejected(RejectionKind::RequestRejected, 400, Some("invalid_scope"));
    let scoped = Sent {
        scopes: true,
        ..Sent::default()
    };
    assert!(with(Client, &scope, &scoped).contains("leave --scope out"));
    assert!(!on(Client, &scope).contains("leave --scope out"));
    let client = rejected(
        RejectionKind::RequestRejected,
        400,
        Some("unauthorized_client"),
    );
    assert!(on(Client, &client).contains("confidential"));
    let displaced = rejected(RejectionKind::TokenRejected, 401, Some("UM1114"));
    assert!(on(Validate, &displaced).contains("A later login"));
    let spelling = rejected(RejectionKind::NotFound, 405, Some("UnsupportedApiVersion"));
    for error in [spelling, rejected(RejectionKind::NotFound, 404, None)] {
        let text = on(Client, &error);
        assert!(text.contains("/identity_/connect/token"), "{text}");
        assert!(text.contains("/identity/connect/token"), "{text}");
    }
}

#[test]
fn a_refused_login_names_what_else_than_a_wrong_password_it_may_be() {
    let refused = rejected(RejectionKind::CredentialsRejected, 401, None);
    for sent in sents() {
        let text = with(Authenticate, &refused, &sent);
        assert!(text.contains("disabled or locked"), "{text}");
        assert!(text.contains("allowed addresses"), "{text}");
        assert!(text.contains("an administrator sees it"), "{text}");
        assert_eq!(sent.api_key, text.contains("this key"), "{text}");
    }
    assert!(on(Ropc, &refused).contains("disabled or locked"));
    // An application has no second factor.
    assert!(!on(Client, &refused).contains("second factor"));
}

#[test]
fn an_orchestrator_displaces_no_token() {
    let refused = rejected(RejectionKind::TokenRejected, 401, None);
    let text = on(CurrentUser, &refused);
    assert!(!text.contains("displaced"), "{text}");
    assert!(
        text.contains("another organization, tenant or kind"),
        "{text}"
    );
}

#[test]
fn a_redirect_to_the_same_server_is_not_called_another_address() {
    let sent = Sent {
        origin: "https://h".into(),
        ..Sent::default()
    };
    for (function, origin, same) in [
        (CurrentUser, "https://h", true),
        (CurrentUser, "https://h:443", true),
        (Authenticate, "https://h", true),
        (CurrentUser, "http://h", false),
        (CurrentUser, "https://sso.example.com", false),
    ] {
        let text = with(function, &redirected(origin), &sent);
        assert_eq!(text.contains("a page of the same server"), same, "{text}");
        assert_eq!(text.contains("use that address"), !same, "{text}");
        let of_token = same && function == CurrentUser;
        assert_eq!(
            text.contains("the token is not accepted"),
            of_token,
            "{text}"
        );
    }
}

#[test]
fn who_stands_in_front_is_told_by_the_status() {
    for (status, words) in [
        (401, "web server in front"),
        (403, "firewall or a CDN"),
        (407, "--proxy-user"),
        (511, "This network wants a login"),
    ] {
        assert!(
            on(Authenticate, &odd(status, "a page")).contains(words),
            "{status}"
        );
    }
    let empty = odd(200, "the answer lacks what this call gives");
    assert!(on(Authenticate, &empty).contains("without a token"));
}

#[test]
fn a_proxy_that_wants_a_password_counted_no_login() {
    for error in [
        odd(407, "a proxy"),
        rejected(RejectionKind::CredentialsRejected, 407, None),
    ] {
        assert!(!on(Authenticate, &error).contains("may count"));
    }
}
