//! What can be decided about a store beside its URL.

#[cfg(any(feature = "postgres", feature = "redis"))]
use std::path::PathBuf;

use super::directory::Directory;
use super::memory::Memory;
#[cfg(feature = "postgres")]
use super::postgres::{self, Postgres};
#[cfg(feature = "redis")]
use super::redis::{self, Redis};
use super::{Store, StoreOpenError};
#[cfg(any(feature = "postgres", feature = "redis"))]
use crate::Secret;
#[cfg(any(feature = "postgres", feature = "redis"))]
use crate::outbound::source::Source;
#[cfg(any(feature = "postgres", feature = "redis"))]
use crate::outbound::tls::{ClientCertificate, Settings};

/// How a store is to be opened. All but
/// [`directory_group`](Self::directory_group) matters to a server only, a Redis or a PostgreSQL.
#[derive(Clone, Default)]
pub struct StoreOptions {
    directory_group: Option<u32>,
    #[cfg(any(feature = "postgres", feature = "redis"))]
    password: Option<Secret>,
    #[cfg(any(feature = "postgres", feature = "redis"))]
    allow_plain_password: bool,
    #[cfg(any(feature = "postgres", feature = "redis"))]
    tls: Settings,
}

impl StoreOptions {
    /// The number of the group whose members share a directory, each under a user of
    /// its own, where the system has such groups (Unix). Without this a directory is
    /// one user's, and root's.
    ///
    /// A directory that is not there is made for the group (mode 2770); one that is
    /// there must belong to it already and let it write. Its files are the group's
    /// (mode 660). Every member can delete what stands there.
    pub fn directory_group(mut self, group: u32) -> Self {
        self.directory_group = Some(group);
        self
    }
}

#[cfg(any(feature = "postgres", feature = "redis"))]
impl StoreOptions {
    /// The password, where it does not stand in the URL. It wins over one that
    /// does.
    pub fn password(mut self, password: Secret) -> Self {
        self.password = Some(password);
        self
    }

    /// Lets a password cross the network without TLS (`redis://`, and `postgres://` with
    /// `sslmode=disable`), where everybody on the way can read it. Without this such a URL is refused, unless
    /// its host is this machine (`localhost` or a loopback address). For networks that
    /// encrypt by themselves.
    pub fn allow_plain_password(mut self) -> Self {
        self.allow_plain_password = true;
        self
    }

    /// Trusts the certificates of a PEM bundle too, beside the system's and
    /// Mozilla's roots. For TLS to a Redis or a PostgreSQL.
    pub fn ca_bundle(self, pem: impl Into<Vec<u8>>) -> Self {
        self.trusting(Source::given(pem))
    }

    /// The same with a file, which is read again for every connection.
    pub fn ca_bundle_file(self, path: impl Into<PathBuf>) -> Self {
        self.trusting(Source::File(path.into()))
    }

    fn trusting(mut self, bundle: Source) -> Self {
        self.tls.ca_bundles.push(bundle);
        self
    }

    /// Proves itself with a client certificate (mTLS): two PEM files, the chain and
    /// the private key, which are read again for every connection. For TLS to a Redis or a PostgreSQL.
    pub fn client_certificate_files(
        mut self,
        chain: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.tls.client_certificate = Some(ClientCertificate {
            chain: Source::File(chain.into()),
            key: Source::File(key.into()),
        });
        self
    }
}

impl StoreOptions {
    /// Opens the store that a URL names: see [`Store`].
    pub fn open(self, url: &str) -> Result<Store, StoreOpenError> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Store::custom(Memory::default())),
            Some(("directory", path)) => {
                Directory::open(path, self.directory_group).map(Store::custom)
            }
            Some(("postgres" | "postgresql", _)) => self.open_postgres(url),
            Some((
                "redis" | "rediss" | "redis+unix" | "redis+cluster" | "rediss+cluster"
                | "redis+sentinel" | "rediss+sentinel",
                _,
            )) => self.open_redis(url),
            _ => Err(StoreOpenError::UnknownUrl),
        }
    }

    #[cfg(feature = "postgres")]
    fn open_postgres(self, url: &str) -> Result<Store, StoreOpenError> {
        let address = postgres::Address::parse(url, self.password, self.allow_plain_password)?;
        Ok(Store::custom(Postgres::new(address, self.tls)?))
    }

    #[cfg(not(feature = "postgres"))]
    fn open_postgres(self, _: &str) -> Result<Store, StoreOpenError> {
        Err(StoreOpenError::WithoutPostgres)
    }

    #[cfg(feature = "redis")]
    fn open_redis(self, url: &str) -> Result<Store, StoreOpenError> {
        let address = redis::Address::parse(url, self.password, self.allow_plain_password)?;
        Ok(Store::custom(Redis::new(address, self.tls)?))
    }

    #[cfg(not(feature = "redis"))]
    fn open_redis(self, _: &str) -> Result<Store, StoreOpenError> {
        Err(StoreOpenError::WithoutRedis)
    }
}
