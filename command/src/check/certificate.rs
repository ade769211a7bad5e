//! What a server's certificate says of itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::output::{moment, moment_for_programs, printable};

/// The parts of a certificate that a person wants to see.
pub(super) struct Certificate {
    pub(super) subject: String,
    pub(super) issuer: String,
    /// Unix seconds.
    not_before: i64,
    /// Unix seconds.
    not_after: i64,
    /// The names that it is for.
    pub(super) names: Vec<String>,
    /// SHA-256 of the whole, as administrators compare it.
    fingerprint: String,
    /// Whether it says that it may sign others.
    is_ca: bool,
}

impl Certificate {
    /// None for what is no certificate.
    pub(super) fn parse(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|names| &names.value.general_names);
        Some(Self {
            subject: or_empty(&certificate.subject().to_string()),
            issuer: or_empty(&certificate.issuer().to_string()),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            names: names.filter_map(name).collect(),
            fingerprint: fingerprint(der),
            is_ca: certificate.is_ca(),
        })
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{}; issued by {}; from {} until {}{}; SHA-256 {}",
            self.subject,
            self.issuer,
            moment(self.not_before),
            moment(self.not_after),
            if self.names.is_empty() {
                String::new()
            } else {
                format!("; for {}", self.names.join(", "))
            },
            self.fingerprint
        )
    }

    pub(super) fn object(&self) -> Value {
        json!({
            "subject": self.subject,
            "issuer": self.issuer,
            "not_before": moment_for_programs(self.not_before),
            "not_before_seconds": self.not_before,
            "not_after": moment_for_programs(self.not_after),
            "not_after_seconds": self.not_after,
            "names": self.names,
            "sha256": self.fingerprint,
            "is_ca": self.is_ca,
        })
    }
}

/// Pairs of hexadecimal digits with colons between, as `openssl x509` prints it.
fn fingerprint(der: &[u8]) -> String {
    let digest = Sha256::digest(der);
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// Certificates in PEM (RFC 7468), in their order.
pub(super) fn pem(chain: &[Vec<u8>]) -> String {
    let mut pem = String::new();
    for der in chain {
        let text = STANDARD.encode(der);
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in text.as_bytes().chunks(64) {
            pem.extend(line.iter().copied().map(char::from));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

fn or_empty(name: &str) -> String {
    match name {
        "" => "(no name)".into(),
        name => printable(name),
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(printable(name)),
        GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
            Ok(four) => Some(std::net::Ipv4Addr::from(four).to_string()),
            Err(_) => {
                let sixteen = <[u8; 16]>::try_from(*bytes).ok()?;
                Some(std::net::Ipv6Addr::from(sixteen).to_string())
            }
        },
        _ => None,
    }
}
