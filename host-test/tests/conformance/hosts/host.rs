//! The hosts, and how each is told what to do.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use super::{node, python, wasmtime};

/// A host of components with a `wasi:http` of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Wasmtime,
    Node,
    Python,
}

/// A login of ada to a Control Room. Limits are in milliseconds.
#[derive(Default)]
pub struct Login {
    pub url: String,
    pub password: &'static str,
    pub connect: Option<u32>,
    pub first_byte: Option<u32>,
    pub total: Option<u32>,
    /// Variables of the environment that the host begins with.
    pub environment: Vec<(&'static str, OsString)>,
}

impl Host {
    pub const ALL: [Self; 3] = [Self::Wasmtime, Self::Node, Self::Python];

    /// What it is called in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wasmtime => "`wasmtime run`",
            Self::Node => "jco, Node",
            Self::Python => "wasmtime, Python",
        }
    }

    /// Returns the token, or the error in the words of the table.
    pub async fn log_in(self, login: Login) -> Result<String, String> {
        match self {
            Self::Wasmtime => wasmtime::log_in(login).await,
            Self::Node => node::log_in(login).await,
            Self::Python => python::log_in(login).await,
        }
    }
}

impl Login {
    /// The same as JSON, for a runner.
    fn to_json(&self) -> String {
        let transport = json!({
            "connect-timeout-ms": self.connect,
            "first-byte-timeout-ms": self.first_byte,
            "total-timeout-ms": self.total,
        });
        let login = json!({ "url": self.url, "password": self.password, "transport": transport });
        login.to_string()
    }
}

/// What the table says of a call that got no answer.
pub fn no_answer(failure: &str, may_have_acted: bool) -> String {
    let left = if may_have_acted {
        "may have acted"
    } else {
        "not sent"
    };
    format!("`{failure}`, {left}")
}

/// Has a runner make a login: a program that takes it as JSON in its last argument and
/// prints the contract's result as JSON.
pub async fn run(mut runner: Command, login: &Login) -> Result<String, String> {
    begin_with(&mut runner, &login.environment);
    let output = runner.arg(login.to_json()).output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    match result["ok"].as_str() {
        Some(token) => Ok(token.to_owned()),
        None => Err(words(&result["error"])),
    }
}

/// Has a program begin without a proxy and a CA in its environment, but for these.
pub fn begin_with(program: &mut Command, environment: &[(&'static str, OsString)]) {
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] {
        program.env_remove(name).env_remove(name.to_lowercase());
    }
    program
        .env_remove("NODE_EXTRA_CA_CERTS")
        .env_remove("SSL_CERT_FILE");
    program.envs(environment.iter().map(|(name, value)| (name, value)));
    program.kill_on_drop(true);
}

/// Runs a command that has to end well.
pub async fn done(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().await;
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// An `auth-error`, with names as they are in one language or the other.
fn words(error: &Value) -> String {
    let (tag, held) = error.as_object().unwrap().iter().next().unwrap();
    match tag.as_str() {
        "unreachable" => {
            let spelt = ["may-have-acted", "mayHaveActed"];
            let acted = spelt.iter().find_map(|name| held[name].as_bool());
            no_answer(held["failure"].as_str().unwrap(), acted.unwrap())
        }
        "rejected" => format!("`{}`", held["kind"].as_str().unwrap()),
        tag => format!("`{tag}`"),
    }
}

/// The folder in which what a host needs is installed once.
pub fn installed(host: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("hosts")
        .join(host)
}

/// The folder with a host's runner.
pub fn sources(host: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("hosts")
        .join(host)
}
