//! The built command as people and programs meet it: its arguments, standard
//! streams and exit codes, against the simulators over real sockets.
//!
//! Every run starts without the proxies of the environment, and none may show a
//! secret: [`Ended`] looks for those that the tests use.

#![cfg(unix)]

mod account;
mod accounts;
mod api;
mod cache;
mod check;
mod documents;
mod errors;
mod examples;
mod flows;
mod home;
mod keys;
mod lost;
mod pages;
mod prompt;
mod proxies;
mod refused;
mod schema;
mod secrets;
mod serve;
mod shared;
mod signals;
mod verbose;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{SigHandler, Signal};
use serde_json::Value;
use simulators::control_room::User;
use simulators::{Authority, ControlRoom};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// What no output may ever hold.
const PASSWORD: &str = "pa55-w0rd-of-ada";

/// The same for an API key, with the characters that such keys have.
const API_KEY: &str = "k3y{of}[ada]<|^:?=~\\";

/// The names that every server here answers to.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// Longer than any run takes on a busy machine: a command that hangs fails.
const LONGEST: Duration = Duration::from_secs(120);

/// What is ignored in this process is so in the commands that it runs, and they go
/// by that. A shell that runs the tests in the background ignores Ctrl-C, `nohup` more.
fn ignore_no_signal() {
    for signal in [
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGTERM,
    ] {
        // SAFETY: no handler is set, and none is replaced.
        unsafe { nix::sys::signal::signal(signal, SigHandler::SigDfl) }.unwrap();
    }
}

/// A run of the command that is being put together.
struct Run {
    command: Command,
    input: Option<String>,
}

impl Run {
    /// With these arguments, separated by spaces.
    fn new(arguments: &str) -> Self {
        ignore_no_signal();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rpa-auth"));
        command.args(arguments.split_whitespace());
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.env_remove("RPA_AUTH_ACCOUNT");
        // The components are compiled once for all of them.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.kill_on_drop(true);
        Self {
            command,
            input: None,
        }
    }

    /// More of them.
    fn arguments(mut self, arguments: &str) -> Self {
        self.command.args(arguments.split_whitespace());
        self
    }

    /// One more argument, whatever is in it.
    fn argument(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    fn input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    async fn start(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command.stdin(match self.input {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        });
        let mut child = self.command.spawn().unwrap();
        if let Some(text) = self.input {
            let mut input = child.stdin.take().unwrap();
            // A command that refuses its arguments reads nothing.
            let _ = input.write_all(text.as_bytes()).await;
        }
        child
    }

    async fn end(self) -> Ended {
        let child = self.start().await;
        ended(child).await
    }
}

/// What a run came to.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    /// The one object on standard output, which is as the schema says.
    fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "{self:?}");
        let object = serde_json::from_str(&self.out).unwrap();
        schema::hold(&object);
        object
    }
}

async fn ended(child: Child) -> Ended {
    let output = timeout(LONGEST, child.wait_with_output()).await;
    let output = output.expect("the command hangs").unwrap();
    let ended = Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    for secret in [PASSWORD, API_KEY, simulators::Tinyproxy::PASSWORD] {
        assert!(!ended.out.contains(secret), "{ended:?}");
        assert!(!ended.err.contains(secret), "{ended:?}");
    }
    ended
}

/// A folder of files for the command to read.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a file that nobody else can read, and says where it is.
    fn write(&self, name: &str, content: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;

        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
}

fn ada() -> User {
    User::new("ada", PASSWORD).api_key(API_KEY)
}

/// A Control Room over plain HTTP with one user, ada.
async fn plain_room() -> ControlRoom {
    ControlRoom::builder().user(ada()).start().await
}

/// A login of ada's with the password from the environment.
fn login(url: &str) -> Run {
    Run::new(&format!(
        "authenticate {url} --allow-http --user ada --password-from env:PW"
    ))
    .env("PW", PASSWORD)
}

/// The arguments that make an authority trusted, with its file.
fn trusting(authority: &Authority) -> (Files, String) {
    let files = Files::new();
    let bundle = files.write("ca.pem", &authority.pem());
    let argument = format!("--ca-bundle {}", bundle.display());
    (files, argument)
}
