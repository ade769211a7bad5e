//! Secrets that a person types at a terminal, which is a real one (a pseudo
//! terminal).

use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rexpect::session::{PtySession, spawn_command};
use simulators::ControlRoom;

use crate::{Files, PASSWORD, plain_room};

/// Longer than any run takes, in milliseconds.
const LONGEST: u64 = 120_000;

/// Runs the command at a terminal that echoes what is typed, as terminals do;
/// afterwards the shell says how it ended and what the terminal does by then.
fn at_a_terminal(arguments: &str) -> PtySession {
    let binary = env!("CARGO_BIN_EXE_rpa-auth");
    run(&format!(
        "sh -c 'echo id $$; exec {binary} {arguments} --no-proxy'; {AFTERWARDS}"
    ))
}

/// How it ended, and what the terminal does by then.
const AFTERWARDS: &str = "echo ended with $?; stty -a";

fn run(script: &str) -> PtySession {
    crate::ignore_no_signal();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap : INT QUIT; stty echo; {script}")]);
    spawn_command(command, Some(LONGEST)).unwrap()
}

/// The process that is the command.
fn id(terminal: &mut PtySession) -> Pid {
    terminal.exp_string("id ").unwrap();
    let id = terminal.read_line().unwrap();
    Pid::from_raw(id.trim().parse().unwrap())
}

/// A login of ada's without a password.
fn login(room: &ControlRoom) -> String {
    format!("authenticate {} --allow-http --user ada", room.url())
}

/// Runs what waits for a terminal beside what the simulators do.
async fn apart<T: Send + 'static>(task: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(task).await.unwrap()
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
    let login = login(&room);
    let host = room.address();
    let (shown, settings) = apart(move || {
        let mut terminal = at_a_terminal(&login);
        terminal
            .exp_string(&format!("password of ada at {host}: "))
            .unwrap();
        terminal.send_line(PASSWORD).unwrap();
        the_rest(&mut terminal)
    })
    .await;
    assert!(shown.ends_with("ended with 0"), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    assert!(shown.contains(&room.live_token("ada").unwrap()), "{shown}");
    assert!(echoes(&settings), "{settings:?}");
}

#[tokio::test]
async fn what_a_login_may_do_is_said_before_the_password_is_asked_for() {
    let room = plain_room().await;
    let login = login(&room);
    let (before, shown) = apart(move || {
        let mut terminal = at_a_terminal(&login);
        let before = terminal.exp_string("password of ada").unwrap();
        terminal.send_control('c').unwrap();
        (before, the_rest(&mut terminal).0)
    })
    .await;
    let before = before.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(before.contains("logging in as ada"), "{before}");
    assert!(
        before.contains("another program's token stops working"),
        "{before}"
    );
    assert!(
        before.contains("the third one disables the user"),
        "{before}"
    );
    assert!(shown.ends_with("ended with 130"), "{shown}");
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn a_login_that_cannot_be_sent_asks_for_no_password_and_warns_of_nothing() {
    for (url, code) in [
        ("localhost", 10),
        ("http://localhost:1", 10),
        ("https://no-such-host.invalid", 30),
    ] {
        let login = format!("authenticate {url} --user ada");
        let (shown, _) = apart(move || the_rest(&mut at_a_terminal(&login))).await;
        assert!(shown.ends_with(&format!("ended with {code}")), "{shown}");
        assert!(!shown.contains("logging in"), "{shown}");
        assert!(!shown.contains("password of"), "{shown}");
    }
}

#[tokio::test]
async fn a_token_longer_than_a_line_of_the_kernel_can_be_pasted() {
    let room = plain_room().await;
    let validate = format!("validate {} --allow-http", room.url());
    let token = format!("{}.b.c", "a".repeat(6000));
    let typed = token.clone();
    let (shown, _) = apart(move || {
        let mut terminal = at_a_terminal(&validate);
        terminal.exp_string("token of 127.0.0.1").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send_line(&typed).unwrap();
        the_rest(&mut terminal)
    })
    .await;
    assert!(shown.ends_with("ended with 3"), "{shown}");
    let request = &room.requests()[0];
    assert_eq!(request.header("x-authorization"), Some(token.as_str()));
}

#[tokio::test]
async fn ctrl_c_and_ctrl_backslash_give_the_terminal_its_echo_back_and_send_nothing() {
    for key in ['c', '\\'] {
        let room = plain_room().await;
        let login = login(&room);
        let (shown, settings) = apart(move || {
            let mut terminal = at_a_terminal(&login);
            terminal.exp_string("password of ada").unwrap();
            terminal.exp_string(": ").unwrap();
            terminal.send("half").unwrap();
            terminal.flush().unwrap();
            terminal.send_control(key).unwrap();
            the_rest(&mut terminal)
        })
        .await;
        assert!(shown.ends_with("ended with 130"), "{shown}");
        assert!(!shown.contains("half"), "{shown}");
        assert!(echoes(&settings), "{settings:?}");
        assert!(room.requests().is_empty());
    }
}

#[tokio::test]
async fn a_signal_from_outside_gives_the_terminal_its_echo_back() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let room = plain_room().await;
        let login = login(&room);
        let (shown, settings) = apart(move || {
            let mut terminal = at_a_terminal(&login);
            let id = id(&mut terminal);
            terminal.exp_string("password of ada").unwrap();
            terminal.exp_string(": ").unwrap();
            kill(id, signal).unwrap();
            the_rest(&mut terminal)
        })
        .await;
        assert!(shown.ends_with("ended with 130"), "{signal}: {shown}");
        assert!(echoes(&settings), "{signal}: {settings:?}");
        assert!(room.requests().is_empty());
    }
}

#[tokio::test]
async fn ctrl_z_suspends_the_prompt_and_what_is_typed_meanwhile_is_no_password() {
    let room = plain_room().await;
    let login = login(&room);
    let (while_suspended, shown, settings) = apart(move || {
        let binary = env!("CARGO_BIN_EXE_rpa-auth");
        // A shell with jobs that leaves the terminal as it is.
        let mut terminal = run(&format!(
            "set -m; {binary} {login} --no-proxy; echo suspended with $?; stty -a; echo; \
             read line; echo the shell got $line; fg; {AFTERWARDS}"
        ));
        terminal.exp_string("password of ada").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send("abc").unwrap();
        terminal.flush().unwrap();
        terminal.send_control('z').unwrap();
        terminal.exp_string("suspended with ").unwrap();
        terminal.send_line("for-the-shell").unwrap();
        let while_suspended = terminal.exp_string("the shell got for-the-shell").unwrap();
        terminal.exp_string("password of ada").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send_line(PASSWORD).unwrap();
        let (shown, settings) = the_rest(&mut terminal);
        (while_suspended, shown, settings)
    })
    .await;
    let suspended: Vec<String> = while_suspended
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    assert!(echoes(&suspended), "{while_suspended}");
    assert!(shown.ends_with("ended with 0"), "{shown}");
    assert!(echoes(&settings), "{settings:?}");
    assert_eq!(room.requests().len(), 1);
    assert_eq!(room.requests()[0].json()["password"], PASSWORD);
}

#[tokio::test]
async fn ctrl_z_where_nobody_could_go_on_asks_again() {
    let room = plain_room().await;
    let login = login(&room);
    let (shown, settings) = apart(move || {
        let mut terminal = at_a_terminal(&login);
        terminal.exp_string("password of ada").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send("abc").unwrap();
        terminal.flush().unwrap();
        terminal.send_control('z').unwrap();
        terminal.exp_string("password of ada").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send_line(PASSWORD).unwrap();
        the_rest(&mut terminal)
    })
    .await;
    assert!(shown.ends_with("ended with 0"), "{shown}");
    assert!(echoes(&settings), "{settings:?}");
    assert_eq!(room.requests()[0].json()["password"], PASSWORD);
}

#[tokio::test]
async fn any_other_control_character_ends_the_prompt() {
    let room = plain_room().await;
    // Escape, as arrows begin; a tab; Ctrl-A.
    for typed in ["ab\u{1b}[D", "ab\tc", "\u{1}"] {
        let login = login(&room);
        let (shown, settings) = apart(move || {
            let mut terminal = at_a_terminal(&login);
            terminal.exp_string("password of ada").unwrap();
            terminal.exp_string(": ").unwrap();
            terminal.send(typed).unwrap();
            terminal.flush().unwrap();
            the_rest(&mut terminal)
        })
        .await;
        assert!(shown.ends_with("ended with 4"), "{shown}");
        assert!(shown.contains("control character"), "{shown}");
        assert!(echoes(&settings), "{settings:?}");
    }
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn ctrl_d_at_an_empty_prompt_is_no_password() {
    let room = plain_room().await;
    let login = login(&room);
    let (shown, settings) = apart(move || {
        let mut terminal = at_a_terminal(&login);
        terminal.exp_string("password of ada").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send_control('d').unwrap();
        the_rest(&mut terminal)
    })
    .await;
    assert!(shown.ends_with("ended with 4"), "{shown}");
    assert!(
        shown.contains("\nrpa-auth: no password was typed"),
        "{shown}"
    );
    assert!(echoes(&settings), "{settings:?}");
}

#[tokio::test]
async fn a_user_who_was_not_named_is_asked_for_and_shown() {
    let room = plain_room().await;
    let login = format!("authenticate {} --allow-http", room.url());
    let (shown, _) = apart(move || {
        let mut terminal = at_a_terminal(&login);
        terminal.exp_string("user name: ").unwrap();
        terminal.send_line("bob\u{7f}\u{7f}\u{7f}ada").unwrap();
        terminal.exp_string("password of ada at ").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send_line(PASSWORD).unwrap();
        the_rest(&mut terminal)
    })
    .await;
    assert!(shown.ends_with("ended with 0"), "{shown}");
    assert_eq!(room.requests()[0].json()["username"], "ada");
}

#[tokio::test]
async fn what_cannot_be_right_is_said_before_a_password_is_asked_for() {
    let room = plain_room().await;
    let doubled = format!(
        "authenticate {} --allow-http --user \"acme\\\\\\\\ada\"",
        room.url()
    );
    let shown = apart(move || {
        let mut terminal = at_a_terminal(&doubled);
        terminal.exp_string("password of ").unwrap()
    })
    .await;
    assert!(shown.contains("two backslashes"), "{shown}");

    let login = login(&room);
    let binary = env!("CARGO_BIN_EXE_rpa-auth");
    let proxied = format!("ALL_PROXY=socks5://127.0.0.1:1 {binary} {login}; {AFTERWARDS}");
    let (shown, _) = apart(move || the_rest(&mut run(&proxied))).await;
    assert!(shown.ends_with("ended with 30"), "{shown}");
    assert!(shown.contains("ALL_PROXY"), "{shown}");
    assert!(!shown.contains("password of"), "{shown}");
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn two_secrets_are_asked_for_one_after_the_other() {
    let user = crate::ada().mfa_code(271_828);
    let room = ControlRoom::builder().user(user).start().await;
    let login = format!("{} --mfa-code-from prompt", login(&room));
    let (shown, _) = apart(move || {
        let mut terminal = at_a_terminal(&login);
        terminal.exp_string("password of ada").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send_line(PASSWORD).unwrap();
        terminal.exp_string("MFA code of ada at ").unwrap();
        terminal.exp_string(": ").unwrap();
        terminal.send_line("271828").unwrap();
        the_rest(&mut terminal)
    })
    .await;
    assert!(shown.ends_with("ended with 0"), "{shown}");
    assert!(!shown.contains("271828"), "{shown}");
}

#[tokio::test]
async fn standard_input_that_is_a_terminal_is_not_read_with_its_echo() {
    let room = plain_room().await;
    let login = format!("{} --password-from stdin", login(&room));
    let (shown, _) = apart(move || the_rest(&mut at_a_terminal(&login))).await;
    assert!(shown.ends_with("ended with 4"), "{shown}");
    assert!(shown.contains("use prompt"), "{shown}");
}

#[tokio::test]
async fn a_command_that_gives_a_secret_may_ask_at_the_terminal() {
    let room = plain_room().await;
    let files = Files::new();
    let manager = files.write(
        "manager",
        "echo the vault wants its key >&2; read key; test \"$key\" = open && cat password\n",
    );
    files.write("password", PASSWORD);
    let folder = files.0.path().display().to_string();
    let login = format!(
        "{} --password-from \"command:cd {folder}; . {}\"",
        login(&room),
        manager.display()
    );
    let (shown, _) = apart(move || {
        let mut terminal = at_a_terminal(&login);
        terminal.exp_string("the vault wants its key").unwrap();
        terminal.send_line("open").unwrap();
        the_rest(&mut terminal)
    })
    .await;
    assert!(shown.ends_with("ended with 0"), "{shown}");
    assert_eq!(room.logins_granted(), 1);
}

#[tokio::test]
async fn what_a_command_at_a_terminal_has_started_is_not_left_behind() {
    for by_signal in [true, false] {
        let room = plain_room().await;
        let files = Files::new();
        let (pipe, line) = crate::signals::pipe(&files);
        // Nor is it the terminal's end that ends it. A limit too short to start it in would end
        // nothing, and what never begins is waited for.
        let line = line.replace("command:", "command:trap \\\"\\\" HUP; ");
        let (limit, code) = if by_signal { ("60", 130) } else { ("3", 4) };
        let login = format!(
            "{} --total-timeout {limit} --password-from \"{line}\"",
            login(&room)
        );
        let (sender, started) = tokio::sync::oneshot::channel();
        let terminal = apart(move || {
            let mut terminal = at_a_terminal(&login);
            let _ = sender.send(id(&mut terminal));
            the_rest(&mut terminal)
        });
        let gone = async {
            let id = started.await.unwrap();
            let end = move || {
                if by_signal {
                    kill(id, Signal::SIGTERM).unwrap();
                }
            };
            crate::signals::until_gone(&pipe, end).await;
        };
        let ((shown, settings), ()) = tokio::join!(terminal, gone);
        assert!(shown.ends_with(&format!("ended with {code}")), "{shown}");
        assert!(echoes(&settings), "{settings:?}");
        assert!(room.requests().is_empty());
    }
}

#[tokio::test]
async fn lines_fit_the_terminal_and_break_between_words() {
    let room = plain_room().await;
    let binary = env!("CARGO_BIN_EXE_rpa-auth");
    let login = format!(
        "authenticate {} --allow-http --user ada --password-from env:PW --no-proxy",
        room.url()
    );
    let script = format!("stty rows 24 cols 60; PW=wrong {binary} {login}; {AFTERWARDS}");
    let (shown, _) = apart(move || the_rest(&mut run(&script))).await;
    assert!(shown.ends_with("ended with 11"), "{shown}");
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert!(lines.len() > 5, "{shown}");
    assert!(lines.iter().all(|line| line.len() <= 60), "{shown}");
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("or the user is disabled or locked, or this machine"),
        "{words}"
    );
}

#[tokio::test]
async fn check_has_colours_at_a_terminal_unless_they_are_not_wanted() {
    let room = plain_room().await;
    let binary = env!("CARGO_BIN_EXE_rpa-auth");
    for (variable, coloured) in [("NO_COLOR=", true), ("NO_COLOR=1", false)] {
        let check = format!("check {} --no-proxy", room.url());
        let script = format!("{variable} {binary} {check}; {AFTERWARDS}");
        let (shown, _) = apart(move || the_rest(&mut run(&script))).await;
        assert!(shown.ends_with("ended with 0"), "{shown}");
        assert_eq!(shown.contains("\u{1b}[32m"), coloured, "{shown:?}");
        assert!(
            shown.contains("name        127.0.0.1 is an address"),
            "{shown:?}"
        );
    }
}
