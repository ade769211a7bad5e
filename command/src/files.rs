//! Why a file of certificates or keys cannot be used, and what makes it one that
//! can: on Windows such files are most often not PEM.

use std::path::Path;

use x509_parser::prelude::{FromDer, X509Certificate};

/// What a file is, by what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Text with at least one `-----BEGIN`.
    Pem,
    /// One certificate in binary: `.cer`, `.crt`, `.der`.
    DerCertificate,
    /// Some other ASN.1 structure in binary, most often PKCS #12: `.pfx`, `.p12`.
    OtherDer,
    Unknown,
}

impl Form {
    fn of(bytes: &[u8]) -> Self {
        let begins = b"-----BEGIN ";
        if bytes.windows(begins.len()).any(|window| window == begins) {
            Self::Pem
        } else if X509Certificate::from_der(bytes).is_ok() {
            Self::DerCertificate
        } else if bytes.starts_with(&[0x30]) {
            Self::OtherDer
        } else {
            Self::Unknown
        }
    }
}

/// Why `--ca-bundle` cannot be used.
pub fn why_no_bundle(file: Option<&Path>, error: &dyn std::error::Error) -> String {
    why_no_chain("--ca-bundle", file, error)
}

/// Why `--client-certificate` or its key cannot be used.
pub fn why_no_certificate(
    chain: Option<&Path>,
    key: Option<&Path>,
    error: &dyn std::error::Error,
) -> String {
    let of_chain = why_no_chain("--client-certificate", chain, error);
    let Some(chain) = chain else {
        return of_chain;
    };
    let Ok(certificates) = std::fs::read(chain) else {
        return of_chain;
    };
    if Form::of(&certificates) != Form::Pem || !holds(&certificates, "CERTIFICATE-----") {
        return of_chain;
    }
    let (option, file) = match key {
        Some(key) => ("--client-key", key),
        None => ("--client-certificate", chain),
    };
    let shown = file.display();
    let Ok(bytes) = std::fs::read(file) else {
        return format!("{option} {shown}: {}", cause(error));
    };
    if holds(&bytes, "ENCRYPTED") {
        return format!(
            "{option} {shown}: its private key is encrypted, which is not offered. This writes \
             one that is not: openssl pkey -in {shown} -out key.pem"
        );
    }
    if !holds(&bytes, "PRIVATE KEY-----") {
        return match key {
            None => format!(
                "{option} {shown}: there is no private key in it: say where it is with \
                 --client-key FILE"
            ),
            Some(_) => format!("{option} {shown}: there is no private key (PEM) in it{}", {
                match Form::of(&bytes) {
                    Form::OtherDer => format!(
                        ". If it is one in binary, this writes it as PEM: openssl pkey -inform der \
                         -in {shown} -out key.pem"
                    ),
                    _ => String::new(),
                }
            }),
        };
    }
    format!("{option} {shown}: {}", cause(error))
}

fn why_no_chain(option: &str, file: Option<&Path>, error: &dyn std::error::Error) -> String {
    let Some(file) = file else {
        return format!("{option}: {}", cause(error));
    };
    let shown = file.display();
    let Ok(bytes) = std::fs::read(file) else {
        // The cause names the file.
        return format!("{option}: {}", cause(error));
    };
    match Form::of(&bytes) {
        Form::DerCertificate => format!(
            "{option} {shown}: a certificate in binary (DER), and PEM is wanted. This writes it: \
             openssl x509 -inform der -in {shown} -out certificate.pem"
        ),
        Form::OtherDer => format!(
            "{option} {shown}: binary, most likely PKCS #12 (.pfx, .p12), and PEM is wanted. This \
             writes it, certificates and key: openssl pkcs12 -in {shown} -nodes -out both.pem"
        ),
        Form::Pem | Form::Unknown => format!("{option} {shown}: {}", cause(error)),
    }
}

/// The innermost cause.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    bytes.windows(text.len()).any(|window| window == text)
}
