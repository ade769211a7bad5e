//! What went wrong, told by the first cause in the chain that says so.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy;
use wasmtime_wasi_http::Error;

use super::obstacle::Causes;
use super::{Failed, Obstacle};

/// The `wasi:http` error of a request that got no answer, and where a connection did
/// not come about, why.
pub(super) fn of_request(error: &legacy::Error) -> Failed {
    match error.is_connect() {
        true => Obstacle::of(error).into(),
        false => of(error).into(),
    }
}

/// The `wasi:http` error of an answer that broke off.
pub(super) fn of_answer(error: &hyper::Error) -> Error {
    of(error)
}

/// The error that stands for an obstacle. One from before the request was sent is an
/// error that the component takes for that, but for a limit that passed. `wasi:http`
/// has one for TLS that is always from the handshake; the library knows more, see
/// [`NoAnswer::why`](crate::NoAnswer::why).
pub(super) fn of_obstacle(obstacle: &Obstacle) -> Error {
    match obstacle {
        Obstacle::NameNotFound => Error::DnsError {
            rcode: None,
            info_code: None,
        },
        Obstacle::Timeout => Error::ConnectionTimeout,
        Obstacle::Certificate(_)
        | Obstacle::Alert(_)
        | Obstacle::NotTls
        | Obstacle::OldTls
        | Obstacle::CutInHandshake => Error::TlsCertificateError,
        Obstacle::NotAllowed
        | Obstacle::ProxyWantsPassword
        | Obstacle::ProxyWantsOther(_)
        | Obstacle::ProxyRefused(_)
        | Obstacle::ProxyBroken
        | Obstacle::ProxyNotOffered(_) => Error::HttpRequestDenied,
        Obstacle::Address | Obstacle::Refused | Obstacle::Closed | Obstacle::Settings => {
            Error::ConnectionRefused
        }
        Obstacle::InterimAnswers => Error::InternalError(None),
    }
}

/// What the first cause that is known says of a connection that was there. It never
/// is an error that a request which was not sent has as well.
fn of(error: &(dyn StdError + 'static)) -> Error {
    // `HttpProtocolError` is what some hosts say of a connection that ended.
    Causes(Some(error))
        .find_map(known)
        .unwrap_or(Error::InternalError(None))
}

fn known(cause: &(dyn StdError + 'static)) -> Option<Error> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        let ended = error.is_incomplete_message()
            || error.is_closed()
            || error.is_canceled()
            // A peer that does not answer whether it lives.
            || error.is_timeout();
        return ended.then_some(Error::ConnectionTerminated);
    }
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        if let Some(error) = error.get_io() {
            return of_io(error);
        }
        // What is no HTTP/2 is another matter.
        let ended = (error.is_go_away() || error.is_reset()) && error.is_remote();
        return ended.then_some(Error::ConnectionTerminated);
    }
    of_io(cause.downcast_ref::<io::Error>()?)
}

fn of_tls(error: &rustls::Error) -> Error {
    match error {
        rustls::Error::AlertReceived(alert) => Error::TlsAlertReceived {
            alert_id: Some(u8::from(*alert)),
            alert_message: None,
        },
        _ => Error::TlsProtocolError,
    }
}

fn of_io(error: &io::Error) -> Option<Error> {
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NotConnected
        | io::ErrorKind::TimedOut
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Error::ConnectionTerminated),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CertificateProblem;

    #[test]
    fn a_cause_within_an_io_error_is_found() {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        let nested = io::Error::other(io::Error::other(alert));
        assert!(matches!(of(&nested), Error::TlsAlertReceived { .. }));
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(matches!(
            of(&io::Error::other(reset)),
            Error::ConnectionTerminated
        ));
        let eof = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
        assert!(matches!(of(&eof), Error::ConnectionTerminated));
    }

    #[test]
    fn a_connection_that_was_there_is_never_a_request_that_was_not_sent() {
        let certificate =
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(matches!(
            of(&io::Error::other(certificate)),
            Error::TlsProtocolError
        ));
        for kind in [
            io::ErrorKind::ConnectionRefused,
            io::ErrorKind::NetworkUnreachable,
            io::ErrorKind::TimedOut,
        ] {
            assert!(matches!(
                of(&io::Error::from(kind)),
                Error::ConnectionTerminated
            ));
        }
    }

    #[test]
    fn a_handshake_that_failed_is_a_request_that_was_not_sent() {
        for obstacle in [
            Obstacle::Certificate(CertificateProblem::Expired),
            Obstacle::CutInHandshake,
            Obstacle::NotTls,
            Obstacle::OldTls,
        ] {
            assert!(matches!(of_obstacle(&obstacle), Error::TlsCertificateError));
        }
    }

    #[test]
    fn what_nobody_knows_is_no_connection_that_ended() {
        assert!(matches!(
            of(&io::Error::other("?")),
            Error::InternalError(None)
        ));
    }
}
