//! Logs in through the component without I/O, in wasmtime, with an HTTP client of one's own:
//! what a host in any language does.
//!
//! ```text
//! CR_PASSWORD=... cargo run -p rpa-auth-host --example own_http_client -- http://127.0.0.1:8090 ada
//! ```

use std::env;
use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rpa_auth_host::SANS_IO_COMPONENT;
use tokio::time::{Instant, timeout_at};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use self::contract::SansIo;
use self::contract::exports::rpa::auth::flow_steps::{Answer, Call, Outcome, Request, Step};
use self::contract::exports::rpa::auth::http_types::Method;
use self::contract::exports::rpa::auth::types::{
    ControlRoom, ControlRoomApi, ControlRoomCredentials, ControlRoomSecret, TransportOptions,
};

/// What wasmtime makes of the contract.
mod contract {
    #![allow(missing_docs, reason = "the WIT has them")]

    wasmtime::component::bindgen!({ path: "../wit", world: "sans-io" });
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, user] = &arguments[..] else {
        return Err("usage: own_http_client URL USER, with the password in CR_PASSWORD".into());
    };
    let room = ControlRoom {
        url: url.clone(),
        api: ControlRoomApi::V2,
        transport: Some(TransportOptions {
            allow_http: Some(url.starts_with("http://127.0.0.1:")),
            connect_timeout_ms: None,
            first_byte_timeout_ms: None,
            between_bytes_timeout_ms: None,
            total_timeout_ms: None,
            headers: None,
        }),
    };
    let credentials = ControlRoomCredentials {
        username: user.clone(),
        secret: ControlRoomSecret::Password(env::var("CR_PASSWORD")?),
        mfa_code: None,
        multiple_login: None,
    };
    match call(&Call::Authenticate((room, credentials))).await? {
        Outcome::Token(token) => println!(
            "a token for {} s, to send as {}",
            token.lifetime_seconds, token.header.name
        ),
        _ => println!("the outcome of another call"),
    }
    Ok(())
}

/// Asks the component what to send, sends it, and tells it the answer, until it is done.
async fn call(call: &Call) -> Result<Outcome, Box<dyn Error>> {
    let engine = Engine::default();
    let component = Component::from_binary(&engine, SANS_IO_COMPONENT)?;
    let mut store = Store::new(&engine, ());
    // It imports nothing, so there is nothing to give it.
    let flows = SansIo::instantiate(&mut store, &component, &Linker::new(&engine))?;
    let flows = flows.rpa_auth_flow_steps();

    let mut answers = Vec::new();
    let began = Instant::now();
    loop {
        match flows.call_next(&mut store, call, &answers)? {
            Ok(Step::Done(outcome)) => return Ok(outcome),
            Ok(Step::Send(request)) => {
                // For all requests of the call together. The other limits, and whether a request
                // that got no answer may have left, a host tells its caller too.
                let total = Duration::from_millis(request.limits.total_ms.into());
                answers.push(timeout_at(began + total, send(request)).await??);
            }
            Err(error) => return Err(format!("{error:?}").into()),
        }
    }
}

/// Sends a request as it is, once, and follows no redirect.
async fn send(request: Request) -> Result<Answer, Box<dyn Error>> {
    let mut builder = http::Request::builder()
        .uri(request.url)
        .method(match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        });
    for header in request.headers {
        builder = builder.header(header.name, header.value);
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let sent = builder.body(Full::new(Bytes::from(request.body)))?;
    let (head, body) = client.request(sent).await?.into_parts();

    let body = match Limited::new(body, 256 * 1024).collect().await {
        Ok(body) => Some(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => None,
        Err(error) => return Err(error),
    };
    let header = |name| {
        let value = head.headers.get(name)?;
        Some(value.to_str().ok()?.to_owned())
    };
    Ok(Answer {
        status: head.status.as_u16(),
        content_type: header("content-type"),
        retry_after: header("retry-after"),
        date: header("date"),
        location: header("location"),
        www_authenticate: header("www-authenticate"),
        body,
        received_at_seconds: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    })
}
