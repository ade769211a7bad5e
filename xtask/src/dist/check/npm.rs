//! The npm packages, in a project and for the whole of a machine.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Tried;
use super::bare::{Bare, output, printed};
use super::simulated::is_token;
use crate::dist::licences;
use crate::{Failure, files};

/// A login with the module, loaded in each way.
const IMPORTED: &str = include_str!("login.mjs");
const REQUIRED: &str = include_str!("login.cjs");

const SIGTERM: i32 = 15;

/// The most that the library may have, packed, in bytes.
const LARGEST: usize = 250_000;

pub fn check(tried: &Tried<'_>) -> Result<(), Failure> {
    let (bare, simulators) = (&tried.bare, &tried.simulators);
    let library = tried.file(
        "npm",
        &format!("rpa-auth-{}.tgz", env!("CARGO_PKG_VERSION")),
    )?;
    let packed = files::read(&library)?.len();
    if packed > LARGEST {
        return Err(format!("npm: {packed} bytes, and {LARGEST} are the most"));
    }
    let platform = tried.file("npm", &format!("x64-gnu-{}.tgz", env!("CARGO_PKG_VERSION")))?;

    let project = bare.folder("npm")?;
    let mut install = bare.command("npm");
    install.current_dir(&project).args(["install", "--no-save"]);
    printed(install.args([&library, &platform]))?;
    let modules = project.join("node_modules");
    licences::are_told(&modules.join("rpa-auth"), "serde_json 1.")?;
    licences::are_told(&modules.join("@rpa-auth/cli-linux-x64-gnu"), "wasmtime 48.")?;
    for (name, script) in [("login.mjs", IMPORTED), ("login.cjs", REQUIRED)] {
        files::write(&project.join(name), script)?;
        let mut login = bare.command("node");
        let token = printed(login.current_dir(&project).args([name, &simulators.url]))?;
        is_token(&token).map_err(|failure| format!("{name}: {failure}"))?;
    }
    let program = modules.join(".bin/rpa-auth");
    simulators.login(bare, &program)?;
    signals_are_passed_on(tried, &program)?;

    let machine = bare.folder("npm-global")?;
    let mut install = bare.command("npm");
    install
        .args(["install", "--global", "--prefix"])
        .arg(&machine);
    printed(install.args([&library, &platform]))?;
    simulators.login(bare, &machine.join("bin/rpa-auth"))?;

    its_absence_is_said(bare, &library)
}

/// Ends a program under `exec` through npm's launcher: both end of the same signal.
fn signals_are_passed_on(tried: &Tried<'_>, program: &Path) -> Result<(), Failure> {
    let account = tried.bare.folder("account")?.join("ada.toml");
    let text = format!(
        "platform = \"control-room\"\nurl = \"{}\"\nallow-http = true\nuser = \"ada\"\n\
         password-from = \"env:SECRET\"\n",
        tried.simulators.url
    );
    files::write(&account, text)?;
    let mut command = tried.bare.command(program);
    command.args(["exec", "--account"]).arg(&account);
    command.args(["--", "sh", "-c", "echo $$; exec sleep 600"]);
    let mut launcher = command
        .env("SECRET", "password")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let mut line = String::new();
    if let Some(out) = launcher.stdout.take() {
        let read = BufReader::new(out).read_line(&mut line);
        read.map_err(|error| format!("{}: {error}", program.display()))?;
    }
    let process = line.trim();
    let id = launcher.id().to_string();
    printed(Command::new("kill").args(["-TERM", &id]))?;
    let ended = launcher.wait().map_err(|error| error.to_string())?;
    let end = output(Command::new("kill").args(["-KILL", process]))?;
    let is_left = end.status.success();
    (ended.signal() == Some(SIGTERM) && !process.is_empty() && !is_left)
        .then_some(())
        .ok_or_else(|| {
            format!("SIGTERM: the launcher {ended}, program {process} is left: {is_left}")
        })
}

/// Installs the library alone: it works, and the program says what is missing.
fn its_absence_is_said(bare: &Bare, library: &Path) -> Result<(), Failure> {
    let project = bare.folder("npm-without")?;
    let mut install = bare.command("npm");
    install
        .current_dir(&project)
        .args(["install", "--no-save", "--omit=optional"]);
    printed(install.arg(library))?;
    let mut program = bare.command(project.join("node_modules/.bin/rpa-auth"));
    let ended = output(program.arg("--version"))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    let is_said = said.contains("@rpa-auth/cli-linux-x64-gnu, which is not installed");
    (ended.status.code() == Some(1) && is_said && said.lines().count() == 1)
        .then_some(())
        .ok_or_else(|| format!("without the program it says: {said}"))
}
