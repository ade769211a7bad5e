//! The component `sans-io`: the flows as steps, for hosts that do all I/O.
//!
//! Nothing is kept between two steps: a host passes the call and all answers so far, the
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

use alloc::vec::Vec;

use rpa_auth_guest::flows::{Answer, AuthError, Result, Token};
use rpa_auth_guest::replay::{Reached, Replay};
use rpa_auth_guest::{functions, memory};

use crate::world::exports::rpa::auth::flow_steps as wit;

rpa_auth_guest::world!(mod world: "sans-io" in "../../wit", sans io);

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
    let replay = &mut Replay::new(answers);
    Ok(match call {
        wit::Call::Authenticate((room, credentials)) => {
            reached(functions::authenticate(room, credentials, replay)?, token)
        }
        wit::Call::Validate((room, token)) => reached(
            functions::validate(room, token, replay)?,
            wit::Outcome::Validated,
        ),
        wit::Call::Refresh((room, old)) => reached(functions::refresh(room, old, replay)?, token),
        wit::Call::Logout((room, token)) => {
            reached(functions::logout(room, token, replay)?, |()| {
                wit::Outcome::LoggedOut
            })
        }
        wit::Call::RopcAuthenticate((orchestrator, credentials)) => reached(
            functions::ropc_authenticate(orchestrator, credentials, replay)?,
            token,
        ),
        wit::Call::ClientCredentialsAuthenticate((server, credentials)) => reached(
            functions::client_credentials_authenticate(server, credentials, replay)?,
            token,
        ),
        wit::Call::CurrentUser((orchestrator, token)) => reached(
            functions::current_user(orchestrator, token, replay)?,
            wit::Outcome::User,
        ),
    })
}

fn token(token: Token) -> wit::Outcome {
    wit::Outcome::Token(token.into())
}

fn reached<O>(reached: Reached<O>, outcome: impl FnOnce(O) -> wit::Outcome) -> wit::Step {
    match reached {
        Reached::Send(request) => wit::Step::Send(request),
        Reached::Done(output) => wit::Step::Done(outcome(output)),
    }
}
