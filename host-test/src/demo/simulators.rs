//! The simulators alone, for other hosts and programs to try the component on.

use std::process::ExitCode;

use host_test::simulator::control_room::User;
use host_test::simulator::orchestrator::{Account, Client};
use host_test::simulator::{ControlRoom, Orchestrator};

/// Where they listen, so that a command in the documentation can name it.
const CONTROL_ROOM_PORT: u16 = 8090;
const ORCHESTRATOR_PORT: u16 = 8091;

/// Serves until Ctrl-C.
pub async fn run() -> ExitCode {
    let room = ControlRoom::builder()
        .user(
            User::new("ada", "password")
                .api_key("key")
                .multiple_login_allowed(),
        )
        .port(CONTROL_ROOM_PORT)
        .start()
        .await;
    let orchestrator = Orchestrator::builder()
        .account(Account::new("Default", "ada", "password"))
        .client(Client::new("app", "secret", &["OR.Folders.Read"]))
        .port(ORCHESTRATOR_PORT)
        .start()
        .await;
    println!(
        "Control Room (Automation 360 from v.31)\n\
        \x20 {}    user ada, password password or API key key\n\
        Orchestrator (standalone)\n\
        \x20 {}    tenancy Default, user ada, password password\n\
        \x20 {}    client app, secret secret, scope OR.Folders.Read\n\
        Ctrl-C ends them.",
        room.url(),
        orchestrator.base_url(),
        orchestrator.token_url(),
    );
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
