//! Node: the plugin as jco transpiles it, over the `wasi:http` that comes with jco.

use std::fs;
use std::path::PathBuf;

use rpa_auth_host::COMPONENT;
use tokio::process::Command;
use tokio::sync::OnceCell;

use super::host::{Login, done, installed, run, sources};

const LOCK: &str = "package-lock.json";

pub async fn log_in(login: Login) -> Result<String, String> {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    let folder = FOLDER.get_or_init(prepare).await;
    let mut node = Command::new("node");
    node.arg("login.mjs").current_dir(folder);
    run(node, &login).await
}

/// Installs the packages of the lock file where that was not done before, and transpiles
/// the plugin beside them.
async fn prepare() -> PathBuf {
    let (sources, folder) = (sources("node"), installed("node"));
    fs::create_dir_all(&folder).unwrap();
    let is_there = fs::read(folder.join(LOCK)).ok() == fs::read(sources.join(LOCK)).ok()
        && folder.join("node_modules/.package-lock.json").is_file();
    for file in fs::read_dir(&sources).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    if !is_there {
        let quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];
        let mut npm = Command::new("npm");
        done(npm.arg("ci").args(quiet).current_dir(&folder)).await;
    }
    fs::write(folder.join("rpa_auth.wasm"), COMPONENT).unwrap();
    let mut node = Command::new("node");
    node.args(["transpile.mjs", "rpa_auth.wasm"]);
    done(node.current_dir(&folder)).await;
    folder
}
