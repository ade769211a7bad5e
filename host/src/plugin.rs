//! The seven functions of the component, and how a plugin is set up.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::bindings::exports::rpa::auth::types as wit;
use crate::convert::{Transported, params};
use crate::engine::{Instance, Instances, Runtime};
use crate::observe;
use crate::outbound::proxy::{Proxies, Proxy};
use crate::outbound::source::Source;
use crate::outbound::tls::ClientCertificate;
use crate::outbound::{self, Origin, Outbound};
use crate::{
    BuildError, ClientCredentials, ControlRoom, ControlRoomCredentials, Error, IdentityServer,
    Orchestrator, RopcCredentials, Token, User,
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
    warm: Option<Arc<Mutex<Option<Instance>>>>,
}

impl Plugin {
    /// Begins to set up a plugin.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The interfaces that the component asks of its host, and all that it gets:
    /// `wasi:http/outgoing-handler@0.2.2`, say.
    pub fn imports(&self) -> Vec<String> {
        self.runtime.imports()
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
                let auth = exports.rpa_auth_auth();
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
            exports
                .rpa_auth_auth()
                .call_validate(store, room, token)
                .await
        })
        .await
    }

    /// Exchanges a token that is still good for a new one, without credentials.
    pub async fn refresh(&self, room: &ControlRoom, token: &str) -> Result<Token, Error> {
        let transport = Transported::new(&room.transport);
        let result = self.call("refresh", async |Instance { store, exports, .. }| {
            let room = params::room(room, &transport);
            exports
                .rpa_auth_auth()
                .call_refresh(store, room, token)
                .await
        });
        result.await.map(Token::from)
    }

    /// Makes a Control Room forget a token at once.
    pub async fn logout(&self, room: &ControlRoom, token: &str) -> Result<(), Error> {
        let transport = Transported::new(&room.transport);
        self.call("logout", async |Instance { store, exports, .. }| {
            let room = params::room(room, &transport);
            exports
                .rpa_auth_auth()
                .call_logout(store, room, token)
                .await
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
                let auth = exports.rpa_auth_auth();
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
                let auth = exports.rpa_auth_orchestrator_auth();
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
                let auth = exports.rpa_auth_orchestrator_auth();
                auth.call_current_user(store, orchestrator, token).await
            },
        );
        result.await.map(User::from)
    }

    /// Makes one call under the eyes of the operator.
    async fn call<T>(
        &self,
        function: &'static str,
        make: impl AsyncFnOnce(&mut Instance) -> wasmtime::Result<Result<T, wit::AuthError>>,
    ) -> Result<T, Error> {
        observe::call(function, self.call_in_an_instance(make)).await
    }

    /// An instance is used again only if it is to be kept warm and the call came to
    /// its end.
    async fn call_in_an_instance<T>(
        &self,
        make: impl AsyncFnOnce(&mut Instance) -> wasmtime::Result<Result<T, wit::AuthError>>,
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
        let result = make(&mut instance).await.map_err(stopped)?;
        if let Some(warm) = &mut warm {
            **warm = Some(instance);
        }
        result.map_err(|error| Error::Auth(error.into()))
    }

    async fn instance(&self) -> Result<Instance, Error> {
        let instance = self.runtime.instance(self.outbound.clone()).await;
        instance.map_err(stopped)
    }
}

fn stopped(error: wasmtime::Error) -> Error {
    Error::Component(error.into())
}

/// How a plugin is to be set up.
#[derive(Default)]
pub struct Builder {
    instances: Instances,
    outbound: outbound::Settings,
}

impl Builder {
    /// How long instances live. Default: for one call.
    pub fn instances(mut self, instances: Instances) -> Self {
        self.instances = instances;
        self
    }

    /// Trusts the certificates of a PEM bundle too, beside the system's and
    /// Mozilla's roots: for a platform with a certificate of a company CA.
    pub fn ca_bundle(self, pem: impl Into<Vec<u8>>) -> Self {
        self.trusting(Source::given(pem))
    }

    /// The same with a file, which is read again when it changes.
    pub fn ca_bundle_file(self, path: impl Into<PathBuf>) -> Self {
        self.trusting(Source::File(path.into()))
    }

    fn trusting(mut self, bundle: Source) -> Self {
        self.outbound.tls.ca_bundles.push(bundle);
        self
    }

    /// Proves itself with a client certificate (mTLS) to servers that ask for
    /// one: the chain in PEM, the client's own certificate first, and the
    /// private key in PEM, not encrypted.
    pub fn client_certificate(self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.proving_itself(Source::given(chain), Source::given(key))
    }

    /// The same with two files, which are read again when they change.
    pub fn client_certificate_files(
        self,
        chain: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.proving_itself(Source::File(chain.into()), Source::File(key.into()))
    }

    fn proving_itself(mut self, chain: Source, key: Source) -> Self {
        self.outbound.tls.client_certificate = Some(ClientCertificate { chain, key });
        self
    }

    /// Takes the proxies that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY` name, in capitals or not, as they are now. One that is spoken to
    /// over TLS or in SOCKS is not offered: requests that would go through it end
    /// with [`TransportFailure::Denied`](crate::TransportFailure::Denied). By
    /// default the environment is not looked at.
    pub fn proxies_from_environment(mut self) -> Self {
        self.outbound.proxies = Proxies::from_environment();
        self
    }

    /// Sends every request through `proxy`, but for the origins that
    /// [`proxy_for`](Self::proxy_for) names before.
    pub fn proxy(self, proxy: Proxy) -> Self {
        self.with_rule(None, proxy)
    }

    /// Sends requests to `origin` through `proxy`. The first rule that fits
    /// counts.
    pub fn proxy_for(self, origin: Origin, proxy: Proxy) -> Self {
        self.with_rule(Some(origin), proxy)
    }

    fn with_rule(mut self, origin: Option<Origin>, proxy: Proxy) -> Self {
        match &mut self.outbound.proxies {
            Proxies::Rules(rules) => rules.push((origin, proxy)),
            proxies => *proxies = Proxies::Rules(vec![(origin, proxy)]),
        }
        self
    }

    /// Lets the component reach these origins and no others. Without a call of
    /// this it may reach any. A request elsewhere ends with
    /// [`TransportFailure::Denied`](crate::TransportFailure::Denied).
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        let allowed = self.outbound.allowed.get_or_insert_default();
        allowed.extend(origins);
        self
    }

    /// Sets the plugin up. The first of a process compiles the component, which
    /// takes tens of milliseconds.
    pub fn build(self) -> Result<Plugin, BuildError> {
        let runtime = Runtime::shared().map_err(|error| BuildError::Engine(error.into()))?;
        Ok(Plugin {
            runtime,
            outbound: Outbound::new(self.outbound)?,
            warm: match self.instances {
                Instances::PerCall => None,
                Instances::OneWarm => Some(Arc::default()),
            },
        })
    }
}
