//! The shared token from a shell: `login`, `token`, `renew`, `status`, `end`, `reopen`, `reset`
//! and `keys`, in processes of their own over one store.

use std::path::Path;
use std::process::Stdio;

use simulators::Answer;
use simulators::postgres::PostgresServer;
use simulators::redis::RedisServer;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::home::Home;
use crate::{Ended, Files, PASSWORD, Run, plain_room};

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn ten_processes_share_one_login_in_a_store_of_the_users_own() {
    let home = Home::new().await;
    let runs: Vec<_> = futures_of(10, || home.run("token"));
    let mut tokens = Vec::new();
    for run in runs {
        let ended = run.await.unwrap();
        assert_eq!(ended.code, 0, "{ended:?}");
        tokens.push(ended.out);
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(home.room.logins_asked(), 1);
    assert!(home.room.is_live(tokens[0].trim_end()));
    // Nobody else can read the keys, or look into the store.
    assert_eq!(mode(&home.path("config/rpa-auth/keys.toml")), 0o600);
    assert_eq!(mode(&home.path("state/rpa-auth/tokens")), 0o700);
}

/// Starts so many runs at the same time.
fn futures_of(count: usize, run: impl Fn() -> Run) -> Vec<tokio::task::JoinHandle<Ended>> {
    (0..count).map(|_| tokio::spawn(run().end())).collect()
}

#[tokio::test]
async fn a_login_says_who_and_how_long_and_prints_no_token() {
    let home = Home::new().await;
    let first = home.end("login").await;
    assert_eq!((first.code, &*first.out), (0, ""), "{first:?}");
    assert!(
        first.err.contains("logged in: good for 20 minutes"),
        "{first:?}"
    );
    let again = home.end("login --json").await.json();
    assert_eq!(again["shared"]["origin"], "store");
    let token = home.token().await;
    assert!(!first.err.contains(&token));
    assert_eq!(home.room.logins_asked(), 1);
}

#[tokio::test]
async fn a_dead_token_is_renewed_once_and_a_good_one_stays() {
    let home = Home::new().await;
    let token = home.token().await;
    let renew = |token: &str| home.run("renew --token-from env:T").env("T", token).end();

    let stays = renew(&token).await;
    assert_eq!((stays.code, &*stays.out), (42, ""), "{stays:?}");
    assert_eq!(home.token().await, token);

    home.room.person_logs_in("ada");
    let renewed = renew(&token).await;
    assert_eq!(renewed.code, 0, "{renewed:?}");
    // Whoever comes late gets the same.
    assert_eq!(renew(&token).await.out, renewed.out);
    assert_eq!(home.token().await, renewed.out.trim_end());
    assert_eq!(home.room.logins_asked(), 2);
}

#[tokio::test]
async fn an_operator_ends_reopens_and_sees_how_the_account_stands() {
    let home = Home::with("actor = \"invoice robot\"").await;
    assert_eq!(home.state().await, "none");
    let token = home.token().await;
    let status = home.end("status").await;
    for part in [
        "ada at 127.0.0.1",
        "valid",
        "good for",
        "by invoice robot",
        "0; 2 more logins before a person must act",
    ] {
        assert!(status.out.contains(part), "{part}: {status:?}");
    }
    assert!(!status.out.contains(&token));

    let ended = home.end("end").await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!home.room.is_live(&token));
    let refused = home.end("token").await;
    assert_eq!(refused.code, 43, "{refused:?}");
    assert!(refused.err.contains("rpa-auth reopen"), "{refused:?}");
    assert_eq!(home.state().await, "ended");

    assert_eq!(home.end("reopen --json").await.json()["done"], "reopen");
    assert_ne!(home.token().await, token);
}

#[tokio::test]
async fn a_refused_login_is_not_repeated_and_a_corrected_password_works_at_once() {
    let home = Home::new().await;
    home.files.write("password", "wr0ng");
    let refused = home.end("token --json").await;
    let object = refused.json();
    assert_eq!(
        (refused.code, &object["error"]["kind"]),
        (11, &"credentials-rejected".into())
    );
    assert_eq!(object["error"]["function"], "token");

    let held_back = home.end("token --json").await;
    let object = held_back.json();
    assert_eq!(held_back.code, 40, "{held_back:?}");
    let error = &object["error"];
    assert_eq!(error["kind"], "cooling-down");
    assert_eq!(
        (&error["refusals"], &error["retry_after_seconds"]),
        (&1.into(), &().into())
    );
    assert_eq!(error["cause"]["kind"], "credentials-rejected");
    assert_eq!(home.room.logins_asked(), 1);

    home.files.write("password", PASSWORD);
    home.token().await;
    assert_eq!(home.room.logins_asked(), 2);
}

#[tokio::test]
async fn two_refusals_need_a_person_who_resets() {
    let home = Home::new().await;
    for typo in ["wr0ng", "wr0nger"] {
        home.files.write("password", typo);
        assert_eq!(home.end("login").await.code, 11);
    }
    home.files.write("password", PASSWORD);
    let held_back = home.end("login").await;
    assert_eq!(held_back.code, 40, "{held_back:?}");
    assert!(held_back.err.contains("rpa-auth reset"), "{held_back:?}");
    let status = home.end("status").await;
    assert!(status.out.contains("a person must act"), "{status:?}");
    assert_eq!(home.end("reset").await.code, 0);
    home.token().await;
    assert_eq!(home.room.logins_asked(), 3);
}

#[tokio::test]
async fn a_watched_account_is_shown_again_when_it_changes() {
    let home = Home::new().await;
    let mut watch = home.run("status --watch --json");
    watch.command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut watch = watch.command.spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = async || {
        let line = lines.next_line().await.unwrap().expect("it goes on");
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        crate::schema::hold(&object);
        object["status"]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(next().await, "none");
    home.token().await;
    // It may look in the middle of the login.
    let mut state = next().await;
    if state == "renewing" {
        state = next().await;
    }
    assert_eq!(state, "valid");
    home.end("end").await;
    assert_eq!(next().await, "ended");
    watch.kill().await.unwrap();
}

#[tokio::test]
async fn machines_share_through_a_redis_with_keys_of_theirs() {
    let redis = RedisServer::start();
    let store = format!("store = \"{}\"", redis.url());
    let home = Home::with(&store).await;
    let without = home.end("token").await;
    assert_eq!(without.code, 2, "{without:?}");
    assert!(
        without.err.contains("rpa-auth keys new FILE"),
        "{without:?}"
    );

    let keys = home.path("fleet.toml");
    let made = home.run("keys new").argument(&keys).end().await;
    assert_eq!((made.code, mode(&keys)), (0, 0o600), "{made:?}");
    let again = home.run("keys new").argument(&keys).end().await;
    assert_eq!(again.code, 2, "{again:?}");

    let account = home.path("config/rpa-auth/accounts/robots.toml");
    let text = std::fs::read_to_string(&account).unwrap();
    // Another machine has the same account under another name and elsewhere.
    let shared = format!("{text}keys = \"{}\"\n", keys.display());
    home.files
        .write("config/rpa-auth/accounts/robots.toml", &shared);
    let elsewhere = home.files.write("other.toml", &shared);
    let first = home.token().await;
    let second = Run::new("token --account").argument(elsewhere).end().await;
    assert_eq!(second.out.trim_end(), first);
    assert_eq!(home.room.logins_asked(), 1);

    // A service gets its secrets through a group.
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    assert_eq!(home.end("token").await.code, 0);

    // Whoever has the keys can read the tokens.
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let readable = home.end("token").await;
    assert_eq!(readable.code, 4, "{readable:?}");
    assert!(readable.err.contains("chmod 600"), "{readable:?}");
}

#[tokio::test]
async fn machines_share_through_a_postgresql_with_its_password_from_a_file() {
    let server = PostgresServer::start();
    let home = Home::new().await;
    let password = home.files.write("database.password", "s3cret/1");
    let keys = home.path("fleet.toml");
    home.run("keys new").argument(&keys).end().await;
    let account = home.path("config/rpa-auth/accounts/robots.toml");
    let text = std::fs::read_to_string(&account).unwrap();
    let shared = format!(
        "{text}keys = \"{}\"\nstore = \"{}\"\nstore-password-from = \"file:{}\"\n",
        keys.display(),
        server.url_with("robot@"),
        password.display(),
    );
    home.files
        .write("config/rpa-auth/accounts/robots.toml", &shared);
    let elsewhere = home.files.write("other.toml", &shared);
    let first = home.token().await;
    let second = Run::new("token --account").argument(elsewhere).end().await;
    assert_eq!(second.out.trim_end(), first);
    assert_eq!(home.room.logins_asked(), 1);
}

#[tokio::test]
async fn without_the_store_nothing_is_sent() {
    let redis = RedisServer::start();
    let url = redis.url();
    drop(redis);
    let home = Home::with(&format!("store = \"{url}\"\npatience = 1")).await;
    let keys = home.path("fleet.toml");
    home.run("keys new").argument(&keys).end().await;
    let account = home.path("config/rpa-auth/accounts/robots.toml");
    let text = std::fs::read_to_string(&account).unwrap();
    let text = format!("{text}keys = \"{}\"\n", keys.display());
    home.files
        .write("config/rpa-auth/accounts/robots.toml", &text);
    let ended = home.end("token --json").await;
    assert_eq!(ended.code, 45, "{ended:?}");
    assert_eq!(ended.json()["error"]["kind"], "store-unavailable");
    assert_eq!(home.room.logins_asked(), 0);
}

#[tokio::test]
async fn an_account_of_the_environment_sends_nothing_to_an_address_that_was_typed() {
    let home = Home::new().await;
    let other = plain_room().await;
    let typed = format!("authenticate {} --allow-http", other.url());
    let refused = home.end(&typed).await;
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("user name is missing"), "{refused:?}");
    assert!(other.requests().is_empty());
    let own = home.end("authenticate").await;
    assert_eq!(own.code, 0, "{own:?}");
}

#[tokio::test]
async fn what_an_account_lacks_or_may_not_hold_is_said() {
    let none = Run::new("token").env("RPA_AUTH_ACCOUNT", "").end().await;
    assert_eq!(none.code, 2, "{none:?}");
    assert!(
        none.err.contains("--account or RPA_AUTH_ACCOUNT"),
        "{none:?}"
    );

    let home = Home::new().await;
    let unknown = home.end("token --account nobody").await;
    assert_eq!(unknown.code, 4, "{unknown:?}");
    assert!(unknown.err.contains("accounts/nobody.toml"), "{unknown:?}");

    for (line, wanted) in [
        ("store = \"redis://u:s3cret@h\"", "store-password-from"),
        (
            "store = \"redis+unix:///r?pass=s3cret\"",
            "store-password-from",
        ),
        (
            "store = \"postgres:///db?host=/run&user=u&password=s3cret\"",
            "store-password-from",
        ),
        ("lockout-limit = \"3\"", "`lockout-limit` is a number"),
        (
            "mfa-code-from = \"env:CODE\"",
            "a code cannot be used twice",
        ),
    ] {
        let home = Home::with(line).await;
        let refused = home.end("token").await;
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains(wanted), "{refused:?}");
        assert!(!refused.err.contains("s3cret"), "{refused:?}");
        assert_eq!(home.room.requests().len(), 0);
    }
}

#[tokio::test]
async fn a_token_is_written_in_the_form_that_a_program_wants() {
    let home = Home::new().await;
    let token = home.token().await;
    let header = format!("X-Authorization: {token}");
    for (format, expected) in [
        ("token", token.clone()),
        ("header", header.clone()),
        (
            "env",
            format!("export RPA_AUTH_TOKEN='{token}'\nexport RPA_AUTH_HEADER='{header}'"),
        ),
        (
            "powershell",
            format!("$env:RPA_AUTH_TOKEN = '{token}'\n$env:RPA_AUTH_HEADER = '{header}'"),
        ),
        ("curl", format!("header = \"{header}\"")),
    ] {
        let ended = home.end(&format!("token --format {format}")).await;
        assert_eq!(
            (ended.code, ended.out),
            (0, format!("{expected}\n")),
            "{format}"
        );
    }
    let object = home.end("token --format json").await.json();
    assert_eq!(object["token"]["value"], token);
    let both = home.end("token --format header --json").await;
    assert_eq!(both.code, 2, "{both:?}");

    let file = home.files.write("token", "an old one");
    let written = home.run("token --output").argument(&file).end().await;
    assert_eq!((written.code, &*written.out), (0, ""), "{written:?}");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        format!("{token}\n")
    );
    assert_eq!(mode(&file), 0o600);
    let folder = home
        .run("token --output")
        .argument(home.path("."))
        .end()
        .await;
    assert_eq!(folder.code, 4, "{folder:?}");
    let nowhere = home.path("no-such-folder/token");
    let unwritten = home.run("token --output").argument(nowhere).end().await;
    assert_eq!(unwritten.code, 4, "{unwritten:?}");
}

#[tokio::test]
async fn a_program_that_is_run_has_the_token_and_its_own_exit_code() {
    let home = Home::new().await;
    let token = home.token().await;
    let script = "printf '%s|%s' \"$RPA_AUTH_TOKEN\" \"$RPA_AUTH_HEADER\"; exit 7";
    let ran = home.run("exec -- sh -c").argument(script).end().await;
    assert_eq!(ran.code, 7, "{ran:?}");
    assert_eq!(ran.out, format!("{token}|X-Authorization: {token}"));

    // The password is not for it.
    let home = Home::with("actor = \"bot\"").await;
    let account = home.path("config/rpa-auth/accounts/robots.toml");
    let text = std::fs::read_to_string(&account).unwrap();
    let file = format!("file:{}", home.path("password").display());
    home.files.write(
        "config/rpa-auth/accounts/robots.toml",
        &text.replace(&file, "env:PW"),
    );
    let ran = home.run("exec -- env").env("PW", PASSWORD).end().await;
    assert!(ran.out.contains("RPA_AUTH_TOKEN="), "{ran:?}");
    assert!(!ran.out.contains("PW="), "{ran:?}");

    // It is this process, so a signal reaches it as it is.
    let run = home.run("exec -- sleep 60").env("PW", PASSWORD);
    let mut running = run.start().await;
    let id = nix::unistd::Pid::from_raw(running.id().unwrap().try_into().unwrap());
    let name = format!("/proc/{id}/comm");
    while std::fs::read_to_string(&name).unwrap().trim() != "sleep" {
        assert_eq!(running.try_wait().unwrap(), None, "it ended");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).unwrap();
    let status = running.wait().await.unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    assert_eq!(signal, Some(15));

    let missing = home.end("exec -- no-such-program").await;
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(
        missing.err.contains("no program no-such-program"),
        "{missing:?}"
    );
    assert_eq!(home.end("exec").await.code, 2);
}

#[tokio::test]
async fn an_end_that_is_interrupted_says_that_it_may_be_half_done() {
    let home = Home::new().await;
    home.token().await;
    let held = home.room.hold_answers();
    let ending = home.run("end --json").start().await;
    home.room.wait_for_requests(2).await;
    let id = nix::unistd::Pid::from_raw(ending.id().unwrap().try_into().unwrap());
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).unwrap();
    let ended = crate::ended(ending).await;
    assert_eq!(ended.code, 130, "{ended:?}");
    let object = ended.json();
    assert_eq!(object["error"]["may_have_acted"], true, "{object}");
    assert_eq!(object["error"]["function"], "end");
    drop(held);
    assert_eq!(home.end("end").await.code, 0);
}

#[tokio::test]
async fn a_store_that_is_none_is_refused_with_what_there_is() {
    for store in ["memory:", "mysql://h"] {
        let home = Home::with(&format!("store = \"{store}\"\nkeys = \"fleet.toml\"")).await;
        let keys = home.path("config/rpa-auth/accounts/fleet.toml");
        home.run("keys new").argument(&keys).end().await;
        let refused = home.end("token").await;
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains("rediss://host"), "{refused:?}");
        assert!(home.room.requests().is_empty());
    }
}

#[tokio::test]
async fn a_file_in_the_current_folder_is_not_taken_for_an_account() {
    let home = Home::new().await;
    let elsewhere = Files::new();
    elsewhere.write(
        "robots",
        "password-from = \"command:touch decoy; echo x\"\n",
    );
    let mut run = home.run("token");
    run.command.current_dir(elsewhere.0.path());
    let ended = run.end().await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!elsewhere.0.path().join("decoy").exists());
}

#[tokio::test]
async fn a_form_that_is_json_is_so_for_errors_too() {
    let home = Home::new().await;
    home.end("end").await;
    home.token_after_reopen().await;
    home.end("end").await;
    let ended = home.end("token --format json").await;
    assert_eq!(ended.json()["error"]["kind"], "ended", "{ended:?}");
    let wrong = home.end("token --format json --no-such-option").await;
    assert_eq!(wrong.json()["error"]["kind"], "usage", "{wrong:?}");
}

#[tokio::test]
async fn a_descriptor_that_gave_the_secret_is_closed_for_programs_that_are_run() {
    let home = Home::new().await;
    let account = home.path("config/rpa-auth/accounts/robots.toml");
    let text = std::fs::read_to_string(&account).unwrap();
    let file = home.path("password").display().to_string();
    home.files.write(
        "config/rpa-auth/accounts/robots.toml",
        &text.replace(&format!("file:{file}"), "fd:3"),
    );
    let command = env!("CARGO_BIN_EXE_rpa-auth");
    let line =
        format!("exec 3< {file}; {command} exec -- sh -c 'cat <&3; echo \"[$RPA_AUTH_ACCOUNT]\"'");
    let mut shell = home.run("");
    let environment: Vec<_> = shell
        .command
        .as_std()
        .get_envs()
        .map(|(name, value)| (name.to_owned(), value.map(std::ffi::OsStr::to_owned)))
        .collect();
    shell.command = tokio::process::Command::new("bash");
    for (name, value) in environment {
        match value {
            Some(value) => shell.command.env(name, value),
            None => shell.command.env_remove(name),
        };
    }
    let ran = shell.argument("-c").argument(line).end().await;
    assert_eq!((ran.code, &*ran.out), (0, "[robots]\n"), "{ran:?}");
    assert!(ran.err.contains("3: Bad file descriptor"), "{ran:?}");
    assert_eq!(home.room.logins_asked(), 1);
}

#[tokio::test]
async fn a_platforms_trouble_is_told_as_of_any_call() {
    let home = Home::new().await;
    home.room
        .answer_next(Answer::new(503).header("Retry-After", "60"));
    let ended = home.end("token --json").await;
    assert_eq!(ended.code, 20, "{ended:?}");
    assert_eq!(ended.json()["error"]["retry_after_seconds"], 60);
    let held_back = home.end("token").await;
    assert_eq!(held_back.code, 40, "{held_back:?}");
    assert!(held_back.err.contains("try again in"), "{held_back:?}");
}
