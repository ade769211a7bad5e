//! The links of the documents lead somewhere.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the documents of the repository, as git knows them.
fn documents(root: &Path) -> Vec<PathBuf> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.md",
        ])
        .current_dir(root)
        .output()
        .expect("there is git, for this is a clone");
    let names = String::from_utf8(output.stdout).unwrap();
    let files = names.lines().map(|name| root.join(name));
    files.filter(|file| file.is_file()).collect()
}

/// Returns what stands between `](` and `)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1);
    links.filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

/// Returns the name that a headline has in a link.
fn anchor(headline: &str) -> String {
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let text = headline.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(is_kept)
        .collect::<String>()
        .replace(' ', "-")
}

/// The lines of code in a row of a table, and the file that they are from.
fn quoted(row: &str) -> Option<(Vec<&str>, &str)> {
    let cell = row.trim_end_matches(" |").rsplit(" | ").next()?;
    let (code, link) = cell.rsplit_once("<br>(")?;
    let lines = code.split("<br>").map(|line| line.trim_matches('`'));
    Some((lines.collect(), links(link).next()?))
}

#[test]
fn the_first_tokens_of_readme_are_those_of_the_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, table) = readme.split_once("### A first token").unwrap();
    let (table, _) = table.split_once("\n### ").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| [")).count();
    let quotes: Vec<_> = table.lines().filter_map(quoted).collect();
    assert_eq!(quotes.len(), rows, "each host has lines and their file");
    assert!(rows > 5);
    for (lines, file) in quotes {
        let text = fs::read_to_string(root.join(file)).unwrap();
        for line in lines {
            let is_there = text.lines().any(|there| there.trim() == line);
            assert!(is_there, "{file}: {line}");
        }
    }
}

#[test]
fn every_link_leads_to_a_file_and_to_a_headline_in_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let documents = documents(&root);
    let mut seen = 0;
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (path, headline) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                document.clone()
            } else {
                document.parent().unwrap().join(path)
            };
            let place = format!("{}: {link}", document.display());
            assert!(target.exists(), "{place}");
            if !headline.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let headlines = text.lines().filter(|line| line.starts_with('#'));
                let anchors: HashSet<String> = headlines.map(anchor).collect();
                assert!(anchors.contains(headline), "{place}");
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}
