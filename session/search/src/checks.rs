//! What must hold on the wire and at the store, whatever happens.
//!
//! An onlooker sees every request, every answer and every write, and remembers
//! what it needs ([`Seen`]). It looks at what callers do and get, and at nothing
//! that they keep in mind.

mod calls;
mod end;
mod wire;
mod writes;

use std::collections::BTreeSet;

use rpa_auth_session_protocol::{Current, Entry, Request, Secret};

use crate::actor::Job;
use crate::platform::{TokenId, id_of};
use crate::scenario::Scenario;
use crate::shared::Shared;
use crate::world::World;

/// The shortest pause of a quarrel.
const CONTEST_MS: u64 = 30_000;

/// What an onlooker remembers.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Seen {
    /// The entry of the beginning.
    pub(crate) first: Shared<Entry>,
    /// When each caller last wrote an entry with its own attempt in it.
    last_sign: Vec<u64>,
    /// The newest token that stood in the store.
    newest: TokenId,
    /// The last token that was issued before the end was marked.
    ended_at: Option<TokenId>,
    /// The token that stood there then.
    to_be_ended: Option<TokenId>,
    /// Tokens that the end has logged out.
    logged_out: BTreeSet<TokenId>,
    /// Whether a login of the current holder was lost, and nothing answered since.
    unprobed_loss: bool,
    /// Tokens in a row that were refused soon after their issue.
    quick: u8,
    /// When the last of three came.
    contested_at: Option<u64>,
    /// Refusals that nobody could write down, of a secret that has logged in
    /// before: the price of a changed password.
    pub(crate) unheard: u8,
    /// So often the store has failed.
    pub(crate) store_failures: u8,
    /// Whether a secret that has logged in before is refused now.
    password_has_changed: bool,
    /// Whether no login can be refused.
    nothing_refused: bool,
    /// More logins than these are too many.
    logins_left: u8,
}

impl Seen {
    pub(crate) fn new(actors: usize, scenario: &Scenario) -> Self {
        Self {
            first: Shared::new(scenario.entry().unwrap_or_default()),
            last_sign: vec![0; actors],
            newest: 0,
            ended_at: None,
            to_be_ended: None,
            logged_out: BTreeSet::new(),
            unprobed_loss: false,
            quick: 0,
            contested_at: None,
            unheard: 0,
            store_failures: 0,
            password_has_changed: scenario.known.iter().any(|&known| known != scenario.good),
            nothing_refused: scenario.nothing_refused,
            logins_left: scenario.most_logins,
        }
    }

    /// The store knows nothing any more of what came after a token.
    pub(crate) fn forget_since(&mut self, token: TokenId) {
        self.newest = token;
        self.unprobed_loss = false;
        self.quick = 0;
        self.contested_at = None;
    }
}

fn broken<T>(what: &str) -> Result<T, String> {
    Err(what.to_owned())
}

impl World {
    /// Two worlds that differ in nothing that can still be seen are one. The last
    /// sign of somebody who is over matters while a login is under way beside
    /// which nobody may send another; a quarrel while its pause lasts.
    pub(crate) fn forget_what_no_longer_matters(&mut self) {
        let logs_in = |place: usize| {
            let mut network = self.network.iter();
            network.any(|m| m.from == place && m.request == Request::Login)
        };
        for (place, actor) in self.actors.iter().enumerate() {
            if matches!(actor.job, Job::Over) && !logs_in(place) {
                self.seen.last_sign[place] = 0;
            }
        }
        let now = self.now;
        let is_over = |at: &mut u64| now - *at >= CONTEST_MS;
        self.seen.contested_at.take_if(is_over);
    }

    /// Whether the attempt in the store is this caller's.
    pub(crate) fn holds(&self, place: usize) -> bool {
        let attempt = self.store.entry().and_then(|e| e.attempt.as_ref());
        attempt.is_some_and(|attempt| attempt.owner == self.actors[place].owner())
    }

    /// What is left of this caller's lease, by the store's clock.
    fn lease_left(&self, place: usize) -> u64 {
        let attempt = self.store.entry().and_then(|e| e.attempt.as_ref());
        let left_ms = attempt
            .filter(|_| self.holds(place))
            .map_or(0, |a| a.left_ms);
        left_ms.saturating_sub(self.store.age_ms(self.now))
    }

    /// What the entry knows of a caller's secret.
    fn secret(&self, place: usize) -> Option<&Secret> {
        let tag = [self.actors[place].secret; 16];
        let mut secrets = self.store.entry()?.secrets.iter();
        secrets.find(|secret| secret.tag == tag)
    }

    /// Whether the entry knows a caller's secret as one that has logged in.
    fn is_listed(&self, place: usize) -> bool {
        self.secret(place).is_some_and(|secret| secret.good)
    }

    /// The token that everybody uses, while its lifetime lasts.
    fn current(&self) -> Option<&Current> {
        let current = self.store.entry()?.current.as_ref();
        current.filter(|current| current.left_ms() > self.store.age_ms(self.now))
    }

    /// Whether there is a token that a call may be given: its secret is listed,
    /// and was not refused since the token came; and it is not the token that the
    /// API refused.
    fn is_served(&self, place: usize) -> bool {
        let (Some(current), Some(secret)) = (self.current(), self.secret(place)) else {
            return false;
        };
        let refusal = secret.refusal.as_ref();
        let may_have_it = secret.good && refusal.is_none_or(|r| r.age_ms <= current.age_ms);
        may_have_it && self.calling(place).rejected != Some(id_of(&current.token.value))
    }
}
