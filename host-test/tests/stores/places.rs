//! The four kinds of store, as the tests that run against all of them see them.

use std::fs;

use rpa_auth_host::Store;
use simulators::postgres::PostgresServer;
use simulators::redis::RedisServer;
use tempfile::TempDir;

/// Where a store is.
pub trait Place: Sized + Sync {
    fn start() -> Self;

    /// The store as another part of a program would open it.
    fn open(&self) -> Store;

    /// What another process opens; `None` where a store is one process's own.
    fn url(&self) -> Option<String>;

    /// Loses every entry, the way such a store does, and goes on.
    fn forget(&mut self);
}

pub struct Memory(Store);

impl Place for Memory {
    fn start() -> Self {
        Self(Store::open("memory:").unwrap())
    }

    fn open(&self) -> Store {
        self.0.clone()
    }

    fn url(&self) -> Option<String> {
        None
    }

    fn forget(&mut self) {
        *self = Self::start();
    }
}

pub struct Directory(pub TempDir);

impl Directory {
    pub fn path(&self) -> std::path::PathBuf {
        self.0.path().join("store")
    }
}

impl Place for Directory {
    fn start() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> Store {
        Store::open(&self.url().unwrap()).unwrap()
    }

    fn url(&self) -> Option<String> {
        Some(format!("directory:{}", self.path().display()))
    }

    /// Somebody deletes it.
    fn forget(&mut self) {
        fs::remove_dir_all(self.path()).unwrap();
    }
}

pub struct Postgres(pub PostgresServer);

impl Place for Postgres {
    fn start() -> Self {
        Self(PostgresServer::start())
    }

    fn open(&self) -> Store {
        Store::open(&self.0.url()).unwrap()
    }

    fn url(&self) -> Option<String> {
        Some(self.0.url())
    }

    /// Somebody drops its table.
    fn forget(&mut self) {
        self.0.say("DROP TABLE rpa_auth_entries");
    }
}

/// A Redis that writes nothing to disk.
pub struct Redis(pub RedisServer);

impl Place for Redis {
    fn start() -> Self {
        Self(RedisServer::start())
    }

    fn open(&self) -> Store {
        Store::open(&self.0.url()).unwrap()
    }

    fn url(&self) -> Option<String> {
        Some(self.0.url())
    }

    /// It is restarted.
    fn forget(&mut self) {
        self.0.kill();
        self.0.restart();
    }
}

/// Makes a test of each function for each store.
macro_rules! for_every_store {
    ($($name:ident),+ $(,)?) => {
        for_every_store! { @ memory Memory $($name)+ }
        for_every_store! { @ directory Directory $($name)+ }
        for_every_store! { @ postgres Postgres $($name)+ }
        for_every_store! { @ redis Redis $($name)+ }
    };
    (@ $module:ident $place:ident $($name:ident)+) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(<crate::places::$place as crate::places::Place>::start()).await;
                }
            )+
        }
    };
}
pub(crate) use for_every_store;
