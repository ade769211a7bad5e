//! What an error of the PostgreSQL or of the way to it means to a caller.
//!
//! While connecting the server's own words are not passed on: what it says to a login
//! is for its log. A statement is given no secret in clear, so what is said of it may
//! be read by people.

use std::error::Error as _;
use std::io;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::super::StoreError;

/// The longest part of the server's words that is passed on, in characters.
const MOST_WORDS: usize = 200;

/// How a statement failed.
pub(super) struct Failure {
    pub(super) meaning: StoreError,
    /// Whether the next call needs another connection. A standby may have been the
    /// primary when we connected: its name may lead elsewhere by now. And a table that
    /// is gone is made with a connection.
    pub(super) ends_connection: bool,
    /// Whether the connection was there no more.
    pub(super) is_connection_lost: bool,
}

/// An error of a statement.
pub(super) fn of_statement(error: &Error) -> Failure {
    let Some(said) = error.as_db_error() else {
        let is_io = error.source().is_some_and(|cause| cause.is::<io::Error>());
        return Failure {
            meaning: of_way(error),
            ends_connection: true,
            is_connection_lost: is_io || error.is_closed(),
        };
    };
    let meaning = match of_code(said) {
        StoreError::Other(Some(text)) => StoreError::other(format!("{text}: {}", words(said))),
        meaning => meaning,
    };
    let code = said.code();
    let is_going = is_going_away(code);
    Failure {
        meaning,
        ends_connection: is_going
            || [
                SqlState::READ_ONLY_SQL_TRANSACTION,
                SqlState::UNDEFINED_TABLE,
            ]
            .contains(code),
        is_connection_lost: is_going,
    }
}

/// No answer in time. The statement may still be done.
pub(super) fn of_silence() -> Failure {
    Failure {
        meaning: of_io(&io::ErrorKind::TimedOut.into()),
        ends_connection: true,
        is_connection_lost: false,
    }
}

/// A server that answers in another form.
pub(super) fn of_unexpected_answer() -> Failure {
    Failure {
        meaning: not_expected(),
        ends_connection: true,
        is_connection_lost: false,
    }
}

/// An error while connecting: nothing was asked for yet.
pub(super) fn of_connection(error: &Error) -> StoreError {
    match error.as_db_error() {
        Some(said) => of_code(said),
        None => of_way(error),
    }
}

/// The table is not there and cannot be made.
pub(super) fn of_table(error: &Error) -> StoreError {
    let code = error.code();
    // Since version 15 not everybody may make something in the schema `public`; and
    // where `search_path` names no schema that is there, nobody may.
    if code == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
        || code == Some(&SqlState::INVALID_SCHEMA_NAME)
    {
        return StoreError::other(
            "the table rpa_auth_entries is not there, and the user may not make it: \
             see docs/stores.md for what to run once",
        );
    }
    of_connection(error)
}

/// No answer in time, or no connection.
pub(super) fn of_io(error: &io::Error) -> StoreError {
    StoreError::unavailable(format!("no connection to PostgreSQL: {error}"))
}

/// An error that is not the server's.
fn of_way(error: &Error) -> StoreError {
    let text = error.to_string();
    // The crate tells its kinds by their words alone.
    if text.starts_with("authentication error") {
        return StoreError::other(
            "PostgreSQL asks for a login that is not spoken here, \
             or does not know the password itself",
        );
    }
    if text.starts_with("invalid configuration") {
        return StoreError::other("PostgreSQL wants a password");
    }
    if error.is_closed() || error.source().is_some_and(|cause| cause.is::<io::Error>()) {
        return StoreError::unavailable("the connection to PostgreSQL broke");
    }
    not_expected()
}

fn of_code(said: &DbError) -> StoreError {
    let code = said.code();
    if is_going_away(code) || code.code().starts_with("08") {
        return StoreError::unavailable(format!("PostgreSQL is not ready ({})", code.code()));
    }
    match code.code() {
        "28000" | "28P01" => StoreError::other(
            "PostgreSQL refused the user name, the password or the way: see its pg_hba.conf",
        ),
        "3D000" => StoreError::other("there is no such database in PostgreSQL"),
        // Read only: a standby is, and so is a server that became one.
        "25006" => standby(),
        // Too many connections, of the server or of the role.
        "53300" => {
            StoreError::unavailable("PostgreSQL takes no more connections: see its max_connections")
        }
        // Disk or memory.
        "53100" | "53200" | "53400" => StoreError::other("PostgreSQL is full"),
        "42501" => StoreError::other("the user may not do this in PostgreSQL"),
        "42P01" => StoreError::unavailable(
            "the table rpa_auth_entries is gone; the next call makes it anew",
        ),
        "42703" | "42804" | "42883" | "22008" => StoreError::other(
            "the table rpa_auth_entries or an entry in it is damaged, or from another release",
        ),
        // Somebody holds a lock, or the disk is slow; a conflict that can be tried again.
        "57014" | "55P03" | "40001" | "40P01" => StoreError::unavailable(format!(
            "PostgreSQL did not come to an end with it ({})",
            code.code()
        )),
        code => StoreError::other(format!("PostgreSQL refused ({code})")),
    }
}

/// The server ends, was killed, or is only starting.
fn is_going_away(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::DATABASE_DROPPED,
        SqlState::IDLE_SESSION_TIMEOUT,
    ]
    .contains(code)
}

fn standby() -> StoreError {
    StoreError::unavailable("this PostgreSQL is a standby: the URL must name the primary")
}

fn not_expected() -> StoreError {
    StoreError::unavailable("what answers is no PostgreSQL, or one that was not expected")
}

/// What the server said, short and on one line.
fn words(said: &DbError) -> String {
    let text = said.message().chars();
    let printable = text.filter(|character| !character.is_control());
    printable.take(MOST_WORDS).collect()
}
