//! One version for everything that is released: that of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml::Table;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn toml(file: &str) -> Table {
    let text = fs::read_to_string(root().join(file)).unwrap();
    text.parse().unwrap()
}

fn json(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn the_packages_of_other_languages_have_the_version_of_the_workspace() {
    let python = toml("packages/python/pyproject.toml");
    assert_eq!(python["project"]["version"].as_str(), Some(VERSION));

    let node = root().join("packages/node");
    let library = json(&node.join("package.json"));
    assert_eq!(library["version"], VERSION);
    let lock = json(&node.join("package-lock.json"));
    assert_eq!(lock["version"], VERSION);
    assert_eq!(lock["packages"][""]["version"], VERSION);

    for folder in fs::read_dir(node.join("platforms")).unwrap() {
        let program = json(&folder.unwrap().path().join("package.json"));
        assert_eq!(program["version"], VERSION, "{}", program["name"]);
    }
}

#[test]
fn the_command_wants_the_library_of_its_version() {
    let command = toml("command/Cargo.toml");
    let library = &command["dependencies"]["rpa-auth-host"];
    assert_eq!(library["version"].as_str(), Some(VERSION));
}

#[test]
fn the_contract_has_the_version_of_the_workspace() {
    for file in ["wit/worlds.wit", "wit/wasi/worlds.wit"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let package = text.lines().find(|line| line.starts_with("package "));
        let package = package.unwrap();
        assert!(
            package.ends_with(&format!("@{VERSION};")),
            "{file}: {package}"
        );
    }
}
