//! The npm packages: the library, and one for each platform that holds the program.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::licences::{self, Licences};
use super::{Form, Release};
use crate::files::{copy, copy_all, write};
use crate::step::Step;
use crate::{Failure, files};

/// The folder of the package that holds the program which is built here.
const PLATFORM: &str = "platforms/linux-x64-gnu";

/// Packs both, as `npm publish` would.
pub fn pack(release: &Release<'_>, licences: &Licences) -> Result<(), Failure> {
    let root = release.workspace.root();
    let library = root.join("packages/node");
    let into = release.folder_for("npm")?;
    let pack = ["pack", "--silent", "--pack-destination"];
    let pack = Step::new("npm", &[&pack[..], &[&into.display().to_string()]].concat());

    let work = release.work_folder("npm")?;
    let manifest = library.join(PLATFORM).join("package.json");
    copy(&manifest, &work.join("package.json"))?;
    copy(&root.join("LICENSE"), &work.join("LICENSE"))?;
    write(&work.join(licences::FILE), &licences.of_program)?;
    copy(&release.program, &work.join("bin/rpa-auth"))?;
    pack.clone().inside(&work).run()?;

    // The tests have it installed already.
    if release.form == Form::Release || !library.join("node_modules").is_dir() {
        Step::new("npm", &["ci", "--silent"])
            .inside(&library)
            .run()?;
    }
    let build = Step::new("npm", &["run", "build", "--silent"]).inside(&library);
    release.with_inputs(build)?.run()?;
    let work = release.work_folder("npm-library")?;
    lay_out(&library, &work)?;
    write(&work.join(licences::FILE), &licences.of_components)?;
    pack.inside(&work).run()
}

/// Lays out the library as it is published: without what only builds it, with the packages
/// that hold the program, and but for the texts of others' licences, which a clone does not have.
fn lay_out(library: &Path, work: &Path) -> Result<(), Failure> {
    let manifest = library.join("package.json");
    let parsed: Value = serde_json::from_str(&files::read_text(&manifest)?)
        .map_err(|error| format!("{}: {error}", manifest.display()))?;
    copy(&manifest, &work.join("package.json"))?;
    for name in parsed["files"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        if name == licences::FILE {
            continue;
        }
        match library.join(name) {
            folder if folder.is_dir() => copy_all(&folder, &work.join(name))?,
            file => copy(&file, &work.join(name))?,
        }
    }
    let edit = |arguments: &[&str]| {
        let step = Step::new("npm", &[&["pkg"], arguments].concat());
        step.inside(work).run()
    };
    edit(&["delete", "scripts", "devDependencies"])?;
    for (name, version) in programs(library)? {
        edit(&["set", &format!("optionalDependencies.{name}={version}")])?;
    }
    Ok(())
}

/// Returns the name and version of each package that holds the program for a platform.
pub fn programs(library: &Path) -> Result<Vec<(String, String)>, Failure> {
    let folder = library.join("platforms");
    let manifests = files::all_below(&folder)?.into_iter().map(|(file, _)| file);
    let manifests = manifests.filter(|file| file.ends_with("package.json"));
    let read = |file: PathBuf| {
        let file = folder.join(file);
        let odd = || format!("{}: it has another form", file.display());
        let parsed = serde_json::from_str(&files::read_text(&file)?);
        let parsed: Value = parsed.map_err(|_| odd())?;
        let text = |key: &str| parsed[key].as_str().map(str::to_owned).ok_or_else(odd);
        Ok((text("name")?, text("version")?))
    };
    manifests.map(read).collect()
}
