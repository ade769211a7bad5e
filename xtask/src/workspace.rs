//! The packages of the workspace, as cargo knows them: nobody keeps a list of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Failure;

/// Its packages, and where cargo builds them.
pub struct Workspace {
    pub packages: Vec<Package>,
    root: PathBuf,
    target_folder: PathBuf,
}

/// A package of the workspace.
pub struct Package {
    pub name: String,
    pub version: String,
    /// What it is, in a line.
    pub description: String,
    /// An SPDX expression.
    pub license: String,
    /// Its features but the default ones.
    pub features: Vec<String>,
    /// Whether it becomes a WebAssembly component.
    pub is_component: bool,
    /// Whether it shows something and is given to nobody.
    pub is_example: bool,
}

impl Workspace {
    /// Asks cargo.
    pub fn read() -> Result<Self, Failure> {
        let output = Command::new("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            return Err(format!("cargo metadata: {}", reason.trim()));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("cargo metadata: {error}"))?;
        Self::parse(&metadata).ok_or_else(|| "cargo metadata has another form".to_owned())
    }

    fn parse(metadata: &Value) -> Option<Self> {
        let packages = metadata["packages"].as_array()?;
        let root = PathBuf::from(metadata["workspace_root"].as_str()?);
        let examples = root.join("examples");
        let packages = packages.iter().map(|one| Package::parse(one, &examples));
        let packages: Option<Vec<_>> = packages.collect();
        Some(Self {
            packages: packages.filter(|packages| !packages.is_empty())?,
            root,
            target_folder: metadata["target_directory"].as_str()?.into(),
        })
    }

    /// Returns the folder that holds all of it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where cargo builds.
    pub fn target_folder(&self) -> &Path {
        &self.target_folder
    }

    /// Returns the packages that become the project's components.
    pub fn components(&self) -> impl Iterator<Item = &Package> {
        let packages = self.packages.iter();
        packages.filter(|one| one.is_component && !one.is_example)
    }

    /// Returns where cargo builds the components, and where they lie for whoever wants one:
    /// a build script of cargo's cannot build in the folder that it is built in.
    pub fn components_folder(&self) -> PathBuf {
        self.target_folder.join("components")
    }
}

/// Returns where the component of a package stands once it is built for release.
pub fn component_file(target_folder: &Path, package: &str, target: &str) -> PathBuf {
    let file = format!("{}.wasm", package.replace('-', "_"));
    target_folder.join(target).join("release").join(file)
}

impl Package {
    fn parse(package: &Value, examples: &Path) -> Option<Self> {
        let text = |key: &str| package[key].as_str().map(str::to_owned);
        let features = package["features"].as_object()?.keys();
        let mut targets = package["targets"].as_array()?.iter();
        Some(Self {
            name: text("name")?,
            version: text("version")?,
            description: text("description")?,
            license: text("license")?,
            features: features
                .filter(|name| *name != "default")
                .cloned()
                .collect(),
            is_component: targets.any(|target| {
                let kinds = target["kind"].as_array();
                kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"))
            }),
            is_example: Path::new(package["manifest_path"].as_str()?).starts_with(examples),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_none_of_the_projects_components() {
        let workspace = Workspace::read().unwrap();
        let components: Vec<_> = workspace.components().map(|one| &*one.name).collect();
        let ours = [
            "rpa-auth",
            "rpa-auth-sans-io",
            "rpa-auth-sans-io-session",
            "rpa-auth-session",
        ];
        assert_eq!(components, ours);
    }
}
