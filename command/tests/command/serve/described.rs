//! The description of the service's calls, held against the running service by a tester that
//! reads nothing else.

use std::process::Stdio;

use tokio::process::Command;
use tokio::time::timeout;

use super::{OPERATORS, SECRET, Service};
use crate::LONGEST;
use crate::home::Home;

/// Holds the calls whose paths fit against their description.
async fn hold(service: &Service, secret: &str, paths: &str) {
    let config = service
        .home
        .files
        .write("schemathesis.toml", "[parameters]\nname = \"robots\"\n");
    let mut tester = Command::new("schemathesis");
    tester
        .arg("--config-file")
        .arg(config)
        .arg("run")
        .arg(format!("http://{}/openapi.json", service.address()))
        .args(["--header", &format!("Authorization: Bearer {secret}")])
        .args(["--include-path-regex", paths])
        .args(["--checks", "all", "--max-examples", "12", "--no-color"])
        // The same each time.
        .args(["--seed", "7", "--generation-database", "none"])
        .current_dir(service.home.files.0.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let ended = timeout(LONGEST, tester.output())
        .await
        .expect("the tester hangs")
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert!(said.contains("passed"), "{said}");
    assert!(!said.contains("Authentication failed"), "{said}");
}

#[tokio::test]
async fn every_call_is_as_it_is_described() {
    let home = Home::new().await;
    let operators = home.path("operators").display().to_string();
    let service = Service::of(home, &format!("--operator-secret-file {operators}")).await;
    let description = service.get("/openapi.json").await.json();
    let mut paths: Vec<&String> = description["paths"].as_object().unwrap().keys().collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "/healthz",
            "/v1/accounts",
            "/v1/accounts/{name}/end",
            "/v1/accounts/{name}/renew",
            "/v1/accounts/{name}/reopen",
            "/v1/accounts/{name}/reset",
            "/v1/accounts/{name}/status",
            "/v1/accounts/{name}/token",
        ]
    );
    // The tester reads it with the callers' secret, and calls with what it is given.
    hold(&service, SECRET, "(accounts|status|token|renew|healthz)$").await;
    let reopen = "/v1/accounts/robots/reopen";
    for path in ["end", "reset", "reopen"] {
        let path = reopen.replace("reopen", path);
        let request = simulators::client::post(&path, "{}", &[&super::bearer(OPERATORS)]);
        let reply = simulators::client::exchange(service.address(), &request).await;
        assert_eq!(reply.json()["done"], path.rsplit('/').next().unwrap());
    }
    assert_eq!(service.home.room.refused("ada"), 0);
}
