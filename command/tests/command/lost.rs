//! A standard output that takes nothing: never without a word, and after a login
//! with what is lost.

use std::fs::File;
use std::process::Stdio;

use simulators::control_room::User;

use crate::{Ended, PASSWORD, Run, login, plain_room};

/// Runs with an output that is full.
async fn into_full(mut run: Run) -> Ended {
    let full = File::options().write(true).open("/dev/full").unwrap();
    run.command.stdout(full);
    run.command.stderr(Stdio::piped()).stdin(Stdio::null());
    crate::ended(run.command.spawn().unwrap()).await
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_login_whose_token_nobody_gets_is_said_to_have_happened() {
    let room = plain_room().await;
    for json in [false, true] {
        let mut run = login(&room.url());
        if json {
            run = run.argument("--json");
        }
        let ended = into_full(run).await;
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(
            ended.err.contains("standard output took nothing"),
            "{ended:?}"
        );
        assert!(ended.err.contains("No space left"), "{ended:?}");
        assert!(ended.err.contains("The login happened"), "{ended:?}");
        assert!(ended.err.contains("its token is lost"), "{ended:?}");
        let token = room.live_token("ada").unwrap();
        assert!(!ended.err.contains(&token), "{ended:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_kind_of_output_is_lost_without_a_word() {
    let room = plain_room().await;
    let url = room.url();
    for arguments in [
        format!("check {url}"),
        format!("check {url} --json"),
        format!("validate {url} --allow-http --token-from env:T"),
        format!("validate {url} --allow-http --token-from env:T --json"),
        "authenticate --json".to_owned(),
        "man".to_owned(),
        "completion bash".to_owned(),
        "--help".to_owned(),
        "--version".to_owned(),
    ] {
        let ended = into_full(Run::new(&arguments).env("T", "a.b.c")).await;
        assert_ne!(ended.code, 0, "{arguments}: {ended:?}");
        assert!(!ended.err.is_empty(), "{arguments}: {ended:?}");
        assert!(
            !ended.err.contains("login happened"),
            "{arguments}: {ended:?}"
        );
    }
}

#[tokio::test]
async fn a_reader_that_is_gone_is_told_of_the_login_on_standard_error() {
    let user = User::new("ada", PASSWORD);
    let room = simulators::ControlRoom::builder().user(user).start().await;
    let mut run = login(&room.url());
    run.command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .stdin(Stdio::null());
    let mut child = run.command.spawn().unwrap();
    drop(child.stdout.take());
    let ended = crate::ended(child).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("The login happened"), "{ended:?}");
}
