//! What an error of the Redis or of the way to it means to a caller.
//!
//! While connecting the server's own words are never passed on: an error about an
//! unknown command repeats its arguments, and to a server that does not know `HELLO`
//! one of them is the password. A script is given no secret in clear, so what is said
//! of it may be read by people.

use std::io;

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

use super::super::StoreError;

/// The longest part of the server's words that is passed on, in characters.
const MOST_WORDS: usize = 200;

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
            Some("ERR") if has(error, "max number of clients") => {
                StoreError::unavailable("Redis takes no more connections: see its maxclients")
            }
            _ => of_any(error),
        },
    }
}

/// An error of a script.
pub(super) fn of_script(error: RedisError) -> StoreError {
    let words = words(&error);
    match of_any(&error) {
        StoreError::Other(Some(text)) if !words.is_empty() => {
            StoreError::other(format!("{text}: {words}"))
        }
        meaning => meaning,
    }
}

/// Whether the server is expected to serve again by itself, without anybody's change
/// of its setup or of ours.
pub(super) fn is_temporary(error: &RedisError) -> bool {
    matches!(of_any(error), StoreError::Unavailable(_))
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
    match code(error) {
        Some("READONLY") => {
            StoreError::unavailable("this Redis is a replica: the URL must name the primary")
        }
        Some(
            code @ ("LOADING" | "BUSY" | "TRYAGAIN" | "MASTERDOWN" | "CLUSTERDOWN" | "NOREPLICAS"),
        ) => StoreError::unavailable(format!("Redis is not ready ({code})")),
        Some("OOM") => StoreError::other(
            "Redis is full: give it more memory. It must not make room by eviction",
        ),
        Some("MISCONF") => StoreError::other("Redis cannot write its disk, and takes no writes"),
        Some("NOPERM") => not_allowed(),
        // Redis 7.0 has no code of its own for it within a script.
        Some("ERR") if has(error, "user executing the script can't") => not_allowed(),
        Some("MOVED" | "ASK" | "CROSSSLOT") => {
            StoreError::other("this is a Redis Cluster: the URL begins with redis+cluster: then")
        }
        Some("DAMAGED" | "WRONGTYPE") => StoreError::other(
            "an entry in Redis is damaged, or from another release: \
             if no newer release uses this Redis, delete it",
        ),
        Some(code) => StoreError::other(format!("Redis refused ({code})")),
        None => StoreError::other("Redis refused"),
    }
}

/// The server's name of the error. Redis 6 puts that of a command within a script
/// behind words of its own: `ERR Error running script (...): @user_script:7: -OOM ...`.
fn code(error: &RedisError) -> Option<&str> {
    let code = error.code()?;
    if code != "ERR" {
        return Some(code);
    }
    let inner = error.detail().and_then(|text| text.split_once(": -"));
    let inner = inner.and_then(|(_, inner)| inner.split(' ').next());
    Some(inner.unwrap_or(code))
}

fn has(error: &RedisError, words: &str) -> bool {
    error.detail().is_some_and(|text| text.contains(words))
}

/// What the server said, short and on one line.
fn words(error: &RedisError) -> String {
    let text = error.detail().unwrap_or_default();
    let printable = text.chars().filter(|character| !character.is_control());
    printable.take(MOST_WORDS).collect()
}

fn not_allowed() -> StoreError {
    StoreError::other("the user may not do this in Redis: see its ACL")
}

/// No answer in time, or no connection.
pub(super) fn of_io(error: &io::Error) -> StoreError {
    StoreError::unavailable(format!("no connection to Redis: {error}"))
}

/// No answer in time.
pub(super) fn of_silence() -> StoreError {
    of_io(&io::ErrorKind::TimedOut.into())
}

/// Whether the next call needs another connection. A replica may have been the
/// primary when we connected: its name may lead elsewhere by now.
pub(super) fn ends_connection(error: &RedisError) -> bool {
    let is_replica = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);
    is_replica || error.is_io_error() || error.is_unrecoverable_error()
}

#[cfg(test)]
mod tests {
    use ::redis::parse_redis_value;

    use super::*;

    /// What the client makes of bytes of the server.
    fn said(line: &str) -> RedisError {
        let value = parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        value.extract_error().unwrap_err()
    }

    #[test]
    fn a_server_that_restarts_or_fails_over_is_unavailable() {
        for line in [
            "LOADING Redis is loading the dataset in memory",
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL",
            "READONLY You can't write against a read only replica.",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "CLUSTERDOWN The cluster is down",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "NOREPLICAS Not enough good replicas to write.",
            // As Redis 6 says it of a script.
            "ERR Error running script (call to f_d0): @user_script:9: -READONLY You can't write",
            "ERR Error running script (call to f_d0): @user_script:9: -NOREPLICAS Not enough",
        ] {
            for seen in [of_script(said(line)), of_connection(&said(line))] {
                assert!(matches!(seen, StoreError::Unavailable(_)), "{line}: {seen}");
            }
            assert!(is_temporary(&said(line)), "{line}");
        }
        let full = of_connection(&said("ERR max number of clients reached"));
        assert!(matches!(full, StoreError::Unavailable(_)), "{full}");
    }

    #[test]
    fn a_server_that_refuses_until_somebody_acts_is_quoted() {
        for line in [
            "OOM command not allowed when used memory > 'maxmemory'.",
            "ERR Error running script (call to f_d0): @user_script:9: -OOM command not allowed",
            "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to",
            "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
        ] {
            let StoreError::Other(Some(text)) = of_script(said(line)) else {
                panic!("{line}");
            };
            let words = line.split_once(' ').unwrap().1;
            assert!(text.ends_with(words), "{text}");
            assert!(!is_temporary(&said(line)), "{line}");
        }
        let text = of_script(said("OOM command not allowed")).to_string();
        assert!(text.contains("give it more memory"), "{text}");
        let long = of_script(said(&format!("ERR {}", "x".repeat(100_000)))).to_string();
        assert!(long.len() < 300, "{}", long.len());
    }

    #[test]
    fn what_is_said_to_a_login_is_not_passed_on() {
        let line = "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 's3cret'";
        let text = of_connection(&said(line)).to_string();
        assert!(!text.contains("s3cret"), "{text}");
    }
}
