//! Where a secret can come from, and what is said where it does not.

use std::os::unix::fs::PermissionsExt;

use crate::{API_KEY, Files, PASSWORD, Run, plain_room};

fn login(url: &str, source: &str) -> Run {
    Run::new(&format!("authenticate {url} --allow-http --user ada"))
        .argument("--password-from")
        .argument(source)
}

#[tokio::test]
async fn a_secret_comes_from_where_the_source_says() {
    let room = plain_room().await;
    let files = Files::new();
    let file = files.write("password", &format!("{PASSWORD}\r\n"));
    let file = file.display();
    let folder = files.0.path().display().to_string();
    for (source, input) in [
        ("stdin".to_owned(), Some(format!("{PASSWORD}\n"))),
        ("env:PW".to_owned(), None),
        (format!("file:{file}"), None),
        ("fd:0".to_owned(), Some(format!("{PASSWORD}\n"))),
        ("credential:password".to_owned(), None),
        (format!("command:cat {file} | head -n 1"), None),
    ] {
        let mut run = login(&room.url(), &source).env("PW", PASSWORD);
        run = run.env("CREDENTIALS_DIRECTORY", &folder);
        if let Some(input) = input {
            run = run.input(&input);
        }
        let login = run.end().await;
        assert_eq!(login.code, 0, "{source}: {login:?}");
        assert!(!login.err.contains("chmod"), "{login:?}");
    }
    assert_eq!(room.logins_granted(), 6);
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
            "the password from standard input is empty".to_owned(),
        ),
        ("env:EMPTY".to_owned(), "variable EMPTY is empty".to_owned()),
        (
            "env:NOT_THERE".to_owned(),
            "variable NOT_THERE: it is not set".to_owned(),
        ),
        (
            format!("file:{empty}"),
            format!("from the file {empty} is empty"),
        ),
        (
            format!("file:{}", missing.display()),
            "missing: No such file".to_owned(),
        ),
        (
            "credential:password".to_owned(),
            "CREDENTIALS_DIRECTORY is not set".to_owned(),
        ),
        (
            "fd:77".to_owned(),
            "from the descriptor 77: the command was not started with it".to_owned(),
        ),
        (
            "command:true".to_owned(),
            "the password from the command is empty".to_owned(),
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
async fn a_command_that_fails_says_why_and_shows_neither_its_output_nor_its_line() {
    let room = plain_room().await;
    let line = format!("command:echo {PASSWORD}; echo the vault is sealed >&2; exit 7");
    let login = login(&room.url(), &line).end().await;
    assert_eq!(login.code, 4, "{login:?}");
    assert!(login.err.contains("exit status: 7"), "{login:?}");
    assert!(login.err.starts_with("the vault is sealed\n"), "{login:?}");
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn what_cannot_be_a_secret_is_refused_before_anything_is_sent() {
    let room = plain_room().await;
    let files = Files::new();
    let cases: [(&[u8], &str); 9] = [
        (b"pa55-w0rd-of-ada\nuser: ada\n", "has 2 lines"),
        (b"pa55-w0rd-of-ada\n\n", "more than one line break"),
        (b"\xef\xbb\xbfpa55-w0rd-of-ada", "byte order mark"),
        (b"\xff\xfep\0a\x005\x005\0", "UTF-16"),
        (b"pa55-w0rd-of-ada\xff", "save it as UTF-8"),
        (b"pa55-w0rd-of-ada\0", "U+0000"),
        (b"\x1b[200~pa55-w0rd-of-ada", "U+001B"),
        (b"pa55-w0rd-of-ada\t", "U+0009"),
        (b"pa55-w0rd-of-ada\r\r\n", "more than one line break"),
    ];
    for (bytes, named) in cases {
        let file = files.write("secret", "");
        std::fs::write(&file, bytes).unwrap();
        for source in [
            format!("file:{}", file.display()),
            format!("command:cat {}", file.display()),
        ] {
            let login = login(&room.url(), &source).end().await;
            assert_eq!(login.code, 4, "{source} {bytes:?}: {login:?}");
            assert!(login.err.contains(named), "{source} {bytes:?}: {login:?}");
        }
    }
    for option in ["--api-key-from", "--mfa-code-from"] {
        let run = crate::login(&room.url()).env("KEY", "12\n34");
        let run = match option {
            "--api-key-from" => Run::new(&format!(
                "authenticate {} --allow-http --user ada",
                room.url()
            ))
            .env("KEY", "12\n34"),
            _ => run,
        };
        let ended = run.argument(option).argument("env:KEY").end().await;
        assert_eq!(ended.code, 4, "{option}: {ended:?}");
        assert!(ended.err.contains("has 2 lines"), "{option}: {ended:?}");
    }
    assert_eq!(room.logins_asked(), 0);
}

#[tokio::test]
async fn a_space_at_an_end_is_sent_with_a_warning() {
    let room = plain_room().await;
    let login = login(&room.url(), "env:PW").env("PW", "pa55 ").end().await;
    assert_eq!(login.code, 11, "{login:?}");
    assert!(
        login.err.contains("begins or ends with a space"),
        "{login:?}"
    );
    assert_eq!(room.requests()[0].json()["password"], "pa55 ");
}

#[tokio::test]
async fn doubled_backslashes_are_doubted() {
    let room = plain_room().await;
    let login = |user: &str, key: &str| {
        Run::new(&format!("authenticate {} --allow-http", room.url()))
            .argument("--user")
            .argument(user)
            .argument("--api-key-from=env:KEY")
            .env("KEY", key)
    };
    let doubled = login(r"acme\\jdoe", r"k\\y").end().await;
    assert!(
        doubled.err.contains("two backslashes in a row"),
        "{doubled:?}"
    );
    assert!(
        doubled.err.contains("every backslash of the API key"),
        "{doubled:?}"
    );
    let single = login(r"acme\jdoe", r"k\y").end().await;
    assert!(!single.err.contains("backslash"), "{single:?}");
    assert_eq!(room.requests()[1].json()["username"], r"acme\jdoe");
}

#[tokio::test]
async fn a_secret_of_the_users_folder_is_found() {
    let room = plain_room().await;
    let files = Files::new();
    files.write("ada.password", PASSWORD);
    let home = files.0.path().display().to_string();
    let login = login(&room.url(), "file:~/ada.password").env("HOME", &home);
    assert_eq!(login.end().await.code, 0);
}

#[tokio::test]
async fn an_api_key_that_is_given_as_a_token_is_recognized() {
    let room = plain_room().await;
    for subcommand in ["validate", "refresh", "logout"] {
        let ended = Run::new(&format!(
            "{subcommand} {} --allow-http --token-from env:T",
            room.url()
        ))
        .env("T", API_KEY)
        .end()
        .await;
        assert_ne!(ended.code, 0, "{subcommand}: {ended:?}");
        assert!(
            ended.err.contains("looks like an API key"),
            "{subcommand}: {ended:?}"
        );
        assert!(
            ended.err.contains("--api-key-from"),
            "{subcommand}: {ended:?}"
        );
    }
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

/// A keyring's program in a folder of its own, which prints this where it is asked as it
/// should be.
fn keyring(files: &Files, secret: &str) -> String {
    let folder = files.0.path().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("secret-tool");
    let asked = "lookup service rpa-auth account robot 7";
    let script = format!("#!/bin/sh\n[ \"$*\" = '{asked}' ] && printf '%s' '{secret}'\n");
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", folder.display())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_secret_may_be_in_the_keyring() {
    let room = plain_room().await;
    let files = Files::new();
    let path = keyring(&files, PASSWORD);
    let ended = login(&room.url(), "keyring:robot 7").env("PATH", &path);
    let ended = ended.end().await;
    assert_eq!(ended.code, 0, "{ended:?}");

    let nothing = login(&room.url(), "keyring:other").env("PATH", &path);
    let nothing = nothing.end().await;
    assert_eq!(nothing.code, 4, "{nothing:?}");
    assert!(nothing.err.contains("keyring's entry other"), "{nothing:?}");

    let without = login(&room.url(), "keyring:robot").env("PATH", "/nowhere");
    let without = without.end().await;
    assert_eq!(without.code, 4, "{without:?}");
    assert!(without.err.contains("libsecret-tools"), "{without:?}");
    assert_eq!(room.logins_asked(), 1);
}
