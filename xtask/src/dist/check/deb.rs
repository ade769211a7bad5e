//! The package for Debian, installed into an empty folder by dpkg, scripts and all, and taken
//! away again.

use std::env;
use std::path::Path;
use std::process::Command;

use super::Tried;
use super::bare::printed;
use crate::step::Step;
use crate::{Failure, files};

/// What must lie there beside the program.
const FILES: [&str; 10] = [
    "lib/systemd/system/rpa-auth.service",
    "lib/systemd/system/rpa-auth.socket",
    "usr/share/bash-completion/completions/rpa-auth",
    "usr/share/doc/rpa-auth/THIRD-PARTY.txt.gz",
    "usr/share/doc/rpa-auth/copyright",
    "usr/share/fish/vendor_completions.d/rpa-auth.fish",
    "usr/share/man/man1/rpa-auth.1.gz",
    "usr/share/man/man1/rpa-auth-account-add.1.gz",
    "usr/share/man/man1/rpa-auth-serve.1.gz",
    "usr/share/zsh/vendor-completions/_rpa-auth",
];

pub fn check(tried: &Tried<'_>) -> Result<(), Failure> {
    let package = tried.file("debian", ".deb")?;
    let package = package.display().to_string();
    let root = tried.bare.folder("debian")?;
    files::write(&root.join("var/lib/dpkg/status"), "")?;
    for folder in ["info", "triggers", "updates"] {
        files::make_folder(&root.join("var/lib/dpkg").join(folder))?;
    }
    // There is no C library in the folder; that of this machine is used.
    printed(dpkg(&root)?.args(["--force-depends", "--install", &package]))?;
    for file in FILES {
        if !root.join(file).is_file() {
            return Err(format!("{file} is missing"));
        }
    }
    let program = root.join("usr/bin/rpa-auth");
    tried.simulators.login(&tried.bare, &program)?;
    printed(dpkg(&root)?.args(["--purge", "rpa-auth"]))?;
    let left = files::all_below(&root)?.into_iter().map(|(file, _)| file);
    let left: Vec<_> = left
        .filter(|file| !file.starts_with("var/lib/dpkg"))
        .collect();
    if !left.is_empty() {
        return Err(format!("these files are left behind: {left:?}"));
    }

    let version = printed(Command::new("dpkg-deb").args(["--field", &package, "Version"]))?;
    if version != env!("CARGO_PKG_VERSION") {
        return Err(format!("its version is {version}"));
    }
    let strictly = ["--allow-root", "--fail-on", "error,warning", &package];
    Step::new("lintian", &strictly).run()
}

/// Returns a dpkg that works in a folder, for whoever is not root.
fn dpkg(root: &Path) -> Result<Command, Failure> {
    let mut command = Command::new("fakeroot");
    command.args(["dpkg", "--force-script-chrootless", "--log=/dev/null"]);
    command.arg(format!("--root={}", root.display()));
    // It looks for programs that the path of a user may not have.
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    let path = env::join_paths(folders).map_err(|error| error.to_string())?;
    command.env("PATH", path);
    Ok(command)
}
