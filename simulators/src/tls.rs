//! A private certificate authority, as a company on premises has one.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::PrivatePkcs8KeyDer,
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::leave::leave;

/// Takes a client in over TLS, unless one of both refuses the other. A client that is
/// refused is heard to its end, so that it reads the alert that says why.
pub(super) async fn accept(
    config: Arc<ServerConfig>,
    stream: TcpStream,
) -> Option<TlsStream<TcpStream>> {
    let accepted = TlsAcceptor::from(config).accept(stream);
    match accepted.into_fallible().await {
        Ok(stream) => Some(stream),
        Err((_, mut stream)) => {
            leave(&mut stream).await;
            None
        }
    }
}

/// A certificate authority that lives as long as a test run.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// Makes a new authority, which nobody trusts yet.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "rpa-auth simulator authority");
        let key = KeyPair::generate().expect("a key can be made");
        let issuer =
            CertifiedIssuer::self_signed(params, key).expect("the authority signs its own");
        Self { issuer }
    }

    /// The authority's certificate in PEM, for a client to trust.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// What a server needs to answer under `names`: DNS names and IP addresses.
    pub fn server_config(&self, names: &[&str]) -> Arc<ServerConfig> {
        self.server_config_and_certificate(names).0
    }

    /// The same with its certificate in PEM.
    pub fn server_config_and_certificate(&self, names: &[&str]) -> (Arc<ServerConfig>, String) {
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = leaf(names)
            .signed_by(&key, &self.issuer)
            .expect("the authority signs what it made");
        let config = config_of(&certificate, &key, Arc::new(NoClientAuth));
        (config, certificate.pem())
    }

    /// The same with a certificate that ran out years ago.
    pub fn expired_server_config(&self, names: &[&str]) -> Arc<ServerConfig> {
        let mut params = leaf(names);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.config(params)
    }

    /// The same with a certificate whose time has not begun.
    pub fn early_server_config(&self, names: &[&str]) -> Arc<ServerConfig> {
        let mut params = leaf(names);
        params.not_before = date_time_ymd(2999, 1, 1);
        self.config(params)
    }

    /// What a server needs that signed its own certificate, which says that it is a
    /// CA's (as `openssl req -x509` makes it), and that certificate in PEM.
    pub fn self_signed_server_config(names: &[&str]) -> (Arc<ServerConfig>, String) {
        let mut params = leaf(names);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params.self_signed(&key).expect("it signs its own");
        let config = config_of(&certificate, &key, Arc::new(NoClientAuth));
        (config, certificate.pem())
    }

    /// The same for a server that lets in only clients with a certificate of
    /// this authority (mTLS).
    pub fn server_config_for_clients(&self, names: &[&str]) -> Arc<ServerConfig> {
        let mut roots = RootCertStore::empty();
        roots
            .add(self.issuer.der().clone())
            .expect("the authority's certificate is one");
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .expect("the roots are not empty");
        self.config_with(leaf(names), verifier)
    }

    /// A client's certificate and its private key, both in PEM.
    pub fn client_certificate(&self, name: &str) -> (String, String) {
        let mut params = leaf(&[]);
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(params)
    }

    /// A server's certificate for `names` and its private key, both in PEM: for a
    /// server in a process of its own.
    pub fn server_certificate(&self, names: &[&str]) -> (String, String) {
        self.issue(leaf(names))
    }

    fn issue(&self, params: CertificateParams) -> (String, String) {
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("the authority signs what it made");
        (certificate.pem(), key.serialize_pem())
    }

    fn config(&self, params: CertificateParams) -> Arc<ServerConfig> {
        self.config_with(params, Arc::new(NoClientAuth))
    }

    fn config_with(
        &self,
        params: CertificateParams,
        clients: Arc<dyn ClientCertVerifier>,
    ) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("the authority signs what it made");
        config_of(&certificate, &key, clients)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// A server certificate for `names`, valid for a long time.
fn leaf(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("a test gives valid names");
    params
        .distinguished_name
        .push(DnType::CommonName, "rpa-auth simulator");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params
}

fn config_of(
    certificate: &Certificate,
    key: &KeyPair,
    clients: Arc<dyn ClientCertVerifier>,
) -> Arc<ServerConfig> {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    // With the provider named here nothing depends on which one a process has
    // installed, or whether it has.
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has TLS 1.2 and 1.3")
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .expect("the key belongs to the certificate");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}
