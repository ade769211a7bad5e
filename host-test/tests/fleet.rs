//! Twenty executions with one user, as `cargo run -- fleet` plays them: what the table
//! says, by the Control Room's own record, and what the page holds.

use std::fs;
use std::process::{Command, Output, Stdio};

#[cfg(unix)]
use simulators::postgres::PostgresServer;
use simulators::redis::RedisServer;

fn fleet(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.arg("fleet").args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

/// A row of the table.
#[derive(Debug)]
struct Row {
    logins: u32,
    failed_calls: u32,
    ended_well: u32,
    disabled: u32,
}

impl Row {
    fn read(out: &str, title: &str) -> Self {
        let row = out.lines().find_map(|line| line.strip_prefix(title));
        let row = row.unwrap_or_else(|| panic!("no row {title}: {out}"));
        let numbers: Vec<u32> = row
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        let [logins, failed_calls, ended_well, 20, disabled] = numbers[..] else {
            panic!("{row}");
        };
        Self {
            logins,
            failed_calls,
            ended_well,
            disabled,
        }
    }
}

/// What a run left: the rows of those who log in for themselves, that of the shared
/// session, and the page.
struct Played {
    naive: [Row; 2],
    shared: Row,
    page: String,
}

/// Plays it, and asserts what is so whatever happens half-way.
fn play(options: &[&str]) -> Played {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("fleet.html");
    let page = page.to_str().unwrap();
    let output = fleet(&[options, &["--html", page]].concat());
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains(page), "{out}");
    let played = Played {
        naive: ["each for itself", "a lock around the login"].map(|title| Row::read(&out, title)),
        shared: Row::read(&out, "the shared session"),
        page: fs::read_to_string(page).unwrap(),
    };
    for naive in &played.naive {
        assert!(naive.logins > 20 && naive.failed_calls > 0, "{out}");
    }
    assert_eq!(
        (played.shared.ended_well, played.shared.disabled),
        (20, 0),
        "{out}"
    );
    assert_is_well_formed(&played.page);
    played
}

#[test]
fn twenty_executions_share_one_login_and_displace_each_other_without_the_session() {
    let played = play(&[]);
    assert_eq!((played.shared.logins, played.shared.failed_calls), (1, 0));
    for naive in &played.naive {
        assert_eq!(naive.disabled, 0, "{naive:?}");
    }
    let page = &played.page;
    // A drawing with its words for each way.
    assert_eq!(
        page.matches(r#"<svg role="img" aria-labelledby="#).count(),
        3
    );
    assert_eq!(page.matches("<desc id=").count(), 3);
    assert!(page.contains(">1</td><td>0</td><td>20 of 20</td><td>0</td>"));
    assert!(page.contains(" displaces token 1 of execution "));
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn the_page_loads_nothing_runs_nothing_and_holds_no_secret() {
    // Half-way there are two passwords, and a token of somebody outside.
    let page = play(&["--rotate", "--rival"]).page;
    for foreign in [
        "<script", "src=", "href=", "url(", "@import", "http://", "https://",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    // Every token of a Control Room begins so, and all passwords of the fleet end so.
    for secret in ["eyJ", "Pa55word"] {
        assert!(!page.contains(secret), "{secret}");
    }
    assert!(page.contains("<title>somebody outside logs in: token "));
}

#[test]
fn somebody_outside_costs_the_shared_session_one_login() {
    let played = play(&["--rival"]);
    assert_eq!(played.shared.logins, 2);
}

#[test]
fn a_changed_password_disables_the_user_without_the_session_and_is_read_again_with_it() {
    let played = play(&["--rotate"]);
    for naive in &played.naive {
        assert_eq!(naive.disabled, 1, "{naive:?}");
    }
    // The first one, and one with the new password: it is read before each login.
    assert_eq!(played.shared.logins, 2);
}

#[test]
fn an_outage_costs_the_shared_session_no_login() {
    let played = play(&["--outage"]);
    assert_eq!(played.shared.logins, 1);
    assert!(played.shared.failed_calls > 0);
    assert!(played.page.contains(r#"<rect class="away""#));
}

#[cfg(unix)]
#[test]
fn the_shared_session_may_be_in_a_redis() {
    let redis = RedisServer::start();
    let played = play(&["--redis", &redis.url()]);
    assert_eq!((played.shared.logins, played.shared.failed_calls), (1, 0));
    assert_eq!(redis.say(&["DBSIZE"]), "1");
}

#[cfg(unix)]
#[test]
fn the_shared_session_may_be_in_a_postgresql() {
    let postgres = PostgresServer::start();
    let played = play(&["--postgres", &postgres.url()]);
    assert_eq!((played.shared.logins, played.shared.failed_calls), (1, 0));
}

#[test]
fn an_option_that_cannot_be_used_is_named_before_anything_is_played() {
    for (arguments, named) in [
        (&["--rivals"][..], "--rivals"),
        (&["--redis", "http://127.0.0.1"], "--redis"),
        // Nobody listens there.
        (&["--redis", "redis://127.0.0.1:1"], "--redis"),
        (&["--html", "/nowhere/to/be/found.html"], "--html"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("fleet.html");
        let html = ["--html", page.to_str().unwrap()];
        let output = fleet(&[&html[..], arguments].concat());
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {err}");
        assert!(err.contains(named), "{err}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_names_every_option() {
    let output = fleet(&["--help"]);
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{out}");
    for option in [
        "--redis",
        "--postgres",
        "--rival",
        "--rotate",
        "--outage",
        "--html",
    ] {
        assert!(out.contains(option), "{out}");
    }
}

/// Every element that begins ends, in order, and nothing stands open within a tag.
fn assert_is_well_formed(page: &str) {
    let body = page
        .strip_prefix("<!DOCTYPE html>")
        .expect("a document type");
    let mut open = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        assert!(!text.contains('>') && !text.contains('&'), "{piece}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match (tag.strip_prefix('/'), tag.ends_with('/')) {
            (Some(name), _) => assert_eq!(open.pop(), Some(name), "{tag}"),
            (None, true) => {}
            (None, false) => open.push(tag.split(' ').next().unwrap_or_default()),
        }
    }
    assert_eq!(open, [] as [&str; 0]);
    assert!(page.contains("<svg"));
}
