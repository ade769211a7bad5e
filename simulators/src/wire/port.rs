//! The port of a case: open, closed or full, and who takes its connections.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::case::{Port, Step};
use super::incoming::Incoming;
use super::script::{End, begins_with_a_hello, begins_with_a_request};
use super::seen::Counts;
use crate::leave::leave;

/// How long a connection to a port may take before it counts as full.
const NEVER: Duration = Duration::from_millis(300);

/// What is served at a port.
pub(super) struct Service {
    pub(super) scripts: Vec<Vec<Step>>,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) cors: bool,
    pub(super) counts: Arc<Counts>,
}

/// Opens a port at `host` and serves it in `servers`.
pub(super) async fn open(
    host: &str,
    port: Port,
    service: Service,
    servers: &mut JoinSet<()>,
) -> io::Result<u16> {
    // A name stands for the machine itself, or for nothing.
    let ip = host.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let socket = match ip {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind(SocketAddr::new(ip, 0))?;
    let address = socket.local_addr()?;
    match port {
        Port::Open => {
            servers.spawn(accept(socket.listen(1024)?, service));
        }
        // Bound, so that nobody else takes it, and not listening.
        Port::Closed => {
            servers.spawn(keep(socket));
        }
        // Nobody accepts, and the system holds no more connections than these.
        Port::Full => {
            let listener = socket.listen(1)?;
            let mut taken = Vec::new();
            while let Ok(connected) = tokio::time::timeout(NEVER, TcpStream::connect(address)).await
            {
                taken.push(connected?);
                if taken.len() > 100 {
                    return Err(io::Error::other("the system takes every connection"));
                }
            }
            servers.spawn(keep((listener, taken)));
        }
    }
    Ok(address.port())
}

/// Keeps something for as long as the task runs.
async fn keep<T>(_kept: T) {
    std::future::pending().await
}

async fn accept(listener: TcpListener, service: Service) {
    let service = Arc::new(service);
    let next = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                running.spawn(serve(stream, Arc::clone(&service), Arc::clone(&next)));
            }
            Some(_) = running.join_next() => {}
        }
    }
}

/// Serves one connection by the script whose turn it is.
async fn serve(mut stream: TcpStream, service: Arc<Service>, next: Arc<AtomicUsize>) {
    // Without this the system could put pieces together that are to come apart.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let end = match &service.tls {
        Some(config) if !begins_with_a_hello(service.script(&next)) => {
            let accepted = TlsAcceptor::from(Arc::clone(config))
                .accept(&mut stream)
                .await;
            match accepted {
                Ok(stream) => service.play(stream, &next).await,
                // One side found something wanting: the client was there all the same.
                Err(_) => {
                    service.take(&next);
                    leave(&mut stream).await;
                    None
                }
            }
        }
        _ => service.play(&mut stream, &next).await,
    };
    if end == Some(End::Reset) {
        // Closed in an instant, with what is unsent dropped (`SO_LINGER` of zero).
        drop(stream.set_zero_linger());
    }
}

impl Service {
    /// The script whose turn it is.
    fn script(&self, next: &AtomicUsize) -> &[Step] {
        self.numbered(next.load(Ordering::SeqCst))
    }

    /// Takes the turn, and counts the connection.
    fn take(&self, next: &AtomicUsize) -> &[Step] {
        self.counts.connection();
        self.numbered(next.fetch_add(1, Ordering::SeqCst))
    }

    fn numbered(&self, number: usize) -> &[Step] {
        let last = self.scripts.len().saturating_sub(1);
        self.scripts
            .get(number.min(last))
            .map_or(&[], Vec::as_slice)
    }

    async fn play<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        next: &AtomicUsize,
    ) -> Option<End> {
        let mut incoming = Incoming::new(stream, self.cors, &self.counts);
        // A connection for preflights alone has no turn.
        if self.cors && begins_with_a_request(self.script(next)) {
            incoming.begun().await?;
        }
        Some(incoming.play(self.take(next)).await)
    }
}
