//! The plugin over `wasi:http` in hosts that others have made, each with the `wasi:http`
//! that it comes with: what they make of the same logins, held by the table in
//! docs/components.md. A cell that is better than the table says fails too.

use std::fs;
use std::path::Path;

use futures_util::future::join_all;

use self::case::Case;
use self::host::Host;

mod case;
mod host;
mod known;
mod node;
mod python;
mod wasmtime;

/// Makes every login in a host, all at once, and holds what comes of each against the
/// table.
async fn check(host: Host) {
    let played = Case::ALL.map(|case| async move { (case, case.play(host).await) });
    let mut differ = Vec::new();
    for (case, came) in join_all(played).await {
        let told = known::of(host, case).map_or(case.right(), |known| known.gives);
        if came != told {
            differ.push(format!("{}: {came}, and not {told}", case.name()));
        }
    }
    assert!(
        differ.is_empty(),
        "mend known.rs and docs/components.md, {} has changed: {differ:#?}",
        host.name()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wasmtime_does_what_the_table_says() {
    check(Host::Wasmtime).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_does_what_the_table_says() {
    check(Host::Node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_does_what_the_table_says() {
    check(Host::Python).await;
}

/// Returns the table, and below it why a cell is not as it should be.
fn table() -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let names = Host::ALL.map(|host| host.name().to_owned());
    let mut table = row([
        &["a login where".to_owned(), "gives".to_owned()][..],
        &names,
    ]
    .concat());
    table += "|---|---|---|---|---|\n";
    for case in Case::ALL {
        let cells = Host::ALL.map(|host| match known::of(host, case) {
            None => "yes".to_owned(),
            Some(known) => format!("{} ({})", known.gives, known.number()),
        });
        let first = [case.name().to_owned(), case.right().to_owned()];
        table += &row([&first[..], &cells].concat());
    }
    table.push('\n');
    for (n, why) in known::REASONS.iter().enumerate() {
        table += &format!("{}. {why}\n", n + 1);
    }
    table
}

#[test]
fn the_table_in_the_documents_is_the_one_that_the_tests_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(root.join("docs/components.md")).unwrap();
    let table = table();
    assert!(document.contains(&table), "the table is now:\n{table}");
}
