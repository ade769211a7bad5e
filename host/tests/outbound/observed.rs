//! What an operator sees: metrics and log lines, and nothing secret in them.

use std::io;
use std::sync::{Arc, Mutex};

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use rpa_auth_host::{ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin};
use simulators::Authority;
use tracing_subscriber::fmt::MakeWriter;

use crate::{control_room, log_in};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// In a runtime of one thread, so that the recorder of the thread sees all of it.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

#[test]
fn calls_are_counted_by_function_and_outcome() {
    let recorder = DebuggingRecorder::new();
    let seen = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        block_on(async {
            let authority = Authority::new();
            let server = control_room(&authority).await;
            let plugin = Plugin::builder()
                .ca_bundle(authority.pem())
                .build()
                .unwrap();
            log_in(&plugin, &server.url()).await.unwrap();
            let room = ControlRoom::new(server.url(), ControlRoomApi::V2);
            let wrong = ControlRoomCredentials::password("ada", "wrong");
            plugin.authenticate(&room, &wrong).await.unwrap_err();
            drop(plugin.validate(&room, "never polled"));
        });
    });
    let mut counted = Vec::new();
    for (key, _, _, value) in seen.snapshot().into_vec() {
        let key = key.key();
        let labels: Vec<&str> = key.labels().map(|label| label.value()).collect();
        match value {
            DebugValue::Counter(n) => counted.push(format!("{} {labels:?} {n}", key.name())),
            DebugValue::Gauge(n) => counted.push(format!("{} {n}", key.name())),
            DebugValue::Histogram(n) => {
                counted.push(format!("{} {labels:?} {} values", key.name(), n.len()));
            }
        }
    }
    counted.sort();
    assert_eq!(
        counted,
        [
            "rpa_auth_call_duration_seconds [\"authenticate\"] 2 values",
            "rpa_auth_calls_in_flight 0",
            "rpa_auth_calls_total [\"authenticate\", \"credentials-rejected\"] 1",
            "rpa_auth_calls_total [\"authenticate\", \"ok\"] 1",
            "rpa_auth_connections_total [\"opened\"] 1",
        ]
    );
}

#[test]
fn log_lines_name_function_and_outcome_and_no_secret() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(lines.clone())
        .finish();
    // For the whole process: what the other tests do may be seen here as well.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let token = block_on(async {
        let authority = Authority::new();
        let server = control_room(&authority).await;
        let builder = Plugin::builder().ca_bundle(authority.pem());
        let plugin = builder.build().unwrap();
        let token = log_in(&plugin, &server.url()).await.unwrap();
        let room = ControlRoom::new(server.url(), ControlRoomApi::V2);
        plugin.validate(&room, token.value()).await.unwrap();
        token
    });
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        lines.contains("function=\"authenticate\"") && lines.contains("outcome=\"ok\""),
        "{lines}"
    );
    assert!(
        !lines.contains("password") && !lines.contains(token.value()),
        "{lines}"
    );
}
