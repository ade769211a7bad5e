//! A plain client for the API behind a token: raw sockets, so that nothing
//! mends what the component says about the header.

use rpa_auth_host::Token;
use simulators::client::{Client, Reply, connect_tls, get};

use super::support::authority;

/// Calls the API with the header that the token says, at a server of this test.
pub async fn api(url: &str, path: &str, token: &Token) -> Reply {
    let (name, value) = token.header();
    let (scheme, rest) = url.split_once("://").expect("a simulator's URL");
    let (address, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = match prefix {
        "" => String::new(),
        prefix => format!("/{prefix}"),
    };
    let request = get(&format!("{prefix}{path}"), &[&format!("{name}: {value}")]);
    let address = address.parse().expect("an address with its port");
    let reply = match scheme {
        "http" => Client::connect(address).await.exchange(&request).await,
        _ => {
            let client = connect_tls(address, "127.0.0.1", &authority().pem()).await;
            client.unwrap().exchange(&request).await
        }
    };
    reply.unwrap()
}
