//! Why a store could not be opened, read or written. No text here shows a URL or
//! what a server said to a login: both can hold a password.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use wasmtime::component::{ComponentType, Lift, Lower};

#[cfg(any(feature = "postgres", feature = "redis"))]
use crate::BuildError;

/// Why a store gave no answer: the contract's `store-error`. The text says what to
/// do, for people.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(variant)]
pub enum StoreError {
    /// The store cannot be reached. A write may have happened.
    #[component(name = "unavailable")]
    Unavailable(Option<String>),
    /// The store refused: a key or value it does not take, an entry that is
    /// damaged, missing rights. It will refuse again until somebody acts.
    #[component(name = "other")]
    Other(Option<String>),
}

impl StoreError {
    pub(super) fn unavailable(text: impl Into<String>) -> Self {
        Self::Unavailable(Some(text.into()))
    }

    pub(super) fn other(text: impl Into<String>) -> Self {
        Self::Other(Some(text.into()))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, text) = match self {
            Self::Unavailable(text) => ("the store cannot be reached", text),
            Self::Other(text) => ("the store refused", text),
        };
        f.write_str(what)?;
        match text {
            Some(text) => write!(f, ": {text}"),
            None => Ok(()),
        }
    }
}

impl StdError for StoreError {}

/// Why a store could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreOpenError {
    /// The URL names no store that there is.
    UnknownUrl,
    /// The URL names a Redis, and the program was built without the feature
    /// `redis`.
    WithoutRedis,
    /// The URL names a PostgreSQL, and the program was built without the feature
    /// `postgres`.
    WithoutPostgres,
    /// The URL of a PostgreSQL cannot be used, for this reason.
    PostgresUrl(&'static str),
    /// The URL of a Redis cannot be used, for this reason.
    RedisUrl(&'static str),
    /// The directory is not there and cannot be made, or is none.
    Directory(PathBuf, io::Error),
    /// Others could delete what stands in the directory, or put another one in its
    /// place, or it lies on a file system that machines share. The text names the
    /// directory and what to do.
    UnsafeDirectory(String),
    /// The CA bundle or the client certificate cannot be used.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    Tls(BuildError),
}

impl fmt::Display for StoreOpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownUrl => f.write_str(
                "not the URL of a store: give memory:, directory:/path, \
                 postgres://user@host/database, redis://host, rediss://host, \
                 redis+unix:///path, redis+cluster://host,host or \
                 redis+sentinel://host,host/service, in small letters",
            ),
            Self::WithoutRedis => f.write_str(
                "this program was built without Redis: \
                 enable the feature `redis` of rpa-auth-host",
            ),
            Self::WithoutPostgres => f.write_str(
                "this program was built without PostgreSQL: \
                 enable the feature `postgres` of rpa-auth-host",
            ),
            Self::PostgresUrl(reason) => {
                write!(f, "the URL of the PostgreSQL cannot be used: {reason}")
            }
            Self::RedisUrl(reason) => write!(f, "the URL of the Redis cannot be used: {reason}"),
            Self::Directory(path, error) => {
                write!(
                    f,
                    "the store's directory {} cannot be used: {error}",
                    path.display()
                )
            }
            Self::UnsafeDirectory(reason) => f.write_str(reason),
            #[cfg(any(feature = "postgres", feature = "redis"))]
            Self::Tls(_) => f.write_str("TLS to the store cannot be set up"),
        }
    }
}

impl StdError for StoreOpenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Directory(_, error) => Some(error),
            #[cfg(any(feature = "postgres", feature = "redis"))]
            Self::Tls(error) => Some(error),
            Self::UnknownUrl
            | Self::WithoutPostgres
            | Self::PostgresUrl(_)
            | Self::WithoutRedis
            | Self::RedisUrl(_)
            | Self::UnsafeDirectory(_) => None,
        }
    }
}
