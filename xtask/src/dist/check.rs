//! Installs each package of a release where nothing else is, and makes a login with it.

mod bare;
mod components;
mod deb;
mod npm;
mod sbom;
mod simulated;
mod wheel;

use std::path::PathBuf;

use super::{checksums, program};
use crate::step::Step;
use crate::workspace::Workspace;
use crate::{Failure, files};

use bare::Bare;
use simulated::Simulators;

/// What every part of the check has.
struct Tried<'a> {
    workspace: &'a Workspace,
    /// The release.
    release: PathBuf,
    /// A machine without Rust.
    bare: Bare,
    simulators: Simulators,
}

/// Tries what lies in a folder.
pub fn run(workspace: &Workspace, release: PathBuf) -> Result<(), Failure> {
    if !release.join(checksums::LIST).is_file() {
        return Err(format!(
            "{} holds no release: build one first, with `cargo xtask dist` (--quick for --check --quick)",
            release.display()
        ));
    }
    let outside = std::env::temp_dir().join(format!("rpa-auth-release-{}", std::process::id()));
    files::empty(&outside)?;
    let tried = Tried {
        workspace,
        release,
        bare: Bare::new(&outside)?,
        simulators: Simulators::start(&program::quick(workspace)?)?,
    }
    .all();
    files::remove(&outside)?;
    tried
}

impl Tried<'_> {
    fn all(&self) -> Result<(), Failure> {
        Step::new(
            "sha256sum",
            &["--check", "--strict", "--quiet", checksums::LIST],
        )
        .inside(&self.release)
        .run()?;
        type Part<'a> = (&'a str, fn(&Tried<'a>) -> Result<(), Failure>);
        let parts: [Part<'_>; 5] = [
            ("deb", deb::check),
            ("npm", npm::check),
            ("wheels", wheel::check),
            ("components", components::check),
            ("SBOM", sbom::check),
        ];
        for (name, check) in parts {
            check(self).map_err(|failure| format!("{name}: {failure}"))?;
            println!("{name}: tried");
        }
        Ok(())
    }

    /// Returns the one file in a folder of the release whose name has an end.
    fn file(&self, folder: &str, end: &str) -> Result<PathBuf, Failure> {
        let folder = self.release.join(folder);
        let found = files::all_below(&folder)?.into_iter().map(|(file, _)| file);
        let mut found = found.filter(|file| file.to_string_lossy().ends_with(end));
        let file = found.next().filter(|_| found.next().is_none());
        let file = file.ok_or_else(|| format!("not one file *{end} in {}", folder.display()))?;
        Ok(folder.join(file))
    }
}
