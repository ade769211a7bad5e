//! Whom the client trusts: the system's roots, Mozilla's, and the embedder's.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::BuildError;

/// The provider is named rather than taken from the process: where two are
/// compiled in and none is installed, rustls would panic.
pub(super) fn client_config(ca_bundle: &[u8]) -> Result<ClientConfig, BuildError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| BuildError::Tls(error.into()))?;
    Ok(config
        .with_root_certificates(roots(ca_bundle)?)
        .with_no_client_auth())
}

fn roots(ca_bundle: &[u8]) -> Result<RootCertStore, BuildError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    // A system without roots, or with some that cannot be read, still has
    // Mozilla's.
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if ca_bundle.is_empty() {
        return Ok(roots);
    }
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(ca_bundle) {
        let certificate = certificate.map_err(|error| BuildError::CaBundle(error.into()))?;
        let added = roots.add(certificate);
        added.map_err(|error| BuildError::CaBundle(error.into()))?;
        found = true;
    }
    match found {
        true => Ok(roots),
        false => Err(BuildError::CaBundle("it holds no certificate".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_without_a_certificate_is_refused() {
        let error = client_config(b"no PEM at all").unwrap_err();
        assert!(matches!(error, BuildError::CaBundle(_)));
    }

    #[test]
    fn a_certificate_that_is_none_is_refused() {
        let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let error = client_config(pem).unwrap_err();
        assert!(matches!(error, BuildError::CaBundle(_)));
    }

    #[test]
    fn no_bundle_leaves_the_public_roots() {
        assert!(roots(b"").unwrap().len() >= webpki_roots::TLS_SERVER_ROOTS.len());
    }
}
