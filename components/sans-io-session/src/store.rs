//! What a session does with its store, as far as the store has answered.
//!
//! What the session does in one step of the protocol may take several looks at the
//! store. It is done from its beginning after each answer, with all answers so far,
//! and stops where the next one is missing.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use rpa_auth_sharing::protocol::{StoreError, Version};
use rpa_auth_sharing::{Outside, StoredValue};

use crate::session::Opened;
use crate::world::exports::rpa::auth::session_steps as wit;

/// What a store answered.
#[derive(Clone)]
pub enum Told {
    Entry(Option<StoredValue>),
    Written(Option<Version>),
    Failed(StoreError),
}

/// Why a store gives no answer.
pub enum Halt {
    /// It was not asked yet.
    Asking,
    Failed(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// The host told what came of another step.
const ANOTHER: Halt = Halt::Failed(StoreError::Other(None));

/// The outside of a session at one moment: its answers so far, and what is asked next.
pub struct Log<'a> {
    opened: &'a Opened,
    told: &'a [Told],
    read: Cell<usize>,
    now_ms: u64,
    asked: RefCell<Option<wit::Step>>,
}

impl<'a> Log<'a> {
    pub fn new(opened: &'a Opened, told: &'a [Told], now_ms: u64) -> Self {
        Self {
            opened,
            told,
            read: Cell::new(0),
            now_ms,
            asked: RefCell::new(None),
        }
    }

    /// Returns what is asked next, where something is.
    pub fn asked(self) -> Option<wit::Step> {
        self.asked.into_inner()
    }

    fn next(&self, ask: impl FnOnce() -> wit::Step) -> Result<Told, Halt> {
        let place = self.read.get();
        let Some(told) = self.told.get(place) else {
            self.asked.replace(Some(ask()));
            return Err(Halt::Asking);
        };
        self.read.set(place.saturating_add(1));
        match told {
            Told::Failed(error) => Err(Halt::Failed(error.clone())),
            told => Ok(told.clone()),
        }
    }
}

impl Outside for Log<'_> {
    type Error = Halt;

    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn random<const N: usize>(&self, what_for: &[&[u8]]) -> [u8; N] {
        self.opened.random(what_for)
    }

    fn read(
        &self,
        key: &str,
        unless: Option<&str>,
        wait_ms: u32,
    ) -> Result<Option<StoredValue>, Halt> {
        let ask = || {
            wit::Step::Read(wit::StoreRead {
                key: key.into(),
                unless_version: unless.map(String::from),
                wait_ms,
            })
        };
        match self.next(ask)? {
            Told::Entry(entry) => Ok(entry),
            _ => Err(ANOTHER),
        }
    }

    fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&str>,
        value: Vec<u8>,
    ) -> Result<Option<Version>, Halt> {
        let ask = || {
            wit::Step::Write(wit::StoreWrite {
                key: key.into(),
                expected: expected.map(String::from),
                value,
                keep_seconds: None,
            })
        };
        match self.next(ask)? {
            Told::Written(version) => Ok(version),
            _ => Err(ANOTHER),
        }
    }
}
