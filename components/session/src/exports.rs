//! The interface `session`: the contract's resource around a [`Session`].

use alloc::string::String;

use rpa_auth_guest::bindings::wasi::clocks::wall_clock;
use rpa_auth_guest::memory;
use rpa_auth_sharing::bindings::{Account, Grant, Options, Status};
use rpa_auth_sharing::protocol::{self, Change, Failure, Step};
use rpa_auth_sharing::{self as sharing, Given, Machine, Outside, Session, SessionError, Visit};

use crate::driver::drive;
use crate::outside::Host;
use crate::world;
use crate::world::exports::rpa::auth::session as wit;

/// The exports.
struct Plugin;

rpa_auth_guest::export_flows!(Plugin, world);
world::export!(Plugin with_types_in world);

impl wit::Guest for Plugin {
    type Session = Opened;
}

/// A session, as the contract's resource.
struct Opened(Session);

impl wit::GuestSession for Opened {
    fn open(account: Account, options: Options) -> Result<wit::Session, SessionError> {
        let opened = Session::open(account, options);
        memory::wipe_stack();
        opened
            .map(|session| wit::Session::new(Opened(session)))
            .map_err(|error| SessionError::Auth(*error))
    }

    fn token(&self) -> Result<Grant, SessionError> {
        match self.0.remembered(Host.now_ms()) {
            Some(grant) => clean(|| Ok(given(grant))),
            None => self.granted(|session| session.token(&Host)),
        }
    }

    fn renew(&self, rejected: String) -> Result<Grant, SessionError> {
        self.granted(|session| session.renew(&rejected, &Host))
    }

    fn status(&self) -> Result<Status, SessionError> {
        clean(|| {
            let visit = Visit::default();
            match self.0.stored().peek(&visit, &Host) {
                Ok(found) => Ok(self.0.status(found.as_ref(), &visit, &Host)),
                Err(error) => Err(Failure::Store(error)),
            }
        })
    }

    fn end_for_all(&self) -> Result<(), SessionError> {
        self.done(Session::end_for_all)
    }

    fn reopen(&self) -> Result<(), SessionError> {
        self.done(|session| session.amend(Change::Reopen))
    }

    fn reset_refusals(&self) -> Result<(), SessionError> {
        self.done(|session| session.amend(Change::ResetRefusals))
    }
}

impl Opened {
    fn granted(
        &self,
        begin: impl FnOnce(&Session) -> (Machine, Step<Given>),
    ) -> Result<Grant, SessionError> {
        clean(|| match self.run(begin)? {
            Given::Grant(grant) => Ok(given(grant)),
            Given::Done => Err(Failure::Busy),
        })
    }

    fn done(
        &self,
        begin: impl FnOnce(&Session) -> (Machine, Step<Given>),
    ) -> Result<(), SessionError> {
        clean(|| self.run(begin).map(drop))
    }

    fn run(
        &self,
        begin: impl FnOnce(&Session) -> (Machine, Step<Given>),
    ) -> Result<Given, Failure> {
        let (mut machine, first) = begin(&self.0);
        drive(&self.0, &mut machine, first)
    }
}

fn given(grant: protocol::Grant) -> Grant {
    sharing::grant(grant, wall_clock::now().seconds)
}

/// Leaves nothing of a call on the stack: tokens, keys, cipher states.
fn clean<T>(call: impl FnOnce() -> Result<T, Failure>) -> Result<T, SessionError> {
    let result = apart(call);
    memory::wipe_stack();
    result.map_err(sharing::failure)
}

/// Not inlined, so that all of its frames lie where `wipe_stack` wipes.
#[inline(never)]
fn apart<T>(call: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    call()
}
