//! Instances of the component: one for each step, or one kept warm that survives
//! whatever happens to a call.

use rpa_auth_host::{
    AuthError, ControlRoomCredentials as Credentials, Error, Header, Instances, Plugin,
    RejectionKind,
};
use simulators::control_room::User;
use simulators::scripted::Script;
use simulators::{Answer, ControlRoom as Sim, Scripted};
use tokio::task::JoinSet;

use crate::calls::Call;
use crate::support::{API_KEY, V1, V2, guarded, plugin, refused, rejected, room, transport};

fn warm() -> Plugin {
    Plugin::builder()
        .instances(Instances::Warm)
        .build()
        .unwrap()
}

async fn sim() -> Sim {
    let user = User::new("ada", "s3same").api_key(API_KEY);
    Sim::builder().user(user).start().await
}

#[tokio::test]
async fn one_warm_instance_makes_many_calls_with_results_and_errors_between() {
    let (plugin, sim) = (warm(), sim().await);
    for n in 0..50 {
        let room = room(&sim.url(), if n % 2 == 0 { V1 } else { V2 });
        let right = Credentials::password("ada", "s3same");
        let token = plugin.authenticate(&room, &right).await.unwrap();
        assert_eq!(plugin.validate(&room, token.value()).await.ok(), Some(true));
        let wrong = Credentials::password("ada", "n0t-it");
        let message = "Wrong credentials.";
        assert_eq!(
            refused(plugin.authenticate(&room, &wrong).await),
            rejected(RejectionKind::CredentialsRejected, 401, "UM1110", message)
        );
        let token = plugin.refresh(&room, token.value()).await.unwrap();
        plugin.logout(&room, token.value()).await.unwrap();
        let empty = Credentials::password("", "s3same");
        refused(plugin.authenticate(&room, &empty).await);
    }
    assert_eq!(sim.requests().len(), 250);
    assert_eq!(sim.violations(), [""; 0]);
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_both_kinds_of_plugin_fit() {
    for plugin in [warm(), Plugin::builder().build().unwrap()] {
        let sim = sim().await;
        let room = room(&sim.url(), V2);
        let credentials = Credentials::password("ada", "s3same");
        for given_up in 1..=5 {
            let held = sim.hold_answers();
            let before = sim.requests().len() as u64;
            tokio::select! {
                _ = plugin.authenticate(&room, &credentials) => panic!("the answer is held back"),
                () = guarded(sim.wait_for_requests(before + 1)) => {}
            }
            held.release();
            let token = guarded(plugin.authenticate(&room, &credentials))
                .await
                .unwrap();
            assert!(sim.is_live(token.value()));
            // Given up, answered, and not one more.
            assert_eq!(sim.requests().len(), given_up * 2);
        }
    }
}

#[tokio::test]
async fn two_hundred_calls_run_at_the_same_time_on_one_warm_instance_too() {
    for plugin in [plugin().clone(), warm()] {
        let sim = sim().await;
        let held = sim.hold_answers();
        let mut calls = JoinSet::new();
        for n in 0..200_usize {
            let (plugin, url) = (plugin.clone(), sim.url());
            calls.spawn(async move {
                let room = room(&url, if n % 2 == 0 { V1 } else { V2 });
                // Tokens of an API key live beside each other.
                let key = Credentials::api_key("ada", API_KEY);
                plugin.authenticate(&room, &key).await
            });
        }
        // All are there at once: none is answered before the last has come.
        guarded(sim.wait_for_requests(200)).await;
        held.release();
        let mut tokens: Vec<String> = Vec::new();
        while let Some(made) = guarded(calls.join_next()).await {
            tokens.push(made.unwrap().unwrap().value().to_owned());
        }
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), 200);
        assert!(tokens.iter().all(|token| sim.is_live(token)));
        assert_eq!((sim.requests().len(), sim.logins_granted()), (200, 200));
    }
}

#[tokio::test]
async fn large_arguments_are_a_call_or_an_error_and_never_a_stop() {
    let sim = sim().await;
    let long = "x".repeat(1_000_000);
    // Sent as it is; this server has no such user.
    let credentials = Credentials::password(&long, long.as_str());
    let made = guarded(plugin().authenticate(&room(&sim.url(), V2), &credentials)).await;
    let message = "Wrong credentials.";
    assert_eq!(
        refused(made),
        rejected(RejectionKind::CredentialsRejected, 401, "UM1110", message)
    );
    assert_eq!(sim.requests()[0].body.len(), 2_000_029);
    for call in Call::SEVEN {
        let url = format!("{}/{long}", sim.url());
        let made = guarded(call.make(plugin(), &url, transport(&url))).await;
        assert!(matches!(refused(made), AuthError::InvalidArgument(_)));
    }
}

#[tokio::test]
async fn headers_that_no_server_takes_are_refused_before_anything_is_sent() {
    let sim = sim().await;
    let room = room(&sim.url(), V2);
    let long = "s3cret".repeat(12_000);
    let error = plugin().logout(&room, &long).await.unwrap_err();
    assert!(
        matches!(error.as_auth(), Some(AuthError::InvalidArgument(text)) if text.contains("64 KiB"))
    );

    let mut crowded = room.clone();
    crowded.transport.headers = vec![Header::new("X-A", "1"); 2_000];
    let error = plugin().validate(&crowded, "token").await.unwrap_err();
    assert!(matches!(
        error.as_auth(),
        Some(AuthError::InvalidArgument(_))
    ));
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn a_trap_is_an_error_of_the_component_and_the_next_call_works() {
    for plugin in [warm(), Plugin::builder().build().unwrap()] {
        let sim = sim().await;
        let room = room(&sim.url(), V2);
        let credentials = Credentials::password("ada", "s3same");
        let token = plugin.authenticate(&room, &credentials).await.unwrap();
        for _ in 0..3 {
            // More than the 16 MiB of memory that an instance can have.
            let endless = "s3cret".repeat(3_000_000);
            let error = guarded(plugin.logout(&room, &endless)).await.unwrap_err();
            let Error::Component(stopped) = &error else {
                panic!("{error:?}");
            };
            assert!(!stopped.may_have_acted, "{stopped}");
            assert!(error.as_auth().is_none());
            let text = format!("{error} {error:?}");
            assert!(
                !text.contains("s3cret") && !text.contains("backtrace"),
                "{text}"
            );
            let valid = guarded(plugin.validate(&room, token.value())).await;
            assert_eq!(valid.ok(), Some(true));
        }
        assert_eq!(sim.requests().len(), 4);
    }
}

/// What has cost the most memory: names that are kept, with brackets within brackets.
#[tokio::test]
async fn the_longest_answer_in_its_worst_form_ends_the_call_with_what_it_says() {
    let mut body = String::from("{\"token\":\"x\",\"details\":[");
    while body.len() < 245_000 {
        body.push_str("[[[[[1]]]]],");
    }
    body.push_str("1]}");
    for status in [200, 401, 403] {
        for call in Call::SEVEN {
            let answer = Answer::new(status).body(body.clone());
            let answer = answer.header("content-type", "application/json");
            let server = Scripted::start([Script::answering(&answer)]).await;
            let made = guarded(call.make(plugin(), &server.url(), transport(&server.url()))).await;
            let ends_by_itself = matches!(made, Ok(_) | Err(Error::Auth(_)));
            assert!(ends_by_itself, "{call:?}, {status}: {made:?}");
        }
    }
}
