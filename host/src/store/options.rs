//! What can be decided about a Redis beside its URL.

use std::path::PathBuf;

use super::redis::{Address, Redis};
use super::{Store, StoreOpenError};
use crate::Secret;
use crate::outbound::source::Source;
use crate::outbound::tls::{ClientCertificate, Settings};

/// How a store is to be opened. What stands here matters to a Redis only.
#[derive(Clone, Default)]
pub struct StoreOptions {
    password: Option<Secret>,
    allow_plain_password: bool,
    tls: Settings,
}

impl StoreOptions {
    /// The password, where it does not stand in the URL. It wins over one that
    /// does.
    pub fn password(mut self, password: Secret) -> Self {
        self.password = Some(password);
        self
    }

    /// Lets a password of a `redis://` URL cross the network without TLS, where
    /// everybody on the way can read it. Without this such a URL is refused, unless
    /// its host is this machine (`localhost` or a loopback address). For networks that
    /// encrypt by themselves.
    pub fn allow_plain_password(mut self) -> Self {
        self.allow_plain_password = true;
        self
    }

    /// Trusts the certificates of a PEM bundle too, beside the system's and
    /// Mozilla's roots. For `rediss://`.
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
    /// the private key, which are read again for every connection. For `rediss://`.
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

    /// Opens the store that a URL names: see [`Store`].
    pub fn open(self, url: &str) -> Result<Store, StoreOpenError> {
        if let Some(store) = Store::open_here(url)? {
            return Ok(store);
        }
        let address = Address::parse(url, self.password, self.allow_plain_password)?;
        Ok(Store::custom(Redis::new(address, self.tls)?))
    }
}
