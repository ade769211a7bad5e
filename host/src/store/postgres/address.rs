//! From the URL of a PostgreSQL to where it is and who we are to it. No error shows any
//! of the URL: it may hold a password.

#[cfg(unix)]
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use url::{Host, Url};

use super::super::StoreOpenError;
use super::super::network::{self, is_this_machine};
use crate::Secret;

const DEFAULT_PORT: u16 = 5432;

pub(in crate::store) struct Address {
    pub(super) place: ServerAddress,
    user: String,
    password: Option<Secret>,
    database: Option<String>,
}

pub(super) enum ServerAddress {
    Tcp {
        host: String,
        port: u16,
        is_tls: bool,
    },
    #[cfg(unix)]
    Unix(PathBuf),
}

/// What a URL says, each part decoded.
#[derive(Default)]
struct Said {
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    password: Option<Secret>,
    database: Option<String>,
    is_tls: Option<bool>,
}

impl Address {
    /// `password` wins over the URL's. Over TCP without TLS one is refused unless
    /// `allow_plain_password`, or the host is this machine.
    pub(in crate::store) fn parse(
        url: &str,
        password: Option<Secret>,
        allow_plain_password: bool,
    ) -> Result<Self, StoreOpenError> {
        let refused = StoreOpenError::PostgresUrl;
        let said = Said::parse(url)?;
        let host = said.host.ok_or(refused("there is no host in it"))?;
        let place = place(host, said.port.unwrap_or(DEFAULT_PORT), said.is_tls)?;
        let password = password.or(said.password);
        if password.is_some() && !allow_plain_password && place.is_open_to_listeners() {
            return Err(refused(
                "the password would cross the network in clear: leave sslmode=disable away, \
                 or permit it with StoreOptions::allow_plain_password",
            ));
        }
        Ok(Self {
            place,
            user: said.user.ok_or(refused("there is no user name in it"))?,
            password,
            database: said.database,
        })
    }

    /// Who we are. Not kept: the crate does not wipe it.
    pub(super) fn login(&self) -> Config {
        let mut login = Config::new();
        login
            .application_name("rpa-auth")
            .ssl_mode(SslMode::Disable)
            .user(&self.user);
        if let Some(password) = &self.password {
            login.password(password.expose());
        }
        if let Some(database) = &self.database {
            login.dbname(database);
        }
        login
    }
}

impl ServerAddress {
    /// Whether others on the way can read what is sent.
    fn is_open_to_listeners(&self) -> bool {
        match self {
            Self::Tcp {
                host,
                is_tls: false,
                ..
            } => !is_this_machine(host),
            _ => false,
        }
    }
}

/// A host that is a path is the folder of the server's Unix socket, as everywhere with
/// PostgreSQL. Without a word TLS is spoken to all hosts but this machine.
fn place(host: String, port: u16, is_tls: Option<bool>) -> Result<ServerAddress, StoreOpenError> {
    if !host.starts_with('/') {
        let is_tls = is_tls.unwrap_or_else(|| !is_this_machine(&host));
        return Ok(ServerAddress::Tcp { host, port, is_tls });
    }
    if is_tls == Some(true) {
        return Err(StoreOpenError::PostgresUrl(
            "no TLS is spoken through a Unix socket",
        ));
    }
    socket(&host, port)
}

#[cfg(unix)]
fn socket(folder: &str, port: u16) -> Result<ServerAddress, StoreOpenError> {
    let path = PathBuf::from(folder).join(format!(".s.PGSQL.{port}"));
    Ok(ServerAddress::Unix(path))
}

#[cfg(not(unix))]
fn socket(_: &str, _: u16) -> Result<ServerAddress, StoreOpenError> {
    Err(StoreOpenError::PostgresUrl(
        "this system has no Unix sockets",
    ))
}

impl Said {
    fn parse(url: &str) -> Result<Self, StoreOpenError> {
        let refused = StoreOpenError::PostgresUrl;
        let url = Url::parse(url).map_err(|_| {
            refused("it is no URL; percent-encode what is special in user name and password")
        })?;
        if url.fragment().is_some() {
            return Err(refused("leave away what follows #"));
        }
        let mut said = Self {
            host: match url.host() {
                Some(Host::Domain(name)) if !name.is_empty() => Some(decoded(name)?),
                Some(Host::Ipv4(address)) => Some(address.to_string()),
                Some(Host::Ipv6(address)) => Some(address.to_string()),
                _ => None,
            },
            port: url.port(),
            user: match url.username() {
                "" => None,
                user => Some(decoded(user)?),
            },
            password: match url.password() {
                Some(password) => Some(Secret::from(decoded(password)?)),
                None => None,
            },
            database: match url.path() {
                "" | "/" => None,
                path => Some(decoded(&path[1..])?),
            },
            is_tls: None,
        };
        for part in url.query().iter().flat_map(|query| query.split('&')) {
            said.take(part)?;
        }
        Ok(said)
    }

    /// Takes one word of what follows `?`.
    fn take(&mut self, word: &str) -> Result<(), StoreOpenError> {
        let refused = StoreOpenError::PostgresUrl;
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "host" => self.host = Some(decoded(value)?),
            "port" => {
                let port = value.parse();
                self.port = Some(port.map_err(|_| refused("the port is a number"))?);
            }
            "user" => self.user = Some(decoded(value)?),
            "password" => self.password = Some(Secret::from(decoded(value)?)),
            "dbname" => self.database = Some(decoded(value)?),
            "sslmode" => {
                self.is_tls = Some(match value {
                    "disable" => false,
                    // There is no TLS here without a look at the certificate.
                    "require" | "verify-ca" | "verify-full" => true,
                    _ => return Err(refused("sslmode is verify-full or disable")),
                });
            }
            _ => {
                return Err(refused(
                    "what follows ? is sslmode=, host=, port=, user=, password= and dbname=",
                ));
            }
        }
        Ok(())
    }
}

fn decoded(text: &str) -> Result<String, StoreOpenError> {
    let refused = StoreOpenError::PostgresUrl("its parts are UTF-8 without zeros");
    let decoded = network::decoded(text).filter(|text| !text.contains('\0'));
    decoded.map(Into::into).ok_or(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, StoreOpenError> {
        Address::parse(url, None, false)
    }

    fn place(address: &Address) -> String {
        match &address.place {
            ServerAddress::Tcp { host, port, is_tls } => format!("{host} {port} {is_tls}"),
            #[cfg(unix)]
            ServerAddress::Unix(path) => path.display().to_string(),
        }
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        for (url, expected) in [
            ("postgres://u@h", "h 5432 true"),
            ("postgresql://u@h:1/", "h 1 true"),
            ("postgres://u@[2001:db8::1]", "2001:db8::1 5432 true"),
            ("postgres://u@localhost", "localhost 5432 false"),
            ("postgres://u@127.0.0.1", "127.0.0.1 5432 false"),
            ("postgres://u@[::1]", "::1 5432 false"),
            (
                "postgres://u@localhost?sslmode=verify-full",
                "localhost 5432 true",
            ),
            ("postgres://u@h?sslmode=require", "h 5432 true"),
            ("postgres://u@h?sslmode=disable", "h 5432 false"),
        ] {
            let address = parse(url).unwrap();
            assert_eq!(place(&address), expected, "{url}");
            assert!(address.password.is_none() && address.database.is_none());
        }
    }

    #[test]
    fn names_and_password_are_decoded() {
        for url in [
            "postgres://ada:a%40b%2Fc@h/my%20db",
            "postgres://h/x?user=ada&password=a%40b%2Fc&dbname=my%20db",
        ] {
            let login = parse(url).unwrap().login();
            assert_eq!(login.get_user(), Some("ada"), "{url}");
            assert_eq!(login.get_password(), Some(&b"a@b/c"[..]), "{url}");
            assert_eq!(login.get_dbname(), Some("my db"), "{url}");
        }
    }

    #[test]
    fn a_password_beside_the_url_wins() {
        let given = Some(Secret::from("beside"));
        let address = Address::parse("postgres://ada:in@h", given, false).unwrap();
        assert_eq!(address.login().get_password(), Some(&b"beside"[..]));
    }

    #[test]
    fn a_password_crosses_the_network_in_clear_only_where_that_is_permitted() {
        for host in ["db.example.com", "10.0.0.1", "[2001:db8::1]"] {
            let url = format!("postgres://u:s3cret@{host}?sslmode=disable");
            let error = parse(&url).err().expect(host).to_string();
            assert!(error.contains("sslmode") && error.contains("allow_plain_password"));
            assert!(!error.contains("s3cret"), "{error}");
            let beside = Some(Secret::from("s3cret"));
            let url = format!("postgres://u@{host}?sslmode=disable");
            assert!(Address::parse(&url, beside.clone(), false).is_err());
            assert!(Address::parse(&url, beside, true).is_ok(), "{host}");
            assert!(parse(&url).is_ok(), "{host}");
            assert!(parse(&format!("postgres://u:s3cret@{host}")).is_ok());
        }
        for host in ["localhost", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(
                parse(&format!("postgres://u:s3cret@{host}")).is_ok(),
                "{host}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_host_that_is_a_path_is_the_folder_of_a_socket() {
        for url in [
            "postgres:///db?host=/run/my%20postgresql&user=u&port=2",
            "postgres://u@%2Frun%2Fmy%20postgresql:2/db",
        ] {
            let address = parse(url).unwrap();
            assert_eq!(place(&address), "/run/my postgresql/.s.PGSQL.2", "{url}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_meant_is_refused_without_being_shown() {
        for url in [
            "postgres:",
            "postgres://",
            "postgres:h",
            "postgres://h",
            "postgres://:s3cret@h",
            "postgres://u:s3cret@",
            "postgres://u:s3cret@h?protocol=3",
            "postgres://u:s3cret@h?sslmode=prefer",
            "postgres://u:s3cret@h?sslmode",
            "postgres://u:s3cret@h?port=x",
            "postgres://u:s3cret@h#x",
            "postgres://u:s3cret@h:port",
            "postgres://u:s3cret@one:1,two:2/db",
            "postgres://u:s3cret%ff@h",
            "postgres://u:s3cret%00@h",
            "postgres:///s3cret?host=/run&user=u&sslmode=require",
        ] {
            let error = parse(url).err().expect(url);
            assert!(matches!(error, StoreOpenError::PostgresUrl(_)), "{url}");
            assert!(!format!("{error:?} {error}").contains("s3cret"), "{url}");
        }
    }
}
