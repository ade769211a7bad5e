//! The table of errors in the documentation says what the code does.

use serde_json::json;
use simulators::Answer;

use crate::{Run, login, plain_room};

const DOCUMENT: &str = include_str!("../../../docs/errors.md");
const CONTRACT: &str = include_str!("../../../wit/types.wit");

/// Kind, exit code, meaning and what to do of each row.
fn rows() -> Vec<[String; 4]> {
    // The session's errors are none of the command's.
    let (calls, _) = DOCUMENT.split_once("## A shared session").unwrap();
    let rows = calls.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| {
        let cells = row
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned());
        cells
            .collect::<Vec<_>>()
            .try_into()
            .expect("four cells in a row")
    });
    cells.collect()
}

/// Whether a table of the document has a row for a kind of error and its exit code.
pub fn has_row(kind: &str, code: &str) -> bool {
    let kind = format!("`{kind}`");
    let mut rows = DOCUMENT.lines().filter(|line| line.starts_with("| `"));
    rows.any(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let names = cells.next().unwrap_or_default();
        names.split(", ").any(|name| name == kind) && cells.next() == Some(code)
    })
}

/// The names of a variant or an enum of the contract.
fn names_of(declaration: &str) -> Vec<&'static str> {
    let start = CONTRACT.find(declaration).unwrap();
    let body = &CONTRACT[start..];
    let body = &body[..body.find("\n    }").unwrap()];
    let lines = body.lines().skip(1).map(str::trim);
    let names = lines.filter(|line| !line.starts_with("///") && !line.is_empty());
    let names = names.map(|line| line.split(['(', ',']).next().unwrap());
    names.collect()
}

#[test]
fn every_error_of_the_contract_has_its_row() {
    let mut wanted: Vec<&str> = names_of("variant auth-error {");
    // Its kinds have rows instead.
    wanted.retain(|name| *name != "rejected");
    wanted.extend(names_of("enum rejection-kind {"));
    // Sent, or not.
    wanted.push("unreachable");
    wanted.extend(["usage", "unreadable", "internal", "interrupted"]);
    // Before the request left, or after.
    wanted.extend(["stopped", "stopped"]);
    wanted.sort_unstable();
    let rows = rows();
    let mut kinds: Vec<&str> = rows
        .iter()
        .map(|[kind, ..]| kind.trim_matches('`'))
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, wanted);
    for row in &rows {
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
}

#[tokio::test]
async fn the_exit_code_of_each_row_is_the_commands() {
    let room = plain_room().await;
    let url = room.url();
    let body = json!({ "code": "X1", "details": null, "message": "No." });
    let mut seen: Vec<(String, i32)> = Vec::new();
    let answers = [
        Answer::new(401).json(&body),
        Answer::new(400).json(&body),
        Answer::new(403).json(&body),
        Answer::new(404).json(&body),
        Answer::new(500).json(&body),
        Answer::new(429),
        Answer::new(302).header("location", "https://sso.example.com/x"),
        Answer::new(200).html("<html>welcome</html>"),
    ];
    let mut note = |ended: crate::Ended| {
        let kind = ended.json()["error"]["kind"].as_str().unwrap().to_owned();
        seen.push((kind, ended.code));
    };
    for answer in answers {
        room.answer_next(answer);
        note(login(&url).argument("--json").end().await);
    }
    room.lose_next_answer();
    note(login(&url).argument("--json").end().await);
    note(
        login("https://no-such-host.invalid")
            .argument("--json")
            .end()
            .await,
    );
    note(login("ftp://h").argument("--json").end().await);
    let logout = format!("logout {url} --allow-http --json --token-from env:T");
    note(Run::new(&logout).env("T", "of-nobody").end().await);
    note(Run::new(&logout).env("T", "").end().await);
    note(Run::new("authenticate --json").end().await);

    // A signal's and the broken command's are tested where they are made.
    let untried = ["other", "internal", "stopped", "interrupted"];
    for [kind, code, ..] in rows() {
        let (kind, code) = (kind.trim_matches('`').to_owned(), code.parse().unwrap());
        let is_seen = seen.contains(&(kind.clone(), code));
        assert!(
            is_seen || untried.contains(&kind.as_str()),
            "{kind} {code}: {seen:?}"
        );
    }
    for (kind, code) in &seen {
        let found = rows()
            .iter()
            .any(|row| row[0].trim_matches('`') == kind && row[1] == code.to_string());
        assert!(found, "{kind} {code} has no row");
    }
}

#[tokio::test]
async fn help_has_the_same_exit_codes() {
    let help = Run::new("--help").end().await;
    for [kind, code, ..] in rows() {
        let line = help
            .out
            .lines()
            .find(|line| line.split_whitespace().next() == Some(code.as_str()));
        let line = line.unwrap_or_else(|| panic!("{kind} {code}: {}", help.out));
        let of_command = ["usage", "unreadable", "internal", "stopped", "other"];
        let of_contract = !of_command.contains(&kind.trim_matches('`'));
        assert!(
            !of_contract || line.contains(kind.trim_matches('`')),
            "{line}"
        );
    }
}
