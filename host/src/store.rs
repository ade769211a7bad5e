//! The small versioned store that instances share: the contract's `token-store`,
//! in memory, in a folder, in a Redis or in a PostgreSQL.
//!
//! Keys and sizes are checked here, once, so that no store sees a key that could
//! be a path or a value that nobody would read again.

mod changes;
mod directory;
mod error;
mod memory;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod network;
mod options;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod sightings;
mod types;
mod uptime;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use error::{StoreError, StoreOpenError};
pub use options::StoreOptions;
pub use types::{Entry, StoreKey, Version};

use memory::Memory;

/// A store that an embedder brings: write it with the crate `async-trait`, hand it to
/// [`Store::custom`], and hold it against the suite in `store_contract` (feature
/// `store-contract`).
///
/// It must keep what the contract promises: a read sees the last write, a write
/// compares and sets in one step, and a version is never the same twice for a key
/// ([`Version::random`] makes such), not even after the entry was dropped. Keys
/// and sizes have been checked before it is asked.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The entry, or `None`. While it has the version `unless`, the answer may be
    /// held back for up to `wait`.
    async fn read(
        &self,
        key: &StoreKey,
        unless: Option<&Version>,
        wait: Duration,
    ) -> Result<Option<Entry>, StoreError>;

    /// Whether the entry has this version: a token is served by it without a look at the
    /// entry, so it sees the last write as [`read`](Self::read) does. A store that can say
    /// so for less than a read does.
    async fn is_still(&self, key: &StoreKey, version: &Version) -> Result<bool, StoreError> {
        let entry = self.read(key, None, Duration::ZERO).await?;
        Ok(entry.is_some_and(|entry| entry.version == *version))
    }

    /// Writes if the entry has the version `expected`, or is absent where that is
    /// `None`. Gives the new version, or `None` if somebody else wrote first. The
    /// entry may be dropped after `keep`; `None` keeps it.
    async fn compare_and_set(
        &self,
        key: &StoreKey,
        expected: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Result<Option<Version>, StoreError>;
}

/// A store that several instances share. A clone is the same store.
///
/// Which one it is stands in a URL:
///
/// | URL | shared by |
/// |---|---|
/// | `memory:` | the clones of this value, within the process. Two that were opened share nothing |
/// | `directory:/var/lib/rpa-auth` | the processes of one machine |
/// | `postgres://user[:password]@host[:port][/database]` | many machines (feature `postgres`) |
/// | `redis://[user:password@]host[:port][/db]` | many machines (feature `redis`) |
/// | `rediss://...` | the same over TLS |
/// | `redis+unix:///path[?db=0&user=...&pass=...]` | the same through a Unix socket |
/// | `redis+cluster://[user:password@]host[:port][,host[:port]]...` | the same in a Redis Cluster; `rediss+cluster` over TLS |
/// | `redis+sentinel://[user:password@]host[:port][,host[:port]].../service[/db]` | the same where sentinels say; `rediss+sentinel` over TLS |
///
/// **A directory** is made with mode 0700 if it is not there, and what follows
/// `directory:` is a path as it is, with nothing encoded. On Unix it must belong to the
/// program's user or to root, and nobody else may be able to write to it, unless
/// [`StoreOptions::directory_group`] says who shares it; root may use anybody's, and its
/// files then stay those of the directory's owner. Its files are locked and replaced by
/// the local file system's own means: one that comes over a network (NFS, SMB) is
/// refused where the system tells (Linux). A read takes at most 5 s, a write 5 s after
/// it waited at most 5 s for other writers; then the store is unavailable.
///
/// **A Redis**, version 6 or later, is connected to at the first use, and again
/// after it was lost. Connecting takes at most 5 s, an answer at most 5 s. User
/// name and password are percent-encoded; the port is 6379 and the database 0
/// unless said otherwise. The URL must name the primary: a replica is refused. See the
/// project's SECURITY.md for what it must be set to.
///
/// **A Redis Cluster** is named by some of its nodes, which know the others; **sentinels**
/// are asked for the primary with each new connection, and are told no password. The
/// first answers within a second, or the next is asked; the port is 26379 unless said
/// otherwise.
///
/// **A PostgreSQL**, version 12 or later, is connected to at the first use, and again
/// after it was lost; its table is made then, where it is not there. Connecting takes at
/// most 5 s, an answer at most 5 s. TLS is spoken, and the certificate looked at, unless
/// the host is this machine or the URL ends in `?sslmode=disable`; `?sslmode=verify-full`
/// speaks it to this machine too. A host that is a path is the folder of a Unix socket
/// (`postgres:///database?host=/run/postgresql&user=name`). The URL may begin with
/// `postgresql:`, the port is 5432 and the database that of the user's name unless said
/// otherwise. It must name the primary: a standby is refused. The project's
/// `docs/stores.md` says what rights it needs.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use rpa_auth_host::Store;
///
/// let store = Store::open("memory:")?;
/// let key = "5d".repeat(32);
/// let version = store.compare_and_set(&key, None, b"sealed".to_vec(), None).await?;
/// let entry = store.read(&key, None, Duration::ZERO).await?;
/// assert_eq!(entry.map(|entry| entry.version), version);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone)]
pub struct Store(Arc<dyn TokenStore>);

impl Store {
    /// The longest value: 64 KiB. A longer one is [`StoreError::Other`].
    pub const MAX_VALUE: usize = 64 * 1024;

    /// Opens the store that a URL names. Makes a directory that is not there;
    /// connects to no server yet.
    pub fn open(url: &str) -> Result<Self, StoreOpenError> {
        Self::options().open(url)
    }

    /// What else can be decided: the group that shares a directory; for a server whom
    /// to trust, and a password that does not stand in the URL.
    pub fn options() -> StoreOptions {
        StoreOptions::default()
    }

    /// A store of the embedder's own.
    pub fn custom(store: impl TokenStore + 'static) -> Self {
        Self(Arc::new(store))
    }

    /// The entry, or `None`.
    ///
    /// With `unless` the answer is held back while the entry has that version: it
    /// comes as soon as there is another one or none any more, and after `wait`
    /// with the entry as it is then. How soon a change is noticed: at once in
    /// memory, Redis and PostgreSQL, within about 50 ms in a directory. That an entry was
    /// dropped is noticed within a second.
    pub async fn read(
        &self,
        key: &str,
        unless: Option<&Version>,
        wait: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        let key = StoreKey::parse(key)?;
        let entry = self.0.read(&key, unless, wait).await?;
        match entry {
            Some(entry) if entry.value.len() > Self::MAX_VALUE => Err(StoreError::Other(Some(
                "the store gave a value of more than 64 KiB".into(),
            ))),
            entry => Ok(entry),
        }
    }

    /// Whether the entry has this version.
    pub async fn is_still(&self, key: &str, version: &Version) -> Result<bool, StoreError> {
        self.0.is_still(&StoreKey::parse(key)?, version).await
    }

    /// Writes if the entry has the version `expected`, or is absent where that is
    /// `None`. Gives the new version, or `None` if somebody else wrote first. The
    /// entry is dropped after `keep`; `None` keeps it.
    ///
    /// A write is never repeated by itself. After [`StoreError::Unavailable`] it may
    /// have happened: read to find out.
    pub async fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Result<Option<Version>, StoreError> {
        let key = StoreKey::parse(key)?;
        if value.len() > Self::MAX_VALUE {
            return Err(StoreError::other("a value has 64 KiB at most"));
        }
        self.0.compare_and_set(&key, expected, value, keep).await
    }
}

/// A store in memory.
impl Default for Store {
    fn default() -> Self {
        Self::custom(Memory::default())
    }
}

impl FromStr for Store {
    type Err = StoreOpenError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::open(url)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_no_store_is_refused_without_being_shown() {
        for url in [
            "",
            "memory",
            "memory:x",
            "mysql://u:s3cret@h",
            "s3cret@h",
            "Redis://s3cret@h",
        ] {
            let error = Store::open(url).unwrap_err();
            assert!(matches!(error, StoreOpenError::UnknownUrl), "{url}");
            assert!(!format!("{error:?} {error}").contains("s3cret"));
        }
    }

    #[cfg(not(feature = "postgres"))]
    #[test]
    fn a_postgres_url_names_the_feature_that_is_missing() {
        let error = Store::open("postgres://localhost").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("feature `postgres`"), "{text}");
    }

    #[cfg(not(feature = "redis"))]
    #[test]
    fn a_redis_url_names_the_feature_that_is_missing() {
        let error = Store::open("redis://localhost").unwrap_err();
        assert!(error.to_string().contains("feature `redis`"), "{error}");
    }
}
