//! What an error of the Redis or of the way to it means to a caller.
//!
//! The server's own words are never passed on: an error about an unknown command
//! repeats its arguments, and to a server that does not know `HELLO` one of them is
//! the password.

use std::io;

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

use super::super::StoreError;

/// An error while connecting: nothing was asked for yet.
pub(super) fn of_connection(error: &RedisError) -> StoreError {
    match error.kind() {
        ErrorKind::AuthenticationFailed => {
            StoreError::other("Redis refused the user name or the password")
        }
        ErrorKind::RESP3NotSupported => {
            StoreError::other("Redis does not speak RESP3: version 6 or later is needed")
        }
        _ => match error.code() {
            Some("WRONGPASS") => StoreError::other("Redis refused the user name or the password"),
            Some("NOAUTH") => StoreError::other("Redis wants a password"),
            _ => of_any(error),
        },
    }
}

/// An error of a script.
pub(super) fn of_script(error: RedisError) -> StoreError {
    of_any(&error)
}

fn of_any(error: &RedisError) -> StoreError {
    match error.kind() {
        ErrorKind::Io => return StoreError::unavailable("the connection to Redis broke"),
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
            return StoreError::unavailable(
                "what answers is no Redis, or one that was not expected",
            );
        }
        _ => {}
    }
    match error.code() {
        Some("READONLY") => {
            StoreError::unavailable("this Redis is a replica: the URL must name the primary")
        }
        Some(code @ ("LOADING" | "BUSY" | "TRYAGAIN" | "MASTERDOWN" | "CLUSTERDOWN")) => {
            StoreError::unavailable(format!("Redis is not ready ({code})"))
        }
        Some("OOM") => StoreError::other(
            "Redis is full: give it more memory. It must not make room by eviction",
        ),
        Some("MISCONF") => StoreError::other("Redis cannot write its disk, and takes no writes"),
        Some("NOREPLICAS") => StoreError::other("Redis takes no writes: too few replicas"),
        Some("NOPERM") => not_allowed(),
        // Redis 7.0 has no code of its own for it within a script.
        Some("ERR") if error.detail().is_some_and(|text| text.contains(IN_SCRIPT)) => not_allowed(),
        Some("MOVED" | "ASK" | "CROSSSLOT") => {
            StoreError::other("this is a Redis Cluster, which is not offered")
        }
        Some("DAMAGED" | "WRONGTYPE") => StoreError::other(
            "an entry in Redis is damaged, or from another release: \
             if no newer release uses this Redis, delete it",
        ),
        Some(code) => StoreError::other(format!("Redis refused ({code})")),
        None => StoreError::other("Redis refused"),
    }
}

/// What is said of a command that the user may not use.
const IN_SCRIPT: &str = "user executing the script can't";

fn not_allowed() -> StoreError {
    StoreError::other("the user may not do this in Redis: see its ACL")
}

/// No answer in time, or no connection.
pub(super) fn of_io(error: &io::Error) -> StoreError {
    StoreError::unavailable(format!("no connection to Redis: {error}"))
}

/// Whether the next call needs another connection. A replica may have been the
/// primary when we connected: its name may lead elsewhere by now.
pub(super) fn ends_connection(error: &RedisError) -> bool {
    let is_replica = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);
    is_replica || error.is_io_error() || error.is_unrecoverable_error()
}
