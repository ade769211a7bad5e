//! Each rule of the protocol, broken once in the production code: the search finds
//! what the rule is for.

use rpa_auth_session_protocol::{Rule, Rules};
use session_search::{explore, small};

/// One test for each rule: the scenario that shows what goes wrong without it, and
/// what that is. A rule without a test does not compile.
macro_rules! missed {
    ($($rule:ident as $test:ident: $scenario:literal, $violation:literal;)+) => {
        $(
            #[test]
            fn $test() {
                search(Rule::$rule, $scenario, $violation);
            }
        )+

        const _: fn(Rule) = |rule| match rule {
            $(Rule::$rule => (),)+
        };
    };
}

missed! {
    AttemptIsWrittenFirst as an_attempt_is_written_first:
        "a slow login",
        "a login without an attempt in the store";
    LeaseIsRespected as a_lease_is_respected:
        "a slow login",
        "an attempt is taken from a holder that is at work";
    LeaseIsExtended as a_lease_is_extended:
        "a slow login",
        "an attempt is taken from a holder that is at work";
    ShortLeaseSendsNothing as a_short_lease_sends_nothing:
        "three callers find a dead token",
        "a login leaves with too little of its lease left";
    LateOutcomeIsNotWritten as a_late_outcome_is_not_written:
        "a slow login",
        "an older token replaces a newer one";
    LateRefusalIsCounted as a_late_refusal_is_counted:
        "a password that was changed",
        "a refusal that came is not counted";
    RefusedTokenIsCompared as a_refused_token_is_compared:
        "three callers find a dead token",
        "a late 401 throws a newer token away";
    RefusedTokenIsNotRefreshed as a_refused_token_is_not_refreshed:
        "three callers find a dead token",
        "a refused token is refreshed";
    RefusalsAreCounted as refusals_are_counted:
        "made-up secrets and lost answers",
        "the platform has counted a refusal that the entry has not";
    RefusedSecretIsNotRepeated as a_refused_secret_is_not_repeated:
        "made-up secrets and lost answers",
        "a refused secret is sent again";
    LostUnknownSecretCounts as a_lost_answer_to_an_unknown_secret_counts:
        "made-up secrets and lost answers",
        "the platform has counted a refusal that the entry has not";
    LostKnownSecretDoesNotCount as a_lost_answer_to_a_known_secret_does_not_count:
        "a night of restarts",
        "an outage counts as a refusal";
    ProbeAfterLoss as after_a_lost_answer_the_platform_is_probed:
        "a night of restarts",
        "a login after a lost one, and no answer in between";
    SecretMustBeListed as a_token_is_for_listed_secrets:
        "two secrets, one of them made up",
        "a token for a secret that never logged in";
    OutcomeIsShared as an_outcome_is_shared:
        "a night of restarts",
        "a waiter is not told what came of the attempt";
    UnknownWriteIsLookedFor as an_unknown_write_is_looked_for:
        "three callers find a dead token",
        "an attempt that may stand in the entry is given up";
    StoreGoesFirst as the_store_goes_first:
        "three callers find a dead token",
        "a login without an attempt in the store";
    EarlyRenewalIsByRefresh as an_early_renewal_is_by_refresh:
        "a token in its last minute",
        "a login displaces a token that serves";
    QuarrelEndsInPause as a_quarrel_ends_in_a_pause:
        "somebody outside uses the same user",
        "a login in the middle of a quarrel";
    EndIsMarkedFirst as the_end_is_marked_first:
        "the end, and a new beginning",
        "a token that the end has logged out";
    EndReachesTheHolder as the_end_reaches_the_holder:
        "the end",
        "a token after the end";
}

fn search(rule: Rule, scenario: &str, violation: &str) {
    let scenario = small().into_iter().find(|s| s.name == scenario);
    let report = explore(
        &scenario.expect("a scenario of this name"),
        Rules::without(rule),
    );
    println!("{rule:?}: {report}");
    let found = report.violation.map(|(what, _)| what);
    assert_eq!(found.as_deref(), Some(violation));
}
