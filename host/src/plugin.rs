//! The seven functions of the component.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::bindings::exports::rpa::auth::types as wit;
use crate::convert::{Transported, params};
use crate::engine::{Flows, Instance, Runtime};
use crate::outbound::Outbound;
use crate::{
    AuthError, Builder, ClientCredentials, ControlRoom, ControlRoomCredentials, Error,
    IdentityServer, Instances, Obstacle, Orchestrator, Probe, RopcCredentials, Token, User,
    observe,
};

/// The component, ready to be called. Clones share their connections and, with
/// [`Instances::OneWarm`], their instance.
///
/// A call that is dropped before it ends is given up: its request may have
/// reached the platform.
#[derive(Clone)]
pub struct Plugin {
    runtime: Arc<Runtime>,
    outbound: Outbound,
    /// None where every call gets an instance of its own.
    warm: Option<Arc<Mutex<Option<Instance<Flows>>>>>,
    warnings: Arc<[String]>,
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
                Instances::OneWarm => Some(Arc::default()),
            },
            warnings,
        }
    }

    /// What of the settings has no effect, a sentence each: an entry of `NO_PROXY` in
    /// a form that nobody reads, for one.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The interfaces that the component asks of its host, and all that it gets:
    /// `wasi:http/outgoing-handler@0.2.2`, say.
    pub fn imports(&self) -> Vec<String> {
        self.runtime.imports()
    }

    /// Looks at the way to a server, as the plugin's calls would take it, without
    /// credentials: for a person who wants to know where it ends. `limit` is how
    /// long each step may take. An address that is none, and one that the plugin
    /// may not reach, are refused here.
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
        let transport = Transported::new(&room.transport);
        let result = self.call(
            "authenticate",
            async |Instance { store, exports, .. }| {
                let (room, credentials) = (params::room(room, &transport), credentials.into());
                let auth = &exports.auth;
                auth.call_authenticate(store, room, credentials).await
            },
        );
        result.await.map(Token::from)
    }

    /// Asks a Control Room whether a token is still good.
    pub async fn validate(&self, room: &ControlRoom, token: &str) -> Result<bool, Error> {
        let transport = Transported::new(&room.transport);
        self.call("validate", async |Instance { store, exports, .. }| {
            let room = params::room(room, &transport);
            exports.auth.call_validate(store, room, token).await
        })
        .await
    }

    /// Exchanges a token that is still good for a new one, without credentials.
    pub async fn refresh(&self, room: &ControlRoom, token: &str) -> Result<Token, Error> {
        let transport = Transported::new(&room.transport);
        let result = self.call("refresh", async |Instance { store, exports, .. }| {
            let room = params::room(room, &transport);
            exports.auth.call_refresh(store, room, token).await
        });
        result.await.map(Token::from)
    }

    /// Makes a Control Room forget a token at once.
    pub async fn logout(&self, room: &ControlRoom, token: &str) -> Result<(), Error> {
        let transport = Transported::new(&room.transport);
        self.call("logout", async |Instance { store, exports, .. }| {
            let room = params::room(room, &transport);
            exports.auth.call_logout(store, room, token).await
        })
        .await
    }

    /// Gets a token from an Orchestrator for a user name and password.
    pub async fn ropc_authenticate(
        &self,
        orchestrator: &Orchestrator,
        credentials: &RopcCredentials,
    ) -> Result<Token, Error> {
        let transport = Transported::new(&orchestrator.transport);
        let result = self.call(
            "ropc-authenticate",
            async |Instance { store, exports, .. }| {
                let orchestrator = params::orchestrator(orchestrator, &transport);
                let auth = &exports.auth;
                auth.call_ropc_authenticate(store, orchestrator, credentials.into())
                    .await
            },
        );
        result.await.map(Token::from)
    }

    /// Gets a token for an external application.
    pub async fn client_credentials_authenticate(
        &self,
        server: &IdentityServer,
        credentials: &ClientCredentials,
    ) -> Result<Token, Error> {
        let transport = Transported::new(&server.transport);
        let scopes: Vec<&str> = credentials.scopes.iter().map(String::as_str).collect();
        let result = self.call(
            "client-credentials-authenticate",
            async |Instance { store, exports, .. }| {
                let server = params::identity_server(server, &transport);
                let credentials = params::client_credentials(credentials, &scopes);
                let auth = &exports.orchestrator_auth;
                auth.call_client_credentials_authenticate(store, server, credentials)
                    .await
            },
        );
        result.await.map(Token::from)
    }

    /// Asks an Orchestrator who a token speaks for.
    pub async fn current_user(
        &self,
        orchestrator: &Orchestrator,
        token: &str,
    ) -> Result<User, Error> {
        let transport = Transported::new(&orchestrator.transport);
        let result = self.call(
            "current-user",
            async |Instance { store, exports, .. }| {
                let orchestrator = params::orchestrator(orchestrator, &transport);
                let auth = &exports.orchestrator_auth;
                auth.call_current_user(store, orchestrator, token).await
            },
        );
        result.await.map(User::from)
    }

    /// Makes one call under the eyes of the operator.
    async fn call<T>(
        &self,
        function: &'static str,
        make: impl AsyncFnOnce(&mut Instance<Flows>) -> wasmtime::Result<Result<T, wit::AuthError>>,
    ) -> Result<T, Error> {
        observe::call(function, self.call_in_an_instance(make), Error::name).await
    }

    /// An instance is used again only if it is to be kept warm and the call came to
    /// its end.
    async fn call_in_an_instance<T>(
        &self,
        make: impl AsyncFnOnce(&mut Instance<Flows>) -> wasmtime::Result<Result<T, wit::AuthError>>,
    ) -> Result<T, Error> {
        let mut warm = match &self.warm {
            Some(warm) => Some(warm.lock().await),
            None => None,
        };
        let kept = warm.as_mut().and_then(|warm| warm.take());
        let mut instance = match kept {
            Some(instance) => instance,
            None => self.instance().await?,
        };
        // What a call that was given up has left.
        instance.take_log();
        let result = make(&mut instance).await;
        let log = instance.take_log();
        let result = result.map_err(|error| Error::stopped(&error, log.may_have_left))?;
        if let Some(warm) = &mut warm {
            **warm = Some(instance);
        }
        result.map_err(|error| Error::Auth(AuthError::from(error).because_of(log.obstacle)))
    }

    async fn instance(&self) -> Result<Instance<Flows>, Error> {
        let instance = self.runtime.plugin(self.outbound.clone()).await;
        instance.map_err(|error| Error::stopped(&error, false))
    }
}

#[cfg(test)]
mod tests {
    use wasmtime_wasi_io::IoView;

    use super::*;

    /// A warm instance would drown in what each call leaves.
    #[tokio::test]
    async fn nothing_of_a_call_is_left_in_a_warm_instance() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        let plugin = Plugin::builder().instances(Instances::OneWarm);
        let plugin = plugin.build().unwrap();
        let mut room = ControlRoom::new(url, crate::ControlRoomApi::V2);
        room.transport.allow_http = true;
        let credentials = ControlRoomCredentials::password("ada", "s3cret");
        let refused = plugin.authenticate(&room, &credentials).await;
        assert!(matches!(refused, Err(Error::Auth(_))));

        let mut warm = plugin.warm.as_ref().unwrap().lock().await;
        assert!(warm.as_mut().unwrap().store.data_mut().table().is_empty());
    }
}
