//! Where a secret can come from, and what is said where it does not.

use std::os::unix::fs::PermissionsExt;

use crate::{API_KEY, Files, PASSWORD, Run, plain_room};

fn login(url: &str, source: &str) -> Run {
    Run::new(&format!("authenticate {url} --allow-http --user ada"))
        .argument("--password-from")
        .argument(source)
}

#[tokio::test]
async fn a_secret_comes_from_standard_input_a_variable_a_file_or_a_command() {
    let room = plain_room().await;
    let files = Files::new();
    let file = files.write("password", &format!("{PASSWORD}\r\n"));
    let file = file.display();
    for (source, input) in [
        ("stdin".to_owned(), Some(format!("{PASSWORD}\n"))),
        ("env:PW".to_owned(), None),
        (format!("file:{file}"), None),
        (format!("command:cat {file} | head -n 1"), None),
    ] {
        let mut run = login(&room.url(), &source).env("PW", PASSWORD);
        if let Some(input) = input {
            run = run.input(&input);
        }
        let login = run.end().await;
        assert_eq!(login.code, 0, "{source}: {login:?}");
        assert!(!login.err.contains("chmod"), "{login:?}");
    }
    assert_eq!(room.logins_granted(), 4);
}

#[tokio::test]
async fn an_api_key_reaches_the_control_room_unchanged() {
    let room = plain_room().await;
    let run = Run::new(&format!(
        "authenticate {} --allow-http --user ada --api-key-from stdin",
        room.url()
    ));
    let login = run.input(API_KEY).end().await;
    assert_eq!(login.code, 0, "{login:?}");
    assert_eq!(room.requests()[0].json()["apiKey"], API_KEY);
}

#[tokio::test]
async fn a_file_that_others_can_read_is_used_with_a_warning() {
    let room = plain_room().await;
    let files = Files::new();
    let file = files.write("password", PASSWORD);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let source = format!("file:{}", file.display());
    let loud = login(&room.url(), &source).end().await;
    assert_eq!(loud.code, 0, "{loud:?}");
    assert!(
        loud.err.contains(&format!("chmod 600 {}", file.display())),
        "{loud:?}"
    );
    let quiet = login(&room.url(), &source).argument("-q").end().await;
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""), "{quiet:?}");
}

#[tokio::test]
async fn a_source_that_gives_nothing_is_named_and_nothing_is_sent() {
    let room = plain_room().await;
    let files = Files::new();
    let empty = files.write("empty", "\n");
    let (empty, missing) = (empty.display(), files.0.path().join("missing"));
    for (source, named) in [
        (
            "stdin".to_owned(),
            "standard input gave an empty password".to_owned(),
        ),
        (
            "env:EMPTY".to_owned(),
            "variable EMPTY gave an empty password".to_owned(),
        ),
        (
            "env:NOT_THERE".to_owned(),
            "variable NOT_THERE: it is not set".to_owned(),
        ),
        (
            format!("file:{empty}"),
            format!("the file {empty} gave an empty"),
        ),
        (
            format!("file:{}", missing.display()),
            "missing: No such file".to_owned(),
        ),
        (
            "command:true".to_owned(),
            "the command gave an empty password".to_owned(),
        ),
    ] {
        let run = login(&room.url(), &source).env("EMPTY", "").input("\n");
        let login = run.end().await;
        assert_eq!(
            (login.code, login.out.as_str()),
            (4, ""),
            "{source}: {login:?}"
        );
        assert!(login.err.contains(&named), "{source}: {login:?}");
    }
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn a_command_that_fails_shows_neither_its_output_nor_its_line() {
    let room = plain_room().await;
    let line = format!("command:echo {PASSWORD}; echo {PASSWORD} >&2; exit 7");
    let login = login(&room.url(), &line).end().await;
    assert_eq!(login.code, 4, "{login:?}");
    assert!(login.err.contains("exit status: 7"), "{login:?}");
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn standard_input_gives_one_secret_and_not_two() {
    let room = plain_room().await;
    let run = login(&room.url(), "stdin").argument("--mfa-code-from=stdin");
    let login = run.input(PASSWORD).end().await;
    assert_eq!(login.code, 2, "{login:?}");
    assert!(
        login.err.contains("not both the password and the MFA code"),
        "{login:?}"
    );
}

#[tokio::test]
async fn without_a_terminal_and_without_a_source_nothing_hangs() {
    let room = plain_room().await;
    let run = Run::new(&format!(
        "authenticate {} --allow-http --user ada",
        room.url()
    ));
    let login = run.end().await;
    assert_eq!(login.code, 2, "{login:?}");
    assert!(login.err.contains("no terminal to ask at"), "{login:?}");
    assert!(
        login.err.contains("--password-from stdin, env:NAME"),
        "{login:?}"
    );
}

#[tokio::test]
async fn an_mfa_code_that_is_no_number_is_not_shown() {
    let room = plain_room().await;
    let run = crate::login(&room.url()).argument("--mfa-code-from=env:CODE");
    let login = run.env("CODE", "s3cret-code").end().await;
    assert_eq!(login.code, 4, "{login:?}");
    assert!(!login.err.contains("s3cret-code"), "{login:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn while_it_runs_no_argument_of_the_process_is_a_secret() {
    let room = plain_room().await;
    let held = room.hold_answers();
    let child = login(&room.url(), "stdin").input(PASSWORD).start().await;
    room.wait_for_requests(1).await;
    let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id().unwrap())).unwrap();
    let arguments = String::from_utf8(arguments).unwrap();
    assert!(arguments.contains("--password-from"), "{arguments}");
    assert!(!arguments.contains(PASSWORD));
    held.release();
    assert_eq!(crate::ended(child).await.code, 0);
}
