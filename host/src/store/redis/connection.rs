//! The connection to a Redis.

use std::io;
use std::sync::Arc;

use ::redis::aio::{AsyncPushSender, MultiplexedConnection, SendError};
use ::redis::{AsyncConnectionConfig, PushInfo, PushKind, from_redis_value};

use super::super::changes::Changes;
use super::super::network::{self, ANSWER_LIMIT, Driver, Links, Stream};
use super::super::{StoreError, StoreKey, StoreOpenError};
use super::address::{Address, Node, ServerAddress};
use super::{CHANNEL, failure, sentinel};
use crate::outbound::tls::Settings;

pub(super) struct Connections {
    address: Address,
    tls: Settings,
    changes: Changes,
    links: Links<Link>,
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

impl network::Link for Link {
    fn driver(&self) -> &Arc<Driver> {
        &self.driver
    }
}

impl Connections {
    pub(super) fn new(
        address: Address,
        tls: Settings,
        changes: Changes,
    ) -> Result<Self, StoreOpenError> {
        if address.place.is_tls() {
            tls.client_config().map_err(StoreOpenError::Tls)?;
        }
        Ok(Self {
            address,
            tls,
            changes,
            links: Links::default(),
        })
    }

    pub(super) async fn link(&self) -> Result<Link, StoreError> {
        let too_late = || failure::of_io(&io::ErrorKind::TimedOut.into());
        self.links.link(self.connect(), too_late).await
    }

    /// Lets nobody have `link` any more.
    pub(super) async fn discard(&self, link: &Link) {
        self.links.discard(link).await;
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
        let driver = Driver::spawn(driver);
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
            driver,
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
        match &self.address.place {
            ServerAddress::Tcp { node, .. } => self.stream_to(node).await,
            ServerAddress::Sentinel {
                sentinels, service, ..
            } => {
                let mut primary = Err(failure::of_silence());
                for sentinel in sentinels {
                    primary =
                        sentinel::primary(self.stream_to(sentinel), service, &self.address).await;
                    if primary.is_ok() {
                        break;
                    }
                }
                self.stream_to(&primary?).await
            }
            #[cfg(unix)]
            ServerAddress::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await;
                Ok(Box::new(stream.map_err(|error| failure::of_io(&error))?))
            }
        }
    }

    async fn stream_to(&self, node: &Node) -> Result<Box<dyn Stream>, StoreError> {
        let stream = network::connect(&node.host, node.port).await;
        let stream = stream.map_err(|error| failure::of_io(&error))?;
        if !self.address.place.is_tls() {
            return Ok(Box::new(stream));
        }
        let stream = network::secure("Redis", &node.host, stream, self.tls.clone()).await?;
        stream.map_err(|error| failure::of_io(&error))
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
