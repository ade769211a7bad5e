//! What is known of an account's secrets.

use rpa_auth_flows::AuthError;

use crate::{Current, Entry, Rule, Rules, Tag};

/// So many secrets are remembered of one account.
const SECRETS: usize = 8;

/// What is known of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Secret {
    /// By which it is known again.
    pub tag: Tag,
    /// Whether it has logged in.
    pub good: bool,
    /// The refusal since, if there was one.
    pub refusal: Option<Refusal>,
    /// Logins with it that were lost before it was known to be good.
    pub doubt: Option<Doubt>,
}

/// Lost logins that the platform may count as refused, even later than what
/// came after them: a request can be under way for long.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Doubt {
    /// How many.
    pub times: u32,
    /// How long ago the last one was lost.
    pub age_ms: u64,
}

/// A refused login.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// How long ago it was.
    pub age_ms: u64,
    /// How often this secret was refused since it last logged in.
    pub times: u32,
    /// What the platform said.
    pub cause: AuthError,
}

impl Secret {
    pub(crate) fn elapse(&mut self, ms: u64) {
        if let Some(refusal) = &mut self.refusal {
            refusal.age_ms = refusal.age_ms.saturating_add(ms);
        }
        if let Some(doubt) = &mut self.doubt {
            doubt.age_ms = doubt.age_ms.saturating_add(ms);
        }
    }

    /// Whether nothing would be lost with what is known of it, but for a token
    /// that its owner has to log in for.
    fn is_harmless(&self) -> bool {
        self.refusal.is_none() && self.doubt.is_none()
    }
}

impl Entry {
    /// What is known of a secret.
    pub(crate) fn secret(&self, tag: &Tag) -> Option<&Secret> {
        self.secrets.iter().find(|secret| secret.tag == *tag)
    }

    /// Whether a secret has logged in.
    pub(crate) fn has_logged_in(&self, tag: &Tag) -> bool {
        self.secret(tag).is_some_and(|secret| secret.good)
    }

    /// Whether a caller with this secret may have the token: it has logged in, and
    /// was not refused before the token came.
    pub(crate) fn may_have(&self, current: &Current, tag: &Tag, rules: Rules) -> bool {
        if !rules.hold(Rule::SecretMustBeListed) {
            return true;
        }
        self.secret(tag).is_some_and(|secret| {
            let refusal = secret.refusal.as_ref();
            secret.good && refusal.is_none_or(|r| r.age_ms <= current.age_ms)
        })
    }

    /// The place where a secret is remembered. The one that makes room for it is
    /// the oldest that is neither refused nor in doubt, or else the oldest.
    pub(crate) fn remember(&mut self, tag: &Tag) -> &mut Secret {
        let place = match self.secrets.iter().position(|s| s.tag == *tag) {
            Some(place) => place,
            None => {
                if self.secrets.len() >= SECRETS {
                    let least = self.secrets.iter().position(Secret::is_harmless);
                    self.secrets.remove(least.unwrap_or(0));
                }
                self.secrets.push(Secret {
                    tag: *tag,
                    good: false,
                    refusal: None,
                    doubt: None,
                });
                self.secrets.len().saturating_sub(1)
            }
        };
        // The place was found or made just now.
        #[allow(clippy::indexing_slicing, reason = "the place exists")]
        &mut self.secrets[place]
    }
}
