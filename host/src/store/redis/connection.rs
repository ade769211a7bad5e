//! One connection to a Redis for all callers, made when it is needed and again after
//! it was lost.
//!
//! The stream is ours, so that TLS trusts what the rest of the library trusts and
//! names its crypto provider. Callers that wait for one attempt to connect share its
//! failure: nobody waits for more than one.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{AsyncPushSender, MultiplexedConnection, SendError};
use ::redis::{AsyncConnectionConfig, PushInfo, PushKind, from_redis_value};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::{self, AbortHandle};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::super::changes::Changes;
use super::super::{StoreError, StoreKey, StoreOpenError};
use super::address::{Address, ServerAddress};
use super::{CHANNEL, failure};
use crate::outbound::tls::Settings;

/// Name, connection, TLS handshake and login together.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// One command and its answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

pub(super) struct Connections {
    address: Address,
    tls: Settings,
    changes: Changes,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    link: Option<Link>,
    failed: Option<(Instant, StoreError)>,
}

/// A connection. A clone is the same one.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) connection: MultiplexedConnection,
    /// Whether the server tells us what was written.
    pub(super) is_announced: bool,
    /// The server's name of its run, which it gets anew with each start. Empty where
    /// the user may not ask.
    pub(super) run: Arc<str>,
    driver: Arc<Driver>,
}

impl Connections {
    pub(super) fn new(
        address: Address,
        tls: Settings,
        changes: Changes,
    ) -> Result<Self, StoreOpenError> {
        if matches!(address.place, ServerAddress::Tcp { is_tls: true, .. }) {
            tls.client_config().map_err(StoreOpenError::Tls)?;
        }
        Ok(Self {
            address,
            tls,
            changes,
            state: Mutex::default(),
        })
    }

    pub(super) async fn link(&self) -> Result<Link, StoreError> {
        let began = Instant::now();
        let mut state = self.state.lock().await;
        if let Some(link) = state.link.as_ref().filter(|link| link.driver.is_alive()) {
            return Ok(link.clone());
        }
        if let Some((when, error)) = &state.failed
            && *when >= began
        {
            return Err(error.clone());
        }
        let attempt = timeout(CONNECT_LIMIT, self.connect()).await;
        match attempt.unwrap_or_else(|_| Err(failure::of_io(&io::ErrorKind::TimedOut.into()))) {
            Ok(link) => {
                state.link = Some(link.clone());
                Ok(link)
            }
            Err(error) => {
                state.link = None;
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Lets nobody have `link` any more.
    pub(super) async fn discard(&self, link: &Link) {
        let mut state = self.state.lock().await;
        if let Some(held) = &state.link
            && Arc::ptr_eq(&held.driver, &link.driver)
        {
            state.link = None;
        }
    }

    async fn connect(&self) -> Result<Link, StoreError> {
        let stream = self.stream().await?;
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(Some(ANSWER_LIMIT))
            .set_push_sender(Announcements(self.changes.clone()));
        let login = self.address.login();
        let (mut connection, driver) =
            MultiplexedConnection::new_with_config(&login, stream, config)
                .await
                .map_err(|error| failure::of_connection(&error))?;
        let driver = Driver(tokio::spawn(driver).abort_handle());
        self.select(&mut connection).await?;
        let run = run(&mut connection).await?;
        let is_announced = match connection.subscribe(CHANNEL).await {
            Ok(()) => true,
            // A connection that was made while the server was not ready would look
            // more often for good.
            Err(error) if failure::ends_connection(&error) || failure::is_temporary(&error) => {
                return Err(failure::of_connection(&error));
            }
            // The user may not listen: readers that wait look more often.
            Err(_) => false,
        };
        Ok(Link {
            connection,
            is_announced,
            run,
            driver: Arc::new(driver),
        })
    }

    /// Not left to the crate, which forgets by which name the server refused.
    async fn select(&self, connection: &mut MultiplexedConnection) -> Result<(), StoreError> {
        if self.address.database == 0 {
            return Ok(());
        }
        let mut select = ::redis::cmd("SELECT");
        select.arg(self.address.database);
        let selected = select.exec_async(connection).await;
        selected.map_err(|error| failure::of_connection(&error))
    }

    async fn stream(&self) -> Result<Box<dyn Stream>, StoreError> {
        let (host, port, is_tls) = match &self.address.place {
            ServerAddress::Tcp { host, port, is_tls } => (host, *port, *is_tls),
            #[cfg(unix)]
            ServerAddress::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await;
                return Ok(Box::new(stream.map_err(|error| failure::of_io(&error))?));
            }
        };
        let stream = TcpStream::connect((host.as_str(), port)).await;
        let stream = stream.map_err(|error| failure::of_io(&error))?;
        // Without it a small answer waits for an acknowledgement.
        let _ = stream.set_nodelay(true);
        if is_tls {
            self.handshake(host, stream).await
        } else {
            Ok(Box::new(stream))
        }
    }

    async fn handshake(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<Box<dyn Stream>, StoreError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| StoreError::other("the host of the Redis is no name that TLS knows"))?;
        let tls = self.tls.clone();
        // Reads files.
        let config = task::spawn_blocking(move || tls.client_config())
            .await
            .map_err(|_| StoreError::unavailable("the program is ending"))?
            .map_err(|error| StoreError::other(format!("TLS to the Redis: {error}")))?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream);
        Ok(Box::new(
            stream.await.map_err(|error| failure::of_io(&error))?,
        ))
    }
}

async fn run(connection: &mut MultiplexedConnection) -> Result<Arc<str>, StoreError> {
    let mut info = ::redis::cmd("INFO");
    info.arg("server");
    let info: String = match info.query_async(connection).await {
        Ok(info) => info,
        Err(error) if failure::ends_connection(&error) || failure::is_temporary(&error) => {
            return Err(failure::of_connection(&error));
        }
        Err(_) => String::new(),
    };
    let run = info.lines().find_map(|line| line.strip_prefix("run_id:"));
    Ok(run.unwrap_or_default().into())
}

/// The task that moves bytes for a connection. It ends with it.
struct Driver(AbortHandle);

impl Driver {
    fn is_alive(&self) -> bool {
        !self.0.is_finished()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Passes on what the server announces.
struct Announcements(Changes);

impl AsyncPushSender for Announcements {
    fn send(&self, info: PushInfo) -> Result<(), SendError> {
        if info.kind != PushKind::Message {
            return Ok(());
        }
        // The channel, then the message. What is no key was not written by us.
        let message = info.data.into_iter().nth(1);
        let text = message.and_then(|message| from_redis_value::<String>(message).ok());
        if let Some(key) = text.and_then(|text| StoreKey::parse(&text).ok()) {
            self.0.announce(&key);
        }
        Ok(())
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
