//! In every scenario all properties hold, whatever happens in which order.

use session_search::{explore, small};

/// One test for each scenario, and one that none is left out.
macro_rules! holds {
    ($($test:ident: $name:literal;)+) => {
        $(
            #[test]
            fn $test() {
                search($name);
            }
        )+

        #[test]
        fn every_scenario_is_searched() {
            let searched = [$($name),+];
            let all: Vec<&str> = small().iter().map(|scenario| scenario.name).collect();
            assert_eq!(searched.as_slice(), all);
        }
    };
}

holds! {
    three_callers_find_a_dead_token: "three callers find a dead token";
    a_slow_login: "a slow login";
    calls_that_are_given_up: "calls that are given up";
    renewals_that_are_given_up: "renewals that are given up";
    early_renewals_that_are_given_up: "early renewals that are given up";
    a_long_wait: "a long wait";
    two_secrets_one_of_them_made_up: "two secrets, one of them made up";
    made_up_secrets_and_lost_answers: "made-up secrets and lost answers";
    three_made_up_secrets: "three made-up secrets";
    a_password_that_was_changed: "a password that was changed";
    two_processes_that_stand_still: "two processes that stand still";
    a_changed_password_in_the_course_of_a_day: "a changed password in the course of a day";
    a_second_chance_on_an_orchestrator: "a second chance on an Orchestrator";
    an_orchestrator_and_three_secrets: "an Orchestrator and three secrets";
    nine_secrets_one_after_another: "nine secrets, one after another";
    a_typo_after_many_others: "a typo after many others";
    a_person_has_the_refusals_forgotten: "a person has the refusals forgotten";
    a_person_sets_the_password_right: "a person sets the password right";
    a_night_of_restarts: "a night of restarts";
    two_lost_answers_a_day_apart: "two lost answers, a day apart";
    two_days_of_errors: "two days of errors";
    two_days_of_pages: "two days of pages";
    two_days_of_403: "two days of 403";
    two_days_of_404: "two days of 404";
    a_platform_that_asks_for_time: "a platform that asks for time";
    answers_that_are_no_verdict: "answers that are no verdict";
    a_made_up_secret_and_answers_that_are_no_verdict: "a made-up secret and answers that are no verdict";
    a_token_in_its_last_minute: "a token in its last minute";
    a_refresh_that_gives_the_same_token: "a refresh that gives the same token";
    an_orchestrator_s_token_in_its_last_minute: "an Orchestrator's token in its last minute";
    a_401_that_lies: "a 401 that lies";
    a_401_that_lies_of_client_credentials: "a 401 that lies, of client credentials";
    somebody_outside_uses_the_same_user: "somebody outside uses the same user";
    somebody_outside_comes_once_an_hour: "somebody outside comes once an hour";
    an_old_value_is_put_back: "an old value is put back";
    a_store_that_forgets: "a store that forgets";
    a_store_that_forgets_again_and_again: "a store that forgets again and again";
    a_store_that_answers_late: "a store that answers late";
    a_store_that_stops_taking_writes: "a store that stops taking writes";
    a_token_that_the_store_does_not_take: "a token that the store does not take";
    the_end: "the end";
    the_end_while_somebody_logs_in: "the end while somebody logs in";
    the_end_while_one_logs_in_and_one_waits: "the end while one logs in and one waits";
    an_end_that_is_given_up: "an end that is given up";
    the_end_and_a_new_beginning: "the end, and a new beginning";
    an_end_that_needs_two_tries: "an end that needs two tries";
}

fn search(name: &str) {
    let scenarios = small();
    let scenario = scenarios.iter().find(|scenario| scenario.name == name);
    let report = explore(scenario.expect("a scenario of this name"));
    println!("{name}: {report}");
    assert!(report.violation.is_none(), "{name}");
    assert!(report.states > 100, "{name} shows nothing");
}
