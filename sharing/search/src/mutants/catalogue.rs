//! The catalogue: each rule of the protocol, what goes wrong without it, how it is taken
//! out, and what the search says then.
//!
//! `M1` to `M32` are the faults that an earlier search did not see; "invariant" names
//! those at the head of the protocol; "found" are faults that this search has found.

/// A fault to be put into the protocol.
pub(super) struct Mutant {
    /// The rule that it breaks.
    pub(super) name: &'static str,
    /// What goes wrong without the rule.
    #[allow(dead_code, reason = "said to whoever reads the catalogue")]
    pub(super) without: &'static str,
    /// How it is put in.
    pub(super) edits: &'static [Edit],
    /// The scenario that shows it.
    pub(super) scenario: &'static str,
    /// What the search says.
    pub(super) violation: &'static str,
}

/// A text that is replaced.
pub(super) struct Edit {
    /// The file, in the protocol's `src`.
    pub(super) file: &'static str,
    /// What stands there, exactly once.
    pub(super) old: &'static str,
    /// What is to stand there.
    pub(super) new: &'static str,
}

const fn edit(file: &'static str, old: &'static str, new: &'static str) -> Edit {
    Edit { file, old, new }
}

pub(super) const CATALOGUE: &[Mutant] = &[
    Mutant {
        name: "an attempt is written first",
        without: "every caller that finds no token logs in",
        edits: &[
            edit(
                "call.rs",
                "        Step::Write { expected, entry }\n    }",
                "        drop((expected, entry));\n        match mem::replace(&mut self.phase, Phase::Resting) {\n            Phase::Claiming(claim) => self.hold(claim.held, claim.renewal, claim.took_over, now),\n            _ => self.read(),\n        }\n    }",
            ),
            edit(
                "holder.rs",
                "            Renewal::Login if !self.is_marked_as_sent() => return self.mark_as_sent(now),\n",
                "",
            ),
            edit(
                "holder.rs",
                "    fn is_marked_as_sent(&self)",
                "    #[allow(dead_code)]\n    fn is_marked_as_sent(&self)",
            ),
            edit(
                "holder.rs",
                "    fn mark_as_sent(",
                "    #[allow(dead_code)]\n    fn mark_as_sent(",
            ),
        ],
        scenario: "three callers find a dead token",
        violation: "a login without an attempt in the store",
    },
    Mutant {
        name: "a lease is respected",
        without: "two logins are in flight, and one displaces the other's token",
        edits: &[edit(
            "entry.rs",
            "match attempt.left_ms.checked_sub(ms) {",
            "match attempt.left_ms.checked_sub(ms.saturating_add(6_000)) {",
        )],
        scenario: "a slow login",
        violation: "an attempt is taken from a holder that is at work",
    },
    Mutant {
        name: "a lease is extended",
        without: "a slow login is taken over",
        edits: &[edit(
            "holder.rs",
            "const EXTEND_MS: u64 = 3_000;",
            "const EXTEND_MS: u64 = 30_000;",
        )],
        scenario: "a slow login",
        violation: "an attempt is taken from a holder that is at work",
    },
    Mutant {
        name: "a short lease sends nothing",
        without: "a login is in flight beside its successor's",
        edits: &[edit(
            "holder.rs",
            "if self.held.lease_left(now) < LEAST_LEASE_MS {",
            "if self.held.lease_left(now) > 1_000_000 {",
        )],
        scenario: "a store that answers late",
        violation: "a login leaves with too little of its lease left",
    },
    Mutant {
        name: "a late outcome is not written",
        without: "an older token replaces a newer one",
        edits: &[edit(
            "holder.rs",
            "                self.state = State::Adding { outcome };\n                Next::Step(Step::Write {\n                    expected: Some(version),\n                    entry: entry.signed(caller.actor.as_deref()),\n                })\n            }\n            _ => Next::Read,",
            "                entry.attempt = self.held.entry.attempt.clone();\n                entry.settle(&outcome, caller.platform);\n                self.state = State::Adding { outcome };\n                Next::Step(Step::Write {\n                    expected: Some(version),\n                    entry: entry.signed(caller.actor.as_deref()),\n                })\n            }\n            _ => Next::Read,",
        )],
        scenario: "a slow login",
        violation: "an older token replaces a newer one",
    },
    Mutant {
        name: "a late refusal is counted",
        without: "the refused secret is sent again",
        edits: &[edit(
            "holder.rs",
            "if self.failures > FAILURES || entry.has_counted(&self.held.entry, &caller.tag) {",
            "if self.failures < u8::MAX || entry.has_counted(&self.held.entry, &caller.tag) {",
        )],
        scenario: "two processes that stand still",
        violation: "the last login is spent on a refused secret",
    },
    Mutant {
        name: "a refused token is compared",
        without: "a late 401 asks for a token that nobody has refused",
        edits: &[edit(
            "decision.rs",
            "Goal::Renew(rejected) if *rejected == current.digest => self.replace(current),\n                Goal::Renew(_) => Decision::Give,",
            "Goal::Renew(_) => self.replace(current),",
        )],
        scenario: "three callers find a dead token",
        violation: "a caller waits although a token serves",
    },
    Mutant {
        name: "a refused token is not refreshed",
        without: "the renewal of a dead token is one more refusal",
        edits: &[edit(
            "decision.rs",
            "None => Decision::Attempt(Renewal::Check),",
            "None => Decision::Attempt(Renewal::Refresh),",
        )],
        scenario: "three callers find a dead token",
        violation: "a refused token is refreshed",
    },
    Mutant {
        name: "refusals are counted",
        without: "the third one disables the user",
        edits: &[edit(
            "entry.rs",
            "        self.mark_as_refused(tag, cause);\n        self.refusals = self.refusals.saturating_add(1);",
            "        self.mark_as_refused(tag, cause);",
        )],
        scenario: "three made-up secrets",
        violation: "a request in the pause after a failure",
    },
    Mutant {
        name: "a refused secret is not repeated",
        without: "each caller spends one of the user's refusals on it",
        edits: &[edit(
            "entry.rs",
            "            return Chance::Never;",
            "            return Chance::Now;",
        )],
        scenario: "made-up secrets and lost answers",
        violation: "the last login is spent on a refused secret",
    },
    Mutant {
        name: "a lost login counts",
        without: "lost refusals add up on the platform unseen",
        edits: &[edit(
            "entry.rs",
            "        self.doubts.push(Doubt {\n            number: self.number,\n            tag,\n            age_ms: 0,\n            is_cleared: false,\n        });",
            "        let _ = tag;",
        )],
        scenario: "made-up secrets and lost answers",
        violation: "the platform has counted a refusal that nobody knows of",
    },
    Mutant {
        name: "a lost login does not count for ever",
        without: "two lost answers that are days apart need a person",
        edits: &[edit(
            "entry.rs",
            "        self.doubts.retain(|doubt| doubt.age_ms < UNDER_WAY_MS);\n",
            "",
        )],
        scenario: "two lost answers, a day apart",
        violation: "the platform is well, and somebody is without a token",
    },
    Mutant {
        name: "after a lost login the platform is probed",
        without: "an outage is met with logins",
        edits: &[edit(
            "entry.rs",
            "        self.probe || self.is_refused(tag)",
            "        self.is_refused(tag)",
        )],
        scenario: "a night of restarts",
        violation: "a login after one without a verdict, and no good answer in between",
    },
    Mutant {
        name: "a token is for listed secrets",
        without: "a made-up password gets a user's token",
        edits: &[edit(
            "entry.rs",
            "        self.secret(tag).is_some_and(|secret| {\n            let came_after",
            "        self.secret(tag).is_none_or(|secret| {\n            let came_after",
        )],
        scenario: "two secrets, one of them made up",
        violation: "a token for a secret that never logged in",
    },
    Mutant {
        name: "an outcome is shared",
        without: "the waiters try one after another",
        edits: &[edit(
            "decision.rs",
            "let failure = failure.filter(|_| settled.tag == self.caller.tag)?;",
            "let failure = failure.filter(|_| settled.tag != self.caller.tag)?;",
        )],
        scenario: "a night of restarts",
        violation: "a waiter is not told what came of the attempt",
    },
    Mutant {
        name: "an unknown write is looked for",
        without: "an attempt is given up that may stand in the entry",
        edits: &[edit(
            "call.rs",
            "                claim.failure = Some(error);\n                self.look_for(claim, now)\n            }",
            "                drop(claim);\n                Step::Done(Err(Failure::Store(StoreError::Unavailable(None))))\n            }",
        )],
        scenario: "three callers find a dead token",
        violation: "a store that fails once is not tried again",
    },
    Mutant {
        name: "the store goes first",
        without: "a login displaces the shared token",
        edits: &[
            edit(
                "call.rs",
                "                claim.failure = Some(error);\n                self.look_for(claim, now)\n            }",
                "                self.hold(claim.held, claim.renewal, claim.took_over, now)\n            }",
            ),
            edit(
                "decision.rs",
                "None => Decision::Attempt(Renewal::Check),",
                "None => Decision::Attempt(Renewal::Login),",
            ),
            edit(
                "holder.rs",
                "            Renewal::Login if !self.is_marked_as_sent() => return self.mark_as_sent(now),\n",
                "",
            ),
            edit(
                "holder.rs",
                "    fn is_marked_as_sent(&self)",
                "    #[allow(dead_code)]\n    fn is_marked_as_sent(&self)",
            ),
            edit(
                "holder.rs",
                "    fn mark_as_sent(",
                "    #[allow(dead_code)]\n    fn mark_as_sent(",
            ),
        ],
        scenario: "three callers find a dead token",
        violation: "a login without an attempt in the store",
    },
    Mutant {
        name: "an early renewal is by refresh",
        without: "the renewal displaces the token that serves",
        edits: &[edit(
            "platform.rs",
            "            Renewal::Refresh\n        } else {",
            "            Renewal::Login\n        } else {",
        )],
        scenario: "a token in its last minute",
        violation: "a login displaces a token that serves",
    },
    Mutant {
        name: "a contest ends in a pause",
        without: "two programs displace each other's tokens for ever",
        edits: &[edit(
            "entry.rs",
            "            if self.quick_deaths >= CONTEST {",
            "            if self.quick_deaths >= u32::MAX {",
        )],
        scenario: "somebody outside comes once an hour",
        violation: "a login in the middle of a contest",
    },
    Mutant {
        name: "the end is marked first",
        without: "an instance gives the token after the end",
        edits: &[edit(
            "ending.rs",
            "        if self.marks && !entry.ended {",
            "        if self.marks\n            && !entry.ended\n            && self.stray.is_none()\n            && let Some(current) = &entry.current\n        {\n            return self.log_out(current.token.value.clone());\n        }\n        if self.marks && !entry.ended {",
        )],
        scenario: "the end",
        violation: "a token that the end has logged out",
    },
    Mutant {
        name: "the end reaches the holder",
        without: "there is a token after the end",
        edits: &[edit(
            "entry.rs",
            "        if attempt.doomed {",
            "        if attempt.doomed && attempt.left_ms > LEASE_MS {",
        )],
        scenario: "the end while somebody logs in",
        violation: "a token lives after the end",
    },
    Mutant {
        name: "M1: a lease is counted from the question",
        without: "a holder sends when others may take over",
        edits: &[edit(
            "holder.rs",
            "                    at: since,",
            "                    at: now.max(since),",
        )],
        scenario: "a store that answers late",
        violation: "a login leaves with too little of its lease left",
    },
    Mutant {
        name: "M3: a late token after the end is logged out",
        without: "a token lives after the end",
        edits: &[edit(
            "holder.rs",
            "            Outcome::Token(token, _) if entry.ended && caller.platform.has_logout() => {\n                Next::LogOut(Some(token.value.clone()))\n            }\n",
            "",
        )],
        scenario: "the end while somebody logs in",
        violation: "a token lives after the end",
    },
    Mutant {
        name: "M4: a refused secret gets no newer token",
        without: "whoever was refused gets tokens again",
        edits: &[edit(
            "entry.rs",
            "secret.good_at.is_some() && secret.refusal.as_ref().is_none_or(came_after)",
            "let _ = came_after;\n            secret.good_at.is_some()",
        )],
        scenario: "a changed password in the course of a day",
        violation: "a newer token for a secret that was refused",
    },
    Mutant {
        name: "M6: a good login makes up only for refusals before it",
        without: "a refusal that came after it is forgotten",
        edits: &[edit(
            "entry.rs",
            "self.refusals.saturating_sub(attempt.forgives)",
            "self.refusals.saturating_sub(attempt.forgives.max(9))",
        )],
        scenario: "two secrets, one of them made up",
        violation: "the platform has counted a refusal that nobody knows of",
    },
    Mutant {
        name: "M7: doubts are kept while the login may be under way",
        without: "a refusal that arrives later is not counted",
        edits: &[edit(
            "entry.rs",
            "self.doubts.retain(|doubt| doubt.age_ms < UNDER_WAY_MS);",
            "self.doubts.retain(|doubt| doubt.age_ms > UNDER_WAY_MS);",
        )],
        scenario: "two secrets, one of them made up",
        violation: "the platform has counted a refusal that nobody knows of",
    },
    Mutant {
        name: "M10: more than two secrets are remembered",
        without: "a refused one is sent again",
        edits: &[edit(
            "entry.rs",
            "const SECRETS: usize = 16;",
            "const SECRETS: usize = 2;",
        )],
        scenario: "nine secrets, one after another",
        violation: "a refused secret is sent again",
    },
    Mutant {
        name: "M10b: more than one secret is remembered",
        without: "a refused one is sent again",
        edits: &[edit(
            "entry.rs",
            "const SECRETS: usize = 16;",
            "const SECRETS: usize = 1;",
        )],
        scenario: "two secrets, one of them made up",
        violation: "a login displaces a token that serves",
    },
    Mutant {
        name: "M18: a late refusal is written also while another renews",
        without: "the refused secret is sent again",
        edits: &[edit(
            "holder.rs",
            "                // An earlier try may have been written although it seemed to fail.\n",
            "                if entry.attempt.is_some() {\n                    return after_all(outcome);\n                }\n",
        )],
        scenario: "two processes that stand still",
        violation: "the last login is spent on a refused secret",
    },
    Mutant {
        name: "M20: a late refusal marks a secret that never logged in",
        without: "it is sent again",
        edits: &[edit(
            "entry.rs",
            "if good_at.is_some_and(|good_at| number.is_none_or(|number| good_at > number)) {",
            "if good_at.is_none_or(|good_at| number.is_none_or(|number| good_at > number)) {",
        )],
        scenario: "made-up secrets and lost answers",
        violation: "the last login is spent on a refused secret",
    },
    Mutant {
        name: "M22: a failure is shared only with callers of the same secret",
        without: "a good secret is told that it was refused",
        edits: &[edit(
            "decision.rs",
            "let failure = failure.filter(|_| settled.tag == self.caller.tag)?;",
            "let failure = failure?;",
        )],
        scenario: "two secrets, one of them made up",
        violation: "a caller is told of the refusal of another's secret",
    },
    Mutant {
        name: "M24: a reset takes the refusal from good secrets",
        without: "the corrected user still needs a person",
        edits: &[edit(
            "entry.rs",
            "        for secret in &mut self.secrets {\n            secret.refusal = None;\n        }\n",
            "",
        )],
        scenario: "a person sets the password right",
        violation: "the platform is well, and somebody is without a token",
    },
    Mutant {
        name: "M25: second chances become rarer",
        without: "a changed password is sent for ever",
        edits: &[edit(
            "entry.rs",
            "let doublings = refusal.times.saturating_sub(1).min(8);",
            "let doublings = refusal.times.min(0);",
        )],
        scenario: "a second chance on an Orchestrator",
        violation: "a refused secret is sent again",
    },
    Mutant {
        name: "M26: a token that lives makes peace",
        without: "an old contest stops everybody",
        edits: &[edit(
            "entry.rs",
            "        if has_lived {",
            "        if has_lived && self.quick_deaths > 9 {",
        )],
        scenario: "somebody outside comes once an hour",
        violation: "a caller is told of a contest that is none",
    },
    Mutant {
        name: "M27: reopen keeps what waits for its logout",
        without: "an ended token lives on",
        edits: &[edit(
            "amendment.rs",
            "Change::Reopen => entry.ended = false,",
            "Change::Reopen => {\n                entry.ended = false;\n                entry.to_log_out.clear();\n            }",
        )],
        scenario: "an end that needs two tries",
        violation: "the end is done, and its token was not logged out",
    },
    Mutant {
        name: "M28: a holder tries again where the store fails",
        without: "a good token is thrown away",
        edits: &[edit(
            "holder.rs",
            "const FAILURES: u8 = 20;",
            "const FAILURES: u8 = 0;",
        )],
        scenario: "three callers find a dead token",
        violation: "a store that fails once is not tried again",
    },
    Mutant {
        name: "M29: an Orchestrator's refusals are followed by pauses",
        without: "ten wrong secrets disable the user in a minute",
        edits: &[edit(
            "platform.rs",
            "Some(more) => 15_000_u64.saturating_mul(1 << more.min(4)),",
            "Some(more) => u64::from(more.min(0)),",
        )],
        scenario: "nine secrets, one after another",
        violation: "a request in the pause after a failure",
    },
    Mutant {
        name: "M30: a token is renewed early",
        without: "callers wait for a login each time it expires",
        edits: &[edit(
            "decision.rs",
            "if !is_due || self.entry",
            "if is_due || !is_due || self.entry",
        )],
        scenario: "a token in its last minute",
        violation: "nobody renews a token in its last minute",
    },
    Mutant {
        name: "M31: Retry-After is obeyed",
        without: "the platform is asked again too soon",
        edits: &[edit(
            "entry.rs",
            "self.pause_ms = self.pause_ms.max(asked_ms);",
            "self.pause_ms = self.pause_ms.max(asked_ms.min(1));",
        )],
        scenario: "a platform that asks for time",
        violation: "a request in the pause after a failure",
    },
    Mutant {
        name: "M32: a failure is followed by a pause",
        without: "an outage is met with logins without a pause",
        edits: &[edit(
            "entry.rs",
            "self.pause_ms = (1_000_u64 << doublings).min(LONGEST_PAUSE_MS);",
            "self.pause_ms = (1_u64 << doublings).min(LONGEST_PAUSE_MS).min(0);",
        )],
        scenario: "a platform that asks for time",
        violation: "a request in the pause after a failure",
    },
    Mutant {
        name: "invariant 1: one login less than the limit",
        without: "the platform disables the user",
        edits: &[edit(
            "platform.rs",
            "self.lockout_limit.saturating_sub(1)",
            "self.lockout_limit.saturating_sub(0)",
        )],
        scenario: "three made-up secrets",
        violation: "the platform has counted a refusal that nobody knows of",
    },
    Mutant {
        name: "invariant 2: a verdict is final",
        without: "a call goes on after it heard one",
        edits: &[edit(
            "holder.rs",
            "            Outcome::Refused(_) | Outcome::Failed(_) | Outcome::Doubtful(_) => {\n                match entry",
            "            Outcome::Refused(_) => Next::Read,\n            Outcome::Failed(_) | Outcome::Doubtful(_) => {\n                match entry",
        )],
        scenario: "three made-up secrets",
        violation: "a verdict is not returned",
    },
    Mutant {
        name: "invariant 3: a probe proves that the platform is well",
        without: "an outage is met with logins",
        edits: &[edit(
            "outcome.rs",
            "            _ => false,\n        };\n        if is_well",
            "            AuthError::UnexpectedResponse(_) => true,\n            _ => false,\n        };\n        if is_well",
        )],
        scenario: "two days of pages",
        violation: "a login after one without a verdict, and no good answer in between",
    },
    Mutant {
        name: "invariant 3: a page is no verdict",
        without: "an outage is taken for a refusal",
        edits: &[edit(
            "outcome.rs",
            "AuthError::UnexpectedResponse(_) | AuthError::Other(_) => Self::Doubtful(error),",
            "AuthError::UnexpectedResponse(_) | AuthError::Other(_) => Self::Refused(error),",
        )],
        scenario: "answers that are no verdict",
        violation: "the platform is well, and somebody is without a token",
    },
    Mutant {
        name: "invariant 4: the last login is for a secret that was not refused",
        without: "the corrected one does not work at once",
        edits: &[edit(
            "entry.rs",
            "self.logins_left(platform) < 2",
            "self.logins_left(platform) < 1",
        )],
        scenario: "a changed password in the course of a day",
        violation: "the last login is spent on a refused secret",
    },
    Mutant {
        name: "invariant 5: only what may have left counts",
        without: "callers who go away need a person",
        edits: &[edit(
            "entry.rs",
            "        if is_login && !lost.sent {\n            return;\n        }\n",
            "",
        )],
        scenario: "calls that are given up",
        violation: "a login that never left counts",
    },
    Mutant {
        name: "invariant 5: that a login may leave is written",
        without: "what was lost counts as nothing",
        edits: &[
            edit(
                "holder.rs",
                "            Renewal::Login if !self.is_marked_as_sent() => return self.mark_as_sent(now),\n",
                "",
            ),
            edit(
                "holder.rs",
                "    fn is_marked_as_sent(&self)",
                "    #[allow(dead_code)]\n    fn is_marked_as_sent(&self)",
            ),
            edit(
                "holder.rs",
                "    fn mark_as_sent(",
                "    #[allow(dead_code)]\n    fn mark_as_sent(",
            ),
        ],
        scenario: "made-up secrets and lost answers",
        violation: "a login that never left counts",
    },
    Mutant {
        name: "invariant 6: one caller's 401 proves nothing",
        without: "a good token is displaced",
        edits: &[edit(
            "decision.rs",
            "None => Decision::Attempt(Renewal::Check),",
            "None => Decision::Attempt(Renewal::Login),",
        )],
        scenario: "a 401 that lies",
        violation: "more logins than are needed",
    },
    Mutant {
        name: "invariant 6: no verdict leaves the token",
        without: "an outage takes it from everybody",
        edits: &[edit(
            "outcome.rs",
            "            Err(error) => Self::Failed(error),\n        }\n    }\n\n    /// What the answer to a call without",
            "            Err(_) => Self::TokenRefused,\n        }\n    }\n\n    /// What the answer to a call without",
        )],
        scenario: "a 401 that lies",
        violation: "one caller's 401 takes a token from the others",
    },
    Mutant {
        name: "invariant 6: the old token serves until a new one is there",
        without: "one caller's word stops the others",
        edits: &[edit(
            "entry.rs",
            "        if self.number == 0 {\n            self.originate(owner, nth);\n        }\n",
            "        if self.number == 0 {\n            self.originate(owner, nth);\n        }\n        if renewal == Renewal::Login {\n            self.current = None;\n        }\n",
        )],
        scenario: "a 401 that lies, of client credentials",
        violation: "one caller's 401 takes a token from the others",
    },
    Mutant {
        name: "invariant 7: nothing begins after the deadline",
        without: "a caller waits longer than it wanted",
        edits: &[edit(
            "holder.rs",
            "        if now >= self.deadline {\n            return self.withdraw(Some(Failure::Busy), now);\n        }\n        if self.held",
            "        if now == u64::MAX {\n            return self.withdraw(Some(Failure::Busy), now);\n        }\n        if self.held",
        )],
        scenario: "a long wait",
        violation: "a caller is answered later than its patience",
    },
    Mutant {
        name: "invariant 7: a wait ends with the patience",
        without: "a caller waits longer than it wanted",
        edits: &[edit(
            "call.rs",
            "wait_ms: left_ms.min(self.patience_left(now)),",
            "wait_ms: left_ms,",
        )],
        scenario: "a long wait",
        violation: "a caller is answered later than its patience",
    },
    Mutant {
        name: "invariant 7: a store that is away is tried again",
        without: "one failure of the store fails the call",
        edits: &[edit(
            "call.rs",
            "if left_ms == 0 || matches!(error, StoreError::Other(_)) {",
            "if left_ms < u64::MAX || matches!(error, StoreError::Other(_)) {",
        )],
        scenario: "three callers find a dead token",
        violation: "a store that fails once is not tried again",
    },
    Mutant {
        name: "invariant 10: the good secret stays",
        without: "a typo takes the token from everybody",
        edits: &[edit(
            "entry.rs",
            "            _ if kept == Some(secret.tag) => 4,",
            "            _ if kept == Some(secret.tag) => 0,",
        )],
        scenario: "a typo after many others",
        violation: "a login displaces a token that serves",
    },
    Mutant {
        name: "a process goes by what it heard",
        without: "a store that forgets costs as many logins as it forgets",
        edits: &[edit(
            "caller.rs",
            "= is_forgotten && !is_known && now",
            "= is_forgotten && is_known && now",
        )],
        scenario: "a store that forgets again and again",
        violation: "the last login is spent on a refused secret",
    },
    Mutant {
        name: "found: an entry that its own beginner begins anew is another one",
        without: "who heard a refusal in the lost one sends the secret again",
        edits: &[edit(
            "entry.rs",
            "*first = first.wrapping_add(nth);",
            "*first = first.wrapping_add(nth / 255);",
        )],
        scenario: "a store that forgets",
        violation: "the last login is spent on a refused secret",
    },
    Mutant {
        name: "an entry that the store does not take leaves a small one",
        without: "each call logs in and throws the token away",
        edits: &[edit(
            "entry.rs",
            "        self.current = None;\n        self.to_log_out.clear();\n        self.latched = true;",
            "        self.current = None;\n        self.to_log_out.clear();",
        )],
        scenario: "a token that the store does not take",
        violation: "more logins than are needed",
    },
    Mutant {
        name: "a refresh that gives the same token is one",
        without: "it is called dead, and a login displaces it",
        edits: &[edit(
            "entry.rs",
            "        if !is_login && is_known {",
            "        if !is_login && is_known && !was_dead {\n            self.current = None;\n            return;\n        }\n        if !is_login && is_known {",
        )],
        scenario: "a refresh that gives the same token",
        violation: "one caller's 401 takes a token from the others",
    },
    Mutant {
        name: "found: equal ages do not say what was first",
        without: "a refused secret gets a newer token",
        edits: &[edit(
            "entry.rs",
            "r.age_ms < current.age_ms",
            "r.age_ms <= current.age_ms",
        )],
        scenario: "a password that was changed",
        violation: "a newer token for a secret that was refused",
    },
    Mutant {
        name: "found: a second refusal hides the first one's age",
        without: "a refused secret gets a newer token",
        edits: &[edit(
            "entry.rs",
            "r.times == 1 && r.age_ms",
            "r.times > 0 && r.age_ms",
        )],
        scenario: "a changed password in the course of a day",
        violation: "a newer token for a secret that was refused",
    },
    Mutant {
        name: "found: a late good login is in doubt no more",
        without: "a lost answer beside it needs a person",
        edits: &[edit(
            "holder.rs",
            "                if self.failures <= FAILURES\n                    && entry.clear_doubt",
            "                if self.failures == u8::MAX\n                    && entry.clear_doubt",
        )],
        scenario: "a night of restarts",
        violation: "the platform is well, and somebody is without a token",
    },
    Mutant {
        name: "found: a late token is logged out at the end",
        without: "a token lives after the end",
        edits: &[edit(
            "entry.rs",
            "            && was_in_doubt\n",
            "            && was_in_doubt\n            && number == u64::MAX\n",
        )],
        scenario: "the end while one logs in and one waits",
        violation: "a token lives after the end",
    },
    Mutant {
        name: "found: a login is written as a login",
        without: "a lost one counts as nothing",
        edits: &[edit(
            "holder.rs",
            "        if is_login && self.is_written_as_a_check() {",
            "        if is_login && self.is_written_as_a_check() && now == u64::MAX {",
        )],
        scenario: "a password that was changed",
        violation: "a login after one without a verdict, and no good answer in between",
    },
    Mutant {
        name: "found: a late refusal counts once",
        without: "one refusal counts as two",
        edits: &[
            edit(
                "holder.rs",
                "if self.failures > FAILURES || entry.has_counted(&self.held.entry, &caller.tag) {",
                "if self.failures > FAILURES\n                    || (now_is_never() && entry.has_counted(&self.held.entry, &caller.tag))\n                {",
            ),
            edit(
                "holder.rs",
                "/// What the caller is told of an outcome that gave no token.\n",
                "fn now_is_never() -> bool {\n    false\n}\n\n/// What the caller is told of an outcome that gave no token.\n",
            ),
        ],
        scenario: "a password that was changed",
        violation: "a login that never left counts",
    },
    Mutant {
        name: "found: a lost entry begins anew",
        without: "an old copy has a secret in it that was refused meanwhile",
        edits: &[
            edit(
                "holder.rs",
                "            if self.renewal != Renewal::Login {\n                return self.finish(caller, &Entry::default(), outcome);\n            }\n",
                "",
            ),
            edit(
                "holder.rs",
                "            entry.begin_anew(caller.owner);\n",
                "            if self.failures == u8::MAX {\n                entry.begin_anew(caller.owner);\n            }\n",
            ),
        ],
        scenario: "a store that forgets",
        violation: "the last login is spent on a refused secret",
    },
    Mutant {
        name: "found: patience counts from the beginning of the call",
        without: "an attempt whose claim was answered late goes on",
        edits: &[edit(
            "call.rs",
            "let least = self.began.saturating_add(LEAST_PATIENCE_MS);",
            "let least = now.saturating_add(LEAST_PATIENCE_MS);",
        )],
        scenario: "a long wait",
        violation: "a caller is answered later than its patience",
    },
];
