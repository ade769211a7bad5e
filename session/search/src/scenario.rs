//! What is searched: who takes part, how it begins, and what may go wrong how
//! often.

use rpa_auth_session_protocol::{Current, Entry, Secret};

use crate::actor::Role;
use crate::platform::{TokenId, digest, token};

/// The token that is there at the beginning.
pub(crate) const FIRST: TokenId = 1;

/// One search.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// The secret of each caller; equal ones stand together.
    pub callers: &'static [u8],
    /// Who else takes part.
    pub others: &'static [Role],
    /// The secret that the platform takes.
    pub good: u8,
    /// The secrets that have logged in before.
    pub known: &'static [u8],
    /// The age of the token that is there at the beginning, in ms.
    pub token_age_ms: Option<u64>,
    /// Whether the platform takes that token.
    pub token_lives: bool,
    /// How often each caller goes back to the API after its first token.
    pub uses: u8,
    /// By how much time may pass at once, in ms.
    pub passes: &'static [u64],
    /// How far the search goes.
    pub bounds: Bounds,
    /// Whether no login can be refused here.
    pub nothing_refused: bool,
    /// More logins than these are too many, whatever happens.
    pub most_logins: u8,
}

/// How far a search goes: so often, at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Callers crash.
    pub crashes: u8,
    /// Answers are lost, or come from something that is not the platform.
    pub losses: u8,
    /// Operations of the store fail, with and without effect.
    pub faults: u8,
    /// Somebody outside logs in with the same user.
    pub displacements: u8,
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
    /// The entry at the beginning.
    pub(crate) fn entry(&self) -> Option<Entry> {
        let secrets: Vec<Secret> = self
            .known
            .iter()
            .map(|&secret| Secret {
                tag: [secret; 16],
                good: true,
                refusal: None,
                doubt: None,
            })
            .collect();
        let current = self.token_age_ms.map(|age_ms| Current {
            token: token(FIRST),
            digest: digest(FIRST),
            age_ms,
        });
        (!secrets.is_empty()).then(|| Entry {
            secrets,
            current,
            ..Entry::default()
        })
    }
}
