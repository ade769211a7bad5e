//! The contract as packages that `wkg` publishes, and as text in one file each.

use std::path::Path;

use toml::Table;
use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Version};
use wit_component::WitPrinter;
use wit_parser::{PackageId, Resolve, WorldId};

use super::Release;
use crate::{Failure, files};

/// The folder of each package, behind the folders of those that it needs.
const PACKAGES: [&[&str]; 2] = [&["wit"], &["wit", "wit/wasi"]];

/// Encodes and prints each.
pub fn write(release: &Release<'_>) -> Result<(), Failure> {
    let into = release.folder_for("wit")?;
    for folders in PACKAGES {
        let root = release.workspace.root();
        let last = root.join(folders.last().unwrap_or(&""));
        let (resolve, package) = read(root, folders)?;
        let said = |error: &dyn std::fmt::Display| format!("{}: {error:#}", last.display());

        let encoded = wit_component::encode(&resolve, package).map_err(|error| said(&error))?;
        let name = &resolve.packages[package].name;
        let file = into.join(format!("{}-{}.wasm", name.namespace, name.name));
        let encoded = described(&encoded, &resolve, package, &last.join("wkg.toml"))?;
        files::write(&file, encoded)?;

        let mut printer = WitPrinter::default();
        let printed = printer.print(&resolve, package, &[]);
        printed.map_err(|error| said(&error))?;
        files::write(&file.with_extension("wit"), printer.output.to_string())?;
    }
    Ok(())
}

/// Returns the package in the last folder.
fn read(root: &Path, folders: &[&str]) -> Result<(Resolve, PackageId), Failure> {
    let mut resolve = Resolve::default();
    let mut last = Err("no folder".to_owned());
    for folder in folders {
        let folder = root.join(folder);
        let pushed = resolve.push_dir(&folder);
        let (package, _) = pushed.map_err(|error| format!("{}: {error:#}", folder.display()))?;
        last = Ok(package);
    }
    Ok((resolve, last?))
}

/// Returns the world of a name, with what it stands in.
pub fn world(root: &Path, name: &str) -> Result<(Resolve, WorldId), Failure> {
    for folders in PACKAGES {
        let (resolve, package) = read(root, folders)?;
        if let Some(&world) = resolve.packages[package].worlds.get(name) {
            return Ok((resolve, world));
        }
    }
    Err(format!("there is no world {name}"))
}

/// Adds what `wkg wit build` adds: the name and version from the WIT, the rest from
/// `wkg.toml`.
fn described(
    encoded: &[u8],
    resolve: &Resolve,
    package: PackageId,
    manifest: &Path,
) -> Result<Vec<u8>, Failure> {
    let said = |error: &dyn std::fmt::Display| format!("{}: {error:#}", manifest.display());
    let table: Table = files::read_text(manifest)?
        .parse()
        .map_err(|error| said(&error))?;
    let field = |name: &str| {
        let value = table
            .get("metadata")
            .and_then(|metadata| metadata.get(name));
        let value = value.and_then(|value| value.as_str());
        value.ok_or_else(|| said(&format!("metadata.{name} is missing")))
    };
    let name = &resolve.packages[package].name;
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(format!("{}:{}", name.namespace, name.name));
    if let Some(version) = &name.version {
        metadata.version = AddMetadataField::Set(Version::new(version.to_string()));
    }
    let description = Description::new(field("description")?.to_owned());
    metadata.description = AddMetadataField::Set(description);
    let licences = Licenses::new(field("licenses")?).map_err(|error| said(&error))?;
    metadata.licenses = AddMetadataField::Set(licences);
    metadata.to_wasm(encoded).map_err(|error| said(&error))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use wit_component::DecodedWasm;

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn what_is_encoded_is_read_back_with_its_words() {
        for folders in PACKAGES {
            let (resolve, package) = read(&root(), folders).unwrap();
            let encoded = wit_component::encode(&resolve, package).unwrap();
            let manifest = root().join(folders.last().unwrap()).join("wkg.toml");
            let encoded = described(&encoded, &resolve, package, &manifest).unwrap();
            let DecodedWasm::WitPackage(again, read) = wit_component::decode(&encoded).unwrap()
            else {
                panic!("a package is no component");
            };
            let name = again.packages[read].name.to_string();
            assert_eq!(name, resolve.packages[package].name.to_string());
            let worlds = |of: &Resolve, id: PackageId| -> Vec<_> {
                let worlds = of.packages[id].worlds.iter();
                worlds
                    .map(|(name, id)| (name.clone(), of.worlds[*id].docs.contents.clone()))
                    .collect()
            };
            assert_eq!(worlds(&again, read), worlds(&resolve, package));
            let payload = wasm_metadata::Payload::from_binary(&encoded).unwrap();
            let said = payload.metadata().name.clone().unwrap();
            assert_eq!(Some(&*said), name.split('@').next());
        }
    }
}
