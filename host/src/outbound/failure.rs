//! What went wrong, told by the first cause in the chain that says so.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy;

use super::Obstacle;
use super::obstacle::Causes;
use crate::{NoAnswer, TransportFailure};

/// Returns why a request got no answer, and where a connection did not come about, what
/// stood in the way.
pub(super) fn of_request(error: &legacy::Error) -> NoAnswer {
    if error.is_connect() {
        Obstacle::of(error).into()
    } else {
        of(error)
    }
}

/// An answer broke off: it had begun, so the request had arrived.
pub(super) const BROKEN_OFF: NoAnswer = after(TransportFailure::Closed);

/// A body is not in the coding that its head names.
pub(super) const NOT_AS_SAID: NoAnswer = after(TransportFailure::Other);

/// A limit of time has passed. The contract takes each for one after which the platform
/// may have acted.
pub(crate) const TIMED_OUT: NoAnswer = after(TransportFailure::Timeout);

const fn after(failure: TransportFailure) -> NoAnswer {
    NoAnswer {
        failure,
        may_have_acted: true,
        why: None,
    }
}

/// An obstacle stands before the request, but for a limit that passed and for interim
/// answers without an end.
impl From<Obstacle> for NoAnswer {
    fn from(obstacle: Obstacle) -> Self {
        let (failure, may_have_acted) = match &obstacle {
            Obstacle::NameNotFound => (TransportFailure::Dns, false),
            Obstacle::Timeout => (TransportFailure::Timeout, true),
            Obstacle::Certificate(_)
            | Obstacle::Alert(_)
            | Obstacle::NotTls
            | Obstacle::OldTls
            | Obstacle::CutInHandshake => (TransportFailure::Tls, false),
            Obstacle::NotAllowed
            | Obstacle::ProxyWantsPassword
            | Obstacle::ProxyWantsOther(_)
            | Obstacle::ProxyRefused(_)
            | Obstacle::ProxyBroken
            | Obstacle::ProxyNotOffered(_) => (TransportFailure::Denied, false),
            Obstacle::Address | Obstacle::Refused | Obstacle::Closed | Obstacle::Settings => {
                (TransportFailure::Refused, false)
            }
            Obstacle::InterimAnswers => (TransportFailure::Other, true),
        };
        Self {
            failure,
            may_have_acted,
            why: Some(obstacle),
        }
    }
}

/// Returns what the first cause that is known says of a connection that was there: the
/// request may have left on it.
fn of(error: &(dyn StdError + 'static)) -> NoAnswer {
    let failure = Causes(Some(error)).find_map(known);
    after(failure.unwrap_or(TransportFailure::Other))
}

fn known(cause: &(dyn StdError + 'static)) -> Option<TransportFailure> {
    if cause.is::<rustls::Error>() {
        return Some(TransportFailure::Tls);
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        let ended = error.is_incomplete_message()
            || error.is_closed()
            || error.is_canceled()
            // A peer that does not answer whether it lives.
            || error.is_timeout();
        return ended.then_some(TransportFailure::Closed);
    }
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        if let Some(error) = error.get_io() {
            return of_io(error);
        }
        // What is no HTTP/2 is another matter.
        let ended = (error.is_go_away() || error.is_reset()) && error.is_remote();
        return ended.then_some(TransportFailure::Closed);
    }
    of_io(cause.downcast_ref::<io::Error>()?)
}

fn of_io(error: &io::Error) -> Option<TransportFailure> {
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NotConnected
        | io::ErrorKind::TimedOut
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(TransportFailure::Closed),
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
        assert_eq!(of(&nested), after(TransportFailure::Tls));
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let reset = io::Error::other(reset);
        assert_eq!(of(&reset), after(TransportFailure::Closed));
        let eof = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
        assert_eq!(of(&eof), after(TransportFailure::Closed));
    }

    #[test]
    fn a_connection_that_was_there_is_never_a_request_that_was_not_sent() {
        let certificate =
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(of(&io::Error::other(certificate)).may_have_acted);
        for kind in [
            io::ErrorKind::ConnectionRefused,
            io::ErrorKind::NetworkUnreachable,
            io::ErrorKind::TimedOut,
        ] {
            let ended = of(&io::Error::from(kind));
            assert_eq!(ended, after(TransportFailure::Closed));
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
            let no_answer = NoAnswer::from(obstacle);
            assert_eq!(no_answer.failure, TransportFailure::Tls);
            assert!(!no_answer.may_have_acted);
        }
    }

    #[test]
    fn what_nobody_knows_is_no_connection_that_ended() {
        assert_eq!(of(&io::Error::other("?")), after(TransportFailure::Other));
    }
}
