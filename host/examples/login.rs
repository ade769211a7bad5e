//! Gets a token for one user, and gives it back.
//!
//! ```text
//! CR_PASSWORD=... cargo run -p rpa-auth-host --example login -- https://cr.example.com ada
//! ```
//!
//! An `http:` address is for the simulators (`cargo run -p simulators`) only.

use std::env;
use std::error::Error;

use rpa_auth_host::{ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, user] = &arguments[..] else {
        return Err("usage: login URL USER, with the password in CR_PASSWORD".into());
    };
    log_in(url, user).await
}

async fn log_in(url: &str, user: &str) -> Result<(), Box<dyn Error>> {
    let plugin = Plugin::builder().build()?;
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = url.starts_with("http://127.0.0.1:");
    let credentials = ControlRoomCredentials::password(user, env::var("CR_PASSWORD")?);

    let token = plugin.authenticate(&room, &credentials).await?;
    let (name, _) = token.header(); // name and value to put on every call to the Control Room
    println!(
        "a token for {} s, to send as {name}",
        token.lifetime_seconds
    );

    plugin.logout(&room, token.value()).await?;
    Ok(())
}
