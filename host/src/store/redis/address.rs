//! From the URL of a Redis to where it is and who we are to it. No error shows any
//! of the URL: it may hold a password.

use std::borrow::Cow;
#[cfg(unix)]
use std::path::PathBuf;

use ::redis::{Cmd, ProtocolVersion, RedisConnectionInfo};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::super::StoreOpenError;
use super::super::network::{self, is_this_machine};
use crate::Secret;

const DEFAULT_PORT: u16 = 6379;
const DEFAULT_SENTINEL_PORT: u16 = 26379;

pub(in crate::store) struct Address {
    pub(super) place: ServerAddress,
    /// The nodes that the URL of a cluster names, which know the others. Empty where it
    /// names no cluster.
    pub(super) cluster: Vec<Node>,
    user: Option<String>,
    password: Option<Secret>,
    pub(super) database: u32,
}

pub(super) enum ServerAddress {
    Tcp {
        node: Node,
        is_tls: bool,
    },
    /// Sentinels, which know where the primary of a service is.
    Sentinel {
        sentinels: Vec<Node>,
        service: String,
        is_tls: bool,
    },
    #[cfg(unix)]
    Unix(PathBuf),
}

/// A server by its place in the network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) host: String,
    pub(super) port: u16,
}

impl ServerAddress {
    pub(super) fn is_tls(&self) -> bool {
        match self {
            Self::Tcp { is_tls, .. } | Self::Sentinel { is_tls, .. } => *is_tls,
            #[cfg(unix)]
            Self::Unix(_) => false,
        }
    }

    /// Whether others on the way can read what is sent. The primary is thought to be no
    /// farther than its sentinels.
    fn is_open_to_listeners(&self) -> bool {
        match self {
            Self::Tcp { node, is_tls } => !is_tls && node.is_far(),
            Self::Sentinel {
                sentinels, is_tls, ..
            } => !is_tls && sentinels.iter().any(Node::is_far),
            #[cfg(unix)]
            Self::Unix(_) => false,
        }
    }
}

impl Node {
    fn is_far(&self) -> bool {
        !is_this_machine(&self.host)
    }
}

impl Address {
    /// `password` wins over the URL's. Over TCP without TLS one is refused unless
    /// `allow_plain_password`, or the host is this machine.
    pub(in crate::store) fn parse(
        url: &str,
        password: Option<Secret>,
        allow_plain_password: bool,
    ) -> Result<Self, StoreOpenError> {
        let refused = StoreOpenError::RedisUrl;
        let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
        let address = match scheme {
            "redis+unix" => unix(&parsed(url)?)?,
            "redis+cluster" | "rediss+cluster" => cluster(rest, scheme.starts_with("rediss"))?,
            "redis+sentinel" | "rediss+sentinel" => sentinel(rest, scheme.starts_with("rediss"))?,
            _ => tcp(&parsed(url)?, scheme == "rediss")?,
        };
        let password = password.or(address.password);
        if address.user.is_some() && password.is_none() {
            return Err(refused("there is a user name and no password"));
        }
        let is_open = address.place.is_open_to_listeners()
            || !address.place.is_tls() && address.cluster.iter().any(Node::is_far);
        if password.is_some() && !allow_plain_password && is_open {
            return Err(refused(
                "the password would cross the network in clear: write rediss://, \
                 or permit it with StoreOptions::allow_plain_password",
            ));
        }
        Ok(Self {
            password,
            ..address
        })
    }

    /// The address of one node, to which we are the same.
    pub(super) fn of(&self, node: &Node) -> Self {
        Self {
            place: ServerAddress::Tcp {
                node: node.clone(),
                is_tls: self.place.is_tls(),
            },
            cluster: Vec::new(),
            user: self.user.clone(),
            password: self.password.clone(),
            database: self.database,
        }
    }

    /// Who we are. Not kept: the crate does not wipe it.
    pub(super) fn login(&self) -> RedisConnectionInfo {
        let login = RedisConnectionInfo::default()
            // The announcements come over the same connection with this one.
            .set_protocol(ProtocolVersion::RESP3)
            .set_skip_set_lib_name();
        let login = match &self.user {
            Some(user) => login.set_username(user),
            None => login,
        };
        match &self.password {
            Some(password) => login.set_password(password.expose()),
            None => login,
        }
    }

    /// The command that says who we are, where there is a password. Not kept: the crate does
    /// not wipe it.
    pub(super) fn auth(&self) -> Option<Cmd> {
        let password = self.password.as_ref()?;
        let mut auth = ::redis::cmd("AUTH");
        if let Some(user) = &self.user {
            auth.arg(user);
        }
        auth.arg(password.expose());
        Some(auth)
    }
}

fn parsed(url: &str) -> Result<Url, StoreOpenError> {
    let refused = StoreOpenError::RedisUrl;
    let url = Url::parse(url).map_err(|_| {
        refused("it is no URL; percent-encode what is special in user name and password")
    })?;
    if url.fragment().is_some() {
        return Err(refused("leave away what follows #"));
    }
    Ok(url)
}

/// `//[user:password@]host[:port],host[:port],...`
fn cluster(rest: &str, is_tls: bool) -> Result<Address, StoreOpenError> {
    let (address, cluster, path) = several(rest, is_tls, DEFAULT_PORT)?;
    if !path.is_empty() {
        return Err(StoreOpenError::RedisUrl(
            "a cluster has one database, without a number",
        ));
    }
    Ok(Address { cluster, ..address })
}

/// `//[user:password@]sentinel[:port],sentinel[:port],.../service[/database]`
fn sentinel(rest: &str, is_tls: bool) -> Result<Address, StoreOpenError> {
    let (address, sentinels, path) = several(rest, is_tls, DEFAULT_SENTINEL_PORT)?;
    let (service, number) = path.split_once('/').unwrap_or((path, "0"));
    if service.is_empty() {
        return Err(StoreOpenError::RedisUrl(
            "write the name of the service behind the sentinels",
        ));
    }
    let place = ServerAddress::Sentinel {
        sentinels,
        service: decoded(service)?.into_owned(),
        is_tls,
    };
    let database = database(number)?;
    Ok(Address {
        place,
        database,
        ..address
    })
}

/// Who we are, the servers, and what follows them behind a `/`.
fn several(
    rest: &str,
    is_tls: bool,
    default_port: u16,
) -> Result<(Address, Vec<Node>, &str), StoreOpenError> {
    let refused = StoreOpenError::RedisUrl;
    let rest = rest
        .strip_prefix("//")
        .ok_or(refused("there is no host in it"))?;
    if rest.contains(['?', '#']) {
        return Err(refused("leave away what follows ? or #"));
    }
    let (login, rest) = match rest.rsplit_once('@') {
        Some((login, rest)) => (format!("{login}@"), rest),
        None => (String::new(), rest),
    };
    let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut nodes = Vec::new();
    let mut whole = None;
    for host in hosts.split(',') {
        // Each by itself is the URL of one server.
        let mut url = parsed(&format!("redis://{login}{host}"))?;
        if url.port().is_none() && url.set_port(Some(default_port)).is_err() {
            return Err(refused("there is no host in it"));
        }
        let one = tcp(&url, is_tls)?;
        if let ServerAddress::Tcp { node, .. } = &one.place {
            nodes.push(node.clone());
        }
        whole = Some(one);
    }
    let whole = whole.ok_or(refused("there is no host in it"))?;
    Ok((whole, nodes, path))
}

fn tcp(url: &Url, is_tls: bool) -> Result<Address, StoreOpenError> {
    let refused = StoreOpenError::RedisUrl;
    if url.query().is_some() {
        return Err(refused("leave away what follows ?"));
    }
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        _ => return Err(refused("there is no host in it")),
    };
    Ok(Address {
        place: ServerAddress::Tcp {
            node: Node {
                host,
                port: url.port().unwrap_or(DEFAULT_PORT),
            },
            is_tls,
        },
        cluster: Vec::new(),
        user: match url.username() {
            "" => None,
            user => Some(decoded(user)?.into_owned()),
        },
        password: match url.password() {
            Some(password) => Some(Secret::from(&*decoded(password)?)),
            None => None,
        },
        database: match url.path() {
            "" | "/" => 0,
            path => database(&path[1..])?,
        },
    })
}

#[cfg(unix)]
fn unix(url: &Url) -> Result<Address, StoreOpenError> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let refused = StoreOpenError::RedisUrl;
    if url.host_str().is_some_and(|host| !host.is_empty()) || url.path().len() < 2 {
        return Err(refused("write redis+unix:///path/of/the/socket"));
    }
    let path: Cow<'_, [u8]> = percent_decode_str(url.path()).into();
    let mut address = Address {
        place: ServerAddress::Unix(OsStr::from_bytes(&path).into()),
        cluster: Vec::new(),
        user: None,
        password: None,
        database: 0,
    };
    for part in url.query().iter().flat_map(|query| query.split('&')) {
        match part.split_once('=') {
            Some(("user", user)) => address.user = Some(decoded(user)?.into_owned()),
            Some(("pass", password)) => {
                address.password = Some(Secret::from(&*decoded(password)?));
            }
            Some(("db", number)) => address.database = database(number)?,
            _ => return Err(refused("what follows ? is db=, user= and pass=")),
        }
    }
    Ok(address)
}

#[cfg(not(unix))]
fn unix(_: &Url) -> Result<Address, StoreOpenError> {
    Err(StoreOpenError::RedisUrl("this system has no Unix sockets"))
}

fn database(number: &str) -> Result<u32, StoreOpenError> {
    let refused = StoreOpenError::RedisUrl("the database is a number");
    number.parse().map_err(|_| refused)
}

fn decoded(text: &str) -> Result<Cow<'_, str>, StoreOpenError> {
    network::decoded(text).ok_or(StoreOpenError::RedisUrl("user name and password are UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, StoreOpenError> {
        Address::parse(url, None, false)
    }

    fn place(address: &Address) -> String {
        let of = |node: &Node| format!("{} {}", node.host, node.port);
        match &address.place {
            ServerAddress::Tcp { is_tls, .. } if !address.cluster.is_empty() => {
                let nodes: Vec<_> = address.cluster.iter().map(of).collect();
                format!("{} {is_tls}", nodes.join(", "))
            }
            ServerAddress::Tcp { node, is_tls } => format!("{} {is_tls}", of(node)),
            ServerAddress::Sentinel {
                sentinels,
                service,
                is_tls,
            } => {
                let sentinels: Vec<_> = sentinels.iter().map(of).collect();
                format!("{} {is_tls} {service}", sentinels.join(", "))
            }
            #[cfg(unix)]
            ServerAddress::Unix(path) => path.display().to_string(),
        }
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        for (url, expected) in [
            ("redis://h", "h 6379 false"),
            ("redis://h/", "h 6379 false"),
            ("rediss://h:1", "h 1 true"),
            ("redis://[::1]:2", "::1 2 false"),
            ("redis://10.0.0.1", "10.0.0.1 6379 false"),
        ] {
            let address = parse(url).unwrap();
            assert_eq!(place(&address), expected, "{url}");
            assert_eq!((address.database, address.user), (0, None));
            assert!(address.password.is_none());
        }
    }

    #[test]
    fn user_name_and_password_are_decoded() {
        let address = parse("rediss://ada:a%40b%2Fc@h/3").unwrap();
        let login = address.login();
        assert_eq!(login.username(), Some("ada"));
        assert_eq!(login.password(), Some("a@b/c"));
        assert_eq!(address.database, 3);
        let login = parse("rediss://:only@h").unwrap().login();
        assert_eq!((login.username(), login.password()), (None, Some("only")));
    }

    #[test]
    fn a_password_beside_the_url_wins() {
        let given = Some(Secret::from("beside"));
        let address = Address::parse("rediss://ada:in@h", given, false).unwrap();
        assert_eq!(address.login().password(), Some("beside"));
    }

    #[test]
    fn a_password_crosses_the_network_in_clear_only_where_that_is_permitted() {
        for host in [
            "redis.example.com",
            "10.0.0.1",
            "[2001:db8::1]",
            "localhost.example.com",
        ] {
            let url = format!("redis://:s3cret@{host}");
            let error = parse(&url).err().expect(host).to_string();
            assert!(error.contains("rediss://") && error.contains("allow_plain_password"));
            assert!(!error.contains("s3cret"), "{error}");
            let beside = Some(Secret::from("s3cret"));
            let url = format!("redis://{host}");
            assert!(
                Address::parse(&url, beside.clone(), false).is_err(),
                "{host}"
            );
            assert!(Address::parse(&url, beside, true).is_ok(), "{host}");
            assert!(parse(&url).is_ok(), "{host}");
            assert!(parse(&format!("rediss://:s3cret@{host}")).is_ok(), "{host}");
        }
        for host in [
            "localhost",
            "127.0.0.1",
            "127.1.2.3",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(parse(&format!("redis://:s3cret@{host}")).is_ok(), "{host}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_is_a_path() {
        let address = parse("redis+unix:///run/my%20redis.sock?db=2&user=u&pass=a%26b").unwrap();
        assert_eq!(place(&address), "/run/my redis.sock");
        let login = address.login();
        assert_eq!(
            (login.username(), login.password()),
            (Some("u"), Some("a&b"))
        );
        assert_eq!(address.database, 2);
    }

    #[test]
    fn a_cluster_and_sentinels_are_named_by_several_hosts() {
        for (url, expected, number) in [
            (
                "redis+cluster://a:1,b,[::1]:3",
                "a 1, b 6379, ::1 3 false",
                0,
            ),
            ("rediss+cluster://u:p@a/", "a 6379 true", 0),
            (
                "redis+sentinel://a,b:2/my%20service",
                "a 26379, b 2 false my service",
                0,
            ),
            ("rediss+sentinel://u:p@a/main/4", "a 26379 true main", 4),
        ] {
            let address = parse(url).unwrap();
            assert_eq!(place(&address), expected, "{url}");
            assert_eq!(address.database, number, "{url}");
            assert_eq!(address.user.is_some(), url.contains("u:p@"), "{url}");
        }
        let cluster = parse("redis+cluster://a:1,b,[::1]:3").unwrap().cluster;
        let cluster: Vec<_> = cluster
            .iter()
            .map(|node| (&*node.host, node.port))
            .collect();
        assert_eq!(cluster, [("a", 1), ("b", 6379), ("::1", 3)]);
        let login = parse("rediss+cluster://ada:a%40b@a,b").unwrap().login();
        assert_eq!(
            (login.username(), login.password()),
            (Some("ada"), Some("a@b"))
        );
        for url in [
            "redis+cluster://:s3cret@localhost,db.example.com",
            "redis+sentinel://:s3cret@localhost,db.example.com/main",
        ] {
            assert!(parse(url).is_err(), "{url}");
            assert!(Address::parse(url, None, true).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_meant_is_refused_without_being_shown() {
        for url in [
            "redis:",
            "redis://",
            "redis:h",
            "redis://:s3cret@",
            "redis://u:s3cret@h/x",
            "redis://u:s3cret@h/-1",
            "redis://u:s3cret@h/1/2",
            "redis://u:s3cret@h?protocol=resp3",
            "rediss://u:s3cret@h#insecure",
            "redis://s3cret@h",
            "redis://u:s3cret@h:port",
            "redis://u:s3cret%ff@h",
            "redis+cluster:",
            "redis+cluster://",
            "redis+cluster://u:s3cret@a,,b",
            "redis+cluster://u:s3cret@a,b/1",
            "redis+cluster://u:s3cret@a,b?x",
            "redis+sentinel://u:s3cret@a,b",
            "redis+sentinel://u:s3cret@a,b/main/x",
            "redis+sentinel://u:s3cret@a,b/main/1/2",
            "redis+unix://h/s3cret",
            "redis+unix:///",
            "redis+unix:///s?pass=s3cret&x=1",
        ] {
            let error = parse(url).err().expect(url);
            assert!(matches!(error, StoreOpenError::RedisUrl(_)), "{url}");
            assert!(!format!("{error:?} {error}").contains("s3cret"), "{url}");
        }
    }
}
