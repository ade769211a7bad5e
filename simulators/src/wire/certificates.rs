//! What the servers prove themselves with, good and bad.

use std::sync::Arc;

use rustls::ServerConfig;

use super::case::Tls;
use crate::Authority;

/// The names of a server that is what it says.
const NAMES: [&str; 3] = ["127.0.0.1", "::1", "localhost"];

pub(super) struct Certificates {
    authority: Authority,
    unknown: Authority,
    trusted: (Arc<ServerConfig>, String),
}

impl Certificates {
    pub(super) fn new() -> Self {
        let authority = Authority::new();
        Self {
            trusted: authority.server_config_and_certificate(&NAMES),
            unknown: Authority::new(),
            authority,
        }
    }

    /// The certificate of the CA that clients trust, in PEM.
    pub(super) fn ca(&self) -> String {
        self.authority.pem()
    }

    /// The certificate of every server that is to be trusted, in PEM.
    pub(super) fn trusted(&self) -> &str {
        &self.trusted.1
    }

    pub(super) fn config(&self, tls: Tls) -> Arc<ServerConfig> {
        match tls {
            Tls::Trusted => Arc::clone(&self.trusted.0),
            Tls::UnknownCa => self.unknown.server_config(&NAMES),
            Tls::Expired => self.authority.expired_server_config(&NAMES),
            Tls::NotYetValid => self.authority.early_server_config(&NAMES),
            Tls::OtherName => self.authority.server_config(&["cr.example.com"]),
            Tls::SelfSigned => Authority::self_signed_server_config(&NAMES).0,
            Tls::WantsClientCertificate => self.authority.server_config_for_clients(&NAMES),
        }
    }
}
