//! A session: an account, its keys, and what this instance remembers.
//!
//! The memory serves only callers who allow it, and never longer than they do. It
//! holds a token that stood in the store when it was last looked at.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use rpa_auth_flows::AuthError;
use rpa_auth_guest::bindings::exports::rpa::auth::session::{Account, Options};
use rpa_auth_session_protocol::{
    Amendment, Call, Caller, Change, Ending, Event, Failure, Goal, Grant, Platform, Rules, Status,
    Tag,
};

use crate::account;
use crate::driver::{drive, now_ms, random_bytes};
use crate::keys::{PlaceKeys, SealingKey};

/// How long a caller waits for somebody else, where it does not say.
const PATIENCE_MS: u32 = 30_000;

/// The longest name that operators see.
const ACTOR_LENGTH: usize = 256;

/// A session for one account.
pub(crate) struct Session {
    pub(crate) account: Account,
    pub(crate) keys: PlaceKeys,
    pub(crate) sealing_keys: Vec<SealingKey>,
    pub(crate) place: String,
    platform: Platform,
    tag: Tag,
    patience_ms: u32,
    max_staleness_ms: u32,
    actor: Option<String>,
    memory: RefCell<Option<Memory>>,
    /// Writes in a row that somebody else came before.
    pub(crate) conflicts: Cell<u16>,
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
        let keys = PlaceKeys::new(&options.place_key);
        let keys = keys.ok_or_else(|| not_a_key("options.place-key"))?;
        let mut sealing_keys = Vec::new();
        for key in &options.sealing_keys {
            let key = SealingKey::new(key);
            sealing_keys.push(key.ok_or_else(|| not_a_key("options.sealing-keys"))?);
        }
        if sealing_keys.is_empty() {
            return Err(AuthError::invalid(
                "options.sealing-keys",
                "is empty; one key of 32 bytes is needed at least",
            ));
        }
        let actor = options.actor.as_ref();
        if actor.is_some_and(|actor| actor.len() > ACTOR_LENGTH) {
            return Err(AuthError::invalid(
                "options.actor",
                "is longer than 256 bytes",
            ));
        }
        let (place, tag) = account::check(&account, &keys)?;
        Ok(Self {
            platform: account::platform(&account),
            account,
            keys,
            sealing_keys,
            place,
            tag,
            patience_ms: options.patience_ms.unwrap_or(PATIENCE_MS),
            max_staleness_ms: options.max_staleness_ms.unwrap_or(0),
            actor: options.actor,
            memory: RefCell::new(None),
            conflicts: Cell::new(0),
        })
    }

    /// The current token, and whether it is from memory.
    pub(crate) fn token(&self) -> Result<(Grant, bool), Failure> {
        if let Some(grant) = self.remembered() {
            return Ok((grant, true));
        }
        self.call(Goal::Token).map(|grant| (grant, false))
    }

    /// Another token than the one that was refused.
    pub(crate) fn renew(&self, rejected: &str) -> Result<Grant, Failure> {
        self.call(Goal::Renew(self.keys.token_digest(rejected)))
    }

    fn call(&self, goal: Goal) -> Result<Grant, Failure> {
        self.forget();
        let [jitter, owner @ ..] = random_bytes::<17>();
        let caller = Caller {
            platform: self.platform,
            tag: self.tag,
            owner,
            jitter,
            patience_ms: u64::from(self.patience_ms),
            actor: self.actor.clone(),
            rules: Rules::default(),
        };
        let (mut call, first) = Call::new(caller, goal, now_ms());
        let grant = drive(self, &mut call, first)?;
        if self.max_staleness_ms > 0 {
            self.memory.replace(Some(Memory {
                grant: grant.clone(),
                seen_at: now_ms(),
            }));
        }
        Ok(grant)
    }

    pub(crate) fn status(&self) -> Result<Status, Failure> {
        match self.read(None, 0) {
            Event::Entry(found) => Ok(Status::of(found.as_ref(), self.platform, Rules::default())),
            Event::StoreFailed(error) => Err(Failure::Store(error)),
            _ => Err(Failure::Busy),
        }
    }

    pub(crate) fn end_for_all(&self) -> Result<(), Failure> {
        self.forget();
        let (mut ending, first) = Ending::new(self.platform, self.actor.clone(), Rules::default());
        drive(self, &mut ending, first)
    }

    pub(crate) fn amend(&self, change: Change) -> Result<(), Failure> {
        let actor = self.actor.clone();
        let (mut amendment, first) = Amendment::new(self.platform, actor, Rules::default(), change);
        drive(self, &mut amendment, first)
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
            waited_ms: 0,
            took_over: false,
            ..memory.grant.clone()
        })
    }

    fn forget(&self) {
        self.memory.replace(None);
    }
}

fn not_a_key(name: &'static str) -> Box<AuthError> {
    AuthError::invalid(name, "is not 32 bytes long")
}
