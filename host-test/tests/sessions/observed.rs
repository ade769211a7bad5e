//! What an operator sees, and nothing secret in it.

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use rpa_auth_host::Store;

use crate::{ada, control_room, keys, sessions};

#[test]
fn calls_of_sessions_are_counted_by_function_and_outcome() {
    let recorder = DebuggingRecorder::new();
    let seen = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let room = control_room().await;
            let session = ada(&sessions(&Store::default()), &room.url(), "password");
            session.token().await.unwrap();
            session.end_for_all().await.unwrap();
            session.token().await.unwrap_err();
        });
    });
    let mut counted = Vec::new();
    for (key, _, _, value) in seen.snapshot().into_vec() {
        let key = key.key();
        let labels: Vec<&str> = key.labels().map(|label| label.value()).collect();
        if let DebugValue::Counter(n) = value {
            counted.push(format!("{} {labels:?} {n}", key.name()));
        }
    }
    counted.sort();
    assert_eq!(
        counted,
        [
            "rpa_auth_calls_total [\"session-end-for-all\", \"ok\"] 1",
            "rpa_auth_calls_total [\"session-token\", \"ended\"] 1",
            "rpa_auth_calls_total [\"session-token\", \"ok\"] 1",
            "rpa_auth_connections_total [\"opened\"] 1",
            "rpa_auth_grants_total [\"login\"] 1",
        ]
    );
}

#[tokio::test]
async fn nothing_that_a_session_gives_prints_a_token_or_a_secret() {
    let room = control_room().await;
    let sessions = sessions(&Store::default());
    let session = ada(&sessions, &room.url(), "password");
    let grant = session.token().await.unwrap();
    let refused = ada(&sessions, &room.url(), "made-up-secret").token().await;
    let paused = ada(&sessions, &room.url(), "made-up-secret").token().await;
    let status = session.status().await.unwrap();
    let (refused, paused) = (refused.unwrap_err(), paused.unwrap_err());

    let printed = format!(
        "{grant:?} {status:?} {refused:?} {refused} {paused:?} {paused} {:?}",
        keys()
    );

    for secret in [
        grant.token.value(),
        "\"password\"",
        "made-up-secret",
        "[1, 1",
        "[2, 2",
    ] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
