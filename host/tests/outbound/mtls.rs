//! Client certificates.

use rpa_auth_host::{BuildError, Plugin, TransportFailure};
use simulators::Authority;
use simulators::control_room::User;

use crate::{NAMES, failure, log_in};

async fn control_room(authority: &Authority) -> simulators::ControlRoom {
    simulators::ControlRoom::builder()
        .user(User::new("ada", "password"))
        .tls(authority.server_config_for_clients(&NAMES))
        .start()
        .await
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_gets_it() {
    let authority = Authority::new();
    let server = control_room(&authority).await;
    let (chain, key) = authority.client_certificate("robot");
    let builder = Plugin::builder().ca_bundle(authority.pem());
    let plugin = builder.client_certificate(chain, key).build().unwrap();
    log_in(&plugin, &server.url()).await.unwrap();
}

#[tokio::test]
async fn without_one_or_with_a_foreign_one_no_request_is_seen() {
    let authority = Authority::new();
    let server = control_room(&authority).await;
    let (chain, key) = Authority::new().client_certificate("stranger");
    let builder = || Plugin::builder().ca_bundle(authority.pem());
    let without = builder().build().unwrap();
    let foreign = builder().client_certificate(chain, key).build().unwrap();
    for plugin in [without, foreign] {
        let result = log_in(&plugin, &server.url()).await;
        // In TLS 1.3 the client learns of it after it has sent its request, so
        // that it cannot know what was read.
        let (what, may_have_acted) = failure(&result).unwrap();
        assert!(
            matches!(what, TransportFailure::Tls | TransportFailure::Closed),
            "{what:?}"
        );
        assert!(may_have_acted);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_key_of_another_certificate_is_refused_when_the_plugin_is_built() {
    let authority = Authority::new();
    let (chain, _) = authority.client_certificate("one");
    let (_, key) = authority.client_certificate("two");
    let result = Plugin::builder().client_certificate(chain, key).build();
    assert!(matches!(result, Err(BuildError::ClientCertificate(_))));
}
