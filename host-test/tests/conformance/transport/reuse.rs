//! Connections that are kept for the next call: what is sent on one that the
//! server has closed is never sent again if the server may have seen it.

use rpa_auth_host::TransportFailure::Closed;
use rpa_auth_host::{ControlRoomApi::V2, Plugin};
use simulators::scripted::{Script, Step};
use simulators::{Answer, Authority, ControlRoom as Sim, Scripted};

use super::requests;
use crate::calls::Call;
use crate::support::{guarded, plugin, refused, transport, unreachable};

/// A success on a connection that may be kept.
fn success(call: Call) -> Vec<u8> {
    let members = call.success().expect("a call with a body");
    Answer::new(200).body(format!("{{{members}}}")).to_bytes()
}

const CALLS: [Call; 3] = [Call::Authenticate(V2), Call::Ropc, Call::ClientCredentials];

#[tokio::test]
async fn calls_after_each_other_share_a_connection() {
    let sim = Sim::builder().start().await;
    for _ in 0..3 {
        refused(
            Call::Logout
                .make(plugin(), &sim.url(), transport(&sim.url()))
                .await,
        );
    }
    assert_eq!((sim.requests().len(), sim.connections()), (3, 1));
}

#[tokio::test]
async fn calls_with_fresh_connections_share_none() {
    let sim = Sim::builder().start().await;
    let plugin = Plugin::builder().fresh_connections().build().unwrap();
    for _ in 0..3 {
        refused(
            Call::Logout
                .make(&plugin, &sim.url(), transport(&sim.url()))
                .await,
        );
    }
    assert_eq!((sim.requests().len(), sim.connections()), (3, 3));
}

#[tokio::test]
async fn a_login_on_a_kept_connection_that_breaks_is_not_sent_again() {
    for call in CALLS {
        let first = [
            Step::Receive,
            Step::Send(success(call)),
            // The second login arrives whole, and the connection ends.
            Step::Receive,
        ];
        let second = Script::sending(success(call));
        let server = Scripted::start([Script::new(first), second]).await;
        let (url, limits) = (server.url(), transport(&server.url()));
        let made = guarded(call.make(plugin(), &url, limits.clone())).await;
        assert_eq!(made.ok().as_deref(), Some("n3w"));
        let made = guarded(call.make(plugin(), &url, limits)).await;
        assert_eq!(refused(made), unreachable(Closed, true), "{call:?}");
        assert_eq!((requests(&server), server.received().len()), (2, 1));
    }
}

#[tokio::test]
async fn a_login_on_a_kept_connection_that_breaks_within_the_answer_is_not_sent_again() {
    for call in CALLS {
        let whole = success(call);
        let first = [
            Step::Receive,
            Step::Send(whole.clone()),
            Step::Receive,
            Step::Send(whole[..whole.len() / 2].to_vec()),
        ];
        let server = Scripted::start([Script::new(first), Script::sending(whole)]).await;
        let (url, limits) = (server.url(), transport(&server.url()));
        let made = guarded(call.make(plugin(), &url, limits.clone())).await;
        assert_eq!(made.ok().as_deref(), Some("n3w"));
        let made = guarded(call.make(plugin(), &url, limits)).await;
        assert_eq!(refused(made), unreachable(Closed, true), "{call:?}");
        assert_eq!((requests(&server), server.received().len()), (2, 1));
    }
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_costs_no_second_login() {
    for call in CALLS {
        for _ in 0..20 {
            let scripts = [
                Script::sending(success(call)),
                Script::sending(success(call)),
            ];
            let server = Scripted::start(scripts).await;
            let (url, limits) = (server.url(), transport(&server.url()));
            let made = guarded(call.make(plugin(), &url, limits.clone())).await;
            assert_eq!(made.ok().as_deref(), Some("n3w"));
            // The server closes now. Whether the client knows it in time decides
            // about the result, but never about what the server sees.
            match guarded(call.make(plugin(), &url, limits)).await {
                Ok(token) => {
                    assert_eq!(token, "n3w");
                    assert_eq!((requests(&server), server.received().len()), (2, 2));
                }
                error => {
                    assert_eq!(refused(error), unreachable(Closed, true));
                    assert_eq!((requests(&server), server.received().len()), (1, 1));
                }
            }
        }
    }
}

#[tokio::test]
async fn the_same_holds_over_tls() {
    let authority = Authority::new();
    let plugin = Plugin::builder()
        .ca_bundle(authority.pem())
        .build()
        .unwrap();
    for call in CALLS {
        let first = [Step::Receive, Step::Send(success(call)), Step::Receive];
        let scripts = [Script::new(first), Script::sending(success(call))];
        let server = Scripted::start_tls(scripts, authority.server_config(&["127.0.0.1"])).await;
        let (url, limits) = (server.url(), transport(&server.url()));
        let made = guarded(call.make(&plugin, &url, limits.clone())).await;
        assert_eq!(made.ok().as_deref(), Some("n3w"));
        let made = guarded(call.make(&plugin, &url, limits)).await;
        assert_eq!(refused(made), unreachable(Closed, true), "{call:?}");
        assert_eq!((requests(&server), server.received().len()), (2, 1));
    }
}
