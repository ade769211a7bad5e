//! The seven functions of the component.

use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::contract::flow_steps::{Call, FlowSteps, Outcome, Step};
use crate::contract::http_types::Answer;
use crate::engine::{self, Runtime};
use crate::outbound::{Outbound, TIMED_OUT};
use crate::{
    AuthError, Builder, ClientCredentials, ControlRoom, ControlRoomCredentials, Error,
    IdentityServer, Instances, Obstacle, Orchestrator, Probe, RopcCredentials, Stopped, Token,
    User, observe,
};

/// The component, ready to be called. Clones share their connections and, with
/// [`Instances::Warm`], their instances.
///
/// A call that is dropped before it ends is given up: its request may have
/// reached the platform.
#[derive(Clone)]
pub struct Plugin {
    runtime: Arc<Runtime>,
    outbound: Outbound,
    /// None where every step gets an instance of its own.
    warm: Option<Arc<Warm>>,
    warnings: Arc<[String]>,
}

/// A running component, which keeps nothing between two steps.
type Flows = engine::Instance<FlowSteps>;

/// Instances that wait for their next step.
struct Warm {
    kept: Mutex<Vec<Flows>>,
    /// The most that are kept: no more make a step at one time.
    most: usize,
}

impl Warm {
    fn new() -> Self {
        let threads = std::thread::available_parallelism();
        Self {
            kept: Mutex::default(),
            most: threads.map_or(1, NonZero::get),
        }
    }

    fn take(&self) -> Option<Flows> {
        self.kept().pop()
    }

    fn keep(&self, flows: Flows) {
        let mut kept = self.kept();
        if kept.len() < self.most {
            kept.push(flows);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Flows>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plugin {
    /// Begins to set up a plugin.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        runtime: Arc<Runtime>,
        outbound: Outbound,
        instances: Instances,
        warnings: Arc<[String]>,
    ) -> Self {
        Self {
            runtime,
            outbound,
            warm: match instances {
                Instances::PerCall => None,
                Instances::Warm => Some(Arc::new(Warm::new())),
            },
            warnings,
        }
    }

    /// What of the settings has no effect, a sentence each: an entry of `NO_PROXY` in
    /// a form that nobody reads, for one.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Looks at the way to a server, as the plugin's calls would take it, without
    /// credentials: for a person who wants to know where it ends. `limit` is how
    /// long each step may take. Returns an error for a malformed address, and for one
    /// that the plugin may not reach.
    pub fn probe(&self, url: &str, limit: Duration) -> Result<Probe, Obstacle> {
        Probe::new(self.outbound.clone(), url, limit)
    }

    /// Gets a token from a Control Room. It may displace the user's earlier
    /// token, whoever uses that.
    pub async fn authenticate(
        &self,
        room: &ControlRoom,
        credentials: &ControlRoomCredentials,
    ) -> Result<Token, Error> {
        let call = Call::Authenticate((room, credentials));
        self.call("authenticate", call, token).await
    }

    /// Asks a Control Room whether a token is still good.
    pub async fn validate(&self, room: &ControlRoom, token: &str) -> Result<bool, Error> {
        let is_valid = |outcome| match outcome {
            Outcome::Validated(is_valid) => Some(is_valid),
            _ => None,
        };
        let call = Call::Validate((room, token));
        self.call("validate", call, is_valid).await
    }

    /// Exchanges a token that is still good for a new one, without credentials.
    pub async fn refresh(&self, room: &ControlRoom, old: &str) -> Result<Token, Error> {
        self.call("refresh", Call::Refresh((room, old)), token)
            .await
    }

    /// Makes a Control Room forget a token at once.
    pub async fn logout(&self, room: &ControlRoom, token: &str) -> Result<(), Error> {
        let done = |outcome| matches!(outcome, Outcome::LoggedOut).then_some(());
        self.call("logout", Call::Logout((room, token)), done).await
    }

    /// Gets a token from an Orchestrator for a user name and password.
    pub async fn ropc_authenticate(
        &self,
        orchestrator: &Orchestrator,
        credentials: &RopcCredentials,
    ) -> Result<Token, Error> {
        let call = Call::RopcAuthenticate((orchestrator, credentials));
        self.call("ropc-authenticate", call, token).await
    }

    /// Gets a token for an external application.
    pub async fn client_credentials_authenticate(
        &self,
        server: &IdentityServer,
        credentials: &ClientCredentials,
    ) -> Result<Token, Error> {
        let call = Call::ClientCredentialsAuthenticate((server, credentials));
        self.call("client-credentials-authenticate", call, token)
            .await
    }

    /// Asks an Orchestrator who a token speaks for.
    pub async fn current_user(
        &self,
        orchestrator: &Orchestrator,
        token: &str,
    ) -> Result<User, Error> {
        let user = |outcome| match outcome {
            Outcome::User(user) => Some(user),
            _ => None,
        };
        let call = Call::CurrentUser((orchestrator, token));
        self.call("current-user", call, user).await
    }

    /// Makes one call under the eyes of the operator. `read` takes the outcome that the
    /// function has.
    async fn call<T>(
        &self,
        function: &'static str,
        call: Call<'_>,
        read: impl FnOnce(Outcome) -> Option<T>,
    ) -> Result<T, Error> {
        let call = async {
            let outcome = self.run(call).await?;
            read(outcome).ok_or_else(|| Error::Component(Stopped::of_another_call()))
        };
        observe::call(function, call, Error::name).await
    }

    /// Asks the component for the next step until there is an outcome.
    async fn run(&self, call: Call<'_>) -> Result<Outcome, Error> {
        let mut answers = Vec::new();
        let mut deadline = None;
        loop {
            let step = self.step(call, &answers).await;
            let step = step.map_err(|error| Error::stopped(&error, !answers.is_empty()))?;
            let request = match step? {
                Step::Done(outcome) => return Ok(outcome),
                Step::Send(request) => request,
            };
            // For all requests of the call together.
            let total = Duration::from_millis(request.limits.total_ms.into());
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + total);
            let answer = timeout_at(deadline, self.outbound.answer(request)).await;
            match answer.unwrap_or(Err(TIMED_OUT)) {
                Ok(answer) => answers.push(answer),
                Err(no_answer) => return Err(AuthError::Unreachable(no_answer).into()),
            }
        }
    }

    /// Makes one step. An instance is used again only if it is to be kept warm and has
    /// not trapped; who finds none takes another.
    async fn step(
        &self,
        call: Call<'_>,
        answers: &[Answer],
    ) -> wasmtime::Result<Result<Step, AuthError>> {
        let kept = self.warm.as_ref().and_then(|warm| warm.take());
        let mut flows = match kept {
            Some(flows) => flows,
            None => self.runtime.flows().await?,
        };
        let step = flows.next(call, answers)?;
        if let Some(warm) = &self.warm {
            warm.keep(flows);
        }
        Ok(step)
    }
}

fn token(outcome: Outcome) -> Option<Token> {
    match outcome {
        Outcome::Token(token) => Some(token),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn as_many_warm_instances_are_kept_as_may_be_and_no_more() {
        let runtime = Runtime::shared(&engine::Settings::default()).unwrap();
        let warm = Warm {
            kept: Mutex::default(),
            most: 2,
        };
        for _ in 0..3 {
            warm.keep(runtime.flows().await.unwrap());
        }
        assert!(warm.take().is_some() && warm.take().is_some());
        assert!(warm.take().is_none());
    }
}
