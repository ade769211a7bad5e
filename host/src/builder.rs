//! How a plugin is set up.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::{self, Instances, Runtime};
use crate::outbound::proxy::{Proxies, Proxy};
use crate::outbound::source::Source;
use crate::outbound::tls::ClientCertificate;
use crate::outbound::{self, Origin, Outbound};
use crate::{BuildError, Plugin, SessionKeys, Sessions, Store, observe};

/// How a plugin is to be set up.
#[derive(Default)]
pub struct Builder {
    instances: Instances,
    engine: engine::Settings,
    outbound: outbound::Settings,
}

impl Builder {
    /// How long instances of the flows live. Default: for one step of a call. Sessions
    /// share instances of their own.
    pub fn instances(mut self, instances: Instances) -> Self {
        self.instances = instances;
        self
    }

    /// Keeps compiled components in a folder, for a program that starts often. The first
    /// plugin or session of a process decides for all of it.
    #[cfg(feature = "cache")]
    pub fn compilation_cache(mut self, cache: crate::CompilationCache) -> Self {
        self.engine.cache = Some(cache);
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
    /// `NO_PROXY` name, in capitals or not, as they are now. By default the
    /// environment is not looked at.
    ///
    /// One that cannot be read is an error of [`build`](Self::build), which names the
    /// variable and what is wrong with it: credentials never go past a proxy that
    /// somebody meant to set. One that is spoken to over TLS or in SOCKS is not
    /// offered: requests that would go through it end with
    /// [`TransportFailure::Denied`](crate::TransportFailure::Denied). An entry of
    /// `NO_PROXY` without effect is among [`Plugin::warnings`].
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

    /// Opens a connection for each request. By default connections are kept for the
    /// next one, for 90 seconds at most; a request on one that the server ended at
    /// that moment is lost, and is not sent again.
    pub fn fresh_connections(mut self) -> Self {
        self.outbound.fresh_connections = true;
        self
    }

    /// Lets calls reach these origins and no others. Without a call of this they may
    /// reach any. A request elsewhere ends with
    /// [`TransportFailure::Denied`](crate::TransportFailure::Denied).
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        let allowed = self.outbound.allowed.get_or_insert_default();
        allowed.extend(origins);
        self
    }

    /// Sets the plugin up. The first of a process compiles the component, which
    /// takes tens of milliseconds in an optimized build and seconds in one that
    /// is not.
    pub fn build(self) -> Result<Plugin, BuildError> {
        let runtime =
            Runtime::shared(&self.engine).map_err(|error| BuildError::Engine(error.into()))?;
        let warnings = warnings(&self.outbound);
        let outbound = Outbound::new(self.outbound)?;
        Ok(Plugin::new(runtime, outbound, self.instances, warnings))
    }

    /// Sets sessions up, which share one token per account with everybody who has
    /// the same store and the same keys. The first of a process compiles another
    /// component than [`build`](Self::build) does.
    pub fn build_sessions(self, store: Store, keys: SessionKeys) -> Result<Sessions, BuildError> {
        keys.check().map_err(BuildError::Keys)?;
        let runtime =
            Runtime::shared(&self.engine).map_err(|error| BuildError::Engine(error.into()))?;
        runtime
            .session_component()
            .map_err(|error| BuildError::Engine(error.into()))?;
        warnings(&self.outbound);
        let outbound = Outbound::new(self.outbound)?;
        Ok(Sessions::new(runtime, outbound, store, keys))
    }
}

/// What has no effect, which goes to the log as well.
fn warnings(settings: &outbound::Settings) -> Arc<[String]> {
    let warnings = settings.proxies.warnings();
    for warning in warnings {
        observe::without_effect(warning);
    }
    warnings.into()
}
