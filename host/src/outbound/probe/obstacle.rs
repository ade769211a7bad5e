//! What keeps a step of a probe from its end. None of it holds a secret.

use std::error::Error as StdError;
use std::fmt;

use rustls::CertificateError;

use crate::outbound::tls::exact::is_of_ca;

/// What kept a step from its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The address is not `https://host[:port]` or `http://host[:port]`, with or
    /// without a path.
    Address,
    /// The plugin may not reach this origin.
    NotAllowed,
    /// The name that is connected to has no address.
    NameNotFound,
    /// Nothing listens there, or no route leads there.
    Refused,
    /// A limit of time passed.
    Timeout,
    /// The connection ended.
    Closed,
    /// The proxy wants a user name and a password, or other ones (407).
    ProxyWantsPassword,
    /// The proxy opened no tunnel, or is of a kind that is not offered.
    ProxyRefused,
    /// The server's certificate was refused.
    Certificate(CertificateProblem),
    /// The server refused the handshake with a TLS alert: it wants a client
    /// certificate, or another one, or nothing that both sides speak is left.
    Alert(String),
    /// What answered does not speak TLS, or not as it should.
    NotTls,
    /// A file that was read again cannot be used any more.
    Settings,
}

impl Obstacle {
    pub(super) fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => {
                Self::Certificate(CertificateProblem::of(error))
            }
            rustls::Error::AlertReceived(alert) => Self::Alert(format!("{alert:?}")),
            _ => Self::NotTls,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("not an address of the form https://host[:port]"),
            Self::NotAllowed => f.write_str("the host does not permit that address"),
            Self::NameNotFound => f.write_str("the name was not found"),
            Self::Refused => f.write_str("the connection was refused"),
            Self::Timeout => f.write_str("a limit of time passed"),
            Self::Closed => f.write_str("the connection ended"),
            Self::ProxyWantsPassword => f.write_str("the proxy wants a user name and a password"),
            Self::ProxyRefused => f.write_str("the proxy opened no tunnel"),
            Self::Certificate(problem) => write!(f, "the certificate was refused: {problem}"),
            Self::Alert(alert) => write!(f, "the server ended the TLS handshake: {alert}"),
            Self::NotTls => f.write_str("what answered does not speak TLS"),
            Self::Settings => f.write_str("TLS cannot be set up from the files as they are now"),
        }
    }
}

impl StdError for Obstacle {}

/// What is wrong with a server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// No trusted root signed the chain, or the server left out what stands
    /// between.
    UnknownIssuer,
    /// A trusted root has its issuer's name, but another key: the CA was renewed,
    /// or is not the one that it says it is.
    OtherKey,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// It is for other names than the one that was called.
    WrongName,
    /// It says that it is a CA's, and was not itself given as trusted.
    OfCa,
    /// Anything else, in the TLS library's words.
    Other(String),
}

impl CertificateProblem {
    fn of(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::BadSignature => Self::OtherKey,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::WrongName
            }
            error if is_of_ca(error) => Self::OfCa,
            other => Self::Other(other.to_string()),
        }
    }
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "nobody who is trusted signed it",
            Self::OtherKey => "its issuer is trusted by name, but has another key",
            Self::Expired => "it has expired",
            Self::NotYetValid => "it is not valid yet",
            Self::WrongName => "it is for another name",
            Self::OfCa => "the server shows a CA's certificate as its own",
            Self::Other(text) => text,
        })
    }
}
