//! Sockets, TLS and connections.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::stamp::Stamp;
use crate::cli_error::CliError;
use crate::private;

/// Where it listens when nothing is said.
const DEFAULT: &str = "127.0.0.1:7690";

/// The most connections at one time; more wait.
const CONNECTIONS: usize = 1024;

/// How long a connection may wait for the head of a request, the next one's too, and how
/// long that may be, in bytes.
const HEAD: Duration = Duration::from_secs(30);
const LONGEST_HEAD: usize = 64 * 1024;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(15);

/// How soon a connection is taken again after that failed: too many files are open, say.
const PAUSE: Duration = Duration::from_millis(100);

pub struct Listeners {
    all: Vec<Listener>,
    tls: Option<Tls>,
    /// The sockets to remove at the end.
    #[cfg(unix)]
    sockets: Vec<PathBuf>,
}

enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, PathBuf),
}

impl Listeners {
    /// Listens at these addresses, and at the sockets that systemd hands over. What reaches
    /// further than this machine wants TLS.
    pub fn bind(
        addresses: &[String],
        certificate: Option<&Path>,
        key: Option<&Path>,
    ) -> Result<Self, CliError> {
        let tls = match (certificate, key) {
            // One file may hold both.
            (Some(certificate), key) => Some(Tls::read(certificate, key.unwrap_or(certificate))?),
            (None, Some(_)) => {
                return Err(CliError::usage(
                    "--tls-key wants --tls-certificate beside it",
                ));
            }
            (None, None) => None,
        };
        let mut listeners = Self {
            all: Vec::new(),
            tls,
            #[cfg(unix)]
            sockets: Vec::new(),
        };
        listeners.take_over()?;
        let default = [DEFAULT.to_owned()];
        let addresses = match addresses {
            [] if listeners.all.is_empty() => &default[..],
            addresses => addresses,
        };
        for address in addresses {
            listeners.add(address)?;
        }
        Ok(listeners)
    }

    /// Takes the sockets that systemd has opened.
    fn take_over(&mut self) -> Result<(), CliError> {
        let mut handed = listenfd::ListenFd::from_env();
        let failed = |error: io::Error| {
            CliError::unreadable(format!("a socket from systemd cannot be used: {error}"))
        };
        for number in 0..handed.len() {
            if let Ok(Some(socket)) = handed.take_tcp_listener(number) {
                let address = socket.local_addr().map_err(failed)?;
                self.check(&address)?;
                socket.set_nonblocking(true).map_err(failed)?;
                self.all.push(Listener::Tcp(
                    TcpListener::from_std(socket).map_err(failed)?,
                ));
                continue;
            }
            #[cfg(unix)]
            {
                let socket = handed.take_unix_listener(number).map_err(failed)?;
                let socket = socket.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
                socket.set_nonblocking(true).map_err(failed)?;
                let path = socket.local_addr().map_err(failed)?;
                let path = path.as_pathname().unwrap_or(Path::new("?")).to_owned();
                let socket = UnixListener::from_std(socket).map_err(failed)?;
                self.all.push(Listener::Unix(socket, path));
            }
        }
        Ok(())
    }

    fn add(&mut self, address: &str) -> Result<(), CliError> {
        let failed = |error: io::Error| {
            CliError::unreadable(format!("nobody can listen at {address}: {error}"))
        };
        if let Some(path) = address.strip_prefix("unix:") {
            #[cfg(unix)]
            {
                let path = PathBuf::from(path);
                let socket = unix(&path).map_err(failed)?;
                self.sockets.push(path.clone());
                self.all.push(Listener::Unix(socket, path));
                return Ok(());
            }
            #[cfg(not(unix))]
            return Err(failed(io::ErrorKind::Unsupported.into()));
        }
        let wanted = || {
            CliError::usage(
                "--listen wants an address of this machine and a port, as in 127.0.0.1:7690, or \
                 unix:/path/of/a/socket",
            )
        };
        let parsed: SocketAddr = match address.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}").parse().map_err(|_| wanted())?,
            None => address.parse().map_err(|_| wanted())?,
        };
        self.check(&parsed)?;
        let parsed = parsed.to_socket_addrs().map_err(failed)?.next();
        let socket = std::net::TcpListener::bind(parsed.ok_or_else(wanted)?).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let socket = TcpListener::from_std(socket).map_err(failed)?;
        self.all.push(Listener::Tcp(socket));
        Ok(())
    }

    fn check(&self, address: &SocketAddr) -> Result<(), CliError> {
        if address.ip().is_loopback() || self.tls.is_some() {
            return Ok(());
        }
        Err(CliError::usage(format!(
            "{address} reaches further than this machine, and tokens would travel in the clear: \
             give --tls-certificate and --tls-key, or listen at 127.0.0.1"
        )))
    }

    /// Where it listens, for a person.
    pub fn shown(&self) -> Vec<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let all = self.all.iter().map(|listener| match listener {
            Listener::Tcp(socket) => match socket.local_addr() {
                Ok(address) => format!("{scheme}://{address}"),
                Err(error) => error.to_string(),
            },
            #[cfg(unix)]
            Listener::Unix(_, path) => format!("unix:{}", path.display()),
        });
        all.collect()
    }

    /// Reads the certificate again where it has changed, or `all`.
    pub fn look(&self, all: bool) -> Result<(), CliError> {
        self.tls.as_ref().map_or(Ok(()), |tls| tls.look(all))
    }
}

#[cfg(unix)]
impl Drop for Listeners {
    fn drop(&mut self) {
        for socket in &self.sockets {
            // Gone already is gone.
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// A socket for its owner alone. One that a service left behind which was killed is
/// replaced; one that somebody answers at is not.
#[cfg(unix)]
fn unix(path: &Path) -> io::Result<UnixListener> {
    use std::fs::Permissions;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    use std::os::unix::net::UnixStream;

    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => match UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            _ => return Err(io::ErrorKind::AddrInUse.into()),
        },
        Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => {}
    }
    // Nobody else reaches it before its mode is set.
    let folder = tempfile::tempdir_in(private::folder_of(path))?;
    let made = folder.path().join("socket");
    let socket = UnixListener::bind(&made)?;
    std::fs::set_permissions(&made, Permissions::from_mode(0o600))?;
    std::fs::rename(&made, path)?;
    Ok(socket)
}

/// The service's certificate and key.
struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    state: RwLock<(Arc<ServerConfig>, Vec<Stamp>)>,
}

impl Tls {
    fn read(certificate: &Path, key: &Path) -> Result<Self, CliError> {
        let stamps = Stamp::of_all([certificate, key]);
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            state: RwLock::new((Arc::new(config(certificate, key)?), stamps)),
        })
    }

    fn config(&self) -> Arc<ServerConfig> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&state.0)
    }

    fn look(&self, all: bool) -> Result<(), CliError> {
        let stamps = Stamp::of_all([&*self.certificate, &*self.key]);
        let is_same = |state: &(_, Vec<Stamp>)| state.1 == stamps;
        if !all && is_same(&self.state.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        let new = config(&self.certificate, &self.key);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        // Also where they cannot be used: they are not tried again before they change.
        state.1 = stamps;
        state.0 = Arc::new(new?);
        Ok(())
    }
}

fn config(certificate: &Path, key: &Path) -> Result<ServerConfig, CliError> {
    let unusable = |file: &Path, error: &dyn std::fmt::Display| {
        CliError::unreadable(format!(
            "{} cannot be used for TLS: {error}",
            file.display()
        ))
    };
    if private::is_open_to_others(key) {
        let why = format!(
            "others on this machine can read the key; take that away with: chmod 600 {}",
            key.display()
        );
        return Err(unusable(key, &why));
    }
    let chain: Result<Vec<CertificateDer<'_>>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| unusable(certificate, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &error))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| unusable(certificate, &error))?;
    builder
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| unusable(certificate, &error))
}

/// Takes connections until `ending` says so, and finishes what runs.
pub async fn serve(listeners: Arc<Listeners>, router: Router, ending: watch::Receiver<bool>) {
    let graceful = Arc::new(GracefulShutdown::new());
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut accepting = JoinSet::new();
    for number in 0..listeners.all.len() {
        let accept = accept(
            Arc::clone(&listeners),
            number,
            router.clone(),
            Arc::clone(&room),
            Arc::clone(&graceful),
        );
        let mut ending = ending.clone();
        accepting.spawn(async move {
            tokio::select! {
                () = accept => {}
                _ = ending.wait_for(|is_ending| *is_ending) => {}
            }
        });
    }
    while accepting.join_next().await.is_some() {}
    drop(listeners);
    // Nobody else takes connections any more.
    if let Ok(graceful) = Arc::try_unwrap(graceful) {
        graceful.shutdown().await;
    }
}

async fn accept(
    listeners: Arc<Listeners>,
    number: usize,
    router: Router,
    room: Arc<Semaphore>,
    graceful: Arc<GracefulShutdown>,
) {
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let (router, graceful) = (router.clone(), graceful.watcher());
        match &listeners.all[number] {
            Listener::Tcp(socket) => {
                let Ok((stream, _)) = socket.accept().await else {
                    sleep(PAUSE).await;
                    continue;
                };
                // A small answer is not held back for more to send.
                let _ = stream.set_nodelay(true);
                let tls = listeners.tls.as_ref().map(Tls::config);
                tokio::spawn(async move {
                    match tls {
                        None => connection(stream, router, graceful).await,
                        Some(config) => {
                            let shaken =
                                timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream));
                            if let Ok(Ok(stream)) = shaken.await {
                                connection(stream, router, graceful).await;
                            }
                        }
                    }
                    drop(permit);
                });
            }
            #[cfg(unix)]
            Listener::Unix(socket, _) => {
                let Ok((stream, _)) = socket.accept().await else {
                    sleep(PAUSE).await;
                    continue;
                };
                tokio::spawn(async move {
                    connection(stream, router, graceful).await;
                    drop(permit);
                });
            }
        }
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    router: Router,
    graceful: Watcher,
) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // How a connection ends is the caller's affair.
    let _ = graceful.watch(served).await;
}
