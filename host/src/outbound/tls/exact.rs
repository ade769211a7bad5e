//! Trust in one certificate itself, beside trust in those that a root signed.
//!
//! A server on premises often shows a certificate that it signed itself, and that
//! says it is a CA's, as `openssl req -x509` makes it. Rooted trust refuses such a
//! one as a server's own (RFC 5280, section 4.2.1.9); whoever put exactly this
//! certificate into the bundle has said that it is the server's. Its time, its
//! name and the proof of its key are looked at as for any other.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// Trusts what the roots trust, and a CA's certificate that was given as it is.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) rooted: Arc<WebPkiServerVerifier>,
    pub(super) given: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let rooted = self
            .rooted
            .verify_server_cert(own, between, name, ocsp, now);
        match rooted {
            // Its time was looked at before that it is a CA's.
            Err(rustls::Error::InvalidCertificate(error))
                if is_of_ca(&error) && self.given.contains(own) =>
            {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            rooted => rooted,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rooted
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rooted
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rooted.supported_verify_schemes()
    }
}

/// Whether a certificate was refused because it is a CA's.
pub(in crate::outbound) fn is_of_ca(error: &CertificateError) -> bool {
    match error {
        CertificateError::Other(other) => matches!(
            other.0.downcast_ref::<webpki::Error>(),
            Some(webpki::Error::CaUsedAsEndEntity)
        ),
        _ => false,
    }
}
