//! The times that the protocol promises, in ms. They are written down a second time on
//! purpose: the code under test does not say what is right.

/// How long a holder may be silent before another caller takes over.
pub(crate) const LEASE_MS: u64 = 10_000;

/// What is left of it at least when a login leaves.
pub(crate) const LEAST_LEASE_MS: u64 = 5_000;

/// No request is under way for longer.
pub(crate) const UNDER_WAY_MS: u64 = 300_000;

/// The first pause after which a refused secret that was good is tried again.
pub(crate) const SECOND_CHANCE_MS: u64 = 300_000;

/// A token that dies before that was displaced by somebody.
pub(crate) const SOON_MS: u64 = 60_000;

/// The shortest pause of a contest.
pub(crate) const CONTEST_MS: u64 = 30_000;
