//! The way out behind `wasi:http`, for the component that shares sessions.

use std::future::Future;

use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use super::{DEFAULT_LIMIT, Limits, Outbound};
use crate::{NoAnswer, TransportFailure};

/// An answer, and what is still to be done for it.
type Sent = Result<(
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<()>> + Send>,
)>;

impl WasiHttpHooks for Outbound {
    /// The client sets it itself: HTTP/1.1 wants it, HTTP/2 has none.
    fn set_host_header(&mut self) -> bool {
        false
    }

    /// Any body in one piece: longer than all of a component's memory.
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        u32::MAX as usize
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _written: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let sending = self.clone().send(request, options.unwrap_or_default());
        Box::new(async move {
            let response = sending.await?;
            // The client's own tasks drive the connection.
            Ok((response, Box::new(async { Ok(()) }) as _))
        })
    }
}

impl Outbound {
    async fn send(
        self,
        request: http::Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<http::Response<WasiBody>> {
        let limits = Limits {
            connect: options.connect_timeout.unwrap_or(DEFAULT_LIMIT),
            first_byte: options.first_byte_timeout.unwrap_or(DEFAULT_LIMIT),
            between_bytes: options.between_bytes_timeout.unwrap_or(DEFAULT_LIMIT),
        };
        self.note(|log| log.obstacle = None);
        let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
        match self.exchange(request, limits).await {
            Ok(response) => Ok(response.map(|body| body.map_err(|e| in_wasi(&e)).boxed_unsync())),
            Err(no_answer) => {
                let error = in_wasi(&no_answer);
                self.note(|log| log.obstacle = no_answer.why);
                Err(error)
            }
        }
    }
}

/// Returns the error that a component reads as `no_answer`.
fn in_wasi(no_answer: &NoAnswer) -> Error {
    match (no_answer.failure, no_answer.may_have_acted) {
        (TransportFailure::Dns, _) => Error::DnsError {
            rcode: None,
            info_code: None,
        },
        (TransportFailure::Refused, _) => Error::ConnectionRefused,
        (TransportFailure::Tls, false) => Error::TlsCertificateError,
        (TransportFailure::Tls, true) => Error::TlsProtocolError,
        (TransportFailure::Timeout, _) => Error::ConnectionReadTimeout,
        (TransportFailure::Closed, _) => Error::ConnectionTerminated,
        (TransportFailure::Denied, _) => Error::HttpRequestDenied,
        (TransportFailure::Other, _) => Error::InternalError(None),
    }
}
