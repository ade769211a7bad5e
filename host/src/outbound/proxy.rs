//! Forward proxies: which one a request takes, and what it is told.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use zeroize::Zeroizing;

use self::environment::Environment;

use super::Origin;
use super::source::Source;
use crate::{BuildError, Secret};

mod environment;
mod exceptions;

/// A forward proxy, reached in the clear: `http://proxy.example.com:3128`.
///
/// A request to an `https` origin goes through a tunnel (`CONNECT`, RFC 9110,
/// section 9.3.6), so that the proxy sees name and port and nothing else. One to
/// an `http` origin is handed to the proxy as it is.
#[derive(Clone)]
pub struct Proxy {
    uri: Uri,
    /// `user:password`.
    credentials: Option<Source>,
}

impl Proxy {
    /// A proxy that asks for no credentials. The address is refused unless it is
    /// `http://host[:port]` and nothing more.
    pub fn new(address: &str) -> Result<Self, ProxyError> {
        let uri: Uri = address.parse().map_err(|_| ProxyError)?;
        let is_origin = address.parse::<Origin>().is_ok();
        match uri.scheme_str() {
            Some("http") if is_origin => Ok(Self {
                uri,
                credentials: None,
            }),
            _ => Err(ProxyError),
        }
    }

    /// With a user name and a password, sent as RFC 7617 has it. The name holds
    /// no colon.
    pub fn credentials(mut self, user: &str, password: &Secret) -> Self {
        let pair = [user, ":", password.expose()].concat();
        self.credentials = Some(Source::given(pair.into_bytes()));
        self
    }

    /// With a file that holds `user:password` in one line. It is read again when
    /// it changes.
    pub fn credentials_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.credentials = Some(Source::File(path.into()));
        self
    }

    pub(super) fn source(&self) -> Option<&Source> {
        self.credentials.as_ref()
    }

    fn resolve(&self) -> Result<Hop, BuildError> {
        let authorization = match &self.credentials {
            None => None,
            Some(source) => {
                let read = source.read().map_err(|e| BuildError::Proxy(e.into()))?;
                let pair = if source.is_file() {
                    first_line(&read)
                } else {
                    &read
                };
                if !pair.contains(&b':') {
                    return Err(BuildError::Proxy("the credentials lack a colon".into()));
                }
                Some(basic(pair).map_err(|error| BuildError::Proxy(error.into()))?)
            }
        };
        Ok(Hop {
            uri: self.uri.clone(),
            authorization,
            not_offered: None,
        })
    }
}

/// What a proxy is told that wants `user:password` (RFC 7617).
fn basic(pair: &[u8]) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let encoded = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair)));
    let mut value = HeaderValue::from_str(&encoded)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Without the line break that editors put at a file's end.
fn first_line(content: &[u8]) -> &[u8] {
    let line = content.strip_suffix(b"\n").unwrap_or(content);
    line.strip_suffix(b"\r").unwrap_or(line)
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("uri", &self.uri)
            .finish_non_exhaustive()
    }
}

/// The address of a proxy is not `http://host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyError;

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not the address of a proxy: write http://host:port, and pass user and password apart",
        )
    }
}

impl std::error::Error for ProxyError {}

/// Which requests take which proxy.
#[derive(Clone, Default)]
pub(crate) enum Proxies {
    /// None do.
    #[default]
    Direct,
    /// What the variables said: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    Environment(Arc<Environment>),
    /// A variable that cannot be read, and why.
    Unreadable(String),
    /// The first rule that fits; a rule without an origin fits all.
    Rules(Vec<(Option<Origin>, Proxy)>),
}

impl Proxies {
    /// What the variables say now.
    pub(crate) fn from_environment() -> Self {
        match Environment::read(|name| std::env::var_os(name)) {
            Ok(environment) => Self::Environment(Arc::new(environment)),
            Err(unreadable) => Self::Unreadable(unreadable.to_string()),
        }
    }

    /// What of the settings has no effect, a sentence each.
    pub(crate) fn warnings(&self) -> &[String] {
        match self {
            Self::Environment(environment) => environment.warnings(),
            Self::Direct | Self::Unreadable(_) | Self::Rules(_) => &[],
        }
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        let rules = match self {
            Self::Rules(rules) => rules.as_slice(),
            Self::Direct | Self::Environment(_) | Self::Unreadable(_) => &[],
        };
        rules.iter().filter_map(|(_, proxy)| proxy.source())
    }

    /// With every credential read.
    pub(super) fn resolve(&self) -> Result<Route, BuildError> {
        Ok(match self {
            Self::Direct => Route::Rules(Vec::new()),
            Self::Environment(variables) => Route::Environment(Arc::clone(variables)),
            Self::Unreadable(why) => return Err(BuildError::Proxy(why.as_str().into())),
            Self::Rules(rules) => {
                let rules = rules.iter();
                let rules = rules.map(|(origin, proxy)| Ok((origin.clone(), proxy.resolve()?)));
                Route::Rules(rules.collect::<Result<_, BuildError>>()?)
            }
        })
    }
}

/// Where requests go, ready for use.
pub(super) enum Route {
    Environment(Arc<Environment>),
    Rules(Vec<(Option<Origin>, Hop)>),
}

impl Route {
    /// The proxy on the way to `destination`, if there is one.
    pub(super) fn to(&self, destination: &Uri) -> Option<Hop> {
        match self {
            Self::Environment(variables) => variables.hop_to(destination).cloned(),
            Self::Rules(rules) => {
                let mut fitting = rules.iter().filter(|(origin, _)| match origin {
                    Some(origin) => origin.is_of(destination),
                    None => true,
                });
                fitting.next().map(|(_, hop)| hop.clone())
            }
        }
    }
}

/// A proxy with what it is told.
#[derive(Clone)]
pub(super) struct Hop {
    pub(super) uri: Uri,
    pub(super) authorization: Option<HeaderValue>,
    /// The variable that names it, where it is one over TLS or SOCKS. Neither is
    /// offered: told in the clear, its password would be lost.
    pub(super) not_offered: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(proxies: &Proxies, destination: &str) -> Option<String> {
        let route = proxies.resolve().unwrap();
        let hop = route.to(&destination.parse().unwrap())?;
        let host = hop.uri.host().unwrap().to_owned();
        Some(match hop.authorization {
            Some(value) => format!("{host} {}", value.to_str().unwrap()),
            None => host,
        })
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let one = Proxy::new("http://one:3128").unwrap();
        let two = Proxy::new("http://two")
            .unwrap()
            .credentials("Aladdin", &"open sesame".into());
        let proxies = Proxies::Rules(vec![(Some("https://h".parse().unwrap()), one), (None, two)]);
        assert_eq!(hop(&proxies, "https://h/x").as_deref(), Some("one"));
        // RFC 7617, section 2.
        assert_eq!(
            hop(&proxies, "http://h/x").as_deref(),
            Some("two Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        );
        assert_eq!(hop(&Proxies::Direct, "https://h/x"), None);
    }

    #[test]
    fn an_address_that_holds_more_is_refused() {
        for text in [
            "",
            "proxy",
            "https://p",
            "socks5://p",
            "http://u:p@p",
            "http://p/x",
            "http://p?x",
            "http://p:31280000",
        ] {
            assert_eq!(Proxy::new(text).unwrap_err(), ProxyError, "{text:?}");
        }
    }

    #[test]
    fn a_credentials_file_may_end_with_a_line_break() {
        let path = std::env::temp_dir().join(format!("rpa-auth-proxy-{}", std::process::id()));
        std::fs::write(&path, "Aladdin:open sesame\n").unwrap();
        let proxy = Proxy::new("http://p").unwrap().credentials_file(&path);
        assert_eq!(
            hop(&Proxies::Rules(vec![(None, proxy.clone())]), "http://h").as_deref(),
            Some("p Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        );
        std::fs::write(&path, "no colon").unwrap();
        assert!(matches!(proxy.resolve(), Err(BuildError::Proxy(_))));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(proxy.resolve(), Err(BuildError::Proxy(_))));
    }

    #[test]
    fn debug_shows_no_password() {
        let proxy = Proxy::new("http://p")
            .unwrap()
            .credentials("u", &"s3cret".into());
        assert!(!format!("{proxy:?}").contains("s3cret"));
    }
}
