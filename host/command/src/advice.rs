//! What to do about an error, in a sentence or two.

use rpa_auth_host::{AuthError, NoAnswer, RejectionKind, TransportFailure};

use crate::function::Function;

/// What to do about `error`, which ended `function`.
pub fn advice(function: Function, error: &AuthError) -> String {
    let first = what_to_do(function, error);
    match may_count(error).then(|| counted(function)).flatten() {
        Some(counted) => format!("{first} {counted}"),
        None => first.into(),
    }
}

/// What to think after Ctrl-C while a call was under way.
pub fn after_interruption(function: Function) -> String {
    let other_side = function.other_side();
    match function {
        Function::Authenticate => format!(
            "{other_side} may have received the login: it may have happened and ended an \
             earlier session, or count as refused. Validate the token you have before you log \
             in again."
        ),
        Function::RopcAuthenticate | Function::ClientCredentialsAuthenticate => format!(
            "{other_side} may have received the login: it may have happened, or count as refused."
        ),
        Function::Refresh => format!(
            "{other_side} may have received the request: validate the old token before you go on."
        ),
        _ => format!("{other_side} may have received the request."),
    }
}

fn what_to_do(function: Function, error: &AuthError) -> &'static str {
    match error {
        AuthError::InvalidArgument(_) => "Fix the value; nothing was sent.",
        AuthError::Rejected(rejection) => match rejection.kind {
            RejectionKind::CredentialsRejected => {
                "Do not try these credentials again: ask a person for the right ones, or for the \
                 code of the second factor."
            }
            RejectionKind::TokenRejected => {
                "The token expired, was logged out, or was displaced by a later login: get a new \
                 one."
            }
            RejectionKind::RequestRejected => {
                "The platform understood the request and refused what is in it: a scope, a \
                 tenant, the kind of account, or the API version."
            }
            RejectionKind::Forbidden => "Ask an administrator for the permission.",
            RejectionKind::NotFound => match function {
                Function::Authenticate | Function::Refresh => {
                    "Check the URL and the API version (--api): `rpa-auth check` finds out."
                }
                Function::RopcAuthenticate | Function::CurrentUser => {
                    "Check the URL, --organization, --tenant and --tenancy-name."
                }
                _ => "Check the URL: `rpa-auth check` says what answers there.",
            },
            RejectionKind::ServerError => "Try later.",
        },
        AuthError::Throttled(_) => "Wait, then try again.",
        AuthError::Redirected(_) => {
            "No redirect is followed: if you trust where it leads, use that address."
        }
        AuthError::UnexpectedResponse(_) => {
            "Something else answered, a portal page or a proxy: `rpa-auth check` says what."
        }
        AuthError::Unreachable(no_answer) => about_the_way(no_answer),
        _ => "Nothing more is known.",
    }
}

fn about_the_way(no_answer: &NoAnswer) -> &'static str {
    match (no_answer.failure, no_answer.may_have_acted) {
        (_, true) => "Validate what you have before you try again.",
        (TransportFailure::Tls, _) => {
            "Give the company's CA with --ca-bundle; `rpa-auth check` shows the certificates."
        }
        (TransportFailure::Denied, _) => {
            "The proxy opened no way: check its address, user name and password; `rpa-auth \
             check` says more."
        }
        _ => "`rpa-auth check` shows where the way ends.",
    }
}

/// Whether a login that ended so may count toward the lock-out.
fn may_count(error: &AuthError) -> bool {
    match error {
        AuthError::Rejected(rejection) => rejection.kind != RejectionKind::NotFound,
        AuthError::UnexpectedResponse(_) => true,
        AuthError::Unreachable(no_answer) => no_answer.may_have_acted,
        _ => false,
    }
}

fn counted(function: Function) -> Option<&'static str> {
    match function {
        Function::Authenticate => Some(
            "This login may count as refused: the third in a row disables the user, and only an \
             administrator can undo that.",
        ),
        Function::RopcAuthenticate => Some(
            "This login may count as refused: the Orchestrator locks a user out after ten by \
             default.",
        ),
        _ => None,
    }
}
