//! What an answer to a call with a made-up token says about who answered.

use rpa_auth_host::{AuthError, Error, NoAnswer, Obstacle, TransportFailure};

use super::Verdict;
use super::report::State;
use crate::address::origin_of;
use crate::exit::Exit;
use crate::output::printable;
use crate::words::in_options;

/// A JWT in form, of nobody, expired in 1970, with a signature that is none.
pub(super) const MADE_UP_TOKEN: &str = "eyJhbGciOiJSUzUxMiJ9.\
eyJzdWIiOiIwIiwiaWF0IjowLCJleHAiOjEsImlzcyI6InJwYS1hdXRoIGNoZWNrIn0.bWFkZS11cA";

/// How a call with the made-up token ended.
pub(super) enum Reply {
    /// As only the platform itself answers.
    Good,
    /// An error of an API: `coded` where it has the platform's form.
    Refused { status: u16, coded: bool },
    /// No such address.
    Absent(u16),
    /// Not an answer of an API.
    Foreign { status: u16, what: String },
    /// A redirect, to this origin.
    Elsewhere { status: u16, origin: Option<String> },
    /// A redirect to a page of the same server.
    Back(u16),
    /// Out of service for a while.
    Busy {
        status: u16,
        retry_after_seconds: Option<u32>,
    },
    /// A proxy that reads the request wants a login (407): a password, or something
    /// else.
    ProxyWants(Obstacle),
    /// The server failed.
    Broken { status: u16, coded: bool },
    /// No answer.
    Lost(NoAnswer),
    /// The URL cannot be used.
    Unusable(String),
    /// The component broke.
    Stopped,
}

/// Of a server that asked for a certificate in the handshake, and then gave no answer.
pub(super) const LACKS_CLIENT_CERTIFICATE: &str = "The server asks for a client certificate and \
     ends the connection without one: give it with --client-certificate FILE and --client-key FILE.";

impl Reply {
    /// What a call at `url` gave.
    pub(super) fn of<T>(result: Result<T, Error>, url: &str) -> Self {
        let error = match result {
            Ok(_) => return Self::Good,
            Err(Error::Auth(error)) => error,
            Err(_) => return Self::Stopped,
        };
        match error {
            AuthError::Rejected(rejection) => {
                let (status, coded) = (rejection.status, rejection.code.is_some());
                match status {
                    404 | 405 | 410 => Self::Absent(status),
                    500.. => Self::Broken { status, coded },
                    _ => Self::Refused { status, coded },
                }
            }
            AuthError::UnexpectedResponse(oddity) => Self::Foreign {
                status: oddity.status,
                what: oddity.what,
            },
            AuthError::Redirected(redirection) => {
                let (status, origin) = (redirection.status, redirection.origin);
                match origin {
                    Some(origin) if origin_of(&origin) == origin_of(url) => Self::Back(status),
                    origin => Self::Elsewhere { status, origin },
                }
            }
            AuthError::Throttled(throttling) => Self::Busy {
                status: throttling.status,
                retry_after_seconds: throttling.retry_after_seconds,
            },
            AuthError::Unreachable(no_answer) => Self::of_no_answer(no_answer),
            AuthError::InvalidArgument(text) => Self::Unusable(text),
            _ => Self::Stopped,
        }
    }

    pub(super) fn of_no_answer(no_answer: NoAnswer) -> Self {
        match no_answer.why {
            Some(why @ (Obstacle::ProxyWantsPassword | Obstacle::ProxyWantsOther(_))) => {
                Self::ProxyWants(why)
            }
            _ => Self::Lost(no_answer),
        }
    }

    /// Nothing else will answer differently.
    pub(super) fn ends_here(&self) -> bool {
        matches!(
            self,
            Self::Lost(_) | Self::Unusable(_) | Self::ProxyWants(_) | Self::Stopped
        )
    }

    /// Only an Orchestrator refuses a token in its own form.
    pub(super) fn is_of_an_orchestrator(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 401,
                coded: true
            }
        )
    }

    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. }
            | Self::Absent(status)
            | Self::Foreign { status, .. }
            | Self::Back(status)
            | Self::Elsewhere { status, .. }
            | Self::Busy { status, .. }
            | Self::Broken { status, .. } => Some(*status),
            Self::Good => Some(200),
            Self::ProxyWants(_) => Some(407),
            Self::Lost(_) | Self::Unusable(_) | Self::Stopped => None,
        }
    }

    /// What it means for the question whether this platform is there. `recognized`
    /// says whether it is how the platform answers.
    pub(super) fn state(&self, recognized: bool) -> State {
        match self {
            _ if recognized => State::Ok,
            Self::Good | Self::Refused { .. } | Self::Absent(_) => State::Neutral,
            _ => State::Failed,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Good => "answers as the platform does".into(),
            Self::Refused { status, coded } => {
                let form = if *coded {
                    "in the platform's form"
                } else {
                    "without a code"
                };
                format!("refused with {status}, {form}")
            }
            Self::Absent(status) => format!("no such address ({status})"),
            Self::Foreign { status, what } => format!("something else answered {status}: {what}"),
            Self::Back(status) => format!("leads to a page of its own ({status})"),
            Self::Elsewhere { status, origin } => match origin {
                Some(origin) => format!("redirected ({status}) to {}", printable(origin)),
                None => format!("redirected ({status})"),
            },
            Self::Busy {
                status,
                retry_after_seconds,
            } => match retry_after_seconds {
                Some(seconds) => format!("out of service for {seconds} s ({status})"),
                None => format!("out of service for a while ({status})"),
            },
            Self::ProxyWants(what) => what.to_string(),
            Self::Broken { status, .. } => format!("the server failed ({status})"),
            Self::Lost(no_answer) => format!("no answer: {}", no_answer.failure),
            Self::Unusable(text) => format!("an argument cannot be used: {}", in_options(text)),
            Self::Stopped => "the component was stopped".into(),
        }
    }

    /// The sentence at the end, where no platform was recognized.
    pub(super) fn verdict(&self, lacks_client_certificate: bool) -> Verdict {
        let (exit, text) = match self {
            Self::Lost(_) if lacks_client_certificate => {
                (Exit::Unreachable, LACKS_CLIENT_CERTIFICATE.into())
            }
            Self::Lost(no_answer) => {
                let exit = if no_answer.may_have_acted {
                    Exit::MayHaveActed
                } else {
                    Exit::Unreachable
                };
                let limit = match no_answer.failure {
                    TransportFailure::Timeout => {
                        "; --first-byte-timeout and --total-timeout say how long it may take"
                    }
                    _ => "",
                };
                (
                    exit,
                    format!(
                        "The server takes the connection and gives no answer ({}{limit}): check \
                         what stands in between, and the port.",
                        no_answer.failure
                    ),
                )
            }
            Self::Unusable(text) => (
                Exit::InvalidArgument,
                format!("An argument cannot be used: {}.", in_options(text)),
            ),
            Self::Stopped => (Exit::Internal, "The component was stopped.".into()),
            Self::Busy {
                status,
                retry_after_seconds,
            } => {
                let when = match retry_after_seconds {
                    Some(seconds) => format!("in {seconds} s"),
                    None => "later".into(),
                };
                (
                    Exit::Throttled,
                    format!("The server is out of service for a while ({status}): try {when}."),
                )
            }
            Self::ProxyWants(what) => (Exit::Unreachable, proxy_wants("The proxy", what)),
            Self::Broken { status, .. } => (
                Exit::ServerError,
                format!("The server failed ({status}): try later, or ask who runs it."),
            ),
            Self::Elsewhere { origin, .. } => {
                let origin = origin.as_deref().map(printable);
                let origin = origin.unwrap_or_else(|| "another address".into());
                (
                    Exit::Redirected,
                    format!(
                        "The server points to {origin}, and no redirect is followed: check that \
                         address if you trust it."
                    ),
                )
            }
            Self::Back(_) => (
                Exit::Redirected,
                "The server leads to a page of its own, a login page as a rule: the path is none \
                 of an API's; check port and prefix."
                    .into(),
            ),
            Self::Absent(_) => (
                Exit::NotFound,
                "A server answers, but no platform's API is at this address: check host, port \
                 and path; an Orchestrator in Automation Suite or in the cloud wants \
                 --organization and --tenant."
                    .into(),
            ),
            Self::Foreign { what, .. } => (
                Exit::UnexpectedResponse,
                format!(
                    "Something else answers where the API should be ({what}): a portal, a login \
                     page or a load balancer; ask for the address of the server itself, or log \
                     in to this network first."
                ),
            ),
            Self::Good | Self::Refused { .. } => (
                Exit::UnexpectedResponse,
                "Something answers that wants a login of its own and cannot be recognized: a \
                 gateway may stand in front; say with --platform what should be there."
                    .into(),
            ),
        };
        Verdict::new(exit, text)
    }
}

/// What helps where a proxy wants a login.
pub(super) fn proxy_wants(proxy: &str, what: &Obstacle) -> String {
    match what {
        Obstacle::ProxyWantsOther(ways) => format!(
            "{proxy} wants {ways}, which is not offered: run a local proxy that speaks it, cntlm \
             for one, and give its address with --proxy. A password here cannot help."
        ),
        _ => format!(
            "{proxy} wants a user name and a password, or other ones: give them with --proxy, \
             --proxy-user and --proxy-password-from. One that takes Windows logins only (NTLM, \
             Negotiate) needs a local proxy such as cntlm in between."
        ),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn the_made_up_token_says_that_it_is_and_expired_long_ago() {
        let payload = MADE_UP_TOKEN.split('.').nth(1).unwrap();
        let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
        let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload["iss"], "rpa-auth check");
        assert_eq!(payload["exp"], 1);
    }
}
