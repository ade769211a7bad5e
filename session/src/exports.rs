//! The interface `session`: the contract's resource around a [`Session`].

use alloc::string::String;

use rpa_auth_guest::memory;
use rpa_auth_session_protocol::{Change, Failure};

use crate::convert::{self, SessionError};
use crate::session::Session;
use crate::world;
use crate::world::exports::rpa::auth::session as wit;

/// The exports.
struct Plugin;

rpa_auth_guest::export_flows!(Plugin, world);
world::export!(Plugin with_types_in world);

impl wit::Guest for Plugin {
    type Session = Session;
}

impl wit::GuestSession for Session {
    fn open(account: wit::Account, options: wit::Options) -> Result<wit::Session, SessionError> {
        let opened = Self::open(account, options);
        memory::wipe_stack();
        opened
            .map(wit::Session::new)
            .map_err(|error| SessionError::Auth(*error))
    }

    fn token(&self) -> Result<wit::Grant, SessionError> {
        clean(|| Ok(convert::grant(Self::token(self)?)))
    }

    fn renew(&self, rejected: String) -> Result<wit::Grant, SessionError> {
        clean(|| Ok(convert::grant(Self::renew(self, &rejected)?)))
    }

    fn status(&self) -> Result<wit::Status, SessionError> {
        clean(|| {
            let status = Self::status(self)?;
            Ok(convert::status(status, &self.stored.place().key))
        })
    }

    fn end_for_all(&self) -> Result<(), SessionError> {
        clean(|| Self::end_for_all(self))
    }

    fn reopen(&self) -> Result<(), SessionError> {
        clean(|| self.amend(Change::Reopen))
    }

    fn reset_refusals(&self) -> Result<(), SessionError> {
        clean(|| self.amend(Change::ResetRefusals))
    }
}

/// Leaves nothing of a call on the stack: tokens, keys, cipher states.
fn clean<T>(call: impl FnOnce() -> Result<T, Failure>) -> Result<T, SessionError> {
    let result = apart(call);
    memory::wipe_stack();
    result.map_err(convert::failure)
}

/// Not inlined, so that all of its frames lie where `wipe_stack` wipes.
#[inline(never)]
fn apart<T>(call: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    call()
}
