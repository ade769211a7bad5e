//! What changes in files is taken up without a restart.

use nix::sys::signal::Signal;
use simulators::client::{exchange, get};

use super::{SECRET, Service, bearer, until};
use crate::PASSWORD;

async fn status_of(service: &Service, path: &str, secret: &str) -> u16 {
    exchange(service.address(), &get(path, &[&bearer(secret)]))
        .await
        .status
}

#[tokio::test]
async fn accounts_come_and_go_and_one_that_cannot_be_used_stays_as_it_was() {
    let service = Service::start().await;
    let token = service.token().await;
    let account = service.path("config/rpa-auth/accounts/robots.toml");
    let text = std::fs::read_to_string(&account).unwrap();
    let other = "config/rpa-auth/accounts/other.toml";
    service.home.files.write(other, &text);
    service.running.signal(Signal::SIGHUP);
    until("the new account is served", async || {
        status_of(&service, "/v1/accounts/other/status", SECRET).await == 200
    })
    .await;

    std::fs::remove_file(service.path(other)).unwrap();
    until("the account is gone", async || {
        status_of(&service, "/v1/accounts/other/status", SECRET).await == 404
    })
    .await;

    service
        .home
        .files
        .write("config/rpa-auth/accounts/robots.toml", "no = account");
    until("it is said", async || {
        service.running.said().contains("robots has changed")
    })
    .await;
    assert_eq!(service.token().await, token);

    let place = async || {
        let status = service.get("/v1/accounts/robots/status").await.json();
        status["status"]["place"].as_str().unwrap().to_owned()
    };
    let before = place().await;
    let renamed = format!("{text}account-name = \"another\"\n");
    service
        .home
        .files
        .write("config/rpa-auth/accounts/robots.toml", &renamed);
    until("the changed account is served", async || {
        place().await != before
    })
    .await;
}

#[tokio::test]
async fn the_callers_secret_is_changed_without_a_restart() {
    let service = Service::start().await;
    let other = "another-secret-0123456789";
    service.home.files.write("secret", other);
    until("the new secret counts", async || {
        status_of(&service, "/v1/accounts", other).await == 200
    })
    .await;
    assert_eq!(status_of(&service, "/v1/accounts", SECRET).await, 401);
    service.home.files.write("secret", "short");
    until("it is said", async || {
        service.running.said().contains("cannot be used")
    })
    .await;
    assert_eq!(status_of(&service, "/v1/accounts", other).await, 200);
}

#[tokio::test]
async fn a_changed_password_logs_in_at_the_next_need() {
    let service = Service::start().await;
    let room = &service.home.room;
    service.token().await;
    room.change_password("ada", "changed-password");
    service.home.files.write("password", "changed-password");
    room.person_logs_in("ada");
    let item = format!("/robots{}", room.work_item_path());
    assert_eq!(service.get(&item).await.status, 200);
    assert_eq!((room.logins_asked(), room.refused("ada")), (2, 0));
    assert!(!service.running.said().contains(PASSWORD));
}

#[tokio::test]
async fn an_account_whose_keys_were_set_right_is_taken_up() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    let service = Service::start().await;
    service.token().await;
    let keys = service.path("config/rpa-auth/keys.toml");
    let text = std::fs::read_to_string(&keys).unwrap();
    let place = |text: &str| text.split('"').nth(1).unwrap().to_owned();
    let new = text.replace(&place(&text), &"7a".repeat(32));
    let shown = async || {
        let status = service.get("/v1/accounts/robots/status").await.json();
        status["status"]["place"].as_str().unwrap().to_owned()
    };
    let before = shown().await;
    std::fs::write(&keys, new).unwrap();
    std::fs::set_permissions(&keys, Permissions::from_mode(0o644)).unwrap();
    until("it is said", async || {
        service.running.said().contains("chmod 600")
    })
    .await;
    assert_eq!(shown().await, before);
    std::fs::set_permissions(&keys, Permissions::from_mode(0o600)).unwrap();
    service.running.signal(Signal::SIGHUP);
    until("the new keys are used", async || shown().await != before).await;
}

#[tokio::test]
async fn a_reload_that_waits_holds_up_no_end_and_leaves_nothing_behind() {
    let service = Service::start().await;
    let account = service.path("config/rpa-auth/accounts/robots.toml");
    let text = std::fs::read_to_string(account).unwrap();
    let marker = service.path("began");
    let line = format!("touch {}; sleep 771", marker.display());
    let keys = service.path("config/rpa-auth/keys.toml");
    let slow = format!(
        "{text}store = \"redis://127.0.0.1\"\nstore-password-from = \"command:{line}\"\nkeys = \"{}\"\n",
        keys.display()
    );
    service.token().await;
    service
        .home
        .files
        .write("config/rpa-auth/accounts/slow.toml", &slow);
    until("the command runs", async || marker.exists()).await;
    assert_eq!(service.get("/v1/accounts").await.status, 200);
    service.running.signal(Signal::SIGTERM);
    let status = service.running.ended().await;
    assert_eq!(status.code(), Some(0));
    until("the command is ended", async || {
        let ps = std::process::Command::new("ps")
            .args(["-A", "-o", "args="])
            .output();
        !String::from_utf8(ps.unwrap().stdout)
            .unwrap()
            .contains("sleep 771")
    })
    .await;
}
