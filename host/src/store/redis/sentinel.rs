//! Asks the sentinels of a Redis where its primary is.

use std::io;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, ProtocolVersion, RedisConnectionInfo};
use tokio::time::timeout;

use super::super::StoreError;
use super::super::network::{Driver, Stream};
use super::address::Node;
use super::failure;

/// One sentinel: the next is asked while there is time for it.
const LIMIT: Duration = Duration::from_secs(1);

/// Asks over `stream`, within the limit. User and password are those of the Redis, and are
/// not told to a sentinel.
pub(super) async fn primary(
    stream: impl Future<Output = Result<Box<dyn Stream>, StoreError>>,
    service: &str,
) -> Result<Node, StoreError> {
    let asked = timeout(LIMIT, ask(stream, service)).await;
    asked.unwrap_or_else(|_| Err(failure::of_io(&io::ErrorKind::TimedOut.into())))
}

async fn ask(
    stream: impl Future<Output = Result<Box<dyn Stream>, StoreError>>,
    service: &str,
) -> Result<Node, StoreError> {
    let login = RedisConnectionInfo::default()
        .set_protocol(ProtocolVersion::RESP3)
        .set_skip_set_lib_name();
    let config = AsyncConnectionConfig::new();
    let connected = MultiplexedConnection::new_with_config(&login, stream.await?, config).await;
    let (mut connection, driver) = connected.map_err(|error| failure::of_connection(&error))?;
    let _driver = Driver::spawn(driver);
    let mut question = ::redis::cmd("SENTINEL");
    question.arg("get-master-addr-by-name").arg(service);
    let answer = question.query_async(&mut connection).await;
    let answer: Option<(String, u16)> = answer.map_err(|error| failure::of_connection(&error))?;
    let (host, port) =
        answer.ok_or_else(|| StoreError::other("the sentinels know no Redis of that name"))?;
    Ok(Node { host, port })
}
