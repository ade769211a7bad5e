//! The examples, run as the programs that they are; and README, which shows parts of them.

use std::env::{consts, current_exe};
use std::fs;
use std::path::Path;
use std::process::Stdio;

use simulators::ControlRoom;
use simulators::control_room::User;
use tokio::process::{Child, Command};

async fn control_room() -> ControlRoom {
    let builder = ControlRoom::builder().user(User::new("ada", "password"));
    builder.start().await
}

/// Starts an example, which cargo has built beside this test.
fn start(example: &str, arguments: &[&str]) -> Child {
    let test = current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap().join("examples");
    let program = folder.join(format!("{example}{}", consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is missing: cargo builds the examples where it runs all tests of the package",
        program.display()
    );
    Command::new(program)
        .args(arguments)
        .env("CR_PASSWORD", "password")
        .env("PLACE_KEY", "11".repeat(32))
        .env("SEALING_KEY", "22".repeat(32))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for an example to end well, and returns what it printed.
async fn printed(example: Child) -> String {
    let output = example.wait_with_output().await.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{err}");
    String::from_utf8(output.stdout).unwrap()
}

fn asked(room: &ControlRoom) -> Vec<String> {
    assert_eq!(room.violations(), Vec::<String>::new());
    let requests = room.requests();
    let lines = requests.iter();
    lines
        .map(|request| format!("{} {}", request.method, request.path()))
        .collect()
}

#[tokio::test]
async fn login_gets_a_token_and_gives_it_back() {
    let room = control_room().await;
    let out = printed(start("login", &[&room.url(), "ada"])).await;
    assert_eq!(out, "a token for 1200 s, to send as X-Authorization\n");
    let expected = ["POST /v2/authentication", "POST /v1/authentication/logout"];
    assert_eq!(asked(&room), expected);
}

#[tokio::test]
async fn five_processes_that_share_a_session_log_in_once() {
    let room = control_room().await;
    let folder = tempfile::tempdir().unwrap();
    let store = format!("directory:{}", folder.path().join("tokens").display());
    let url = room.url();
    let robots: Vec<Child> = (0..5)
        .map(|_| start("shared_session", &[&url, "ada", &store]))
        .collect();
    for robot in robots {
        assert_eq!(printed(robot).await, "the API answers 200\n");
    }
    let logins = asked(&room);
    let logins = logins.iter().filter(|line| line.contains("authentication"));
    assert_eq!(logins.count(), 1);
}

#[tokio::test]
async fn a_work_item_is_started_and_waited_for() {
    let room = control_room().await;
    let folder = tempfile::tempdir().unwrap();
    let store = format!("directory:{}", folder.path().join("tokens").display());
    let out = printed(start("work_item", &[&room.url(), "ada", &store])).await;
    assert_eq!(out, "work item 18: invoice 4711 posted\n");
    let looks = asked(&room);
    let looks = looks.iter().filter(|line| line.ends_with("/workitems/18"));
    assert_eq!(looks.count(), 3);
}

#[tokio::test]
async fn a_store_of_ones_own_is_shared_through() {
    let room = control_room().await;
    let out = printed(start("own_store", &[&room.url(), "ada"])).await;
    assert!(
        ["Login, then Store\n", "Store, then Login\n"].contains(&&*out),
        "{out}"
    );
    assert_eq!(asked(&room), ["POST /v2/authentication"]);
}

#[cfg(feature = "store-contract")]
#[tokio::test]
async fn a_store_of_ones_own_keeps_what_sessions_need() {
    let out = printed(start("own_store", &["check"])).await;
    assert_eq!(out, "the store keeps what it promises\n");
}

#[tokio::test]
async fn an_http_client_of_ones_own_carries_a_login() {
    let room = control_room().await;
    let out = printed(start("own_http_client", &[&room.url(), "ada"])).await;
    assert_eq!(out, "a token for 1200 s, to send as X-Authorization\n");
    assert_eq!(asked(&room), ["POST /v2/authentication"]);
}

/// The lines without what they are indented by, and without empty ones.
fn lines(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).collect()
}

/// Returns the blocks of a text that begin with a line and end with the fence.
fn blocks<'a>(text: &'a str, begin: &str) -> Vec<&'a str> {
    let blocks = text.split(begin).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_rust_of_the_readme_and_of_the_front_page_stands_in_the_examples() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(house.join("../README.md")).unwrap();
    let library = fs::read_to_string(house.join("src/lib.rs")).unwrap();
    let front_page: String = library
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .filter(|line| !line.starts_with(" # "))
        .map(|line| format!("{line}\n"))
        .collect();
    let examples: Vec<String> = fs::read_dir(house.join("examples"))
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let shown = blocks(&readme, "```rust\n");
    let on_front_page = blocks(&front_page, "```no_run\n");
    assert_eq!((shown.len(), on_front_page.len()), (1, 2));
    for block in shown.into_iter().chain(on_front_page) {
        let block = lines(block);
        let stands_in = |example: &String| {
            let example = lines(example);
            example.windows(block.len()).any(|part| part == block)
        };
        assert!(examples.iter().any(stands_in), "{block:#?}");
    }
}
