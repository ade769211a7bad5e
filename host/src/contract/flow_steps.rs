//! The interface `flow-steps`: the flows, a step at a time.

use wasmtime::component::{ComponentExportIndex, ComponentType, Lift, Lower};

use super::function::Interface;
use super::http_types::{Answer, Request};
use crate::engine::{Exports, Instance};
use crate::{
    AuthError, ClientCredentials, ControlRoom, ControlRoomCredentials, IdentityServer,
    Orchestrator, RopcCredentials, Token, User,
};

/// One call, with its arguments.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(variant)]
pub(crate) enum Call<'a> {
    #[component(name = "authenticate")]
    Authenticate((&'a ControlRoom, &'a ControlRoomCredentials)),
    #[component(name = "validate")]
    Validate((&'a ControlRoom, &'a str)),
    #[component(name = "refresh")]
    Refresh((&'a ControlRoom, &'a str)),
    #[component(name = "logout")]
    Logout((&'a ControlRoom, &'a str)),
    #[component(name = "ropc-authenticate")]
    RopcAuthenticate((&'a Orchestrator, &'a RopcCredentials)),
    #[component(name = "client-credentials-authenticate")]
    ClientCredentialsAuthenticate((&'a IdentityServer, &'a ClientCredentials)),
    #[component(name = "current-user")]
    CurrentUser((&'a Orchestrator, &'a str)),
}

/// The result of a call that went well.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Outcome {
    #[component(name = "token")]
    Token(Token),
    #[component(name = "validated")]
    Validated(bool),
    #[component(name = "logged-out")]
    LoggedOut,
    #[component(name = "user")]
    User(User),
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Step {
    #[component(name = "send")]
    Send(Request),
    #[component(name = "done")]
    Done(Outcome),
}

/// What the component exports.
#[derive(Clone, Copy)]
pub(crate) struct FlowSteps {
    next: ComponentExportIndex,
}

impl Exports for FlowSteps {
    const INTERFACE: &str = "rpa:auth/flow-steps@0.1.0";

    fn find(interface: &Interface<'_>) -> wasmtime::Result<Self> {
        Ok(Self {
            next: interface.function("next")?,
        })
    }
}

impl Instance<FlowSteps> {
    /// Returns what comes next after `answers`.
    pub(crate) fn next(
        &mut self,
        call: Call<'_>,
        answers: &[Answer],
    ) -> wasmtime::Result<Result<Step, AuthError>> {
        self.call(&self.exports().next, (call, answers))
    }
}
