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
