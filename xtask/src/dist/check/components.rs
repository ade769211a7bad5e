//! The components: what each asks of a host is what its world says, and a runtime that is
//! not ours loads it.

use std::collections::BTreeSet;
use std::path::Path;

use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldId};

use super::Tried;
use super::bare::printed;
use super::simulated::is_token;
use crate::dist::wit;
use crate::workspace::Package;
use crate::{Failure, files};

/// Loads each with the wasmtime of PyPI. The plugin makes a login over its `wasi:http`.
const LOAD: &str = include_str!("components.py");

pub fn check(tried: &Tried<'_>) -> Result<(), Failure> {
    let folder = tried.release.join("components");
    for package in tried.workspace.components() {
        let file = folder.join(format!("{}.wasm", package.name.replace('-', "_")));
        holds_to_its_world(tried, package, &file)?;
    }
    // Where the wheel was tried there is a wasmtime.
    let environment = tried.bare.existing("python");
    let script = environment.join("components.py");
    files::write(&script, LOAD)?;
    let mut python = tried.bare.command(environment.join("bin/python"));
    python.arg(&script).arg(&folder).arg(&tried.simulators.url);
    is_token(&printed(&mut python)?)
}

fn holds_to_its_world(tried: &Tried<'_>, package: &Package, file: &Path) -> Result<(), Failure> {
    let name = world_of(&package.name);
    let (contract, world) = wit::world(tried.workspace.root(), name)?;
    let decoded = wit_component::decode(&files::read(file)?);
    let decoded = decoded.map_err(|error| format!("{}: {error:#}", file.display()))?;
    let DecodedWasm::Component(component, of_component) = decoded else {
        return Err(format!("{} is no component", file.display()));
    };
    let said = sides(&contract, world);
    let found = sides(&component, of_component);
    if found.1 != said.1 || !found.0.is_subset(&said.0) {
        return Err(format!("{}: {found:?} is not {said:?}", file.display()));
    }
    Ok(())
}

/// Returns the names of what a world imports and exports.
fn sides(resolve: &Resolve, world: WorldId) -> (BTreeSet<String>, BTreeSet<String>) {
    let world = &resolve.worlds[world];
    let imports = world.imports.keys().map(|key| resolve.name_world_key(key));
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key));
    (imports.collect(), exports.collect())
}

/// Returns the world that a package is built for.
fn world_of(package: &str) -> &str {
    match package {
        "rpa-auth" => "plugin",
        "rpa-auth-session" => "shared-session",
        other => other.trim_start_matches("rpa-auth-"),
    }
}
