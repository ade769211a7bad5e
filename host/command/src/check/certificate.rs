//! What a server's certificate says of itself.

use serde_json::{Value, json};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::report::printable;
use crate::output::moment;

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
        })
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{}; issued by {}; from {} until {}",
            self.subject,
            self.issuer,
            moment(self.not_before),
            moment(self.not_after)
        )
    }

    pub(super) fn object(&self) -> Value {
        json!({
            "subject": self.subject,
            "issuer": self.issuer,
            "not-before-seconds": self.not_before,
            "not-after-seconds": self.not_after,
            "names": self.names,
        })
    }
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
