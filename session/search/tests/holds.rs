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
    two_secrets_one_of_them_made_up: "two secrets, one of them made up";
    made_up_secrets_and_lost_answers: "made-up secrets and lost answers";
    a_night_of_restarts: "a night of restarts";
    a_token_in_its_last_minute: "a token in its last minute";
    somebody_outside_uses_the_same_user: "somebody outside uses the same user";
    a_password_that_was_changed: "a password that was changed";
    an_old_value_is_put_back: "an old value is put back";
    the_end: "the end";
    the_end_and_a_new_beginning: "the end, and a new beginning";
    a_person_has_the_refusals_forgotten: "a person has the refusals forgotten";
}

fn search(name: &str) {
    let scenarios = small();
    let scenario = scenarios.iter().find(|scenario| scenario.name == name);
    let report = explore(scenario.expect("a scenario of this name"));
    println!("{name}: {report}");
    assert!(report.violation.is_none(), "{name}");
    assert!(report.states > 1_000, "{name} shows nothing");
}
