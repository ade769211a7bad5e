//! The rules of the protocol, each of which a search can break.

/// What must hold. The text says what goes wrong where it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Nothing is sent before the attempt stands in the entry. Else every caller
    /// that finds no token logs in.
    AttemptIsWrittenFirst,
    /// An attempt is taken over only after its lease. Else two logins are in
    /// flight, and one displaces the other's token.
    LeaseIsRespected,
    /// A holder extends its lease while its request is in flight. Else a slow
    /// login is taken over.
    LeaseIsExtended,
    /// A holder with too little lease left sends nothing. Else its request is in
    /// flight beside its successor's.
    ShortLeaseSendsNothing,
    /// A holder that was replaced writes no outcome. Else an older token replaces
    /// a newer one.
    LateOutcomeIsNotWritten,
    /// A refusal that comes back late is counted all the same. Else the platform
    /// has counted more than the entry.
    LateRefusalIsCounted,
    /// A refused token is compared with the current one first. Else a late 401
    /// throws a good token away.
    RefusedTokenIsCompared,
    /// A refused token is not refreshed. Else the renewal of a dead token is one
    /// more refusal, and callers wait for it.
    RefusedTokenIsNotRefreshed,
    /// Refused logins are counted, and nothing is sent at the limit. Else a
    /// third one disables the user.
    RefusalsAreCounted,
    /// A refused secret is not sent again by itself. Else each caller spends one
    /// of the user's refusals on it.
    RefusedSecretIsNotRepeated,
    /// A lost answer to a secret that never logged in counts as refused. Else
    /// lost refusals add up on the platform unseen.
    LostUnknownSecretCounts,
    /// A lost answer to a secret that has logged in does not count. Else a night
    /// of restarts needs a person.
    LostKnownSecretDoesNotCount,
    /// After a lost answer the next login waits for an answer to a call without
    /// credentials. Else an outage is met with logins.
    ProbeAfterLoss,
    /// A token is given only to a caller whose secret has logged in. Else a
    /// made-up password gets a user's token.
    SecretMustBeListed,
    /// Whoever waited for an attempt gets its outcome. Else the waiters try one
    /// after another.
    OutcomeIsShared,
    /// After a write whose answer is lost the entry is read again, and one's own
    /// owner looked for. Else an attempt is abandoned that counts as begun.
    UnknownWriteIsLookedFor,
    /// Without the store nothing is sent. Else a login displaces the shared token.
    StoreGoesFirst,
    /// A Control Room's token is renewed early by refresh alone, but where it
    /// says that it lives beside others. Else the renewal displaces it.
    EarlyRenewalIsByRefresh,
    /// Tokens refused soon after their issue end in a pause. Else two programs
    /// displace each other's tokens for ever.
    QuarrelEndsInPause,
    /// The end is marked before the token is logged out. Else an instance gives
    /// the token after the end.
    EndIsMarkedFirst,
    /// A holder that finds the mark does not keep its token. Else there is a
    /// token after the end.
    EndReachesTheHolder,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::AttemptIsWrittenFirst,
        Self::LeaseIsRespected,
        Self::LeaseIsExtended,
        Self::ShortLeaseSendsNothing,
        Self::LateOutcomeIsNotWritten,
        Self::LateRefusalIsCounted,
        Self::RefusedTokenIsCompared,
        Self::RefusedTokenIsNotRefreshed,
        Self::RefusalsAreCounted,
        Self::RefusedSecretIsNotRepeated,
        Self::LostUnknownSecretCounts,
        Self::LostKnownSecretDoesNotCount,
        Self::ProbeAfterLoss,
        Self::SecretMustBeListed,
        Self::OutcomeIsShared,
        Self::UnknownWriteIsLookedFor,
        Self::StoreGoesFirst,
        Self::EarlyRenewalIsByRefresh,
        Self::QuarrelEndsInPause,
        Self::EndIsMarkedFirst,
        Self::EndReachesTheHolder,
    ];
}

/// Which rules hold: all of them, but in a search for what breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rules {
    #[cfg(feature = "mutants")]
    broken: Option<Rule>,
}

impl Rules {
    /// All rules but one.
    #[cfg(feature = "mutants")]
    pub fn without(rule: Rule) -> Self {
        Self { broken: Some(rule) }
    }

    #[cfg(feature = "mutants")]
    pub(crate) fn hold(self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }

    #[cfg(not(feature = "mutants"))]
    pub(crate) const fn hold(self, _: Rule) -> bool {
        true
    }
}
