//! Builds what a release consists of, in a folder for each registry.

pub mod check;
mod checksums;
mod deb;
mod licences;
mod npm;
mod program;
mod sbom;
mod wheel;
mod wit;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::Step;
use crate::workspace::Workspace;
use crate::{Failure, contract, files, package};

pub use program::Form;

/// What is being built, and where.
pub struct Release<'a> {
    pub workspace: &'a Workspace,
    /// Where everything goes.
    pub folder: PathBuf,
    /// The program `rpa-auth`, which three of the packages bring.
    pub program: PathBuf,
    pub form: Form,
    /// When the sources last changed, in seconds since 1970. Nothing in a package is younger.
    pub time: String,
}

impl Release<'_> {
    /// Makes the folder for one registry.
    fn folder_for(&self, registry: &str) -> Result<PathBuf, Failure> {
        let folder = self.folder.join(registry);
        files::make_folder(&folder)?;
        Ok(folder)
    }

    /// Tells the build of a package where the components and the contract are.
    fn with_inputs(&self, build: Step) -> Result<Step, Failure> {
        let contract = self
            .workspace
            .target_folder()
            .join("dist-work/contract.json");
        let words = contract::read(&self.workspace.root().join("wit"))?;
        files::write(&contract, words.to_string())?;
        let components = self.folder.join("components");
        Ok(build
            .with("RPA_AUTH_COMPONENTS", components.display().to_string())
            .with("RPA_AUTH_CONTRACT", contract.display().to_string())
            .with("SOURCE_DATE_EPOCH", self.time.clone()))
    }

    /// Empties a folder to put one package together in.
    fn work_folder(&self, package: &str) -> Result<PathBuf, Failure> {
        let folder = self
            .workspace
            .target_folder()
            .join("dist-work")
            .join(package);
        files::empty(&folder)?;
        Ok(folder)
    }
}

/// Builds all of it. The components are built before.
pub fn make(workspace: &Workspace, form: Form) -> Result<(), Failure> {
    let release = Release {
        workspace,
        folder: folder(workspace, form),
        program: program::build(workspace, form)?,
        form,
        time: program::time_of_sources(workspace)?,
    };
    files::empty(&release.folder)?;
    package::copy_components(workspace, &release.folder_for("components")?)?;
    wit::write(&release)?;
    let licences = licences::collect(&release)?;
    npm::pack(&release, &licences)?;
    wheel::build(&release, &licences)?;
    deb::build(&release, &licences)?;
    sbom::write(&release)?;
    checksums::write(&release.folder)?;
    for (file, size) in files::all_below(&release.folder)? {
        println!("{size:>10} bytes  {}", file.display());
    }
    Ok(())
}

/// Returns where it all goes. What is built quickly never lies where a release does.
pub fn folder(workspace: &Workspace, form: Form) -> PathBuf {
    match form {
        Form::Release => workspace.root().join("dist"),
        Form::Quick => workspace.target_folder().join("dist"),
    }
}

/// Returns what a program prints.
fn said_by(program: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let run = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| files::said_of(program, &error))?;
    if !run.status.success() {
        let (program, said) = (program.display(), String::from_utf8_lossy(&run.stderr));
        return Err(format!(
            "{program} {}: {}",
            arguments.join(" "),
            said.trim()
        ));
    }
    String::from_utf8(run.stdout).map_err(|error| format!("{}: {error}", program.display()))
}
