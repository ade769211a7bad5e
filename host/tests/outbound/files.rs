//! Files that change while the program runs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rpa_auth_host::{Plugin, TransportFailure};
use simulators::Authority;

use crate::{control_room, failure, log_in};

/// Replaces a file as tools do that must not leave half of one behind.
fn replace(path: &Path, content: &str) {
    let next = path.with_extension("next");
    fs::write(&next, content).unwrap();
    fs::rename(&next, path).unwrap();
}

#[tokio::test]
async fn a_ca_bundle_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    let (old, new) = (Authority::new(), Authority::new());
    fs::write(&bundle, old.pem()).unwrap();
    let server = control_room(&new).await;
    let plugin = Plugin::builder().ca_bundle_file(&bundle).build().unwrap();

    let result = log_in(&plugin, &server.url()).await;
    assert_eq!(failure(&result), Some((TransportFailure::Tls, false)));

    replace(&bundle, &new.pem());
    // The files are looked at once a second; the test waits for as long as that
    // may take on a busy machine.
    for _ in 0..120 {
        if log_in(&plugin, &server.url()).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("the new bundle was never read");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    let authority = Authority::new();
    fs::write(&bundle, authority.pem()).unwrap();
    let server = control_room(&authority).await;
    let plugin = Plugin::builder().ca_bundle_file(&bundle).build().unwrap();
    log_in(&plugin, &server.url()).await.unwrap();

    replace(&bundle, "half a certifi");
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    log_in(&plugin, &server.url()).await.unwrap();
}
