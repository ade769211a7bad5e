//! One token for many processes, over a real Redis and a real folder.

use std::collections::HashSet;

use host_test::worker::Worker;
use rpa_auth_host::{Store, TokenOrigin};
use simulators::redis::RedisServer;

use crate::{ada, asked, control_room, sessions, take_the_token_away, workers};

const ROUNDS: usize = 10;

/// The story that all of this is for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_executions_with_one_user_do_not_displace_each_others_token() {
    let folder = tempfile::tempdir().unwrap();
    let room = control_room().await;
    let [mut first, mut second] =
        workers(&format!("directory:{}", folder.path().join("s").display()));
    let poll = format!("poll {}", room.url());

    let token = first.ask(&poll);
    assert!(token.starts_with("200 "), "{token}");
    assert_eq!(second.ask(&poll), token);
    assert_eq!(first.ask(&poll), token);
    room.person_logs_in("ada");
    let renewed = second.ask(&poll);

    assert!(renewed.starts_with("200 ") && renewed != token, "{renewed}");
    assert_eq!(first.ask(&poll), renewed);
    assert_eq!(room.logins_asked(), 2);
    first.finish();
    second.finish();
}

/// Ten Control Rooms, one after the other, because a token that is displaced three
/// times within a minute is a quarrel.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_500_callers_with_a_dead_token_one_logs_in_and_all_are_served_ten_times() {
    const CALLERS: u64 = 100;
    let redis = RedisServer::start();
    let mut workers: [Worker; 5] = workers(&redis.url());
    let all = workers.len() as u64 * CALLERS;
    let sessions = sessions(&Store::open(&redis.url()).unwrap());
    for round in 1..=ROUNDS {
        let room = control_room().await;
        ada(&sessions, &room.url(), "password")
            .token()
            .await
            .unwrap();
        room.person_logs_in("ada");

        for worker in &mut workers {
            worker.tell(&format!("together {} {CALLERS}", room.url()));
        }
        for worker in &mut workers {
            assert_eq!(worker.line(), "refused", "round {round}");
        }
        assert_eq!(room.requests().len() as u64, 1 + all);
        for worker in &mut workers {
            worker.tell("go");
        }
        for worker in &mut workers {
            assert_eq!(worker.line(), format!("served {CALLERS}"), "round {round}");
        }

        // All are refused, then one asks whether the token is dead, logs in, and all
        // are served.
        assert_eq!(room.logins_asked(), 2, "round {round}");
        assert_eq!(room.requests().len() as u64, 3 + 2 * all);
    }
    for worker in workers {
        worker.finish();
    }
}

/// Ten holders at ten Control Rooms, side by side, because each death costs the
/// others a lease of ten seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_is_killed_in_mid_login_is_replaced_by_one_other_ten_times() {
    const WAITERS: usize = 3;
    let redis = RedisServer::start();
    let store = redis.url();
    let sessions = sessions(&Store::open(&store).unwrap());
    let holders: [Worker; ROUNDS] = workers(&store);
    let mut waiters: [Worker; WAITERS] = workers(&store);
    let mut rounds = Vec::new();
    for mut holder in holders {
        let room = control_room().await;
        let session = ada(&sessions, &room.url(), "password");
        let first = session.token().await.unwrap();
        assert_eq!(first.origin, TokenOrigin::Login);
        take_the_token_away(&session).await;
        let held = room.hold_answers();
        let renew = format!("renew {} {}", room.url(), first.token.value());
        holder.tell(&renew);
        rounds.push((room, held, holder, renew));
    }
    let mut open = Vec::new();
    for (room, held, holder, renew) in rounds {
        room.wait_for_requests(3).await;
        for waiter in &mut waiters {
            waiter.tell(&renew);
            waiter.tell(&renew);
        }
        holder.kill();
        drop(held);
        open.push(room);
    }

    let lines: Vec<String> = waiters.into_iter().flat_map(Worker::finish).collect();

    for room in open {
        let url = format!("{} ", room.url());
        let served: Vec<&str> = lines.iter().filter_map(|l| l.strip_prefix(&url)).collect();
        assert_eq!(served.len(), 2 * WAITERS);
        let takers = served.iter().filter(|l| l.starts_with("took-over Login "));
        let sharers = served.iter().filter(|l| l.starts_with("shared Store "));
        assert_eq!(
            (takers.count(), sharers.count()),
            (1, 2 * WAITERS - 1),
            "{served:?}"
        );
        let tokens: HashSet<_> = served.iter().filter_map(|l| l.rsplit(' ').next()).collect();
        assert_eq!(tokens, HashSet::from([&*room.live_token("ada").unwrap()]));
        // The first login and its end, the one whose answer nobody heard, and what the
        // other one sent: is anybody there? Then one more login.
        let all = ["login", "logout", "login", "validate", "login"];
        assert_eq!(asked(&room), all);
    }
}
