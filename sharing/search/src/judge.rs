//! What must hold, whatever happens.
//!
//! An onlooker stands at the platform and at the wire. It knows what the platform
//! counted and said, which requests left and which answers came back, and what callers
//! were told, and remembers what it needs of that ([`Seen`]). It does not ask the
//! entry, which the code under test has written: it knows of the store only which
//! calls have written their attempt into it, and which token it holds.

mod calls;
mod end;
mod wire;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use rpa_auth_session_protocol::Entry;

use crate::actor::{CallId, Job, owner_of};
use crate::network::{LoginId, Message};
use crate::platform::{TokenId, id_of};
use crate::promises::CONTEST_MS;
use crate::scenario::{Scenario, Takes};
use crate::shared::Shared;
use crate::world::World;

/// What an onlooker remembers.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Seen {
    /// The entry of the beginning.
    pub(crate) first: Shared<Entry>,
    /// When the beginning was.
    pub(crate) began: u64,
    pub(crate) good_after_reset: u8,
    /// When each call last wrote an entry with its own attempt in it.
    signs: BTreeMap<CallId, u64>,
    /// Logins that have left.
    logins: LoginId,
    /// Logins that have left, or of which it was written that they may.
    may_have_left: u8,
    /// Logins to which the platform has given a token, and whose holder has written it.
    good_logins: u8,
    /// Logins without a verdict, since which the platform has not shown that it is
    /// well.
    unproved: Vec<LoginId>,
    /// Logins that may have counted without a verdict: which secret, and since when.
    doubts: Vec<(u8, u64)>,
    /// Secrets that were refused, which is known to all.
    refused: BTreeMap<u8, Refused>,
    /// When a process was told that its secret was refused.
    heard: BTreeMap<usize, u64>,
    /// Secrets of which all know that they have logged in.
    listed: BTreeSet<u8>,
    /// The last login that was good, by its secret.
    last_good: BTreeMap<u8, LoginId>,
    /// The last attempt that was ended by its holder.
    settled: Option<Settled>,
    /// How many were.
    settlements: u8,
    /// Refusals that were heard since a good login, and by which call.
    heard_refusals: Vec<(u64, CallId)>,
    /// Until when nothing may be sent.
    held_up_until: u64,
    /// Tokens that the platform has called dead.
    dead: BTreeSet<TokenId>,
    /// Those that were taken out of the store for it.
    dropped: BTreeSet<TokenId>,
    /// Tokens that the platform has called good.
    checked: BTreeSet<TokenId>,
    /// The newest token that stood in the store.
    newest: TokenId,
    /// The last token that was issued before the end was marked.
    ended_at: Option<TokenId>,
    /// Whether the end was ever marked.
    was_ended: bool,
    /// The tokens that stood there then.
    to_be_ended: BTreeSet<TokenId>,
    /// Tokens that the end has logged out.
    logged_out: BTreeSet<TokenId>,
    /// Tokens in a row that were called dead within a minute of their issue.
    quick: u8,
    /// The same, and a little more: what a caller may take for that.
    nearly_quick: u8,
    /// When the last of three came.
    contested_at: Option<u64>,
    /// How often the store has failed.
    pub(crate) store_failures: u8,
    /// Whether the store takes no writes any more.
    pub(crate) takes_no_writes: bool,
    /// Whether the store does not take what comes of a login.
    takes_no_tokens: bool,
    /// How often the store has lost its entry.
    forgets: u8,
    /// Whether an old entry was put back.
    is_put_back: bool,
    /// What the platform had counted when the store last lost its entry.
    forgotten: u8,
    /// Whether somebody outside has logged in.
    pub(crate) is_displaced: bool,
    /// Whether a call came to a sudden end, or an answer was lost.
    is_disturbed: bool,
    /// Whether somebody has asked for another token.
    is_renewed: bool,
    /// Whether somebody must.
    must_be_renewed: bool,
    /// More logins than these are too many.
    logins_left: u8,
}

/// A secret that was refused, and what is known to all of that.
#[derive(Clone, Copy, Debug, Hash)]
struct Refused {
    /// When it was heard.
    at: u64,
    /// When it stood in the store at the latest.
    known_at: u64,
    /// How often in a row.
    times: u32,
}

/// An attempt that was ended by its holder.
#[derive(Clone, Copy, Debug, Hash)]
struct Settled {
    secret: u8,
    has_failed: bool,
}

impl Seen {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self {
            first: Shared::new(scenario.entry().unwrap_or_default()),
            began: scenario.token_age_ms.unwrap_or(0),
            good_after_reset: scenario.good_after_reset,
            signs: BTreeMap::new(),
            logins: 0,
            may_have_left: 0,
            good_logins: 0,
            unproved: Vec::new(),
            doubts: Vec::new(),
            refused: BTreeMap::new(),
            heard: BTreeMap::new(),
            listed: scenario.known.iter().copied().collect(),
            last_good: BTreeMap::new(),
            settled: None,
            settlements: 0,
            heard_refusals: Vec::new(),
            held_up_until: 0,
            dead: BTreeSet::new(),
            dropped: BTreeSet::new(),
            checked: BTreeSet::new(),
            newest: 0,
            ended_at: None,
            was_ended: false,
            to_be_ended: BTreeSet::new(),
            logged_out: BTreeSet::new(),
            quick: 0,
            nearly_quick: 0,
            contested_at: None,
            store_failures: 0,
            takes_no_writes: scenario.store_takes == Takes::Nothing,
            takes_no_tokens: scenario.store_takes == Takes::NoNewTokens,
            forgets: 0,
            is_put_back: false,
            forgotten: 0,
            is_displaced: false,
            is_disturbed: false,
            is_renewed: false,
            must_be_renewed: scenario.is_renewed_early,
            logins_left: scenario.most_logins,
        }
    }

    /// The number of the login that leaves.
    pub(crate) fn next_login(&mut self) -> LoginId {
        self.logins += 1;
        self.unproved.push(self.logins);
        self.logins
    }

    /// The logins that the platform may have counted as refused, at most.
    fn may_have_counted(&self) -> u8 {
        self.may_have_left.saturating_sub(self.good_logins)
    }

    /// What is left when the store knows nothing any more of what has happened.
    fn forget(&mut self) {
        self.unproved.clear();
        self.refused.clear();
        self.settled = None;
        self.held_up_until = 0;
        self.newest = 0;
        self.quick = 0;
        self.nearly_quick = 0;
        self.contested_at = None;
    }
}

fn broken<T>(what: &str) -> Result<T, String> {
    Err(what.to_owned())
}

impl World {
    /// Two worlds that differ in nothing that can still be seen are one.
    pub(crate) fn forget_what_no_longer_matters(&mut self) {
        let calls: Vec<CallId> = self
            .actors
            .iter()
            .filter(|actor| matches!(actor.job, Job::Calling(_)))
            .map(|actor| actor.call())
            .chain(self.network.iter().map(|message| message.call))
            .collect();
        let now = self.now;
        let seen = &mut self.seen;
        seen.signs.retain(|call, _| calls.contains(call));
        seen.contested_at.take_if(|at| now - *at >= CONTEST_MS);
        if seen.held_up_until <= now {
            seen.held_up_until = 0;
        }
    }

    /// Whether the attempt in the store is this call's.
    pub(crate) fn is_held_by(&self, call: CallId) -> bool {
        let attempt = self.store.entry().and_then(|e| e.attempt.as_ref());
        attempt.is_some_and(|attempt| attempt.owner == owner_of(call))
    }

    /// What the store gives to whoever asks for a token, where the API takes it.
    fn current(&self) -> Option<TokenId> {
        let entry = self.store.entry().filter(|entry| !entry.ended)?;
        let current = entry.current.as_ref()?;
        let id = id_of(&current.token.value);
        let is_alive = current.left_ms() > self.store.age_ms(self.now);
        let is_good = self.room.takes(id, self.now) && !self.seen.dead.contains(&id);
        (is_alive && is_good).then_some(id)
    }

    /// Whether there is a token that a call may be given: its secret has logged in and
    /// was not refused, and it is not the token that the API refused.
    fn is_served(&self, place: usize) -> bool {
        // Whoever goes by an old answer cannot know.
        let Some(id) = self.current().filter(|_| !self.calling(place).is_behind) else {
            return false;
        };
        let secret = self.actors[place].secret;
        let was_refused = self.seen.refused.contains_key(&secret)
            || self.seen.heard.contains_key(&place)
            || self.has_heard_a_refusal_of(secret);
        let may_have_it = self.seen.listed.contains(&secret) && !was_refused;
        may_have_it && self.calling(place).rejected != Some(id)
    }

    /// Whether a call under way has heard that this secret was refused.
    fn has_heard_a_refusal_of(&self, secret: u8) -> bool {
        let mut actors = self.actors.iter().filter(|actor| actor.secret == secret);
        actors.any(|actor| actor.calling().is_some_and(|c| c.refusal.is_some()))
    }

    /// The store has lost its entry. Nobody but those who were told knows any more
    /// what the platform has counted.
    pub(crate) fn saw_forgetting(&mut self) {
        self.seen.forgets += 1;
        self.seen.forget();
        self.seen.listed.clear();
        let is_under_way = |m: &&mut Message| m.login > 0 && !m.has_arrived;
        let mut under_way = 0;
        for message in self.network.iter_mut() {
            message.is_forgotten = true;
        }
        for _ in self.network.iter_mut().filter(is_under_way) {
            under_way += 1;
        }
        self.seen.forgotten = self.room.refusals + under_way;
    }

    /// The entry of the beginning stands in the store again.
    pub(crate) fn saw_putting_back(&mut self) {
        self.saw_forgetting();
        self.seen.is_put_back = true;
        self.seen.heard.clear();
        let first = self.seen.first.clone();
        let known = first.secrets.iter().filter(|s| s.good_at.is_some());
        self.seen.listed = known.map(|secret| secret.tag[0]).collect();
    }

    /// A person has set the account right.
    pub(crate) fn saw_reset(&mut self) {
        self.seen.refused.clear();
        self.seen.heard.clear();
        self.seen.doubts.clear();
        self.seen.heard_refusals.clear();
        self.seen.settled = None;
        self.seen.held_up_until = 0;
        self.seen.contested_at = None;
        self.seen.quick = 0;
        self.seen.nearly_quick = 0;
        for place in 0..self.actors.len() {
            self.change_calling(place, |calling| {
                calling.setback_ms = calling.setback_ms.map(|_| 0);
            });
        }
    }
}
