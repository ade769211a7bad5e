//! What goes wrong between the component and the platform: how it is told, and
//! whether the platform may have acted. A login is never sent twice.
//!
//! The limits here are short and the servers never move on, so that a slow
//! machine changes nothing but how long a test takes.

use std::time::Duration;

use rpa_auth_host::TransportFailure::{self, Denied, Dns, Refused};
use rpa_auth_host::{Origin, Plugin, Transport};
use simulators::scripted::Script;
use simulators::{ControlRoom as Sim, Scripted};

use crate::calls::Call;
use crate::support::{guarded, plugin, refused, transport, unreachable};

mod breaks;
mod limits;
mod reuse;

/// Short enough for a test to wait for, long enough for a request to arrive.
const SHORT: Option<Duration> = Some(Duration::from_millis(300));

/// Makes each call against a server of its own that plays this script, looks
/// how it ends, and that one connection brought one request.
async fn check(
    calls: &[Call],
    script: &Script,
    limits: impl Fn(Transport) -> Transport,
    (failure, may_have_acted): (TransportFailure, bool),
) {
    for call in calls {
        let server = Scripted::start([script.clone()]).await;
        let limits = limits(transport(&server.url()));
        let made = guarded(call.make(plugin(), &server.url(), limits)).await;
        assert_eq!(
            refused(made),
            unreachable(failure, may_have_acted),
            "{call:?}"
        );
        guarded(server.wait_for_bytes_on(1)).await;
        assert_eq!(requests(&server), 1, "{call:?}");
        assert_eq!(server.received().len(), 1, "{call:?}");
    }
}

/// How many requests a server has received, whole or not.
fn requests(server: &Scripted) -> usize {
    let count = |bytes: &Vec<u8>| {
        String::from_utf8_lossy(bytes)
            .matches(" HTTP/1.1\r\n")
            .count()
    };
    server.received().iter().map(count).sum()
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    // Bound but not listening: nobody else can take the port meanwhile.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    for call in Call::ALL {
        let made = guarded(call.make(plugin(), &url, transport(&url))).await;
        assert_eq!(refused(made), unreachable(Refused, false), "{call:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_not_found_sent_nothing() {
    for url in [
        "http://platform.invalid",
        "https://platform.invalid:8443/cr",
    ] {
        for call in [Call::SEVEN[0], Call::SEVEN[1]] {
            // A resolver may take its time to say no.
            let patient = Transport {
                connect_timeout: Some(Duration::from_secs(600)),
                total_timeout: Some(Duration::from_secs(600)),
                ..transport(url)
            };
            let made = call.make(plugin(), url, patient).await;
            assert_eq!(refused(made), unreachable(Dns, false), "{call:?} {url}");
        }
    }
}

#[tokio::test]
async fn an_origin_that_the_host_does_not_allow_sees_nothing() {
    let (allowed, other) = (Sim::builder().start().await, Sim::builder().start().await);
    let origin: Origin = allowed.url().parse().unwrap();
    let plugin = Plugin::builder().allow_origins([origin]).build().unwrap();
    for call in Call::ALL {
        let made = call
            .make(&plugin, &other.url(), transport(&other.url()))
            .await;
        assert_eq!(refused(made), unreachable(Denied, false), "{call:?}");
    }
    assert_eq!((other.connections(), allowed.connections()), (0, 0));
    let made = Call::Authenticate(rpa_auth_host::ControlRoomApi::V2);
    let made = made
        .make(&plugin, &allowed.url(), transport(&allowed.url()))
        .await;
    assert!(matches!(
        refused(made),
        rpa_auth_host::AuthError::Rejected(_)
    ));
    assert_eq!(allowed.requests().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_may_hide_a_token() {
    let user = simulators::control_room::User::new("ada", crate::calls::secrets::PASSWORD);
    let sim = Sim::builder().user(user.mfa_code(crate::calls::secrets::MFA_CODE));
    let sim = sim.start().await;
    sim.lose_next_answer();
    let call = Call::Authenticate(rpa_auth_host::ControlRoomApi::V2);
    let made = guarded(call.make(plugin(), &sim.url(), transport(&sim.url()))).await;
    let closed = unreachable(TransportFailure::Closed, true);
    assert_eq!(refused(made), closed);
    assert_eq!((sim.requests().len(), sim.logins_granted()), (1, 1));
}
