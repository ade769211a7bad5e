//! The door over `wasi:http`: the plugin in a host that is wasmtime's own, whose requests
//! go over real sockets.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use rpa_auth_host::COMPONENT;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use toml::{Table, Value};
use wasmtime::component::{Component, Linker, Val};
use wasmtime::{Engine, Store};

use super::table::{Answer, Case, Exchange, Received};
use super::value::{error, to_data, to_val};
use crate::stock::{self, Own, State};

pub struct Door {
    engine: Engine,
    component: Component,
    linker: Linker<State>,
}

impl Door {
    pub fn new() -> Self {
        let engine = Engine::default();
        Self {
            component: Component::from_binary(&engine, COMPONENT).unwrap(),
            linker: stock::linker(&engine),
            engine,
        }
    }

    /// Runs a case against a platform that answers as it says.
    pub async fn run(&self, case: &Case) -> Result<(), String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let case = case.at(&origin);
        let platform = Platform::start(listener, case.exchanges.clone());
        let began = now();
        let result = self.call(&case.call, &case.arguments).await?;
        let requests = platform.requests();
        if requests.len() != case.exchanges.len() {
            return Err(format!(
                "{} requests were sent, then {result:?}",
                requests.len()
            ));
        }
        for (exchange, request) in case.exchanges.iter().zip(&requests) {
            exchange.request.judge(request)?;
        }
        case.judge(result, began..=now())
    }

    /// Makes the call, and gives its result as the data says it.
    pub async fn call(&self, name: &str, arguments: &Table) -> Result<Table, String> {
        let mut store = Store::new(&self.engine, State::new(Own));
        let instance = self.linker.instantiate_async(&mut store, &self.component);
        let instance = instance.await.unwrap();
        let interfaces = ["rpa:auth/auth@0.1.0", "rpa:auth/orchestrator-auth@0.1.0"];
        let index = interfaces.iter().find_map(|interface| {
            let interface = instance.get_export_index(&mut store, None, interface)?;
            instance.get_export_index(&mut store, Some(&interface), name)
        });
        let function = index.and_then(|index| instance.get_func(&mut store, index));
        let function = function.ok_or("there is no such call")?;
        let ty = function.ty(&store);
        let params = ty
            .params()
            .map(|(name, ty)| to_val(arguments.get(name), &ty));
        let params: Vec<Val> = params.collect::<Result<_, _>>()?;
        let mut results = [Val::Bool(false)];
        let called = function.call_async(&mut store, &params, &mut results);
        called
            .await
            .map_err(|error| format!("it trapped: {error:#}"))?;
        let [Val::Result(result)] = results else {
            panic!("{results:?}");
        };
        Ok(match result {
            Err(failure) => error(failure.as_deref()),
            Ok(output) => Table::from_iter([done(name, output.as_deref())]),
        })
    }
}

/// Returns the result of a call that went well, under its name.
fn done(call: &str, output: Option<&Val>) -> (String, Value) {
    let name = match call {
        "validate" => "valid",
        "logout" => "logged-out",
        "current-user" => "user",
        _ => "token",
    };
    let output = output.and_then(to_data).unwrap_or(Value::Boolean(true));
    (name.to_owned(), output)
}

/// Unix seconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}

/// A platform that answers the requests of a case in their order, each on a connection
/// of its own, and records what comes.
pub struct Platform {
    requests: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Platform {
    pub fn start(listener: TcpListener, exchanges: Vec<Exchange>) -> Self {
        let requests: Arc<Mutex<Vec<Received>>> = Arc::default();
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut answers = exchanges.into_iter().map(|exchange| exchange.answer);
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                seen.lock().unwrap().push(request);
                // One too many is recorded and not answered.
                if let Some(answer) = answers.next() {
                    let written = stream.write_all(&bytes(&answer)).await;
                    // A client may have read enough.
                    written.and(stream.shutdown().await).unwrap_or_default();
                }
            }
        });
        Self { requests, task }
    }

    pub fn requests(&self) -> Vec<Received> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request (RFC 9112) with a body of a known length.
async fn read(stream: &mut TcpStream) -> Received {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let read = stream.read_buf(&mut bytes).await.unwrap();
        assert_ne!(read, 0, "a request broke off");
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap().split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').expect("a header has a colon");
            (name.to_lowercase(), value.trim().to_owned())
        })
        .collect();
    let length = headers.iter().find(|header| header.0 == "content-length");
    let length: usize = length.map_or(0, |header| header.1.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let read = stream.read_buf(&mut body).await.unwrap();
        assert_ne!(read, 0, "a body broke off");
    }
    Received {
        method: method.to_owned(),
        path: path.to_owned(),
        headers,
        body,
    }
}

/// Returns an answer as it goes over the wire.
fn bytes(answer: &Answer) -> Vec<u8> {
    let body = answer.body();
    let mut head = format!(
        "HTTP/1.1 {} as told\r\nconnection: close\r\n",
        answer.status
    );
    for (name, value) in answer.headers() {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // It has none (RFC 9110, section 8.6).
    if answer.status != 204 {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    [head.into_bytes(), body].concat()
}
