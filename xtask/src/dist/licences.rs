//! The licences of the crates whose code is given away with ours: most want their text to
//! come along.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde_json::Value;

use super::{Release, said_by, sbom};
use crate::{Failure, files, plan};

/// The file that the packages bring.
pub const FILE: &str = "THIRD-PARTY.txt";

/// How the name of a file with a licence begins.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "UNLICENSE"];

/// How that of a file begins which comes along under any licence.
const NOTICE: &str = "NOTICE";

/// Our licence.
const OURS: &str = "Apache-2.0";

/// The texts for each kind of package.
pub struct Licences {
    /// For what has the components alone in it.
    pub of_components: String,
    /// For what has the program in it, and so the components too.
    pub of_program: String,
}

/// Collects them from where cargo keeps the crates.
pub fn collect(release: &Release<'_>) -> Result<Licences, Failure> {
    let metadata = ["metadata", "--locked", "--format-version", "1"];
    let metadata = said_by("cargo".as_ref(), &metadata)?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let mut crates = HashMap::new();
    for one in metadata["packages"].as_array().into_iter().flatten() {
        // What has no source is ours.
        if let (Some(name), Some(version), Some(_)) = (
            one["name"].as_str(),
            one["version"].as_str(),
            one["source"].as_str(),
        ) {
            crates.insert((name, version), one);
        }
    }
    let components: Vec<_> = release.workspace.components().collect();
    let components: Vec<_> = components
        .iter()
        .map(|one| (&*one.name, plan::WASM))
        .collect();
    let program = [&components[..], &[(sbom::PROGRAM, sbom::PROGRAM_TARGET)]].concat();
    let text = |roots: &[(&str, &str)]| -> Result<String, Failure> {
        let named = sbom::crates_of(roots)?;
        let named = named
            .iter()
            .filter_map(|(name, version)| crates.get(&(&**name, &**version)));
        text_of(named.copied())
    };
    Ok(Licences {
        of_components: text(&components)?,
        of_program: text(&program)?,
    })
}

/// Sees that a package that is installed has our licence, and the text with that of a crate.
pub fn are_told(folder: &Path, name: &str) -> Result<(), Failure> {
    let ours = files::read_text(&folder.join("LICENSE"))?;
    let others = files::read_text(&folder.join(FILE))?;
    let is_told = ours.contains("Apache License") && others.contains(&format!("\n{name}"));
    is_told
        .then_some(())
        .ok_or_else(|| format!("{}: no licence of {name}", folder.display()))
}

/// Returns each text once, below the crates that have it. Those that may be used under our own
/// licence are listed alone.
fn text_of<'a>(crates: impl Iterator<Item = &'a Value>) -> Result<String, Failure> {
    let mut texts: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    let mut under_ours = BTreeSet::new();
    let mut without = BTreeSet::new();
    for one in crates {
        let text = |key: &str| one[key].as_str().unwrap_or_default();
        let name = format!("{} {}", text("name"), text("version"));
        let folder = Path::new(text("manifest_path")).parent();
        let folder = folder.unwrap_or(Path::new(""));
        let is_under_ours = may_be_ours(text("license"));
        let mut found = if is_under_ours {
            under_ours.insert(name.clone());
            Vec::new()
        } else {
            texts_in(folder, &NAMES)?
        };
        if found.is_empty() && !is_under_ours {
            let authors = one["authors"].as_array().into_iter().flatten();
            let authors: Vec<_> = authors.filter_map(Value::as_str).collect();
            without.insert(format!(
                "{name}: {} {}",
                text("license"),
                authors.join(", ")
            ));
        }
        found.extend(texts_in(folder, &[NOTICE])?);
        for licence in found {
            // Many differ in line breaks alone.
            let words: Vec<_> = licence.split_whitespace().collect();
            let words = words.join(" ");
            let (_, crates) = texts.entry(words).or_insert((licence, BTreeSet::new()));
            crates.insert(name.clone());
        }
    }
    let mut whole = String::from(
        "The code of these crates is in this package, under these licences. Where a crate\n\
         has more than one, it may be used under any of them.\n",
    );
    let line = "=".repeat(78);
    if !under_ours.is_empty() {
        let names: Vec<_> = under_ours.into_iter().collect();
        whole.push_str(&format!(
            "\n{line}\n{OURS}, the licence of this package:\n{}\n",
            names.join("\n")
        ));
    }
    let mut texts: Vec<_> = texts.into_values().collect();
    texts.sort_by(|one, other| one.1.cmp(&other.1));
    for (text, crates) in texts {
        let crates: Vec<_> = crates.into_iter().collect();
        whole.push_str(&format!("\n{line}\n{}\n\n{text}\n", crates.join("\n")));
    }
    if !without.is_empty() {
        let without: Vec<_> = without.into_iter().collect();
        whole.push_str(&format!(
            "\n{line}\nWithout a text:\n{}\n",
            without.join("\n")
        ));
    }
    Ok(whole)
}

/// Returns whether our licence is one of those that a crate may be used under, as Cargo.toml
/// says them.
fn may_be_ours(licences: &str) -> bool {
    let mut any = licences.split(" OR ").flat_map(|one| one.split('/'));
    any.any(|one| one.trim().trim_matches(['(', ')']) == OURS) && !licences.contains(" AND ")
}

/// Returns what the files in a folder say whose names begin so.
fn texts_in(folder: &Path, names: &[&str]) -> Result<Vec<String>, Failure> {
    let said = |error: std::io::Error| files::said_of(folder, &error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(said)? {
        let file = entry.map_err(said)?.path();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_uppercase();
        if names.iter().any(|start| name.starts_with(start)) && file.is_file() {
            let text = String::from_utf8_lossy(&files::read(&file)?).replace('\r', "");
            found.push(text.trim().to_owned());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_text_stands_once_below_the_crates_that_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut crates = Vec::new();
        for (name, licence, licences) in [
            ("a", Some("the same"), "MIT"),
            ("b", Some("the\nsame"), "MIT"),
            ("c", None, "MIT"),
            ("d", Some("of MIT"), "MIT OR Apache-2.0"),
            ("e", Some("of LLVM"), "Apache-2.0 WITH LLVM-exception"),
            ("f", Some("of both"), "(MIT OR Apache-2.0) AND Unicode-3.0"),
        ] {
            let manifest = folder.path().join(name).join("Cargo.toml");
            files::write(&manifest, "").unwrap();
            if let Some(text) = licence {
                files::write(&manifest.with_file_name("License-MIT"), text).unwrap();
            }
            crates.push(json!({
                "name": name, "version": "1.0.0", "license": licences,
                "authors": ["Ada"], "manifest_path": manifest,
            }));
        }
        let notice = folder.path().join("d/NOTICE.txt");
        files::write(&notice, "whom to name").unwrap();
        let text = text_of(crates.iter()).unwrap();
        assert!(
            text.contains("\nApache-2.0, the licence of this package:\nd 1.0.0\n\n"),
            "{text}"
        );
        assert!(text.contains("\nd 1.0.0\n\nwhom to name\n"), "{text}");
        assert!(!text.contains("of MIT"), "{text}");
        assert!(text.contains("\ne 1.0.0\n\nof LLVM\n"), "{text}");
        assert!(text.contains("\nf 1.0.0\n\nof both\n"), "{text}");
        assert!(text.contains("\na 1.0.0\nb 1.0.0\n\nthe same\n"), "{text}");
        assert_eq!(text.matches("same").count(), 1);
        assert!(
            text.ends_with("Without a text:\nc 1.0.0: MIT Ada\n"),
            "{text}"
        );
    }
}
