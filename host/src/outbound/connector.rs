//! TCP, straight or by way of a forward proxy. TLS comes on top of it.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::fair::Fair;
use super::proxy::{Hop, Route};
use super::resolver::Resolver;
use super::tunnel::{self, NoTunnel};
use crate::observe;

/// For all addresses of a name together: the contract's default. A call's own
/// limit, where it is shorter, is kept around it.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

type Tcp = HttpConnector<Resolver>;
pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// Connects to a destination, or to the proxy on the way there.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: Tcp,
    route: Arc<Route>,
}

impl Connector {
    pub(super) fn new(route: Arc<Route>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new());
        // https too; and no waiting for more to send, which costs milliseconds.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Shared out among a name's addresses, so that one that is dead does not
        // use up the time of the call for the others.
        tcp.set_connect_timeout(Some(CONNECT_LIMIT));
        Self { tcp, route }
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        // The clone is the one that is ready.
        let tcp = self.tcp.clone();
        let tcp = std::mem::replace(&mut self.tcp, tcp);
        let hop = self.route.to(&destination);
        Box::pin(async {
            let stream = connect(tcp, destination, hop).await;
            observe::connection(stream.is_ok());
            stream
        })
    }
}

async fn connect(mut tcp: Tcp, destination: Uri, hop: Option<Hop>) -> Result<Stream, BoxError> {
    let Some(hop) = hop else {
        return Ok(Stream::new(tcp.call(destination).await?, false));
    };
    if let Some(variable) = hop.not_offered {
        return Err(NoTunnel::NotOffered(variable).into());
    }
    let stream = tcp.call(hop.uri.clone()).await?;
    if destination.scheme_str() != Some("https") {
        return Ok(Stream::new(stream, true));
    }
    let stream = Stream::new(stream, false);
    Ok(tunnel::open(stream, &destination, hop.authorization).await?)
}

/// TLS on top of it, with an error that can be told from all others.
#[derive(Clone)]
pub(super) struct Secured(pub(super) HttpsConnector<Connector>);

impl Service<Uri> for Secured {
    type Response = MaybeHttpsStream<Stream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let connecting = self.0.call(destination);
        Box::pin(async {
            // What connects below has errors of its own; hyper-rustls gives those of
            // the handshake within an `io::Error`.
            connecting.await.map_err(|error| {
                if error.is::<io::Error>() {
                    NoHandshake(error).into()
                } else {
                    error
                }
            })
        })
    }
}

/// The TLS handshake did not come to its end: nothing was sent but its messages.
#[derive(Debug)]
pub(super) struct NoHandshake(BoxError);

impl fmt::Display for NoHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the TLS handshake failed")
    }
}

impl StdError for NoHandshake {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// A connection that knows whether a proxy reads its requests.
pub(super) struct Stream {
    inner: TokioIo<Fair>,
    handed_over: bool,
}

impl Stream {
    fn new(stream: TokioIo<TcpStream>, handed_over: bool) -> Self {
        Self {
            inner: TokioIo::new(Fair::new(stream.into_inner())),
            handed_over,
        }
    }

    /// The address of the other end.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.inner.inner().peer()
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        // A proxy wants the whole address in the request line (RFC 9112,
        // section 3.2.2).
        Connected::new().proxy(self.handed_over)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }
}
