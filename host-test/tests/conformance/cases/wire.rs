//! The cases of the wire, through the library and through the plugin in a host of
//! wasmtime's own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rpa_auth_host::{
    AuthError, ControlRoom, ControlRoomApi, ControlRoomCredentials, Error, Plugin, Proxy,
    RejectionKind, Transport, TransportFailure,
};
use simulators::Wire;
use simulators::wire::Place;
use tokio::task::JoinSet;
use toml::{Table, Value};

use super::over_http;
use super::table::folder;
use super::wire_table::{WireCase, WireCases};

/// How many cases there are.
const WIRE: usize = 119;

/// How long a server may take to notice what a client did.
const LATE: Duration = Duration::from_secs(10);

/// Between two calls of a case.
const PAUSE: Duration = Duration::from_millis(300);

/// Makes a call of a case, and gives its result as the data says it.
trait Door: Send + Sync + 'static {
    /// One client, which keeps its connections.
    fn open(&self, place: &Place) -> Self::Client;

    type Client: Send;

    fn call(
        &self,
        client: &mut Self::Client,
        function: &str,
        arguments: Table,
    ) -> impl Future<Output = Result<Table, String>> + Send;
}

/// Runs every case at once and says all that went wrong. So many of them are excepted
/// for this host, and so many give something else.
async fn run_all(host: &str, door: impl Door, excepted: usize, differing: usize) {
    let WireCases {
        cases,
        excepted: cannot,
        differing: gives,
    } = WireCases::on(host);
    assert_eq!(cases.len() + cannot, WIRE, "say so where one was added");
    assert_eq!(cannot, excepted, "cases that it cannot run");
    assert_eq!(gives, differing, "cases where it gives something else");

    let wire = Wire::start(&folder("wire"), false).await.unwrap();
    let door = Arc::new(door);
    let mut running = JoinSet::new();
    for case in &cases {
        let (door, case) = (Arc::clone(&door), case.clone());
        let place = wire.places()[&case.name].clone();
        // Here, so that no limit passes while another case's client is made.
        let client = door.open(&place);
        running.spawn(async move { run(&*door, client, &case, &place).await });
    }
    let mut wrong: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    wrong.extend(unseen(&wire, &cases).await);
    assert!(
        wrong.is_empty(),
        "{} of {} went wrong:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// Makes the calls of a case, and says what went wrong.
async fn run<D: Door>(
    door: &D,
    mut client: D::Client,
    case: &WireCase,
    place: &Place,
) -> Option<String> {
    let mut wrong = None;
    for (number, call) in case.calls_at(place).iter().enumerate() {
        if number > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let arguments = call.arguments(&place.url);
        let made = door.call(&mut client, &call.function, arguments);
        let judged = match tokio::time::timeout(Duration::from_secs(50), made).await {
            Err(_) => Err("it does not keep its limits".into()),
            Ok(result) => result.and_then(|result| call.judge(&result)),
        };
        // The further calls are made all the same, for the server to see them.
        if let Err(what) = judged {
            wrong.get_or_insert_with(|| format!("{}: {what}", case.name));
        }
    }
    wrong
}

/// Waits until the servers have seen what they should, and says what they have not.
async fn unseen(wire: &Wire, cases: &[WireCase]) -> Vec<String> {
    let late = tokio::time::Instant::now() + LATE;
    loop {
        let wrong: Vec<String> = cases
            .iter()
            .filter_map(|case| case.judge_seen(wire.places()[&case.name].seen()).err())
            .collect();
        if wrong.is_empty() || tokio::time::Instant::now() > late {
            return wrong;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The library. Cases that trust the same, and go by the same proxy, share a plugin: none
/// shares an address with another.
#[derive(Default)]
struct Library(Mutex<HashMap<WayOut, Plugin>>);

/// The CA to trust, and the proxy.
type WayOut = (Option<PathBuf>, Option<String>);

impl Door for Library {
    type Client = Plugin;

    fn open(&self, place: &Place) -> Plugin {
        let build = || {
            let mut builder = Plugin::builder();
            if let Some(ca) = &place.ca {
                builder = builder.ca_bundle_file(ca);
            }
            if let Some(proxy) = &place.proxy {
                builder = builder.proxy(Proxy::new(proxy).unwrap());
            }
            builder.build().unwrap()
        };
        let mut plugins = self.0.lock().unwrap();
        let key = (place.ca.clone(), place.proxy.clone());
        plugins.entry(key).or_insert_with(build).clone()
    }

    async fn call(
        &self,
        plugin: &mut Plugin,
        function: &str,
        arguments: Table,
    ) -> Result<Table, String> {
        let room = control_room(&arguments["control-room"]);
        let made = match function {
            "authenticate" => {
                let credentials = &arguments["credentials"];
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let credentials = ControlRoomCredentials::password(
                    text(&credentials["username"]),
                    text(&credentials["secret"]["password"]),
                );
                let token = plugin.authenticate(&room, &credentials).await;
                token.map(|token| {
                    let value = ("value", Value::from(token.value()));
                    ("token", table([value]))
                })
            }
            "validate" => {
                let token = arguments["token"].as_str().unwrap();
                let valid = plugin.validate(&room, token).await;
                valid.map(|valid| ("valid", valid.into()))
            }
            _ => return Err("there is no such call".into()),
        };
        let (name, value) = made.unwrap_or_else(|error| ("error", to_data(error)));
        Ok(Table::from_iter([(name.to_owned(), value)]))
    }
}

fn control_room(data: &Value) -> ControlRoom {
    let transport = &data["transport"];
    let limit = |name: &str| {
        let ms = transport.get(name)?.as_integer().unwrap();
        Some(Duration::from_millis(ms.try_into().unwrap()))
    };
    ControlRoom {
        transport: Transport {
            allow_http: transport.get("allow-http").is_some(),
            connect_timeout: limit("connect-timeout-ms"),
            first_byte_timeout: limit("first-byte-timeout-ms"),
            between_bytes_timeout: limit("between-bytes-timeout-ms"),
            total_timeout: limit("total-timeout-ms"),
            ..Transport::default()
        },
        ..ControlRoom::new(data["url"].as_str().unwrap(), ControlRoomApi::V2)
    }
}

/// Returns an error as the data says it, as far as the cases of the wire look at one.
fn to_data(error: Error) -> Value {
    let Error::Auth(error) = error else {
        return error.to_string().into();
    };
    match error {
        AuthError::Unreachable(no_answer) => {
            let failure = match no_answer.failure {
                TransportFailure::Dns => "dns",
                TransportFailure::Refused => "refused",
                TransportFailure::Tls => "tls",
                TransportFailure::Timeout => "timeout",
                TransportFailure::Closed => "closed",
                TransportFailure::Denied => "denied",
                TransportFailure::Other => "other",
                _ => "a new one",
            };
            let fields = table([
                ("failure", failure.into()),
                ("may-have-acted", no_answer.may_have_acted.into()),
            ]);
            table([("unreachable", fields)])
        }
        AuthError::Redirected(redirection) => {
            let origin = redirection.origin.unwrap_or_default();
            let fields = table([
                ("status", i64::from(redirection.status).into()),
                ("origin", origin.into()),
            ]);
            table([("redirected", fields)])
        }
        AuthError::UnexpectedResponse(oddity) => {
            let fields = table([
                ("status", i64::from(oddity.status).into()),
                ("what", oddity.what.into()),
            ]);
            table([("unexpected-response", fields)])
        }
        AuthError::Rejected(rejection) => {
            let kind = match rejection.kind {
                RejectionKind::RequestRejected => "request-rejected",
                _ => "another",
            };
            let fields = table([
                ("kind", kind.into()),
                ("status", i64::from(rejection.status).into()),
            ]);
            table([("rejected", fields)])
        }
        other => other.to_string().into(),
    }
}

fn table<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Value::Table(Table::from_iter(fields))
}

/// The plugin in a host of wasmtime's own.
impl Door for over_http::Door {
    type Client = ();

    fn open(&self, _: &Place) {}

    async fn call(&self, (): &mut (), function: &str, arguments: Table) -> Result<Table, String> {
        self.call(function, &arguments).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_library_ends_every_case_of_the_wire_as_the_data_says() {
    run_all("rust", Library::default(), 0, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_of_wasmtimes_own_ends_every_case_of_the_wire_as_the_data_says() {
    // wasmtime's sender takes the process's: two are compiled in. Another test may have
    // been first.
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let _ = provider.install_default();
    run_all("wasmtime", over_http::Door::new(), 15, 30).await;
}
