//! A session: an account, its keys, and what this instance remembers.
//!
//! The memory serves only callers who allow it, and never longer than they do. It
//! holds a token that stood in the store when it was last looked at.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use rpa_auth_flows::AuthError;
use rpa_auth_session_protocol::{
    Amendment, Call, Caller, Change, Ending, Event, Failure, Goal, Grant, Heard, Origin, Status,
};

use crate::account::{self, Identity};
use crate::driver::{drive, now_ms, random_bytes};
use crate::keys::{PlaceKeys, SealingKey, check_keys, token_digest};
use crate::stored::Stored;
use crate::world::exports::rpa::auth::session::{Account, Options};

/// How long a call may take, where it does not say.
const PATIENCE_MS: u32 = 30_000;

/// The longest name of an actor or an account, in bytes.
const NAME_LENGTH: usize = 256;

/// A session for one account.
pub(crate) struct Session {
    pub(crate) account: Account,
    pub(crate) stored: Stored,
    patience_ms: u32,
    max_staleness_ms: u32,
    actor: Option<String>,
    memory: RefCell<Option<Memory>>,
    /// The last refusal that this instance heard, for a store that forgets it.
    heard: RefCell<Option<Heard>>,
}

/// A token that stood in the store.
struct Memory {
    grant: Grant,
    /// When it was seen there, in monotonic milliseconds.
    seen_at: u64,
}

impl Session {
    /// Checks the arguments. Calls nobody. Not inlined, so that its frame lies
    /// where `wipe_stack` wipes.
    #[inline(never)]
    pub(crate) fn open(account: Account, options: Options) -> Result<Self, Box<AuthError>> {
        let mut keys = Vec::new();
        keys.push(("options.place-key", &*options.place_key));
        if let Some(key) = &options.next_place_key {
            keys.push(("options.next-place-key", key));
        }
        for key in &options.former_place_keys {
            keys.push(("options.former-place-keys", key));
        }
        for key in &options.sealing_keys {
            keys.push(("options.sealing-keys", key));
        }
        check_keys(&keys).map_err(|(name, what)| AuthError::invalid(name, what))?;
        if options.sealing_keys.is_empty() {
            return Err(AuthError::invalid(
                "options.sealing-keys",
                "is empty; one key of 32 bytes is needed at least",
            ));
        }
        check_name("options.actor", options.actor.as_deref())?;
        check_name("options.name", options.name.as_deref())?;
        if options.name.as_deref().is_some_and(str::is_empty) {
            return Err(AuthError::invalid("options.name", "is empty"));
        }
        let platform = account::platform(&account, options.lockout_limit)?;
        let identity = Identity::of(&account, options.name.as_deref())?;
        let place = |key: &[u8]| identity.place(&PlaceKeys::new(key));
        let stored = Stored::new(
            platform,
            options
                .sealing_keys
                .iter()
                .map(|key| SealingKey::new(key))
                .collect(),
            place(&options.place_key),
            options.next_place_key.as_deref().map(place),
            options
                .former_place_keys
                .iter()
                .map(|key| place(key))
                .collect(),
        );
        Ok(Self {
            account,
            stored,
            patience_ms: options.patience_ms.unwrap_or(PATIENCE_MS),
            max_staleness_ms: options.max_staleness_ms.unwrap_or(0),
            actor: options.actor,
            memory: RefCell::new(None),
            heard: RefCell::new(None),
        })
    }

    /// The current token.
    pub(crate) fn token(&self) -> Result<Grant, Failure> {
        match self.remembered() {
            Some(grant) => Ok(grant),
            None => self.call(Goal::Token),
        }
    }

    /// Another token than the one that was refused.
    pub(crate) fn renew(&self, rejected: &str) -> Result<Grant, Failure> {
        self.call(Goal::Renew(token_digest(rejected)))
    }

    fn call(&self, goal: Goal) -> Result<Grant, Failure> {
        self.forget();
        let (mut call, first) = Call::new(self.caller(), goal, now_ms());
        let result = drive(self, &mut call, first);
        self.heard.replace(call.heard().cloned());
        let grant = result?;
        if self.max_staleness_ms > 0 {
            self.memory.replace(Some(Memory {
                grant: grant.clone(),
                seen_at: now_ms(),
            }));
        }
        Ok(grant)
    }

    fn caller(&self) -> Caller {
        let [jitter, owner @ ..] = random_bytes::<17>();
        Caller {
            platform: self.stored.platform,
            tag: self.stored.place.tag,
            owner,
            jitter,
            patience_ms: u64::from(self.patience_ms),
            actor: self.actor.clone(),
            heard: self.heard.borrow().clone(),
        }
    }

    pub(crate) fn status(&self) -> Result<Status, Failure> {
        match self.stored.peek() {
            Event::Entry(found) => Ok(Status::of(found.as_ref(), &self.caller(), now_ms())),
            Event::StoreFailed(error) => Err(Failure::Store(error)),
            _ => Err(Failure::Busy),
        }
    }

    pub(crate) fn end_for_all(&self) -> Result<(), Failure> {
        self.forget();
        let (mut ending, first) = Ending::new(self.stored.platform, self.actor.clone());
        drive(self, &mut ending, first)
    }

    pub(crate) fn amend(&self, change: Change) -> Result<(), Failure> {
        let actor = self.actor.clone();
        let (mut amendment, first) = Amendment::new(self.stored.platform, actor, change);
        drive(self, &mut amendment, first)?;
        if change == Change::ResetRefusals {
            self.heard.replace(None);
        }
        Ok(())
    }

    /// A token from memory, as it is now.
    fn remembered(&self) -> Option<Grant> {
        let memory = self.memory.borrow();
        let memory = memory.as_ref()?;
        let since_ms = now_ms().saturating_sub(memory.seen_at);
        let left_ms = memory.grant.left_ms.saturating_sub(since_ms);
        let serves = since_ms <= u64::from(self.max_staleness_ms) && left_ms > 0;
        serves.then(|| Grant {
            left_ms,
            origin: Origin::Memory,
            waited_ms: 0,
            took_over: false,
            ..memory.grant.clone()
        })
    }

    fn forget(&self) {
        self.memory.replace(None);
    }
}

fn check_name(option: &'static str, name: Option<&str>) -> Result<(), Box<AuthError>> {
    if name.is_some_and(|name| name.len() > NAME_LENGTH) {
        return Err(AuthError::invalid(option, "is longer than 256 bytes"));
    }
    Ok(())
}
