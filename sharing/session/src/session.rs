//! A session: an account, its keys, and what this instance remembers.
//!
//! The memory serves only callers who allow it, and never longer than they do. It
//! holds a token that stood in the store when it was last looked at.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use rpa_auth_flows::AuthError;
use rpa_auth_session_protocol::{
    Amendment, Call, Caller, Change, Ending, Failure, Found, Goal, Grant, Heard, Origin, Platform,
    Status, Step,
};

use crate::account::{self, Identity};
use crate::bindings::{Account, Options};
use crate::convert;
use crate::keys::{PlaceKeys, SealingKey, check_keys, token_digest};
use crate::machine::{Began, Given, Machine, done, granted};
use crate::outside::Outside;
use crate::stored::{Stored, Visit};

/// How long a call may take, where it does not say.
const PATIENCE_MS: u32 = 30_000;

/// The longest name of an actor or an account, in bytes.
const NAME_LENGTH: usize = 256;

/// A session for one account.
pub struct Session {
    account: Account,
    stored: Stored,
    patience_ms: u32,
    max_staleness_ms: u32,
    actor: Option<String>,
    memory: RefCell<Option<Memory>>,
    /// Counts how often the memory was forgotten: what was asked for before is not
    /// remembered after.
    forgotten: Cell<u64>,
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
    pub fn open(account: Account, options: Options) -> Result<Self, Box<AuthError>> {
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
            forgotten: Cell::new(0),
            heard: RefCell::new(None),
        })
    }

    /// Returns the account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns what the protocol must know of the account's platform.
    pub fn platform(&self) -> Platform {
        self.stored.platform
    }

    /// Returns the entry of the account.
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// Begins a call for the current token. What this instance remembers goes first.
    pub fn token(&self, outside: &impl Outside) -> (Machine, Step<Given>) {
        self.call(Goal::Token, outside)
    }

    /// Begins a call for another token than the one that was refused.
    pub fn renew(&self, rejected: &str, outside: &impl Outside) -> (Machine, Step<Given>) {
        self.call(Goal::Renew(token_digest(rejected)), outside)
    }

    fn call(&self, goal: Goal, outside: &impl Outside) -> (Machine, Step<Given>) {
        self.forget();
        let (call, first) = Call::new(self.caller(outside), goal, outside.now_ms());
        let began = Began {
            heard: self.heard.borrow().clone(),
            forgotten: self.forgotten.get(),
        };
        (Machine::Call(Box::new(call), began), granted(first))
    }

    /// Begins to end the session for everybody.
    pub fn end_for_all(&self) -> (Machine, Step<Given>) {
        self.forget();
        let (ending, first) = Ending::new(self.stored.platform, self.actor.clone());
        (Machine::Ending(ending), done(first))
    }

    /// Begins to change what an operator may.
    pub fn amend(&self, change: Change) -> (Machine, Step<Given>) {
        let actor = self.actor.clone();
        let (amendment, first) = Amendment::new(self.stored.platform, actor, change);
        (Machine::Amendment(amendment, change), done(first))
    }

    /// Remembers what came of a call.
    pub fn learn(&self, machine: &Machine, result: &Result<Given, Failure>, now_ms: u64) {
        match (machine, result) {
            (Machine::Call(call, began), result) => {
                // Another call of this session may have heard of a refusal meanwhile.
                if call.heard() != began.heard.as_ref() {
                    self.heard.replace(call.heard().cloned());
                }
                if let Ok(Given::Grant(grant)) = result
                    && self.max_staleness_ms > 0
                    && self.forgotten.get() == began.forgotten
                {
                    self.memory.replace(Some(Memory {
                        grant: grant.clone(),
                        seen_at: now_ms,
                    }));
                }
            }
            (Machine::Amendment(_, Change::ResetRefusals), Ok(_)) => {
                self.heard.replace(None);
            }
            _ => {}
        }
    }

    fn caller(&self, outside: &impl Outside) -> Caller {
        let place = self.stored.place.key.as_bytes();
        let now = outside.now_ms().to_le_bytes();
        let [jitter, owner @ ..] = outside.random::<17>(&[b"owner", place, &now]);
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

    /// Returns what operators may see of what was found.
    pub fn status(
        &self,
        found: Option<&Found>,
        visit: &Visit,
        outside: &impl Outside,
    ) -> crate::bindings::Status {
        let status = Status::of(found, &self.caller(outside), outside.now_ms());
        convert::status(status, &self.stored.place(visit).key)
    }

    /// Returns a token from memory, as it is now.
    pub fn remembered(&self, now_ms: u64) -> Option<Grant> {
        let memory = self.memory.borrow();
        let memory = memory.as_ref()?;
        let since_ms = now_ms.saturating_sub(memory.seen_at);
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
        self.forgotten.set(self.forgotten.get().wrapping_add(1));
        self.memory.replace(None);
    }
}

fn check_name(option: &'static str, name: Option<&str>) -> Result<(), Box<AuthError>> {
    if name.is_some_and(|name| name.len() > NAME_LENGTH) {
        return Err(AuthError::invalid(option, "is longer than 256 bytes"));
    }
    Ok(())
}
