//! The program that the packages bring.

use std::env;
use std::path::PathBuf;

use super::said_by;
use crate::step::Step;
use crate::workspace::Workspace;
use crate::{Failure, plan};

/// How the program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For users: optimized, stripped, for any Linux on x86-64 with glibc 2.17 or later.
    Release,
    /// For the tests: the one that they have compiled anyway, for this machine.
    Quick,
}

/// The oldest glibc that Rust's own library works with, and that of manylinux2014.
pub const TARGET: &str = "x86_64-unknown-linux-gnu.2.17";

/// Builds it and returns the file. Where `RPA_AUTH_PROGRAMS` names a folder, the quick one is
/// taken from there.
pub fn build(workspace: &Workspace, form: Form) -> Result<PathBuf, Failure> {
    match form {
        Form::Release => {
            release().run()?;
            let folder = workspace.target_folder().join("x86_64-unknown-linux-gnu");
            Ok(folder.join("host/rpa-auth"))
        }
        Form::Quick => Ok(quick(workspace)?.join("rpa-auth")),
    }
}

/// Returns the folder with the programs that the tests use, built.
pub fn quick(workspace: &Workspace) -> Result<PathBuf, Failure> {
    if let Some(folder) = env::var_os("RPA_AUTH_PROGRAMS") {
        return Ok(folder.into());
    }
    plan::programs().run()?;
    Ok(workspace.target_folder().join("debug"))
}

fn release() -> Step {
    let package = ["--locked", "--package", "rpa-auth-command"];
    let profile = ["--profile", "host", "--config", "profile.host.strip=true"];
    let target = ["--target", TARGET];
    Step::new(
        "cargo",
        &[&["zigbuild"], &package[..], &profile, &target].concat(),
    )
}

/// Returns when the last change was made, in seconds since 1970, or what
/// `SOURCE_DATE_EPOCH` says.
pub fn time_of_sources(workspace: &Workspace) -> Result<String, Failure> {
    if let Ok(time) = env::var("SOURCE_DATE_EPOCH") {
        return Ok(time);
    }
    let root = workspace.root().display().to_string();
    let time = said_by("git".as_ref(), &["-C", &root, "log", "-1", "--format=%ct"]);
    let time =
        time.map_err(|error| format!("{error}: where there is no clone, set SOURCE_DATE_EPOCH"))?;
    Ok(time.trim().to_owned())
}
