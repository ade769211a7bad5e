//! Asks the sentinels of a Redis where its primary is.

use std::io;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, ProtocolVersion, RedisConnectionInfo, RedisResult};
use tokio::time::timeout;

use super::super::StoreError;
use super::super::network::{Driver, Stream};
use super::address::{Address, Node};
use super::failure;

/// One sentinel: the next is asked while there is time for it.
const LIMIT: Duration = Duration::from_secs(1);

/// The primary's host and port, if the sentinel knows the service.
type Answer = RedisResult<Option<(String, u16)>>;

/// Asks over `stream`, within the limit. A sentinel that wants to know who asks is told who
/// we are to the Redis, and no other.
pub(super) async fn primary(
    stream: impl Future<Output = Result<Box<dyn Stream>, StoreError>>,
    service: &str,
    address: &Address,
) -> Result<Node, StoreError> {
    let asked = timeout(LIMIT, ask(stream, service, address)).await;
    asked.unwrap_or_else(|_| Err(failure::of_io(&io::ErrorKind::TimedOut.into())))
}

async fn ask(
    stream: impl Future<Output = Result<Box<dyn Stream>, StoreError>>,
    service: &str,
    address: &Address,
) -> Result<Node, StoreError> {
    let login = RedisConnectionInfo::default()
        // Nothing is announced, and nobody is asked who he is before the question.
        .set_protocol(ProtocolVersion::RESP2)
        .set_skip_set_lib_name();
    let config = AsyncConnectionConfig::new();
    let connected = MultiplexedConnection::new_with_config(&login, stream.await?, config).await;
    let (mut connection, driver) = connected.map_err(|error| failure::of_connection(&error))?;
    let _driver = Driver::spawn(driver);
    let mut question = ::redis::cmd("SENTINEL");
    question.arg("get-master-addr-by-name").arg(service);
    let mut answer: Answer = question.query_async(&mut connection).await;
    if let Err(error) = &answer
        && error.code() == Some("NOAUTH")
        && let Some(login) = address.auth()
    {
        let known = login.exec_async(&mut connection).await;
        known.map_err(|error| failure::of_connection(&error))?;
        answer = question.query_async(&mut connection).await;
    }
    let answer = answer.map_err(|error| failure::of_connection(&error))?;
    let (host, port) =
        answer.ok_or_else(|| StoreError::other("the sentinels know no Redis of that name"))?;
    Ok(Node { host, port })
}
