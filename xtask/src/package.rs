//! Packages the library and the command as a registry would get them, and tries what came of
//! it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::files::{copy, empty, read, remove, said_of, write};
use crate::step::Step;
use crate::workspace::{Package, Workspace, component_file};
use crate::{Failure, metadata, plan};

const LIBRARY: &str = "rpa-auth-host";
const COMMAND: &str = "rpa-auth-command";

/// A program that somebody writes who has the library from a registry.
const PROGRAM: &str = include_str!("package/program.rs");

/// Copies the components, which are built, into a folder, with what a registry shows of
/// them. Returns each file there with its size in bytes.
pub fn copy_components(
    workspace: &Workspace,
    folder: &Path,
) -> Result<Vec<(PathBuf, usize)>, Failure> {
    let copy = |package: &Package| {
        let built = workspace.components_folder();
        let built = component_file(&built, &package.name, plan::WASM);
        let component = metadata::add(&read(&built)?, package)?;
        let file = folder.join(built.file_name().unwrap_or_default());
        write(&file, &component)?;
        Ok((file, component.len()))
    };
    workspace.components().map(copy).collect()
}

/// Packages both, with the components in the library's folder. Then builds a program on the
/// packaged library, outside the workspace, and installs the packaged command.
pub fn library_and_command(workspace: &Workspace) -> Result<(), Failure> {
    let root = workspace.root();
    copy_components(workspace, &root.join("host/components"))?;
    for folder in ["host", "command"] {
        copy(&root.join("LICENSE"), &root.join(folder).join("LICENSE"))?;
    }
    let outside = std::env::temp_dir().join(format!("rpa-auth-packages-{}", std::process::id()));
    empty(&outside)?;
    let lock = root.join("Cargo.lock");
    let locked = read(&lock)?;
    let tried = try_out(workspace, &outside);
    // What stands in for the registry has left its mark there.
    write(&lock, &locked)?;
    tried.and(remove(&outside))
}

fn try_out(workspace: &Workspace, outside: &Path) -> Result<(), Failure> {
    let library = packaged(workspace, LIBRARY, &[], outside)?;
    build_a_program(workspace, &library, outside)?;
    // Where a registry has the library, this is what it has.
    let registry = format!("patch.crates-io.{LIBRARY}.path=\"{}\"", library.display());
    let registry = ["--config", &registry];
    let command = packaged(workspace, COMMAND, &registry, outside)?;
    install(workspace, &command, &registry, outside)
}

/// Packages a package and unpacks that outside the workspace. Returns the folder.
fn packaged(
    workspace: &Workspace,
    name: &str,
    options: &[&str],
    outside: &Path,
) -> Result<PathBuf, Failure> {
    // What was copied is no file of the repository.
    let package = ["package", "--allow-dirty", "--no-verify", "--package", name];
    Step::new("cargo", &[&package[..], options].concat()).run()?;
    let folder = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
    let archive = format!("package/{folder}.crate");
    let archive = workspace
        .target_folder()
        .join(archive)
        .display()
        .to_string();
    Step::new("tar", &["xzf", &archive]).inside(outside).run()?;
    Ok(outside.join(folder))
}

fn build_a_program(workspace: &Workspace, library: &Path, outside: &Path) -> Result<(), Failure> {
    let program = outside.join("program");
    let manifest = format!(
        "[package]\nname = \"program\"\nedition = \"2024\"\n\n\
         [dependencies]\n{LIBRARY} = {{ path = \"{}\" }}\n\n\
         [profile.dev]\ndebug = false\n\n[workspace]\n",
        library.display()
    );
    write(&program.join("Cargo.toml"), &manifest)?;
    write(&program.join("src/main.rs"), PROGRAM)?;
    // The versions that the package was tried with.
    copy(&library.join("Cargo.lock"), &program.join("Cargo.lock"))?;
    let target = workspace.target_folder().join("package/program");
    Step::new("cargo", &["run", "--quiet"])
        .with("CARGO_TARGET_DIR", target.display().to_string())
        .inside(&program)
        .run()
}

/// Installs the command as a person would, but for the time that optimizing takes.
fn install(
    workspace: &Workspace,
    command: &Path,
    registry: &[&str],
    outside: &Path,
) -> Result<(), Failure> {
    let (folder, root) = (command.display().to_string(), outside.display().to_string());
    let install = [
        "install", "--quiet", "--debug", "--locked", "--path", &folder,
    ];
    let into = ["--root", &root, "--no-track"];
    let target = workspace.target_folder().join("package/program");
    Step::new("cargo", &[&install[..], &into, registry].concat())
        .with("CARGO_TARGET_DIR", target.display().to_string())
        .with("CARGO_PROFILE_DEV_DEBUG", "false")
        .inside(outside)
        .run()?;
    let program = outside.join("bin/rpa-auth");
    let run = Command::new(&program).arg("--version").output();
    let run = run.map_err(|error| said_of(&program, &error))?;
    let said = String::from_utf8_lossy(&run.stdout);
    let named = format!("rpa-auth {}", env!("CARGO_PKG_VERSION"));
    if said.lines().next() != Some(&named) {
        return Err(format!("{}: it says {said}", program.display()));
    }
    println!("the packaged command works");
    Ok(())
}
