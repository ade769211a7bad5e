//! The connection to the server: arguments and account file together, and the plugin
//! that makes it.

use std::path::Path;
use std::time::Duration;

use rpa_auth_host::{
    BuildError, Builder, CompilationCache, Obstacle, Plugin, Probe, Proxy, Secret, SessionKeys,
    Sessions, Store, Transport,
};

use crate::account::Account;
use crate::cli;
use crate::cli_error::CliError;
use crate::files;
use crate::folders;
use crate::secret::SecretRequest;

/// The contract's limit for opening a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How to reach the server, before any secret is read.
pub struct Connection {
    arguments: cli::ConnectionArgs,
    proxy: Option<Proxy>,
    proxy_user: Option<String>,
    /// Whether connections are kept for the next call.
    kept: bool,
    /// The proxy's password.
    pub wanted: Option<SecretRequest>,
}

/// What is at hand to get to the server.
#[derive(Clone, Copy)]
pub struct Means {
    /// How long opening a connection may take.
    pub connect_limit: Duration,
    /// How long an answer may take to begin, where that was said.
    pub answer_limit: Option<Duration>,
    pub has_client_certificate: bool,
    pub has_ca_bundle: bool,
}

impl Means {
    /// The way to the server at `url`, with these limits.
    pub fn probe(&self, plugin: &Plugin, url: &str) -> Result<Probe, Obstacle> {
        let probe = plugin.probe(url, self.connect_limit)?;
        Ok(match self.answer_limit {
            Some(limit) => probe.answer_limit(limit),
            None => probe,
        })
    }
}

impl Connection {
    /// Takes from `account` what the arguments leave open. Its paths are taken
    /// out of it.
    pub fn new(
        mut arguments: cli::ConnectionArgs,
        account: &mut Account,
    ) -> Result<Self, CliError> {
        fill(&mut arguments.ca_bundle, &mut account.ca_bundle);
        if arguments.client_certificate.is_none() && arguments.client_key.is_none() {
            arguments.client_certificate = account.client_certificate.take();
            arguments.client_key = account.client_key.take();
        }
        // An argument for or against a proxy goes before what the file says.
        if arguments.proxy.is_none() && !arguments.no_proxy {
            arguments.proxy = account.proxy.take();
            arguments.no_proxy = account.no_proxy.unwrap_or(false);
        }
        arguments.allow_http |= account.allow_http.unwrap_or(false);
        fill(&mut arguments.connect_timeout, &mut account.connect_timeout);
        fill(
            &mut arguments.first_byte_timeout,
            &mut account.first_byte_timeout,
        );
        fill(
            &mut arguments.between_bytes_timeout,
            &mut account.between_bytes_timeout,
        );
        fill(&mut arguments.total_timeout, &mut account.total_timeout);
        if arguments.client_key.is_some() && arguments.client_certificate.is_none() {
            return Err(CliError::usage(
                "a client key wants a client certificate beside it",
            ));
        }
        let proxy = arguments.proxy.as_deref().map(proxy).transpose()?;
        fill(&mut arguments.proxy_user, &mut account.proxy_user);
        let user = arguments.proxy_user.take();
        let source = arguments.proxy_password_from.as_deref();
        let (proxy_user, wanted) = match (&proxy, user) {
            (None, None) if source.is_none() => (None, None),
            (None, _) if arguments.no_proxy => (None, None),
            (None, _) => {
                return Err(CliError::usage(
                    "a user name or password for the proxy wants the proxy beside it: --proxy \
                     http://host:port",
                ));
            }
            (Some(_), Some(user)) => {
                let account = account.proxy_password_from.take();
                let wanted =
                    SecretRequest::new("proxy password", "proxy-password-from", source, account)?;
                let wanted = wanted.of(user.clone());
                (Some(user), Some(wanted))
            }
            (Some(_), None) if source.is_some() => {
                return Err(CliError::usage(
                    "a proxy's password wants a user name beside it: --proxy-user NAME",
                ));
            }
            (Some(_), None) => (None, None),
        };
        Ok(Self {
            arguments,
            proxy,
            proxy_user,
            kept: false,
            wanted,
        })
    }

    /// Keeps connections for the next call: for a service.
    pub fn kept(self) -> Self {
        Self { kept: true, ..self }
    }

    /// What every call is told.
    pub fn transport(&self) -> Transport {
        Transport {
            allow_http: self.arguments.allow_http,
            connect_timeout: self.arguments.connect_timeout,
            first_byte_timeout: self.arguments.first_byte_timeout,
            between_bytes_timeout: self.arguments.between_bytes_timeout,
            total_timeout: self.arguments.total_timeout,
            headers: Vec::new(),
        }
    }

    /// How long a command that gives a secret may take, where that was said.
    pub fn command_limit(&self) -> Option<Duration> {
        self.arguments.total_timeout
    }

    /// What a look at the connection has to know of it.
    pub fn means(&self) -> Means {
        Means {
            connect_limit: self.arguments.connect_timeout.unwrap_or(CONNECT_LIMIT),
            answer_limit: match (
                self.arguments.first_byte_timeout,
                self.arguments.total_timeout,
            ) {
                (Some(first_byte), Some(total)) => Some(first_byte.min(total)),
                (first_byte, total) => first_byte.or(total),
            },
            has_client_certificate: self.arguments.client_certificate.is_some(),
            has_ca_bundle: self.arguments.ca_bundle.is_some(),
        }
    }

    /// The file of a company's CA, where one was given.
    pub fn ca_bundle(&self) -> Option<&Path> {
        self.arguments.ca_bundle.as_deref()
    }

    /// Sets the plugin up.
    pub fn plugin(self, proxy_password: Option<&Secret>) -> Result<Plugin, CliError> {
        self.build(proxy_password, Builder::build)
    }

    /// Sets shared sessions up.
    pub fn sessions(
        self,
        proxy_password: Option<&Secret>,
        store: Store,
        keys: SessionKeys,
    ) -> Result<Sessions, CliError> {
        self.build(proxy_password, |builder| {
            builder.build_sessions(store, keys)
        })
    }

    fn build<T>(
        self,
        proxy_password: Option<&Secret>,
        build: impl FnOnce(Builder) -> Result<T, BuildError>,
    ) -> Result<T, CliError> {
        let Self {
            arguments,
            proxy,
            proxy_user,
            kept,
            ..
        } = self;
        let mut builder = builder();
        if !kept {
            // A command asks a few times at most. `check` would take a kept connection
            // that the server ends for a server that gives no answer.
            builder = builder.fresh_connections();
        }
        if let Some(bundle) = &arguments.ca_bundle {
            builder = builder.ca_bundle_file(bundle);
        }
        if let Some(chain) = &arguments.client_certificate {
            // One file may hold both.
            let key = arguments.client_key.as_ref().unwrap_or(chain);
            builder = builder.client_certificate_files(chain, key);
        }
        builder = match (proxy, proxy_user, proxy_password) {
            (Some(proxy), Some(user), Some(password)) => {
                builder.proxy(proxy.credentials(&user, password))
            }
            (Some(proxy), ..) => builder.proxy(proxy),
            (None, ..) if arguments.no_proxy => builder,
            (None, ..) => builder.proxies_from_environment(),
        };
        build(builder).map_err(|error| match error {
            BuildError::CaBundle(_) => {
                CliError::unreadable(files::why_no_bundle(arguments.ca_bundle.as_deref(), &error))
            }
            BuildError::ClientCertificate(_) => CliError::unreadable(files::why_no_certificate(
                arguments.client_certificate.as_deref(),
                arguments.client_key.as_deref(),
                &error,
            )),
            error => CliError::of_build(&error),
        })
    }
}

/// Begins to set up a plugin whose compiled component is kept for the next start. Where
/// nothing can be kept, each start compiles.
pub fn builder() -> Builder {
    let cache = folders::cache().and_then(|folder| CompilationCache::open(&folder).ok());
    match cache {
        Some(cache) => Plugin::builder().compilation_cache(cache),
        None => Plugin::builder(),
    }
}

fn fill<T>(argument: &mut Option<T>, account: &mut Option<T>) {
    if argument.is_none() {
        *argument = account.take();
    }
}

/// A password in the address is refused, and not shown.
fn proxy(address: &str) -> Result<Proxy, CliError> {
    if address.contains('@') {
        return Err(CliError::usage(
            "the proxy's address holds a user name or a password: write http://host:port alone, \
             the name behind --proxy-user, and where the password is behind --proxy-password-from",
        ));
    }
    // As the variables take it, and as people write it.
    let full = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    Proxy::new(full.trim_end_matches('/')).map_err(|_| {
        CliError::usage(
            "the proxy's address is not http://host:port; proxies over TLS (https://) or SOCKS \
             are not offered",
        )
    })
}
