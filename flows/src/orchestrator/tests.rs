//! What an Orchestrator is sent, to the byte, and what its answers mean. The
//! whole of its refusals is in the tests of `refusal`.

mod answers;
mod requests;

use super::*;
use crate::Header;

const URL: &str = "https://orch.example";
const TOKEN: &str = "t0k3n.opaque";

/// Where an Orchestrator is: URL, organization, tenant, authenticate-path.
type Place<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn open<'a>(place: Place<'_>, headers: &[(&'a str, &'a str)]) -> Result<Orchestrator<'a>> {
    let options = Options {
        allow_http: true,
        headers: Header::given(headers),
    };
    let (url, organization, tenant, path) = place;
    Orchestrator::new(url, organization, tenant, path, options)
}

fn standalone<'a>(headers: &[(&'a str, &'a str)]) -> Orchestrator<'a> {
    open((URL, None, None, None), headers).expect("an Orchestrator")
}

fn credentials(tenancy_name: Option<&str>) -> RopcCredentials<'_> {
    RopcCredentials {
        tenancy_name,
        username_or_email_address: "bot@example.com",
        password: "pw",
    }
}
