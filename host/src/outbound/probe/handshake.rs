//! A TLS handshake with a witness: the same trust decides as in a call, and what
//! the server showed is kept even where it is refused.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::BuildError;
use crate::outbound::Obstacle;
use crate::outbound::tls::{self, RootSource};

/// What a server showed in a TLS handshake, and whether it is trusted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Handshake {
    /// The certificates in DER, the server's own first, as it sent them.
    pub chain: Vec<Vec<u8>>,
    /// Whose roots trust the chain for this name and time. A call trusts it if
    /// any do.
    pub trusted_by: Vec<RootSource>,
    /// Whether the server asked for a client certificate. Over TLS 1.3 it may
    /// refuse the one it got, or that it got none, only after the handshake.
    pub asked_for_client_certificate: bool,
    /// `TLSv1_3`, say; none where the handshake did not end well.
    pub version: Option<String>,
    /// Why the handshake failed, if it did.
    pub obstacle: Option<Obstacle>,
}

pub(super) async fn shake(
    settings: &tls::Settings,
    host: &str,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> Result<Handshake, Obstacle> {
    let host = host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|_| Obstacle::Address)?;
    let (config, witness, asked) = watched(settings).map_err(|_| Obstacle::Settings)?;
    let connector = TlsConnector::from(Arc::new(config));
    let shaken = connector.connect(name.clone(), stream).await;
    let chain = witness.take();
    let stores = settings.stores().map_err(|_| Obstacle::Settings)?;
    let trusted_by = stores
        .into_iter()
        .filter(|(_, roots)| trusts(roots, &chain, &name));
    let (version, obstacle) = match &shaken {
        Ok(stream) => {
            let version = stream.get_ref().1.protocol_version();
            (version.map(|version| format!("{version:?}")), None)
        }
        Err(error) => (None, Some(Obstacle::of_handshake(error))),
    };
    let mut trusted_by: Vec<RootSource> = trusted_by.map(|(source, _)| source).collect();
    // Trusted by no root: the certificate itself was given.
    if obstacle.is_none() && trusted_by.is_empty() {
        trusted_by.push(RootSource::Bundle);
    }
    Ok(Handshake {
        trusted_by,
        chain: chain.iter().map(|one| one.to_vec()).collect(),
        asked_for_client_certificate: asked.0.load(Ordering::Relaxed),
        version,
        obstacle,
    })
}

type Watched = (rustls::ClientConfig, Arc<Witness>, Arc<Asked>);

/// The configuration of a call, with someone who watches.
fn watched(settings: &tls::Settings) -> Result<Watched, BuildError> {
    let mut config = settings.client_config()?;
    // As the client offers it: some servers choose by it.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let inner = settings.verifier()?;
    let witness = Arc::new(Witness {
        inner,
        chain: Mutex::default(),
    });
    let asked = Arc::new(Asked(AtomicBool::new(false)));
    config.client_auth_cert_resolver = Arc::new(Resolver {
        inner: config.client_auth_cert_resolver,
        asked: Arc::clone(&asked),
    });
    let verifier = Arc::clone(&witness) as Arc<dyn ServerCertVerifier>;
    config.dangerous().set_certificate_verifier(verifier);
    Ok((config, witness, asked))
}

fn trusts(roots: &RootCertStore, chain: &[CertificateDer<'_>], name: &ServerName<'_>) -> bool {
    let [own, between @ ..] = chain else {
        return false;
    };
    let roots = Arc::new(roots.clone());
    // Without a single root there is no verifier.
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(roots, tls::provider()).build()
    else {
        return false;
    };
    verifier
        .verify_server_cert(own, between, name, &[], UnixTime::now())
        .is_ok()
}

/// Lets the usual verifier decide and keeps what it was shown.
#[derive(Debug)]
struct Witness {
    inner: Arc<dyn ServerCertVerifier>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl Witness {
    fn take(&self) -> Vec<CertificateDer<'static>> {
        std::mem::take(&mut *self.chain.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = std::iter::once(own).chain(between);
        let shown = shown.map(|certificate| certificate.clone().into_owned());
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = shown.collect();
        self.inner.verify_server_cert(own, between, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Whether a client certificate was asked for.
#[derive(Debug)]
struct Asked(AtomicBool);

/// Gives the client certificate that a call would give, and notes that it was
/// asked for.
#[derive(Debug)]
struct Resolver {
    inner: Arc<dyn ResolvesClientCert>,
    asked: Arc<Asked>,
}

impl ResolvesClientCert for Resolver {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.0.store(true, Ordering::Relaxed);
        self.inner.resolve(hints, schemes)
    }

    fn has_certs(&self) -> bool {
        self.inner.has_certs()
    }
}
