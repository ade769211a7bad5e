//! Secrets that a person types at a terminal, which is a real one (a pseudo
//! terminal).

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::{PASSWORD, plain_room};

/// Longer than any run takes, in milliseconds.
const LONGEST: u64 = 120_000;

/// Runs the command at a terminal that echoes what is typed, as terminals do;
/// afterwards the shell says how it ended and what the terminal does by then.
fn at_a_terminal(arguments: &str) -> PtySession {
    let binary = env!("CARGO_BIN_EXE_rpa-auth");
    let script = format!("stty echo; {binary} {arguments} --no-proxy; echo ended with $?; stty -a");
    let mut command = Command::new("sh");
    command.args(["-c", &script]);
    spawn_command(command, Some(LONGEST)).unwrap()
}

/// What a terminal shows until the end, told apart: what the command left and
/// what the terminal's settings are then.
fn the_rest(terminal: &mut PtySession) -> (String, Vec<String>) {
    let shown = terminal.exp_string("ended with ").unwrap();
    let code = terminal.read_line().unwrap();
    let settings = terminal.exp_eof().unwrap();
    let settings = settings.split_whitespace().map(str::to_owned).collect();
    (format!("{shown}ended with {code}"), settings)
}

fn echoes(settings: &[String]) -> bool {
    ["echo", "isig", "icanon"]
        .iter()
        .all(|wanted| settings.iter().any(|setting| setting == wanted))
}

#[tokio::test]
async fn a_password_is_asked_for_at_a_terminal_and_not_echoed() {
    let room = plain_room().await;
    let login = format!("authenticate {} --allow-http --user ada", room.url());
    let (shown, settings) = tokio::task::spawn_blocking(move || {
        let mut terminal = at_a_terminal(&login);
        terminal.exp_string("password: ").unwrap();
        terminal.send_line(PASSWORD).unwrap();
        the_rest(&mut terminal)
    })
    .await
    .unwrap();
    assert!(shown.ends_with("ended with 0"), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    assert!(shown.contains(&room.live_token("ada").unwrap()), "{shown}");
    assert!(echoes(&settings), "{settings:?}");
}

#[tokio::test]
async fn ctrl_c_at_the_prompt_gives_the_terminal_its_echo_back_and_sends_nothing() {
    let room = plain_room().await;
    let login = format!("authenticate {} --allow-http --user ada", room.url());
    let (shown, settings) = tokio::task::spawn_blocking(move || {
        let mut terminal = at_a_terminal(&login);
        terminal.exp_string("password: ").unwrap();
        terminal.send("half").unwrap();
        terminal.send_control('c').unwrap();
        the_rest(&mut terminal)
    })
    .await
    .unwrap();
    assert!(shown.ends_with("ended with 130"), "{shown}");
    assert!(!shown.contains("half"), "{shown}");
    assert!(echoes(&settings), "{settings:?}");
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn standard_input_that_is_a_terminal_is_not_read_with_its_echo() {
    let room = plain_room().await;
    let login = format!(
        "authenticate {} --allow-http --user ada --password-from stdin",
        room.url()
    );
    let shown = tokio::task::spawn_blocking(move || the_rest(&mut at_a_terminal(&login)).0);
    let shown = shown.await.unwrap();
    assert!(shown.ends_with("ended with 4"), "{shown}");
    assert!(shown.contains("use prompt"), "{shown}");
}
