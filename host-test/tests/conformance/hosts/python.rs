//! Python: the `wasmtime` of PyPI, over the `wasi:http` that is built into it.

use std::fs;
use std::path::PathBuf;

use rpa_auth_host::COMPONENT;
use tokio::process::Command;
use tokio::sync::OnceCell;

use super::host::{Login, done, installed, run, sources};

const REQUIREMENTS: &str = "requirements.txt";

pub async fn log_in(login: Login) -> Result<String, String> {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    let folder = FOLDER.get_or_init(prepare).await;
    let mut python = Command::new(folder.join("bin/python"));
    python.arg(sources("python").join("login.py"));
    python.arg(folder.join("rpa_auth.wasm"));
    run(python, &login).await
}

/// Installs the packages into an environment of their own where that was not done before.
async fn prepare() -> PathBuf {
    let (sources, folder) = (sources("python"), installed("python"));
    let wanted = fs::read(sources.join(REQUIREMENTS)).unwrap();
    if fs::read(folder.join(REQUIREMENTS)).ok().as_ref() != Some(&wanted) {
        done(Command::new("python3").args(["-m", "venv"]).arg(&folder)).await;
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ]);
        done(pip.arg(sources.join(REQUIREMENTS))).await;
        fs::write(folder.join(REQUIREMENTS), wanted).unwrap();
    }
    fs::write(folder.join("rpa_auth.wasm"), COMPONENT).unwrap();
    folder
}
