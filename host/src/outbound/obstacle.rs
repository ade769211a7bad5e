//! What keeps the way to a server from its end, for calls and probes alike. None of
//! it holds a secret.

use std::error::Error as StdError;
use std::{fmt, io};

use rustls::{AlertDescription, CertificateError, PeerIncompatible};

use super::connector::NoHandshake;
use super::resolver::NameNotFound;
use super::tls::exact::is_of_ca;
use super::tunnel::NoTunnel;

/// What kept a call, or a step of a probe, from its end.
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
    /// The proxy wants proof of a kind that is not offered, NTLM, Negotiate or
    /// Kerberos: these ways, as it named them.
    ProxyWantsOther(String),
    /// The proxy answered with this status and opened no tunnel.
    ProxyRefused(u16),
    /// The proxy ended the connection before it opened the tunnel, or what it said
    /// is no HTTP.
    ProxyBroken,
    /// The variable of this name leads to a proxy over TLS or SOCKS, which is not
    /// offered.
    ProxyNotOffered(&'static str),
    /// The server's certificate was refused.
    Certificate(CertificateProblem),
    /// The server refused the handshake with a TLS alert: it wants a client
    /// certificate, or another one, or nothing that both sides speak is left.
    Alert(String),
    /// What answered does not speak TLS, or not as it should.
    NotTls,
    /// The server speaks no version of TLS from 1.2 on.
    OldTls,
    /// The connection ended within the TLS handshake.
    CutInHandshake,
    /// The server sent one interim answer (1xx) after the other, and no answer.
    InterimAnswers,
    /// A file that was read again cannot be used any more.
    Settings,
}

impl Obstacle {
    /// What kept a connection from coming about.
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Self {
        let causes = Causes(Some(error));
        for cause in causes {
            if let Some(tunnel) = cause.downcast_ref::<NoTunnel>() {
                return tunnel.obstacle();
            }
            if let Some(handshake) = cause.downcast_ref::<NoHandshake>() {
                return Self::of_handshake(handshake);
            }
            if cause.is::<NameNotFound>() {
                return Self::NameNotFound;
            }
            if let Some(error) = cause.downcast_ref::<io::Error>() {
                match error.kind() {
                    io::ErrorKind::TimedOut => return Self::Timeout,
                    io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::AddrNotAvailable => return Self::Refused,
                    _ => {}
                }
            }
        }
        Self::Closed
    }

    /// What kept a TLS handshake from its end.
    pub(super) fn of_handshake(error: &(dyn StdError + 'static)) -> Self {
        let mut causes = Causes(Some(error));
        let tls = causes.find_map(|cause| cause.downcast_ref::<rustls::Error>());
        match tls {
            Some(rustls::Error::InvalidCertificate(error)) => {
                Self::Certificate(CertificateProblem::of(error))
            }
            Some(
                rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
                | rustls::Error::PeerIncompatible(
                    PeerIncompatible::ServerDoesNotSupportTls12Or13
                    | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
                ),
            ) => Self::OldTls,
            Some(rustls::Error::AlertReceived(alert)) => Self::Alert(format!("{alert:?}")),
            Some(_) => Self::NotTls,
            None => Self::CutInHandshake,
        }
    }
}

/// An error and what is behind it.
pub(super) struct Causes<'a>(pub(super) Option<&'a (dyn StdError + 'static)>);

impl<'a> Iterator for Causes<'a> {
    type Item = &'a (dyn StdError + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let cause = self.0?;
        self.0 = match cause.downcast_ref::<io::Error>() {
            // Its `source` is that of the error within, not the error itself.
            Some(error) => error
                .get_ref()
                .map(|inner| inner as &(dyn StdError + 'static)),
            None => cause.source(),
        };
        Some(cause)
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
            Self::ProxyWantsOther(ways) => write!(
                f,
                "the proxy wants {ways}, which is not offered; a local proxy that speaks it, \
                 cntlm for one, stands in between"
            ),
            Self::ProxyRefused(status) => {
                write!(f, "the proxy opened no tunnel and answered {status}")
            }
            Self::ProxyBroken => {
                f.write_str("the proxy opened no tunnel: it ended the connection, or is no proxy")
            }
            Self::ProxyNotOffered(variable) => write!(
                f,
                "{variable} names a proxy over TLS or SOCKS, which is not offered: give one as \
                 http://host:port"
            ),
            Self::Certificate(problem) => write!(f, "the certificate was refused: {problem}"),
            Self::Alert(alert) => write!(f, "the server ended the TLS handshake: {alert}"),
            Self::NotTls => f.write_str("what answered does not speak TLS"),
            Self::OldTls => f.write_str("the server speaks neither TLS 1.2 nor TLS 1.3"),
            Self::CutInHandshake => f.write_str("the connection ended within the TLS handshake"),
            Self::InterimAnswers => {
                f.write_str("the server sent interim answers (1xx) without an end")
            }
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
