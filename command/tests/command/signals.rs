//! A signal ends the command and all that it started.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::timeout;

use crate::{Files, LONGEST, Run, ended, login, plain_room};

/// A run in a session of its own, without a terminal.
fn detached(mut run: Run) -> Run {
    // SAFETY: setsid may be called between fork and exec (POSIX), and nothing else
    // is done there.
    unsafe {
        run.command
            .pre_exec(|| nix::unistd::setsid().map(|_| ()).map_err(Into::into));
    }
    run
}

/// A pipe that ends when the last process is gone that has it open. The line for
/// the shell opens it, says that it did, and waits for longer than any test.
pub fn pipe(files: &Files) -> (std::path::PathBuf, String) {
    let pipe = files.0.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let line = format!(
        "command:exec 3>{}; echo ready >&3; sleep 1000; true",
        pipe.display()
    );
    (pipe, line)
}

/// Waits until the line runs, then calls `then`, and returns when all is gone.
pub async fn until_gone(pipe: &Path, then: impl FnOnce() + Send + 'static) {
    let pipe = pipe.to_owned();
    let gone = tokio::task::spawn_blocking(move || {
        let mut pipe = BufReader::new(std::fs::File::open(pipe).unwrap());
        let mut line = String::new();
        pipe.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        then();
        let rest = pipe.read_to_string(&mut line);
        assert_eq!(rest.unwrap(), 0);
    });
    timeout(LONGEST, gone)
        .await
        .expect("something stays behind")
        .unwrap();
}

#[tokio::test]
async fn a_command_that_gives_a_secret_is_not_left_behind() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
    ] {
        let room = plain_room().await;
        let files = Files::new();
        let (pipe, line) = pipe(&files);
        let run = Run::new(&format!(
            "authenticate {} --allow-http --user ada",
            room.url()
        ));
        let run = detached(run.argument("--password-from").argument(&line));
        let child = run.start().await;
        let id = Pid::from_raw(child.id().unwrap().try_into().unwrap());
        until_gone(&pipe, move || kill(id, signal).unwrap()).await;
        let ended = ended(child).await;
        assert_eq!(ended.code, 130, "{signal}: {ended:?}");
        assert!(ended.err.contains("no login was sent"), "{ended:?}");
        assert!(room.requests().is_empty());
    }
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_ended_with_the_option_that_says_how_long() {
    let room = plain_room().await;
    let files = Files::new();
    let (pipe, line) = pipe(&files);
    let run = Run::new(&format!(
        "authenticate {} --allow-http --user ada --total-timeout 0.5",
        room.url()
    ));
    let child = detached(run.argument("--password-from").argument(&line))
        .start()
        .await;
    until_gone(&pipe, || ()).await;
    let ended = ended(child).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(
        ended.err.contains("longer than 0.5 s; --total-timeout"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_call_is_ended_by_a_supervisor_as_by_ctrl_c() {
    for (signal, json) in [
        (Signal::SIGTERM, false),
        (Signal::SIGHUP, false),
        (Signal::SIGTERM, true),
    ] {
        let room = plain_room().await;
        let _held = room.hold_answers();
        let mut run = login(&room.url());
        if json {
            run = run.argument("--json");
        }
        let child = run.start().await;
        room.wait_for_requests(1).await;
        let id = Pid::from_raw(child.id().unwrap().try_into().unwrap());
        kill(id, signal).unwrap();
        let ended = ended(child).await;
        assert_eq!(ended.code, 130, "{signal}: {ended:?}");
        if json {
            let error = &ended.json()["error"];
            assert_eq!(error["kind"], "interrupted");
            assert_eq!(error["function"], "authenticate");
            assert_eq!(error["may_have_acted"], true);
        } else {
            assert!(ended.err.contains("it may have happened"), "{ended:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_was_ignored_from_the_start_stays_ignored() {
    let room = plain_room().await;
    let held = room.hold_answers();
    let run = login(&room.url());
    // As nohup does it.
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]);
    command.arg(env!("CARGO_BIN_EXE_rpa-auth"));
    command.args(run.command.as_std().get_args());
    command.env("PW", crate::PASSWORD);
    let child = Run {
        command,
        input: None,
    }
    .start()
    .await;
    room.wait_for_requests(1).await;
    let id = child.id().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap();
    // A bit for each signal from 1 on, which is HUP.
    assert_eq!(ignored & 1, 1, "{status}");
    held.release();
    assert_eq!(ended(child).await.code, 0);
}
