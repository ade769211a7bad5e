//! What a Control Room is sent, to the byte, and what its answers mean. The
//! whole of its refusals is in the tests of `refusal`.

mod answers;
mod arguments;
mod requests;

use super::*;
use crate::Header;

const URL: &str = "https://cr.example";
const TOKEN: &str = "eyJ0.eyJ1.c2ln";

/// What a gateway in front of the Control Room wants.
const EXTRA: [(&str, &str); 3] = [("X-Gateway", "one"), ("x-b", ""), ("X-Gateway", "two")];

fn room<'a>(url: &str, api: Api, headers: &[(&'a str, &'a str)]) -> ControlRoom<'a> {
    let options = Options {
        allow_http: true,
        headers: Header::given(headers),
    };
    ControlRoom::new(url, api, options).expect("a Control Room")
}

fn with(secret: Secret<'_>) -> Credentials<'_> {
    Credentials {
        username: "bot",
        secret,
        mfa_code: None,
        multiple_login: None,
    }
}
