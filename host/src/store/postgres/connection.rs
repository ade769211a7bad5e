//! The connection to a PostgreSQL.
//!
//! Statements of all callers go over one connection, one behind the other without
//! waiting for answers, and announcements come over the same one.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Row};

use super::super::changes::Changes;
use super::super::network::{self, ANSWER_LIMIT, Driver, Links, Stream};
use super::super::{StoreError, StoreKey, StoreOpenError};
use super::address::{Address, ServerAddress};
use super::failure::{self, Failure};
use crate::outbound::tls::Settings;

const SESSION: &str = include_str!("session.sql");
const TABLE: &str = include_str!("table.sql");

/// Asks for TLS before anything else is said: a length of 8 and the code of an
/// `SSLRequest` ("Message Formats" in PostgreSQL's manual).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A parameter of a statement, with its type: the server is not asked for it, so each
/// statement takes one round trip.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);
pub(super) type Parameters<'a> = &'a [Parameter<'a>];

pub(super) struct Connections {
    address: Address,
    tls: Settings,
    changes: Changes,
    links: Links<Link>,
}

/// A connection. A clone is the same one.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) client: Arc<Client>,
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
        if matches!(address.place, ServerAddress::Tcp { is_tls: true, .. }) {
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

    /// Runs one statement. The connection is given up after a failure that makes it of
    /// no use.
    pub(super) async fn ask(
        &self,
        link: &Link,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Failure> {
        let answer = timeout(ANSWER_LIMIT, link.client.query_typed(statement, parameters)).await;
        let failure = match answer {
            Ok(Ok(rows)) => return Ok(rows),
            Ok(Err(error)) => failure::of_statement(&error),
            Err(_) => failure::of_silence(),
        };
        if failure.ends_connection {
            self.discard(link).await;
        }
        Err(failure)
    }

    async fn connect(&self) -> Result<Link, StoreError> {
        let stream = self.stream().await?;
        // TLS is below it.
        let connected = self.address.login().connect_raw(stream, NoTls).await;
        let (client, connection) = connected.map_err(|error| failure::of_connection(&error))?;
        let driver = Driver::spawn(drive(connection, self.changes.clone()));
        let session = client.batch_execute(SESSION).await;
        session.map_err(|error| failure::of_connection(&error))?;
        make_table(&client).await?;
        Ok(Link {
            client: Arc::new(client),
            driver,
        })
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
        let stream = network::connect(host, port).await;
        let mut stream = stream.map_err(|error| failure::of_io(&error))?;
        if !is_tls {
            return Ok(Box::new(stream));
        }
        let request = async {
            stream.write_all(&SSL_REQUEST).await?;
            stream.read_u8().await
        };
        // Nothing else is read before the handshake: what somebody put behind this byte
        // would pass for the server's words (CVE-2021-23222).
        let answer: io::Result<u8> = request.await;
        if answer.map_err(|error| failure::of_io(&error))? != b'S' {
            return Err(StoreError::other(
                "PostgreSQL does not speak TLS here: see its `ssl` setting",
            ));
        }
        let stream = network::secure("PostgreSQL", host, stream, self.tls.clone()).await?;
        stream.map_err(|error| failure::of_io(&error))
    }
}

/// Makes the table where it is not there.
async fn make_table(client: &Client) -> Result<(), StoreError> {
    if has_table(client).await? {
        return Ok(());
    }
    let Err(error) = client.batch_execute(TABLE).await else {
        return Ok(());
    };
    // Somebody else was faster: of two at once the server refuses one.
    if has_table(client).await? {
        return Ok(());
    }
    Err(failure::of_table(&error))
}

async fn has_table(client: &Client) -> Result<bool, StoreError> {
    let look = "SELECT to_regclass('rpa_auth_entries') IS NOT NULL";
    let rows = client.query_typed(look, &[]).await;
    let rows = rows.map_err(|error| failure::of_connection(&error))?;
    Ok(rows
        .first()
        .is_some_and(|row| matches!(row.try_get(0), Ok(true))))
}

/// Moves bytes, and passes on what the server announces.
async fn drive(
    mut connection: Connection<Box<dyn Stream>, tokio_postgres::tls::NoTlsStream>,
    changes: Changes,
) {
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        // What is no key was not written by us.
        if let AsyncMessage::Notification(said) = message
            && let Ok(key) = StoreKey::parse(said.payload())
        {
            changes.announce(&key);
        }
    }
}
