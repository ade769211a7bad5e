//! What to do about an error, in a sentence or two.
//!
//! It depends on more than the kind of the error: on its code and status, on the
//! function, and on what was sent. The table has a row for each; the first that
//! applies counts. After it stands what a login that ended so may cost, where it
//! may cost something.

use rpa_auth_host::{AuthError, Obstacle, RejectionKind, TransportFailure};

use crate::call::Sent;
use crate::exit::Exit;
use crate::function::Function;

/// An error with what the advice on it depends on.
pub struct Case<'a> {
    pub function: Function,
    pub error: &'a AuthError,
    pub sent: &'a Sent,
}

/// What to do, in which case.
struct Row {
    /// The contract's name of the error; empty for any.
    error: &'static str,
    when: fn(&Case<'_>) -> bool,
    advice: &'static str,
}

const fn row(error: &'static str, when: fn(&Case<'_>) -> bool, advice: &'static str) -> Row {
    Row {
        error,
        when,
        advice,
    }
}

use Function::{
    Authenticate, ClientCredentialsAuthenticate as Client, CurrentUser, Logout, Refresh,
    RopcAuthenticate as Ropc,
};

const TABLE: [Row; 61] = [
    // Told by status or code, whatever the kind.
    row(
        "",
        |c| c.status() == Some(407) || c.stopped_by(|why| *why == Obstacle::ProxyWantsPassword),
        "The proxy wants a user name and a password, or other ones (--proxy-user, \
         --proxy-password-from). One that takes Windows logins only (NTLM, Negotiate) needs a \
         local proxy such as cntlm in between.",
    ),
    row(
        "",
        |c| c.status() == Some(511),
        "This network wants a login of its own first: open a page in a browser here, sign in, and \
         then try again.",
    ),
    row(
        "",
        |c| c.function == Client && c.status() == Some(405),
        "Not the token endpoint's path: it is /identity_/connect/token in Automation Suite and in \
         the cloud, /identity/connect/token standalone.",
    ),
    // invalid-argument
    row(
        "invalid-argument",
        |c| c.sent.token_like_api_key,
        "What was given as a token looks like an API key: `rpa-auth authenticate --api-key-from \
         SOURCE` gets a token for it. Nothing was sent.",
    ),
    row(
        "invalid-argument",
        |_| true,
        "Fix the value; nothing was sent.",
    ),
    // credentials-rejected
    row(
        "credentials-rejected",
        |c| c.function == Client,
        "Do not try them again: check --client-id, and that the client secret is the current one; \
         who administers the organization makes a new one under External Applications.",
    ),
    row(
        "credentials-rejected",
        |c| c.function == Ropc,
        "Do not try these credentials again: ask a person for the right ones, and for the \
         tenancy's name; or the user is disabled or locked: an administrator sees it. A user of a \
         directory (AD, SSO) without a password of its own cannot log in so: use an external \
         application.",
    ),
    row(
        "credentials-rejected",
        |c| c.function == Authenticate && c.sent.api_key,
        "Do not try this key again: it may be another user's, expired or replaced; or the user is \
         disabled or locked, or this machine's address is not on the Control Room's list of \
         allowed addresses: an administrator sees it.",
    ),
    row(
        "credentials-rejected",
        |c| c.function == Authenticate && c.sent.mfa_code,
        "Do not try these credentials again: a code of the second factor serves once, and for a \
         short time; or ask a person for the right password; or the user is disabled or locked, \
         or this machine's address is not on the Control Room's list of allowed addresses: an \
         administrator sees it.",
    ),
    row(
        "credentials-rejected",
        |c| c.function == Authenticate && c.sent.is_shared,
        "Do not try these credentials again: ask a person for the right ones. Where the user has a \
         second factor, use an API key or another user: no token that is got with a code can be \
         shared. Or the user is disabled or locked, or this machine's address is not on the Control \
         Room's list of allowed addresses: an administrator sees it.",
    ),
    row(
        "credentials-rejected",
        |c| c.function == Authenticate,
        "Do not try these credentials again: ask a person for the right ones, or for the code of \
         the second factor (--mfa-code-from); or the user is disabled or locked, or this machine's \
         address is not on the Control Room's list of allowed addresses: an administrator sees it.",
    ),
    row(
        "credentials-rejected",
        |_| true,
        "Ask a person for the right credentials, and do not try these again.",
    ),
    // token-rejected
    row(
        "token-rejected",
        |c| c.sent.token_like_api_key,
        "What was given as a token looks like an API key: `rpa-auth authenticate --api-key-from \
         SOURCE` gets a token for it.",
    ),
    row(
        "token-rejected",
        |c| c.function == Logout,
        "The token was not good any more, so that nothing is left to log out.",
    ),
    row(
        "token-rejected",
        |c| c.function == CurrentUser,
        "The token has expired, or is for another organization, tenant or kind of server, or lacks \
         the scope: get one for this place.",
    ),
    row(
        "token-rejected",
        |c| c.code() == Some("UM1114"),
        "A later login of the same user displaced the token: find who else logs in as this user, \
         and get a new one.",
    ),
    row(
        "token-rejected",
        |_| true,
        "The token expired, was logged out, or was displaced by a later login: get a new one.",
    ),
    // request-rejected
    row(
        "request-rejected",
        |c| c.code() == Some("invalid_scope") && c.sent.scopes,
        "The scopes alone were refused: each must be granted to the application as an application \
         scope; or leave --scope out, and get those that are.",
    ),
    row(
        "request-rejected",
        |c| c.code() == Some("invalid_scope"),
        "The scopes alone were refused: name one with --scope, and grant it to the application as \
         an application scope.",
    ),
    row(
        "request-rejected",
        |c| c.code() == Some("unauthorized_client"),
        "The application may not get tokens so: it must be a confidential one, with application \
         scopes.",
    ),
    row(
        "request-rejected",
        |c| c.code() == Some("unsupported_grant_type"),
        "This server gives no token for client credentials: check the token endpoint's address.",
    ),
    row(
        "request-rejected",
        |c| c.function == Ropc && c.code() == Some("1002"),
        "There is no such tenant: check --tenancy-name, which is Host for the host administrator.",
    ),
    row(
        "request-rejected",
        |c| c.function == Ropc,
        "The Orchestrator refused what is in the request: the tenancy's name, or the kind of \
         account. A user of a directory (AD, SSO) without a password of its own cannot log in so: \
         use an external application.",
    ),
    row(
        "request-rejected",
        |c| c.function == Client,
        "The identity server refused what is in the request: a scope, the kind of application, or \
         --client-authentication.",
    ),
    row(
        "request-rejected",
        |c| c.function == Authenticate,
        "The Control Room refused what is in the request: the API version (--api), the kind of \
         account, --multiple-login, or the second factor.",
    ),
    row(
        "request-rejected",
        |_| true,
        "The platform refused what is in the request: check the URL and the API version.",
    ),
    // forbidden
    row(
        "forbidden",
        |c| c.function == Authenticate,
        "This user may not log in so, or not from this machine's address: ask an administrator of \
         the Control Room.",
    ),
    row(
        "forbidden",
        |c| c.function == CurrentUser,
        "The token is good, and its user or application may not do this: ask an administrator for \
         the role, or for the scope.",
    ),
    row(
        "forbidden",
        |_| true,
        "Ask an administrator for the permission.",
    ),
    // not-found
    row(
        "not-found",
        |c| c.function == Client,
        "Check the token endpoint: its path is /identity_/connect/token in Automation Suite and in \
         the cloud, /identity/connect/token standalone; `rpa-auth check` finds it.",
    ),
    row(
        "not-found",
        |c| matches!(c.function, Authenticate | Refresh),
        "Check the URL and the API version (--api): `rpa-auth check` finds out.",
    ),
    row(
        "not-found",
        |c| c.function == Ropc,
        "Check the URL, --organization, --tenant and --tenancy-name. In the cloud there is no \
         login with a user's password: use an external application.",
    ),
    row(
        "not-found",
        |c| c.function == CurrentUser,
        "Check the URL, --organization and --tenant.",
    ),
    row(
        "not-found",
        |_| true,
        "Check the URL: `rpa-auth check` says what answers there.",
    ),
    // server-error
    row(
        "server-error",
        |c| matches!(c.function, Authenticate | Ropc),
        "The platform failed: ask who runs it, and log in again when it is well.",
    ),
    row(
        "server-error",
        |_| true,
        "The platform failed: try later, or ask who runs it.",
    ),
    // throttled
    row(
        "throttled",
        |c| matches!(c.error, AuthError::Throttled(t) if t.retry_after_seconds.is_some()),
        "Wait as long as it says, then try again.",
    ),
    row(
        "throttled",
        |c| c.status() == Some(503),
        "The server is out of service for a while: wait some minutes, then try again.",
    ),
    row("throttled", |_| true, "Wait a minute, then try again."),
    // redirected
    row(
        "redirected",
        |c| c.leads_back() && c.takes_token(),
        "It leads to a page of the same server, a login page most likely: the token is not \
         accepted there, or the path is none of the API's. Check the URL.",
    ),
    row(
        "redirected",
        |c| c.leads_back(),
        "It leads to a page of the same server, a login page most likely: the path is none of the \
         API's. Check the URL; `rpa-auth check` says what answers there.",
    ),
    row(
        "redirected",
        |_| true,
        "No redirect is followed: if you trust where it leads, use that address.",
    ),
    // unexpected-response
    row(
        "unexpected-response",
        |c| c.status() == Some(401),
        "Not the platform, but a web server in front wants a login (Windows or Basic): ask who \
         runs it to let the API's paths through without.",
    ),
    row(
        "unexpected-response",
        |c| c.status() == Some(403),
        "Not the platform, but a firewall or a CDN in front refuses: ask who runs it for an \
         exception for this machine, or for the API's paths.",
    ),
    row(
        "unexpected-response",
        |c| c.is_login() && c.says("lacks what this call gives"),
        "The platform answered without a token: it may want a second factor, a licence, or a \
         password to be changed. Log in once in a browser and look.",
    ),
    row(
        "unexpected-response",
        |_| true,
        "Something else answered, a portal page or a proxy: `rpa-auth check` says what.",
    ),
    // unreachable, and nothing was sent
    row(
        "unreachable",
        |c| c.unsent(TransportFailure::Dns),
        "Check how the name is spelt, and whether this machine is in the right network or needs a \
         VPN.",
    ),
    row(
        "unreachable",
        |c| c.stopped_by(|why| matches!(why, Obstacle::OldTls)),
        "Whoever runs the server must switch on TLS 1.2 or 1.3.",
    ),
    row(
        "unreachable",
        |c| c.stopped_by(|why| matches!(why, Obstacle::NotTls | Obstacle::CutInHandshake)),
        "Check the port, and what stands in between: what answered there speaks no TLS, or ended \
         the connection.",
    ),
    row(
        "unreachable",
        |c| c.stopped_by(|why| matches!(why, Obstacle::Alert(_))),
        "The server may want a client certificate: give it with --client-certificate.",
    ),
    row(
        "unreachable",
        |c| c.stopped_by(|why| matches!(why, Obstacle::ProxyWantsOther(_))),
        "Run a local proxy that speaks what this one wants (cntlm for NTLM) and give its address \
         with --proxy. A password here cannot help.",
    ),
    row(
        "unreachable",
        |c| c.unsent(TransportFailure::Tls),
        "Give the company's CA with --ca-bundle; `rpa-auth check` shows the certificates.",
    ),
    row(
        "unreachable",
        |c| c.unsent(TransportFailure::Denied),
        "The proxy opened no tunnel: check its address, user name and password; `rpa-auth check` \
         says more.",
    ),
    row(
        "unreachable",
        |c| c.unsent(TransportFailure::Timeout),
        "No connection in time: a firewall, a missing VPN or a missing proxy; --connect-timeout \
         says how long it may take.",
    ),
    row(
        "unreachable",
        |c| c.exit() == Exit::Unreachable,
        "Nothing was sent: `rpa-auth check` shows where the connection ends.",
    ),
    // unreachable, and it may have arrived
    row(
        "unreachable",
        |c| c.function == Authenticate,
        "It may have happened and ended an earlier session: validate the token you have before you \
         log in again.",
    ),
    row(
        "unreachable",
        |c| matches!(c.function, Ropc | Client),
        "It may have happened; a token whose answer was lost lives until it expires.",
    ),
    row(
        "unreachable",
        |c| c.function == Refresh,
        "The token may have been exchanged: validate the old one before you go on.",
    ),
    row(
        "unreachable",
        |c| c.function == Logout,
        "The token may have been logged out: validate says whether it was.",
    ),
    row(
        "unreachable",
        |_| true,
        "Asking changes nothing: try again, and `rpa-auth check` where that fails too.",
    ),
    row("", |_| true, "Nothing more is known."),
];

impl Case<'_> {
    fn status(&self) -> Option<u16> {
        match self.error {
            AuthError::Rejected(rejection) => Some(rejection.status),
            AuthError::Throttled(throttling) => Some(throttling.status),
            AuthError::Redirected(redirection) => Some(redirection.status),
            AuthError::UnexpectedResponse(oddity) => Some(oddity.status),
            _ => None,
        }
    }

    fn code(&self) -> Option<&str> {
        match self.error {
            AuthError::Rejected(rejection) => rejection.code.as_deref(),
            AuthError::Throttled(throttling) => throttling.code.as_deref(),
            _ => None,
        }
    }

    fn exit(&self) -> Exit {
        Exit::from(self.error)
    }

    fn is_login(&self) -> bool {
        matches!(self.function, Authenticate | Ropc | Client)
    }

    fn takes_token(&self) -> bool {
        !self.is_login()
    }

    /// The redirect leads to where the call went.
    fn leads_back(&self) -> bool {
        match self.error {
            AuthError::Redirected(redirection) => {
                let origin = redirection.origin.as_deref();
                origin.map(crate::address::origin_of) == Some(self.sent.origin.clone())
            }
            _ => false,
        }
    }

    /// The component's own words of an answer that it did not expect.
    fn says(&self, words: &str) -> bool {
        matches!(self.error, AuthError::UnexpectedResponse(oddity) if oddity.what.contains(words))
    }

    /// Nothing was sent, because of `failure`.
    fn unsent(&self, failure: TransportFailure) -> bool {
        matches!(self.error, AuthError::Unreachable(no_answer)
            if no_answer.failure == failure && !no_answer.may_have_acted)
    }

    /// Nothing was sent, because of this obstacle.
    fn stopped_by(&self, is_it: impl Fn(&Obstacle) -> bool) -> bool {
        matches!(self.error, AuthError::Unreachable(no_answer)
            if !no_answer.may_have_acted && no_answer.why.as_ref().is_some_and(is_it))
    }

    /// Whether a request that got no answer may have reached the platform.
    fn may_have_arrived(&self) -> bool {
        matches!(self.error, AuthError::Unreachable(no_answer) if no_answer.may_have_acted)
    }

    /// Whether the platform may have counted a login that ended so as refused.
    fn may_count(&self) -> bool {
        match self.error {
            // The proxy's own, or the network's: nothing got through.
            _ if matches!(self.status(), Some(407 | 511)) => false,
            AuthError::Rejected(rejection) => rejection.kind != RejectionKind::NotFound,
            AuthError::UnexpectedResponse(_) => true,
            AuthError::Unreachable(_) => self.may_have_arrived(),
            _ => false,
        }
    }
}

/// What to do in `case`. `found` is what a look at the connection found afterwards: it
/// stands for what the table knows, and where a request may have arrived before it.
pub fn advice(case: &Case<'_>, found: Option<&str>) -> String {
    let first = match found {
        Some(found) if case.may_have_arrived() => format!("{found} {}", from_table(case)),
        Some(found) => found.to_owned(),
        None => from_table(case).to_owned(),
    };
    match case.may_count().then(|| cost(case.function)).flatten() {
        Some(cost) => format!("{first} {cost}"),
        None => first,
    }
}

fn from_table(case: &Case<'_>) -> &'static str {
    let mut rows = TABLE.iter();
    let applies =
        |row: &&Row| (row.error.is_empty() || row.error == case.error.name()) && (row.when)(case);
    rows.find(applies).map_or("", |row| row.advice)
}

/// What a login that ended without an answer to rely on may cost.
fn cost(function: Function) -> Option<&'static str> {
    match function {
        Authenticate => Some(
            "This login may count as refused: the third in a row disables the user, and only an \
             administrator can undo that.",
        ),
        Ropc => Some(
            "This login may count as refused: the Orchestrator locks a user out after ten by \
             default.",
        ),
        _ => None,
    }
}

/// What to think after a call that did not come to its end: a signal, or the
/// component was stopped.
pub fn after_interruption(function: Function) -> String {
    let other_side = function.other_side();
    match function {
        Authenticate => format!(
            "{other_side} may have received the login: it may have happened and ended an \
             earlier session, or count as refused. Validate the token you have before you log \
             in again."
        ),
        Ropc | Client => format!(
            "{other_side} may have received the login: it may have happened, or count as refused."
        ),
        Refresh => format!(
            "{other_side} may have received the request: validate the old token before you go on."
        ),
        _ => format!("{other_side} may have received the request."),
    }
}

/// What to do about a token that validate found to be none.
pub fn on_invalid_token(sent: &Sent) -> &'static str {
    if sent.token_like_api_key {
        "what was given looks like an API key, not like a token: `rpa-auth authenticate \
         --api-key-from SOURCE` gets a token for it."
    } else {
        "the token expired, was logged out, or was displaced by a later login of the same \
         user: get a new one."
    }
}

#[cfg(test)]
mod tests;
