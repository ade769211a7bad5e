//! What a platform may answer, however long, ends a session's call with a result.

use std::time::Duration;

use rpa_auth_host::SessionError;
use simulators::scripted::Script;
use simulators::{Answer, Scripted};

use crate::spy::Spy;
use crate::{ada, sessions};

/// What has cost the most memory: names that are kept, with brackets within brackets.
#[tokio::test]
async fn the_longest_answer_in_its_worst_form_stops_no_component() {
    let mut body = String::from("{\"token\":\"x\",\"details\":[");
    while body.len() < 245_000 {
        body.push_str("[[[[[1]]]]],");
    }
    body.push_str("1]}");
    for status in [200, 401, 403] {
        let answer = Answer::new(status).body(body.clone());
        let answer = answer.header("content-type", "application/json");
        let server = Scripted::start([Script::answering(&answer)]).await;
        let session = ada(&sessions(&Spy::new().store()), &server.url(), "password");
        let made = session.patience(Duration::from_secs(5)).token().await;
        assert!(
            !matches!(made, Err(SessionError::Component(_))),
            "{status}: {made:?}"
        );
        assert!(!server.received().is_empty(), "{status}");
    }
}
