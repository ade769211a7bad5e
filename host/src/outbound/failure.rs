//! What went wrong, told by the first cause in the chain that says so.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy;
use wasmtime_wasi_http::Error;

use super::connector::TunnelRefused;
use super::resolver::NameNotFound;

/// The `wasi:http` error of a request that got no answer.
pub(super) fn of_request(error: &legacy::Error) -> Error {
    match error.is_connect() {
        true => of(error),
        false => after_connecting(of(error)),
    }
}

/// The `wasi:http` error of an answer that broke off.
pub(super) fn of_answer(error: &hyper::Error) -> Error {
    after_connecting(of(error))
}

/// A connection that loses its route, say, ends with an error that a request
/// which was never sent has as well: the component must not take it for that.
fn after_connecting(error: Error) -> Error {
    match error {
        Error::ConnectionRefused | Error::DestinationIpUnroutable | Error::ConnectionTimeout => {
            Error::ConnectionTerminated
        }
        error => error,
    }
}

/// What the first cause that is known says.
pub(super) fn of(error: &(dyn StdError + 'static)) -> Error {
    let mut next = Some(error);
    let mut refused_by_proxy = false;
    while let Some(cause) = next {
        refused_by_proxy |= cause.is::<TunnelRefused>();
        if let Some(error) = known(cause) {
            return error;
        }
        next = match cause.downcast_ref::<io::Error>() {
            // Its `source` is that of the error within, not the error itself.
            Some(error) => error
                .get_ref()
                .map(|inner| inner as &(dyn StdError + 'static)),
            None => cause.source(),
        };
    }
    match refused_by_proxy {
        true => Error::HttpRequestDenied,
        false => Error::HttpProtocolError,
    }
}

fn known(cause: &(dyn StdError + 'static)) -> Option<Error> {
    if cause.is::<NameNotFound>() {
        return Some(Error::DnsError {
            rcode: None,
            info_code: None,
        });
    }
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>()
        && (error.is_incomplete_message() || error.is_closed() || error.is_canceled())
    {
        return Some(Error::ConnectionTerminated);
    }
    of_io(cause.downcast_ref::<io::Error>()?)
}

fn of_tls(error: &rustls::Error) -> Error {
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            Error::TlsCertificateError
        }
        rustls::Error::AlertReceived(alert) => Error::TlsAlertReceived {
            alert_id: Some(u8::from(*alert)),
            alert_message: None,
        },
        _ => Error::TlsProtocolError,
    }
}

fn of_io(error: &io::Error) -> Option<Error> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Error::ConnectionRefused),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable => Some(Error::DestinationIpUnroutable),
        io::ErrorKind::TimedOut => Some(Error::ConnectionTimeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Error::ConnectionTerminated),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_within_an_io_error_is_found() {
        let certificate =
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let nested = io::Error::other(io::Error::other(certificate));
        assert!(matches!(of(&nested), Error::TlsCertificateError));
    }

    #[test]
    fn what_the_kind_says_goes_before_what_is_within() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert!(matches!(
            of(&io::Error::other(refused)),
            Error::ConnectionRefused
        ));
        let eof = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
        assert!(matches!(of(&eof), Error::ConnectionTerminated));
    }

    #[test]
    fn a_connection_that_was_there_is_never_a_request_that_was_not_sent() {
        for kind in [
            io::ErrorKind::ConnectionRefused,
            io::ErrorKind::NetworkUnreachable,
        ] {
            let error = of(&io::Error::from(kind));
            assert!(matches!(
                after_connecting(error),
                Error::ConnectionTerminated
            ));
        }
    }

    #[test]
    fn what_nobody_knows_is_a_protocol_error() {
        assert!(matches!(
            of(&io::Error::other("?")),
            Error::HttpProtocolError
        ));
    }
}
