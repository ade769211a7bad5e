//! What counts toward a lock-out, what is an outage, and what is neither.

use crate::common::{no_answer, rejection, throttled};
use rpa_auth_flows::RejectionKind::{
    CredentialsRejected, Forbidden, NotFound, RequestRejected, ServerError, TokenRejected,
};
use rpa_auth_flows::{AuthError, Oddity, Redirection};
use rpa_auth_session_protocol::{Flow, Outcome, Platform};

const FLOWS: [Flow; 3] = [Flow::ControlRoom, Flow::Ropc, Flow::ClientCredentials];

#[test]
fn the_platforms_own_no_is_a_verdict() {
    for error in [
        rejection(CredentialsRejected, 401, None),
        rejection(RequestRejected, 400, None),
        rejection(Forbidden, 403, Some("um.forbidden")),
        // A known code has one meaning, whatever the status.
        rejection(CredentialsRejected, 500, Some("1000")),
    ] {
        assert_eq!(login(error.clone()), Outcome::Refused(error));
    }
}

#[test]
fn an_outage_a_page_and_a_firewall_are_no_verdict() {
    for error in [
        no_answer(true),
        rejection(ServerError, 500, None),
        rejection(RequestRejected, 500, None),
        rejection(Forbidden, 403, None),
        odd(200),
        odd(500),
        rejection(ServerError, 502, None),
        rejection(ServerError, 504, None),
        odd(502),
        odd(504),
    ] {
        assert_eq!(login(error.clone()), Outcome::Doubtful(error));
    }
}

#[test]
fn what_reached_no_login_counts_for_nothing() {
    for error in [
        no_answer(false),
        throttled(429, Some(3)),
        throttled(503, None),
        rejection(NotFound, 404, None),
        rejection(NotFound, 405, None),
        rejection(NotFound, 410, None),
        odd(404),
        redirected(),
        AuthError::InvalidArgument("url: none".into()),
    ] {
        assert_eq!(login(error.clone()), Outcome::Failed(error));
    }
}

#[test]
fn an_unknown_scope_says_nothing_about_a_clients_secret() {
    let error = rejection(RequestRejected, 400, Some("invalid_scope"));
    let of = |flow| Outcome::of_login(platform(flow), error.clone());
    assert_eq!(of(Flow::ClientCredentials), Outcome::Failed(error.clone()));
    assert_eq!(of(Flow::Ropc), Outcome::Refused(error.clone()));
    assert_eq!(of(Flow::ControlRoom), Outcome::Refused(error.clone()));
}

#[test]
fn a_refresh_proves_nothing_about_the_secret() {
    let refused = rejection(TokenRejected, 401, None);
    assert_eq!(Outcome::of_refresh(refused), Outcome::TokenRefused);
    for error in [no_answer(true), rejection(ServerError, 500, None)] {
        assert_eq!(Outcome::of_refresh(error.clone()), Outcome::Failed(error));
    }
}

#[test]
fn a_platform_is_well_if_it_refuses_a_made_up_token_in_its_own_words() {
    let of = |flow, error: &AuthError| Outcome::of_probe(platform(flow), error.clone());
    for flow in FLOWS {
        for refused in [
            rejection(RequestRejected, 400, Some("generic.server.exception")),
            rejection(Forbidden, 403, Some("um.forbidden")),
        ] {
            assert_eq!(of(flow, &refused), Outcome::Fine);
        }
    }
    let unauthorized = rejection(TokenRejected, 401, None);
    assert_eq!(of(Flow::Ropc, &unauthorized), Outcome::Fine);
    // A Control Room's own is no error: see `Request::Check`.
    let failed = Outcome::Failed(unauthorized.clone());
    assert_eq!(of(Flow::ControlRoom, &unauthorized), failed);
    // A token endpoint takes no GET.
    let not_allowed = rejection(NotFound, 405, None);
    assert_eq!(of(Flow::ClientCredentials, &not_allowed), Outcome::Fine);
    for flow in [Flow::ControlRoom, Flow::Ropc] {
        let failed = Outcome::Failed(not_allowed.clone());
        assert_eq!(of(flow, &not_allowed), failed);
    }
    for error in [
        no_answer(true),
        rejection(ServerError, 500, None),
        rejection(RequestRejected, 500, Some("0")),
        rejection(NotFound, 404, None),
        rejection(Forbidden, 403, None),
        throttled(503, None),
        redirected(),
        odd(200),
    ] {
        for flow in FLOWS {
            assert_eq!(of(flow, &error), Outcome::Failed(error.clone()));
        }
    }
}

#[test]
fn only_the_platforms_word_makes_a_token_dead() {
    assert_eq!(Outcome::of_check(Ok(true)), Outcome::Fine);
    assert_eq!(Outcome::of_check(Ok(false)), Outcome::TokenRefused);
    for error in [
        rejection(TokenRejected, 401, None),
        odd(200),
        no_answer(true),
    ] {
        assert_eq!(
            Outcome::of_check(Err(error.clone())),
            Outcome::Failed(error)
        );
    }
}

#[test]
fn a_token_that_is_refused_counts_as_logged_out() {
    let refused = rejection(TokenRejected, 401, None);
    assert_eq!(Outcome::of_logout(refused), Outcome::Fine);
    let failed = rejection(ServerError, 500, None);
    assert_eq!(Outcome::of_logout(failed.clone()), Outcome::Failed(failed));
}

fn login(error: AuthError) -> Outcome {
    Outcome::of_login(platform(Flow::ControlRoom), error)
}

fn platform(flow: Flow) -> Platform {
    Platform::new(flow, None).expect("a limit by default")
}

fn odd(status: u16) -> AuthError {
    AuthError::UnexpectedResponse(Oddity {
        status,
        what: "no JSON".into(),
    })
}

fn redirected() -> AuthError {
    AuthError::Redirected(Redirection {
        status: 302,
        origin: None,
    })
}
