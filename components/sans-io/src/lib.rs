//! The component `sans-io`: the flows as steps, for hosts that do all I/O.
//!
//! Nothing is kept between two calls: a host passes the call and all answers so far, the
//! flow is made anew and reads them in their order. On other targets than wasm this
//! crate is empty: a component's exports have names that no native linker takes.

#![cfg_attr(target_family = "wasm", no_std)]
#![allow(unsafe_code, reason = "exported functions need unmangled names")]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
#![cfg(target_family = "wasm")]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use rpa_auth_flows::{
    Answer, AuthError, Flow, HeaderField, Method, Next, Result, Scheme, Timeouts,
};
use rpa_auth_guest::functions::{self, Driver};
use rpa_auth_guest::{check_head, memory};

use crate::world::exports::rpa::auth::flow_steps as wit;

rpa_auth_guest::world!(mod world: "sans-io" in "../../wit", with: {
    "rpa:auth/flow-steps@0.1.0/answer": rpa_auth_flows::Answer,
});

/// The exports.
struct Component;

world::export!(Component with_types_in world);

impl wit::Guest for Component {
    fn next(call: wit::Call, answers: Vec<Answer>) -> core::result::Result<wit::Step, AuthError> {
        let step = step(&call, &answers);
        drop(call);
        drop(answers);
        memory::wipe_stack();
        step.map_err(|error| *error)
    }
}

/// Not inlined, so that all of its frames lie where `wipe_stack` wipes.
#[inline(never)]
fn step(call: &wit::Call, answers: &[Answer]) -> Result<wit::Step> {
    let replay = &mut Replay(answers);
    Ok(match call {
        wit::Call::Authenticate((room, credentials)) => {
            functions::authenticate(room, credentials, replay)?.step(token)
        }
        wit::Call::Validate((room, token)) => {
            functions::validate(room, token, replay)?.step(wit::Outcome::Validated)
        }
        wit::Call::Refresh((room, old)) => functions::refresh(room, old, replay)?.step(token),
        wit::Call::Logout((room, token)) => {
            functions::logout(room, token, replay)?.step(|()| wit::Outcome::LoggedOut)
        }
        wit::Call::RopcAuthenticate((orchestrator, credentials)) => {
            functions::ropc_authenticate(orchestrator, credentials, replay)?.step(token)
        }
        wit::Call::ClientCredentialsAuthenticate((server, credentials)) => {
            functions::client_credentials_authenticate(server, credentials, replay)?.step(token)
        }
        wit::Call::CurrentUser((orchestrator, token)) => {
            functions::current_user(orchestrator, token, replay)?.step(wit::Outcome::User)
        }
    })
}

fn token(token: rpa_auth_flows::Token) -> wit::Outcome {
    wit::Outcome::Token(token.into())
}

/// Drives a flow through the answers that a host has so far.
struct Replay<'a>(&'a [Answer]);

/// How far a flow came.
enum Reached<O> {
    /// It has no answer yet to this request.
    Send(wit::Request),
    /// To its end.
    Done(O),
}

impl<O> Reached<O> {
    fn step(self, outcome: impl FnOnce(O) -> wit::Outcome) -> wit::Step {
        match self {
            Self::Send(request) => wit::Step::Send(request),
            Self::Done(output) => wit::Step::Done(outcome(output)),
        }
    }
}

impl Driver for Replay<'_> {
    type Driven<O> = Reached<O>;

    fn drive<O>(
        &mut self,
        flow: &mut dyn Flow<Output = O>,
        timeouts: Timeouts,
    ) -> Result<Reached<O>> {
        for answer in self.0 {
            if let Next::Done(result) = flow.read(answer) {
                return result.map(Reached::Done);
            }
        }
        request(&flow.request(), timeouts).map(Reached::Send)
    }
}

/// Returns a request as a host sends it.
#[inline(never)]
fn request(request: &rpa_auth_flows::Request<'_>, timeouts: Timeouts) -> Result<wit::Request> {
    check_head(request)?;
    let mut url = String::from(match request.scheme() {
        Scheme::Http => "http://",
        Scheme::Https => "https://",
    });
    url.push_str(request.authority());
    url.push_str(request.path_and_query());
    let mut headers = Vec::with_capacity(request.headers().len());
    for header in request.headers() {
        headers.push(HeaderField {
            name: header.name().into(),
            value: header.value().into(),
        });
    }
    Ok(wit::Request {
        method: match request.method() {
            Method::Get => wit::Method::Get,
            Method::Post => wit::Method::Post,
        },
        url,
        headers,
        body: request.body_bytes().into(),
        limits: wit::TimeLimits {
            connect_ms: timeouts.connect(),
            first_byte_ms: timeouts.first_byte(),
            between_bytes_ms: timeouts.between_bytes(),
            total_ms: timeouts.total(),
        },
    })
}
