//! The example for a shell, run as it is.

use std::env;
use std::path::Path;

use tokio::process::Command;

use crate::home::Home;

#[tokio::test]
async fn a_work_item_is_started_and_waited_for_from_a_shell() {
    let home = Home::new().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/work-item/work-item.sh");
    let program = Path::new(env!("CARGO_BIN_EXE_rpa-auth")).parent().unwrap();
    let path = env::var("PATH").unwrap();
    let output = Command::new("bash")
        .arg(script)
        .arg("robots")
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env("XDG_CONFIG_HOME", home.path("config"))
        .env("XDG_STATE_HOME", home.path("state"))
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "work item 18: invoice 4711 posted\n", "{error}");
    assert!(output.status.success());
    assert_eq!(home.room.logins_asked(), 1);
}
