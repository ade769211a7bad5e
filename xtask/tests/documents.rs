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
