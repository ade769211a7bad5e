//! The crates whose code is in the program and in the components, as cargo resolves them for
//! each by itself. What only runs during a build is left out.

use std::collections::{BTreeSet, HashMap};

use cyclonedx_bom::models::component::Classification;
use cyclonedx_bom::models::hash::HashAlgorithm;
use toml::Table;

use super::super::said_by;
use super::{Part, Parts, Release};
use crate::{Failure, files, plan};

/// The package of the program, and what it is built for.
pub const PROGRAM: &str = "rpa-auth-command";
pub const PROGRAM_TARGET: &str = "x86_64-unknown-linux-gnu";

/// The library, which embeds the components: cargo does not see that it needs them.
const LIBRARY: &str = "rpa-auth-host";

/// Checksums by name and version.
type Checksums = HashMap<(String, String), String>;

pub fn collect(release: &Release<'_>, parts: &mut Parts) -> Result<(), Failure> {
    let checksums = checksums(&files::read_text(
        &release.workspace.root().join("Cargo.lock"),
    )?)?;
    let mut components = Vec::new();
    for package in release.workspace.components() {
        components.push(tree(&package.name, plan::WASM, &checksums, parts)?);
    }
    let program = tree(PROGRAM, PROGRAM_TARGET, &checksums, parts)?;
    for root in components.iter().chain([&program]) {
        let standard = standard_library(parts)?;
        parts.needs(root, &standard);
    }
    let library = format!("pkg:cargo/{LIBRARY}@{}", env!("CARGO_PKG_VERSION"));
    if !parts.components.contains_key(&library) {
        return Err(format!("{PROGRAM} does not need {LIBRARY}"));
    }
    for component in components {
        parts.needs(&library, &component);
    }
    Ok(())
}

/// Returns the names and versions of all crates in some packages, each with its target.
pub fn crates_of(roots: &[(&str, &str)]) -> Result<BTreeSet<(String, String)>, Failure> {
    let mut parts = Parts::default();
    for (package, target) in roots {
        tree(package, target, &Checksums::new(), &mut parts)?;
    }
    let components = parts.components.into_values();
    let named = components.map(|one| {
        let version = one.version.map(|version| version.to_string());
        (one.name.to_string(), version.unwrap_or_default())
    });
    Ok(named.collect())
}

/// Adds a package and all that it needs on a target. Returns its package URL.
fn tree(
    package: &str,
    target: &str,
    checksums: &Checksums,
    parts: &mut Parts,
) -> Result<String, Failure> {
    let only = ["--edges", "normal,no-proc-macro", "--target", target];
    let form = ["--prefix", "depth", "--format", "{p}|{l}"];
    let what = ["tree", "--locked", "--package", package];
    let printed = said_by("cargo".as_ref(), &[&what[..], &only, &form].concat())?;
    add_tree(&printed, checksums, parts)
}

/// Reads what `cargo tree` prints: a line for each crate, behind how deep it stands.
fn add_tree(printed: &str, checksums: &Checksums, parts: &mut Parts) -> Result<String, Failure> {
    let mut above: Vec<String> = Vec::new();
    for line in printed.lines() {
        let odd = || format!("cargo tree says `{line}`");
        let digits = line.find(|c: char| !c.is_ascii_digit()).ok_or_else(odd)?;
        let (depth, rest) = line.split_at(digits);
        let depth: usize = depth.parse().map_err(|_| odd())?;
        let (named, licence) = rest.rsplit_once('|').ok_or_else(odd)?;
        let mut words = named.split(' ');
        let name = words.next().ok_or_else(odd)?;
        let version = words.next().and_then(|word| word.strip_prefix('v'));
        let version = version.ok_or_else(odd)?;
        let checksum = checksums.get(&(name.to_owned(), version.to_owned()));
        let licence = licence.trim_end_matches(" (*)");
        let one = parts.add(Part {
            registry: "cargo",
            name,
            version,
            licence: Some(licence).filter(|licence| !licence.is_empty()),
            checksum: checksum.map(|digest| (HashAlgorithm::SHA_256, digest.clone())),
            kind: match depth {
                0 => Classification::Application,
                _ => Classification::Library,
            },
        })?;
        above.truncate(depth);
        if let Some(needs_it) = above.last() {
            parts.needs(needs_it, &one);
        }
        above.push(one);
    }
    above
        .into_iter()
        .next()
        .ok_or_else(|| "cargo tree says nothing".to_owned())
}

/// Adds Rust's own library, which each of them has in it.
fn standard_library(parts: &mut Parts) -> Result<String, Failure> {
    let said = said_by("rustc".as_ref(), &["--version", "--verbose"])?;
    let version = said.lines().find_map(|line| line.strip_prefix("release: "));
    parts.add(Part {
        registry: "generic",
        name: "rust-std",
        version: version.ok_or("rustc names no release")?,
        licence: Some("MIT OR Apache-2.0"),
        checksum: None,
        kind: Classification::Library,
    })
}

fn checksums(lock: &str) -> Result<Checksums, Failure> {
    let lock: Table = lock
        .parse()
        .map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages = lock.get("package").and_then(|packages| packages.as_array());
    let packages = packages.ok_or("Cargo.lock names no package")?;
    let checksum = |package: &toml::Value| {
        let text = |key: &str| Some(package.get(key)?.as_str()?.to_owned());
        Some(((text("name")?, text("version")?), text("checksum")?))
    };
    Ok(packages.iter().filter_map(checksum).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_stands_once_with_what_it_needs() {
        let printed = "0a v1.0.0 (/home/a)|Apache-2.0\n\
                       1b v0.2.0|MIT/Apache-2.0\n\
                       2c v3.0.0|MIT\n\
                       1c v3.0.0|MIT (*)\n\
                       1d v4.0.0|\n";
        let lock = "[[package]]\nname = \"c\"\nversion = \"3.0.0\"\nchecksum = \"00ff\"\n\
                    [[package]]\nname = \"a\"\nversion = \"1.0.0\"\n";
        let mut parts = Parts::default();
        let root = add_tree(printed, &checksums(lock).unwrap(), &mut parts).unwrap();
        assert_eq!(root, "pkg:cargo/a@1.0.0");
        let needs = |name: &str| -> Vec<&str> { parts.needs[name].iter().map(|x| &**x).collect() };
        let [b, c, d] = ["b@0.2.0", "c@3.0.0", "d@4.0.0"].map(|part| format!("pkg:cargo/{part}"));
        assert_eq!(needs(&root), [&*b, &*c, &*d]);
        assert_eq!(needs(&b), [&*c]);
        assert!(needs(&c).is_empty());
        let c = &parts.components[&c];
        assert_eq!(c.hashes.as_ref().unwrap().0[0].content.0, "00ff");
        let b = format!("{:?}", parts.components[&b].licenses);
        assert!(b.contains("MIT OR Apache-2.0"), "{b}");
        assert!(parts.components[&d].licenses.is_none());
    }

    #[test]
    fn a_line_of_another_form_is_no_crate() {
        let error = add_tree("0a 1.0.0|MIT\n", &Checksums::new(), &mut Parts::default());
        assert_eq!(error, Err("cargo tree says `0a 1.0.0|MIT`".to_owned()));
    }
}
