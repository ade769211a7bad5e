//! Asks an identity server whether it is there, without credentials.
//!
//! A GET of the token endpoint is none of RFC 6749's requests: section 3.2 wants a
//! POST. A server that is up refuses it, and counts it against nobody.

use super::IdentityServer;
use crate::refusal::{Call, Proof};
use crate::{Answer, Flow, Method, Next, Request};

/// A GET of the token endpoint. It never succeeds: what its error says is whether
/// the server itself refused it.
pub struct Probe<'a>(&'a IdentityServer<'a>);

impl<'a> Probe<'a> {
    /// Asks `server`.
    pub fn new(server: &'a IdentityServer<'a>) -> Self {
        Self(server)
    }
}

impl Flow for Probe<'_> {
    type Output = ();

    fn request(&self) -> Request<'_> {
        let endpoint = &self.0.token_endpoint;
        let path = endpoint.path().into();
        Request::new(Method::Get, endpoint, path, &self.0.options.headers)
    }

    fn read(&mut self, answer: &Answer) -> Next<()> {
        let call = Call {
            proof: Proof::Nothing,
            endpoint: &self.0.token_endpoint,
            headers: &self.0.options.headers,
            secrets: &[],
        };
        Next::Done(Err(call.refusal(answer)))
    }
}
