//! Whom the client trusts, and how it proves itself: the system's roots,
//! Mozilla's and the embedder's, and a client certificate.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::source::Source;
use crate::BuildError;

pub(super) mod exact;

/// What the embedder decides about TLS. All of it is PEM.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) ca_bundles: Vec<Source>,
    pub(crate) client_certificate: Option<ClientCertificate>,
}

/// Where a trusted root certificate is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RootSource {
    /// A CA bundle that the embedder gave.
    Bundle,
    /// The operating system.
    System,
    /// Mozilla's list, as it was when this library was built.
    Mozilla,
}

/// A certificate chain, the client's own certificate first, and its private key.
#[derive(Clone)]
pub(crate) struct ClientCertificate {
    pub(crate) chain: Source,
    pub(crate) key: Source,
}

impl Settings {
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        let client = self.client_certificate.iter();
        let client = client.flat_map(|client| [&client.chain, &client.key]);
        self.ca_bundles.iter().chain(client)
    }

    pub(crate) fn client_config(&self) -> Result<ClientConfig, BuildError> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| BuildError::Tls(error.into()))?
            .dangerous()
            .with_custom_certificate_verifier(self.verifier()?);
        let Some(client) = &self.client_certificate else {
            return Ok(config.with_no_client_auth());
        };
        let (chain, key) = client.read()?;
        config
            .with_client_auth_cert(chain, key)
            .map_err(|error| BuildError::ClientCertificate(error.into()))
    }

    /// Who decides whether a server is trusted.
    pub(super) fn verifier(&self) -> Result<Arc<dyn ServerCertVerifier>, BuildError> {
        let roots = Arc::new(self.roots()?);
        let rooted = WebPkiServerVerifier::builder_with_provider(roots, provider())
            .build()
            .map_err(|error| BuildError::Tls(error.into()))?;
        let mut given = Vec::new();
        for bundle in &self.ca_bundles {
            given.extend(certificates(bundle).map_err(BuildError::CaBundle)?);
        }
        Ok(Arc::new(exact::Verifier { rooted, given }))
    }

    pub(super) fn roots(&self) -> Result<RootCertStore, BuildError> {
        let mut roots = RootCertStore::empty();
        for (_, store) in self.stores()? {
            roots.extend(store.roots);
        }
        Ok(roots)
    }

    /// The roots by where they are from.
    pub(super) fn stores(&self) -> Result<[(RootSource, RootCertStore); 3], BuildError> {
        let mut bundles = RootCertStore::empty();
        for bundle in &self.ca_bundles {
            for certificate in certificates(bundle).map_err(BuildError::CaBundle)? {
                let added = bundles.add(certificate);
                added.map_err(|error| BuildError::CaBundle(error.into()))?;
            }
        }
        // A system without roots, or with some that cannot be read, still has
        // Mozilla's.
        let mut system = RootCertStore::empty();
        system.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let mozilla = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        Ok([
            (RootSource::Bundle, bundles),
            (RootSource::System, system),
            (RootSource::Mozilla, mozilla),
        ])
    }
}

impl ClientCertificate {
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), BuildError> {
        let chain = certificates(&self.chain).map_err(BuildError::ClientCertificate)?;
        let key = self.key.read();
        let key = key.map_err(|error| BuildError::ClientCertificate(error.into()))?;
        // The error of the parser could show what it could not read.
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| {
            BuildError::ClientCertificate("no private key in PEM, or an encrypted one".into())
        })?;
        Ok((chain, key))
    }
}

/// Named rather than taken from the process: where two are compiled in and none
/// is installed, rustls would panic.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn certificates(
    source: &Source,
) -> Result<Vec<CertificateDer<'static>>, Box<dyn std::error::Error + Send + Sync>> {
    let pem = source.read()?;
    let found = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() {
        Err("there is no certificate in it".into())
    } else {
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_bundle(pem: &[u8]) -> Settings {
        Settings {
            ca_bundles: vec![Source::given(pem)],
            ..Settings::default()
        }
    }

    #[test]
    fn a_bundle_without_a_certificate_is_refused() {
        let error = with_bundle(b"no PEM at all").client_config().unwrap_err();
        assert!(matches!(error, BuildError::CaBundle(_)));
    }

    #[test]
    fn a_certificate_that_is_none_is_refused() {
        let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let error = with_bundle(pem).client_config().unwrap_err();
        assert!(matches!(error, BuildError::CaBundle(_)));
    }

    #[test]
    fn a_bundle_that_is_not_there_is_named() {
        let settings = Settings {
            ca_bundles: vec![Source::File("/nowhere/ca.pem".into())],
            ..Settings::default()
        };
        let error = settings.client_config().unwrap_err();
        assert!(
            matches!(error, BuildError::CaBundle(cause) if cause.to_string().contains("/nowhere/ca.pem"))
        );
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_being_shown() {
        let settings = Settings {
            client_certificate: Some(ClientCertificate {
                chain: Source::given(rcgen_chain()),
                key: Source::given(*b"s3cret"),
            }),
            ..Settings::default()
        };
        let error = settings.client_config().unwrap_err();
        assert!(matches!(&error, BuildError::ClientCertificate(_)));
        assert!(!format!("{error:?}").contains("s3cret"));
    }

    #[test]
    fn no_bundle_leaves_the_public_roots() {
        let roots = Settings::default().roots().unwrap();
        assert!(roots.len() >= webpki_roots::TLS_SERVER_ROOTS.len());
    }

    fn rcgen_chain() -> Vec<u8> {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        certified.cert.pem().into_bytes()
    }
}
