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
}

impl Certificates {
    pub(super) fn new() -> Self {
        Self {
            authority: Authority::new(),
            unknown: Authority::new(),
        }
    }

    /// The certificate of the CA that clients trust, in PEM.
    pub(super) fn ca(&self) -> String {
        self.authority.pem()
    }

    pub(super) fn config(&self, tls: Tls) -> Arc<ServerConfig> {
        match tls {
            Tls::Trusted => self.authority.server_config(&NAMES),
            Tls::UnknownCa => self.unknown.server_config(&NAMES),
            Tls::Expired => self.authority.expired_server_config(&NAMES),
            Tls::NotYetValid => self.authority.early_server_config(&NAMES),
            Tls::OtherName => self.authority.server_config(&["cr.example.com"]),
            Tls::SelfSigned => Authority::self_signed_server_config(&NAMES).0,
            Tls::WantsClientCertificate => self.authority.server_config_for_clients(&NAMES),
        }
    }
}
