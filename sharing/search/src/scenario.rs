//! What is searched: who takes part, how it begins, and what may go wrong how
//! often.

use rpa_auth_flows::{AuthError, Rejection, RejectionKind};
use rpa_auth_session_protocol::{Current, Entry, Flow, Platform, Refusal, Secret};

use crate::actor::Role;
use crate::platform::{Strange, TokenId, digest, token};

/// The token that is there at the beginning.
pub(crate) const FIRST: TokenId = 1;

/// The first secret of those that were refused before the beginning.
const TYPO: u8 = 100;

/// One search.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// By which flow the account logs in.
    pub flow: Flow,
    /// After how many refused logins in a row the platform disables the user.
    pub lockout_limit: u32,
    /// The secret of each caller; equal ones stand together.
    pub callers: &'static [u8],
    /// Whether a caller begins only when the one before has come to its end.
    pub in_turn: bool,
    /// Who else takes part.
    pub others: &'static [Role],
    /// The secret that the platform takes.
    pub good: u8,
    /// The secret that it takes once an operator has had the refusals forgotten.
    pub good_after_reset: u8,
    /// The secrets that have logged in before, the last one most recently.
    pub known: &'static [u8],
    /// How many secrets were refused in the past and made up for.
    pub typos: u8,
    /// The age of the token that is there at the beginning, in ms.
    pub token_age_ms: Option<u64>,
    /// Whether the platform takes that token.
    pub token_lives: bool,
    /// Whether somebody must have renewed that token at the end.
    pub is_renewed_early: bool,
    /// Whether a refresh gives the same token.
    pub refreshes_in_place: bool,
    /// How often each caller goes back to the API after its first token.
    pub uses: u8,
    /// How often each caller, and each ender, begins anew after a call that failed.
    pub retries: u8,
    /// By how much time may pass at once, in ms.
    pub passes: &'static [u64],
    /// What stands in for the platform, or comes of a login that it has counted.
    pub strange: &'static [Strange],
    /// Whether the platform is not well at the beginning.
    pub outage: Option<Outage>,
    /// What the store takes.
    pub store_takes: Takes,
    /// How far the search goes.
    pub bounds: Bounds,
    /// More logins than these are too many, whatever happens.
    pub most_logins: u8,
}

/// A time at which the platform answers nothing but this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outage {
    /// What it answers.
    pub strange: Strange,
    /// Until when, in ms from the beginning.
    pub until: u64,
}

/// What a store takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Takes {
    /// Every write.
    #[default]
    Everything,
    /// No entry with another token than the first one: it is too large.
    NoNewTokens,
    /// No write at all, though it can be read.
    Nothing,
}

/// How far a search goes: so often, at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Processes crash.
    pub crashes: u8,
    /// Calls are given up; their process goes on and calls anew.
    pub drops: u8,
    /// Answers are lost, or come from something that is not the platform.
    pub losses: u8,
    /// Operations of the store fail, with and without effect.
    pub faults: u8,
    /// Answers of the store come later than what they answer.
    pub lates: u8,
    /// The store loses its entry.
    pub forgets: u8,
    /// The store takes no writes any more.
    pub stops: u8,
    /// Somebody outside logs in with the same user.
    pub displacements: u8,
    /// The API refuses a token that is good.
    pub lies: u8,
    /// The entry of the beginning is put back into the store.
    pub put_backs: u8,
    /// All of these together.
    pub misfortunes: u8,
    /// Logins are sent. From the last one on, nothing goes wrong any more.
    pub logins: u8,
    /// Time passes.
    pub passes: u8,
}

impl Scenario {
    /// The platform as callers know it.
    pub(crate) fn platform(&self) -> Platform {
        Platform::new(self.flow, Some(self.lockout_limit)).expect("a limit in range")
    }

    /// The entry at the beginning.
    pub(crate) fn entry(&self) -> Option<Entry> {
        let secret = |tag: u8| Secret {
            tag: [tag; 16],
            good_at: None,
            refusal: None,
        };
        let typos = (0..self.typos).map(|place| Secret {
            refusal: Some(Refusal {
                age_ms: 3_600_000,
                times: 1,
                made_up: true,
                cause: AuthError::Rejected(Rejection {
                    kind: RejectionKind::CredentialsRejected,
                    status: 401,
                    code: None,
                    message: None,
                }),
            }),
            ..secret(TYPO + place)
        });
        let known = self.known.iter().map(|&known| Secret {
            good_at: Some(0),
            ..secret(known)
        });
        // The good one is the least recently used.
        let secrets: Vec<Secret> = known.chain(typos).collect();
        let current = self.token_age_ms.map(|age_ms| Current {
            token: token(FIRST),
            digest: digest(FIRST),
            tag: [self.known.last().copied().unwrap_or(self.good); 16],
            age_ms,
        });
        (!secrets.is_empty()).then(|| Entry {
            secrets,
            current,
            ..Entry::default()
        })
    }
}
