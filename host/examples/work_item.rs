//! Starts a work item and waits for its end, with a token that all programs of one user share.
//!
//! ```text
//! export CR_PASSWORD=password PLACE_KEY=$(openssl rand -hex 32) SEALING_KEY=$(openssl rand -hex 32)
//! cargo run -p rpa-auth-host --example work_item http://127.0.0.1:8090 ada directory:/tmp/tokens
//! ```
//!
//! `cargo run -p simulators` in another terminal is a Control Room to try it on.

use std::env;
use std::error::Error;
use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use rpa_auth_host::{
    Account, Api, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, SessionKeys, Store,
};
use serde_json::{Value, json};

const QUEUE: &str = "/v3/wlm/queues/4/workitems";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, user, store] = &arguments[..] else {
        return Err("usage: work_item URL USER STORE".into());
    };
    let keys = SessionKeys::from_hex(&env::var("PLACE_KEY")?, &env::var("SEALING_KEY")?)?;
    let sessions = Plugin::builder().build_sessions(Store::open(store)?, keys)?;
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = url.starts_with("http://127.0.0.1:");
    let credentials = ControlRoomCredentials::password(user, env::var("CR_PASSWORD")?);
    let session = sessions.session(Account::ControlRoom(room, credentials));
    let api = session.api()?;

    let new = json!({ "workItems": [{ "invoice": 4711 }] });
    let added = call(&api, Request::post(QUEUE), Some(new)).await?;
    let id = added["ids"][0].as_str().ok_or("there is no id")?;
    for _ in 0..60 {
        let item = call(&api, Request::get(format!("{QUEUE}/{id}")), None).await?;
        if item["status"] == "COMPLETED" {
            println!("work item {id}: {}", item["result"].as_str().unwrap_or("?"));
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err(format!("work item {id} is not done after a minute").into())
}

/// Calls the Control Room. A token that it refuses is renewed, once for all programs.
async fn call(
    api: &Api,
    request: http::request::Builder,
    body: Option<Value>,
) -> Result<Value, Box<dyn Error>> {
    let mut request = request.header("accept", "application/json");
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let answer = api.send(request.body(Full::<Bytes>::from(body))?).await?;
    let status = answer.status();
    let answer = answer.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        return Err(format!("the Control Room answers {status}").into());
    }
    Ok(serde_json::from_slice(&answer)?)
}
