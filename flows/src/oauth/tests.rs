//! What an identity server is sent, to the byte, and what its answers mean.
//! The whole of its refusals is in the tests of `refusal`.

mod answers;
mod requests;

use super::ClientAuthentication::{Basic, RequestBody};
use super::*;
use crate::Header;

const URL: &str = "https://id.example/identity_/connect/token";

fn open<'a>(
    url: &str,
    way: ClientAuthentication,
    headers: &[(&'a str, &'a str)],
) -> Result<IdentityServer<'a>> {
    let options = Options {
        allow_http: true,
        headers: Header::given(headers),
    };
    IdentityServer::new(url, way, options)
}

fn client<'a>(client_id: &'a str, client_secret: &'a str) -> ClientCredentials<'a> {
    ClientCredentials {
        client_id,
        client_secret,
        scopes: &[],
    }
}

fn scopes(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}
