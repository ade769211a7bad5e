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
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::proxy::{Hop, Route};
use super::resolver::Resolver;
use crate::observe;

/// For all addresses of a name together: the contract's default. A call's own
/// limit, where it is shorter, is kept around it.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

type Tcp = HttpConnector<Resolver>;
type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a proxy opened no tunnel. hyper-util does not export it by name.
pub(super) type TunnelError = <Tunnel<Tcp> as Service<Uri>>::Error;

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
        return Ok(Stream::straight(tcp.call(destination).await?));
    };
    if !hop.is_supported() {
        return Err(TunnelRefused("a proxy over TLS or SOCKS".into()).into());
    }
    if destination.scheme_str() != Some("https") {
        return Ok(Stream::handed_over(tcp.call(hop.uri).await?));
    }
    let mut tunnel = Tunnel::new(hop.uri, tcp);
    if let Some(authorization) = hop.authorization {
        tunnel = tunnel.with_auth(authorization);
    }
    match tunnel.call(destination).await {
        Ok(stream) => Ok(Stream::straight(stream)),
        Err(error) => Err(TunnelRefused(error.into()).into()),
    }
}

/// The proxy was not reached, or did not open the tunnel: nothing was sent to the
/// destination.
#[derive(Debug)]
pub(super) struct TunnelRefused(BoxError);

impl fmt::Display for TunnelRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy opened no tunnel")
    }
}

impl StdError for TunnelRefused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// A connection that knows whether a proxy reads its requests.
pub(super) struct Stream {
    inner: TokioIo<TcpStream>,
    handed_over: bool,
}

impl Stream {
    fn straight(inner: TokioIo<TcpStream>) -> Self {
        Self {
            inner,
            handed_over: false,
        }
    }

    fn handed_over(inner: TokioIo<TcpStream>) -> Self {
        Self {
            inner,
            handed_over: true,
        }
    }

    /// The address of the other end.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.inner.inner().peer_addr().ok()
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        // A proxy wants the whole address in the request line (RFC 9112,
        // section 3.2.2).
        self.inner.connected().proxy(self.handed_over)
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
