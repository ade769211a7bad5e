//! Which certificates are taken: a company's by its CA bundle, and no other. A
//! certificate that is refused has seen no request.

use rpa_auth_host::TransportFailure::Tls;
use rpa_auth_host::{ControlRoomApi::V2, ControlRoomCredentials, Plugin, Transport};
use simulators::control_room::User;
use simulators::scripted::Script;
use simulators::{Authority, ControlRoom as Sim, Scripted};

use crate::calls::Call;
use crate::support::{
    authority, guarded, plain_plugin, plugin, refused, room, server_config, transport, unreachable,
};

/// Makes every call at a server whose certificate must be refused.
async fn check(plugin: &Plugin, sim: &Sim, url: &str) {
    for call in Call::ALL {
        let made = guarded(call.make(plugin, url, transport(url))).await;
        assert_eq!(refused(made), unreachable(Tls, false), "{call:?}");
    }
    assert_eq!(sim.requests().len(), 0);
    assert!(sim.connections() >= 1);
}

#[tokio::test]
async fn a_certificate_of_a_company_ca_is_taken_with_its_bundle() {
    let sim = Sim::builder()
        .user(User::new("ada", "s3same"))
        .tls(server_config());
    let sim = sim.start().await;
    let credentials = ControlRoomCredentials::password("ada", "s3same");
    let token = plugin()
        .authenticate(&room(&sim.url(), V2), &credentials)
        .await;
    assert!(token.is_ok());
    assert!(sim.url().starts_with("https://"));
}

#[tokio::test]
async fn a_bundle_may_hold_several_cas() {
    let other = Authority::new();
    let bundle = format!("# company\n{}\n{}", other.pem(), authority().pem());
    let plugin = Plugin::builder().ca_bundle(bundle).build().unwrap();
    for config in [server_config(), other.server_config(&["127.0.0.1"])] {
        let sim = Sim::builder()
            .user(User::new("ada", "s3same"))
            .tls(config)
            .start()
            .await;
        let credentials = ControlRoomCredentials::password("ada", "s3same");
        assert!(
            plugin
                .authenticate(&room(&sim.url(), V2), &credentials)
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn a_ca_that_nobody_named_is_refused() {
    let sim = Sim::builder().tls(server_config()).start().await;
    check(plain_plugin(), &sim, &sim.url()).await;
    let other = Plugin::builder()
        .ca_bundle(Authority::new().pem())
        .build()
        .unwrap();
    check(&other, &sim, &sim.url()).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let config = authority().server_config(&["localhost", "cr.example.com"]);
    let sim = Sim::builder().tls(config).start().await;
    check(plugin(), &sim, &sim.url()).await;

    let sim = Sim::builder().tls(server_config()).start().await;
    check(plugin(), &sim, &sim.url_for("localhost")).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let config = authority().expired_server_config(&["127.0.0.1"]);
    let sim = Sim::builder().tls(config).start().await;
    check(plugin(), &sim, &sim.url()).await;
}

#[tokio::test]
async fn a_plain_server_at_an_https_url_sees_no_request() {
    let sim = Sim::builder().start().await;
    let url = sim.url().replace("http:", "https:");
    for call in Call::SEVEN {
        let made = guarded(call.make(plugin(), &url, Transport::default())).await;
        assert_eq!(refused(made), unreachable(Tls, false), "{call:?}");
    }
    assert_eq!(sim.requests().len(), 0);
}

#[tokio::test]
async fn a_tls_server_at_an_http_url_sees_no_request() {
    let sim = Sim::builder().tls(server_config()).start().await;
    let url = sim.url().replace("https:", "http:");
    for call in Call::SEVEN {
        let made = guarded(call.make(plugin(), &url, transport(&url))).await;
        let error = refused(made);
        assert!(
            matches!(&error, rpa_auth_host::AuthError::Unreachable(no_answer)
                if no_answer.may_have_acted),
            "{call:?}: {error:?}"
        );
    }
    assert_eq!(sim.requests().len(), 0);
}

#[tokio::test]
async fn a_connection_that_closes_within_the_handshake() {
    for call in Call::SEVEN {
        let server = Scripted::start([Script::closing_at_once()]).await;
        let url = server.https_url();
        let made = guarded(call.make(plugin(), &url, Transport::default())).await;
        assert_eq!(refused(made), unreachable(Tls, false), "{call:?}");
        assert_eq!(server.received().len(), 1);
    }
}
