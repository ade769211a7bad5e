//! Calls a Control Room's API with the token that all programs share.
//!
//! ```text
//! export CR_PASSWORD=password PLACE_KEY=$(openssl rand -hex 32) SEALING_KEY=$(openssl rand -hex 32)
//! cargo build -p rpa-auth-host --example shared_session
//! for n in 1 2 3 4 5; do target/debug/examples/shared_session http://127.0.0.1:8090 ada directory:/tmp/tokens & done; wait
//! ```
//!
//! The five log in once: `cargo run -p simulators` in another terminal shows it. For
//! `redis:` and `rediss:` stores build it with `--features redis`. Its own HTTP client
//! speaks `http:` only.

use std::env;
use std::error::Error;

use http::Request;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, Reply, SessionKeys, Store,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, user, store] = &arguments[..] else {
        return Err("usage: shared_session URL USER STORE".into());
    };
    let status = call_the_api(url, user, store).await?;
    println!("the API answers {status}");
    Ok(())
}

async fn call_the_api(url: &str, user: &str, store: &str) -> Result<u16, Box<dyn Error>> {
    let keys = SessionKeys::from_hex(&env::var("PLACE_KEY")?, &env::var("SEALING_KEY")?)?;
    let sessions = Plugin::builder().build_sessions(Store::open(store)?, keys)?;
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = url.starts_with("http://127.0.0.1:");
    let credentials = ControlRoomCredentials::password(user, env::var("CR_PASSWORD")?);
    let session = sessions.session(Account::ControlRoom(room, credentials));

    let status = session
        .with_token(|token| async move {
            let (name, value) = token.header();
            match get(url, name, value).await {
                401 => Reply::TokenRefused(401), // renewed once, for everybody; then called again
                status => Reply::Other(status),
            }
        })
        .await?;
    Ok(status)
}

/// Asks how a work item is. Any HTTP client will do; this one speaks `http:` only.
async fn get(url: &str, name: &str, value: &str) -> u16 {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::get(format!("{url}/v3/wlm/queues/4/workitems/17"))
        .header(name, value)
        .header("accept", "application/json")
        .body(Empty::<Bytes>::new());
    let answer = client.request(request.expect("the URL was good for a login"));
    answer.await.map_or(0, |answer| answer.status().as_u16())
}
