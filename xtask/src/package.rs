//! Packages the library as a registry would get it, and tries what came of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::step::Step;
use crate::workspace::Workspace;
use crate::{Failure, plan};

const LIBRARY: &str = "rpa-auth-host";

/// A program that somebody writes who has the library from a registry.
const PROGRAM: &str = include_str!("package/program.rs");

/// Copies the components, which are built, into a folder. Returns each file there with
/// its size in bytes.
pub fn copy_components(
    workspace: &Workspace,
    folder: &Path,
) -> Result<Vec<(PathBuf, u64)>, Failure> {
    make_folder(folder)?;
    let copy = |name: &str| {
        let built = workspace.component_file(name, plan::WASM);
        let file = folder.join(built.file_name().unwrap_or_default());
        let size = fs::copy(&built, &file).map_err(|error| said_of(&built, &error))?;
        Ok((file, size))
    };
    workspace.components().map(copy).collect()
}

/// Puts the components into the library's folder and packages it. Then builds a program
/// on what was packaged, outside the workspace, and runs it.
pub fn library(workspace: &Workspace) -> Result<(), Failure> {
    copy_components(workspace, &workspace.root().join("host/components"))?;
    let licence = workspace.root().join("LICENSE");
    fs::copy(&licence, workspace.root().join("host/LICENSE"))
        .map_err(|error| said_of(&licence, &error))?;
    // What was copied is no file of the repository.
    let package = [
        "package",
        "--locked",
        "--allow-dirty",
        "--no-verify",
        "--package",
    ];
    let package = [&package[..], &[LIBRARY]].concat();
    Step::new("cargo", &package).run()?;

    let name = format!("{LIBRARY}-{}", env!("CARGO_PKG_VERSION"));
    let packaged = workspace.target_folder().join("package");
    let outside = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    let tried = try_out(
        &packaged.join(format!("{name}.crate")),
        &name,
        &outside,
        workspace,
    );
    let removed = fs::remove_dir_all(&outside).map_err(|error| said_of(&outside, &error));
    tried.and(removed)
}

fn try_out(
    archive: &Path,
    name: &str,
    outside: &Path,
    workspace: &Workspace,
) -> Result<(), Failure> {
    let program = outside.join("program");
    make_folder(&program.join("src"))?;
    let archive = archive.display().to_string();
    Step::new("tar", &["xzf", &archive]).inside(outside).run()?;
    let manifest = format!(
        "[package]\nname = \"program\"\nedition = \"2024\"\n\n\
         [dependencies]\n{LIBRARY} = {{ path = \"../{name}\" }}\n\n\
         [profile.dev]\ndebug = false\n\n[workspace]\n"
    );
    write(&program.join("Cargo.toml"), &manifest)?;
    write(&program.join("src/main.rs"), PROGRAM)?;
    // The versions that the package was tried with.
    let lock = outside.join(name).join("Cargo.lock");
    fs::copy(&lock, program.join("Cargo.lock")).map_err(|error| said_of(&lock, &error))?;
    let target = workspace.target_folder().join("package/program");
    Step::new("cargo", &["run", "--quiet"])
        .with("CARGO_TARGET_DIR", target.display().to_string())
        .inside(&program)
        .run()
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| said_of(folder, &error))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| said_of(file, &error))
}

fn said_of(file: &Path, error: &std::io::Error) -> Failure {
    format!("{}: {error}", file.display())
}
