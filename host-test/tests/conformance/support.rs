//! What the modules share: plugins, servers over both schemes, what a request
//! has to look like on the wire, and the results in short.

use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, SystemTime};

use rpa_auth_host::{
    AuthError, ControlRoom, ControlRoomApi, Error, IdentityServer, NoAnswer, Orchestrator, Plugin,
    Rejection, RejectionKind, Transport, TransportFailure,
};
use simulators::{Authority, Recorded, control_room, orchestrator};

pub use rpa_auth_host::ControlRoomApi::{V1, V2};

/// Needs escaping in JSON, in a URL and in a form.
pub const PASSWORD: &str = "p\"a\\s/s w\u{f6}rd&1";

/// The same within the quotation marks of JSON.
pub const PASSWORD_IN_JSON: &str = "p\\\"a\\\\s/s w\u{f6}rd&1";

/// Every special character that an API key is known to have.
pub const API_KEY: &str = r"k3y{}[]<|^:?=~\end";

/// The same within the quotation marks of JSON.
pub const API_KEY_IN_JSON: &str = r"k3y{}[]<|^:?=~\\end";

/// The authority of every server here that speaks TLS.
pub fn authority() -> &'static Authority {
    static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);
    &AUTHORITY
}

/// A plugin that trusts [`authority`].
pub fn plugin() -> &'static Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| {
        let builder = Plugin::builder().ca_bundle(authority().pem());
        builder.build().expect("the bundle holds a certificate")
    })
}

/// A plugin as a program sets it up that says nothing.
pub fn plain_plugin() -> &'static Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| Plugin::builder().build().expect("nothing can be wrong"))
}

/// How a simulator is spoken to.
#[derive(Clone, Copy, Debug)]
pub enum Wire {
    Http,
    Https,
}

impl Wire {
    pub const BOTH: [Self; 2] = [Self::Http, Self::Https];
}

/// A simulator's builder, over one wire or the other.
pub trait Over {
    fn over(self, wire: Wire) -> Self;
}

impl Over for control_room::Builder {
    fn over(self, wire: Wire) -> Self {
        match wire {
            Wire::Http => self,
            Wire::Https => self.tls(server_config()),
        }
    }
}

impl Over for orchestrator::Builder {
    fn over(self, wire: Wire) -> Self {
        match wire {
            Wire::Http => self,
            Wire::Https => self.tls(server_config()),
        }
    }
}

/// For a server at 127.0.0.1, as it should be.
pub fn server_config() -> Arc<rustls::ServerConfig> {
    authority().server_config(&["127.0.0.1"])
}

/// Permits plain HTTP only where the URL has it.
pub fn transport(url: &str) -> Transport {
    Transport {
        allow_http: url.starts_with("http:"),
        ..Transport::default()
    }
}

pub fn room(url: &str, api: ControlRoomApi) -> ControlRoom {
    ControlRoom {
        transport: transport(url),
        ..ControlRoom::new(url, api)
    }
}

pub fn orchestrator(url: &str) -> Orchestrator {
    Orchestrator {
        transport: transport(url),
        ..Orchestrator::new(url)
    }
}

pub fn identity_server(token_url: &str) -> IdentityServer {
    IdentityServer {
        transport: transport(token_url),
        ..IdentityServer::new(token_url)
    }
}

/// A request as it came, with its headers in the order of their names.
pub fn on_the_wire(request: &Recorded) -> String {
    let line = format!(
        "{} {} {:?}",
        request.method, request.path_and_query, request.version
    );
    let headers = request.headers.clone();
    message(&line, headers, &request.text())
}

/// A request that carries `headers`, and beside them those that every request has.
pub fn expected(
    line: &str,
    address: impl ToString,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let mut all = vec![
        ("accept".to_owned(), "application/json".to_owned()),
        ("host".to_owned(), address.to_string()),
        ("user-agent".to_owned(), "rpa-auth/0.1.0".to_owned()),
    ];
    if line.starts_with("POST") {
        all.push(("content-length".to_owned(), body.len().to_string()));
    }
    let more = headers.iter();
    all.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    message(&format!("{line} HTTP/1.1"), all, body)
}

fn message(line: &str, mut headers: Vec<(String, String)>, body: &str) -> String {
    headers.sort();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    format!("{line}\n{headers}\n{body}")
}

/// The header of a JSON body.
pub const JSON: (&str, &str) = ("content-type", "application/json");

/// The header of a form.
pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The one request that a server has seen since it was asked last.
#[track_caller]
pub fn only<T>(requests: Vec<T>) -> T
where
    T: Debug,
{
    let [request] = <[T; 1]>::try_from(requests).expect("one request, not more and not less");
    request
}

/// The contract's error of a call that must not succeed.
#[track_caller]
pub fn refused<T: Debug>(result: Result<T, Error>) -> AuthError {
    match result {
        // What the library knows beyond the contract, the tests of its way out look at.
        Err(Error::Auth(AuthError::Unreachable(no_answer))) => {
            unreachable(no_answer.failure, no_answer.may_have_acted)
        }
        Err(Error::Auth(error)) => error,
        other => panic!("not an error of the contract: {other:?}"),
    }
}

pub fn rejected(kind: RejectionKind, status: u16, code: &str, message: &str) -> AuthError {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    AuthError::Rejected(Rejection {
        kind,
        status,
        code: given(code),
        message: given(message),
    })
}

pub fn unreachable(failure: TransportFailure, may_have_acted: bool) -> AuthError {
    AuthError::Unreachable(NoAnswer {
        failure,
        may_have_acted,
        why: None,
    })
}

/// Keeps a test from hanging. Decides nothing else: it is far longer than any
/// limit that a test sets.
pub async fn guarded<T>(what: impl Future<Output = T>) -> T {
    let guard = tokio::time::timeout(Duration::from_secs(20), what);
    guard.await.expect("the call keeps its limits")
}

/// Unix time in seconds.
pub fn now() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed();
    since.expect("the clock is past 1970").as_secs()
}
