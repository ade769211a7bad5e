//! The wheels: one with the program for Linux, and one without it for everything else.
//! pip takes the first where it fits.

use std::fs;
use std::path::PathBuf;

use super::licences::{self, Licences};
use super::{Form, Release};
use crate::Failure;
use crate::files::{copy, said_of, write};
use crate::step::Step;

/// Builds both.
pub fn build(release: &Release<'_>, licences: &Licences) -> Result<(), Failure> {
    let root = release.workspace.root();
    let folder = root.join("packages/python");
    let into = release.folder_for("pypi")?.display().to_string();
    let build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"];
    let build = Step::new(&*python(release)?, &[&build[..], &[&into, "."]].concat());
    copy(&root.join("LICENSE"), &folder.join("LICENSE"))?;
    let text = folder.join(licences::FILE);
    let build = release.with_inputs(build.inside(&folder))?;
    write(&text, &licences.of_components)?;
    let built = build.run().and_then(|()| {
        write(&text, &licences.of_program)?;
        let program = release.program.display().to_string();
        let build = build.with("RPA_AUTH_PROGRAM", program);
        let platform = platform(release.form);
        build.with("RPA_AUTH_PLATFORM", platform).run()
    });
    // Also after a failure: a clone has no such file.
    let removed = fs::remove_file(&text).map_err(|error| said_of(&text, &error));
    built.and(removed)
}

/// Returns a Python with pip, which that of a system may lack.
pub fn python(release: &Release<'_>) -> Result<String, Failure> {
    let environment = release.workspace.target_folder().join("dist-work/venv");
    let python = environment.join("bin/python");
    if !python.exists() {
        let place = environment.display().to_string();
        Step::new("python3", &["-m", "venv", &place]).run()?;
    }
    Ok(python.display().to_string())
}

/// Returns the platform that the wheel with the program is for. What is built quickly is
/// for this machine alone: PyPI refuses it.
fn platform(form: Form) -> &'static str {
    match form {
        Form::Release => "manylinux_2_17_x86_64.manylinux2014_x86_64",
        Form::Quick => "linux_x86_64",
    }
}

/// Returns the name of the wheel without the program.
pub fn name_for_any() -> PathBuf {
    format!("rpa_auth-{}-py3-none-any.whl", env!("CARGO_PKG_VERSION")).into()
}
