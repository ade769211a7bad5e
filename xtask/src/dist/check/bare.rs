//! A machine without Rust: an empty home, and a `PATH` with a few programs.

use std::env;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::dist::said_by;
use crate::{Failure, files};

/// What may be called there: what the packages are installed with, and a shell.
const PROGRAMS: [&str; 4] = ["env", "npm", "sh", "sleep"];

/// Those that say themselves where they are: what is in the path may be a script that
/// starts one.
const SAY_WHERE: [(&str, &[&str]); 2] = [
    ("node", &["-p", "process.execPath"]),
    ("python3", &["-c", "import sys; print(sys.executable)"]),
];

/// What says where registries are, and how they are reached. The rest of the environment
/// is left out.
const REGISTRIES: [&str; 5] = [
    "PIP_",
    "npm_config_",
    "NPM_CONFIG_",
    "SSL_CERT_",
    "HTTPS_PROXY",
];

pub struct Bare {
    folder: PathBuf,
}

impl Bare {
    /// Makes it in an empty folder.
    pub fn new(folder: &Path) -> Result<Self, Failure> {
        let programs = folder.join("bin");
        for below in ["bin", "home"] {
            files::make_folder(&folder.join(below))?;
        }
        for name in PROGRAMS {
            link(&found(name)?, &programs.join(name))?;
        }
        for (name, question) in SAY_WHERE {
            let file = said_by(name.as_ref(), question)?;
            link(file.trim().as_ref(), &programs.join(name))?;
        }
        let bare = Self {
            folder: folder.to_owned(),
        };
        for absent in ["cargo", "rustc", "rpa-auth"] {
            let look = bare
                .command("sh")
                .args(["-c", "command -v \"$0\"", absent])
                .output();
            let look = look.map_err(|error| format!("sh: {error}"))?;
            if look.status.success() {
                return Err(format!("{absent} is where it should not be"));
            }
        }
        Ok(bare)
    }

    /// Makes an empty folder there.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.folder.join(name);
        files::empty(&folder)?;
        Ok(folder)
    }

    /// Returns a folder that was made there.
    pub fn existing(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns a program that sees nothing else.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let programs = self.folder.join("bin");
        let program = program.as_ref();
        let mut command = Command::new(match program.components().count() {
            1 => programs.join(program),
            _ => program.to_owned(),
        });
        let home = self.folder.join("home");
        command
            .env_clear()
            .env("PATH", &programs)
            .env("HOME", &home);
        command.current_dir(&home);
        let registries = env::vars_os().filter(|(key, _)| {
            let key = key.to_string_lossy();
            REGISTRIES.iter().any(|start| key.starts_with(start))
        });
        command.envs(registries);
        if let Some(home) = env::home_dir() {
            command.env("NPM_CONFIG_USERCONFIG", home.join(".npmrc"));
        }
        command
    }
}

/// Runs it to its end. A failure says what it printed.
pub fn output(command: &mut Command) -> Result<Output, Failure> {
    command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))
}

/// Runs it to its end, which must be a good one. Returns what it printed.
pub fn printed(command: &mut Command) -> Result<String, Failure> {
    let output = output(command)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !output.status.success() {
        return Err(format!(
            "{command:?}: {}: {} {}",
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        ));
    }
    Ok(text(&output.stdout))
}

/// Returns where a program is, behind all links.
fn found(name: &str) -> Result<PathBuf, Failure> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut files = env::split_paths(&path).map(|folder| folder.join(name));
    let file = files.find(|file| file.is_file());
    let file = file.ok_or_else(|| format!("missing: {name}"))?;
    file.canonicalize()
        .map_err(|error| files::said_of(&file, &error))
}

fn link(program: &Path, to: &Path) -> Result<(), Failure> {
    symlink(program, to).map_err(|error| files::said_of(program, &error))
}
