//! What the npm package needs where it runs, as its lock file has it.

use cyclonedx_bom::models::component::Classification;
use serde_json::{Value, json};

use super::super::npm;
use super::{Part, Parts, Release};
use crate::{Failure, files};

pub fn collect(release: &Release<'_>, parts: &mut Parts) -> Result<(), Failure> {
    let folder = release.workspace.root().join("packages/node");
    let lock = files::read_text(&folder.join("package-lock.json"))?;
    add(&lock, &npm::programs(&folder)?, parts)
}

/// Adds the package, what it needs, and the packages with the program.
fn add(lock: &str, programs: &[(String, String)], parts: &mut Parts) -> Result<(), Failure> {
    let odd = || "package-lock.json has another form".to_owned();
    let lock: Value = serde_json::from_str(lock).map_err(|_| odd())?;
    let packages = lock["packages"].as_object().ok_or_else(odd)?;
    let mut add_one = |name: &str, package: &Value| {
        parts.add(Part {
            registry: "npm",
            name,
            version: package["version"].as_str().ok_or_else(odd)?,
            licence: package["license"].as_str(),
            checksum: None,
            kind: Classification::Library,
        })
    };
    let root = packages.get("").ok_or_else(odd)?;
    let whole = add_one(root["name"].as_str().ok_or_else(odd)?, root)?;
    let mut needed = Vec::new();
    for (place, package) in packages {
        let module = place.rsplit_once("node_modules/");
        if let Some((_, name)) = module.filter(|_| package["dev"] != true) {
            needed.push(add_one(name, package)?);
        }
    }
    for (name, version) in programs {
        let ours = json!({ "version": version, "license": root["license"] });
        needed.push(add_one(name, &ours)?);
    }
    for one in needed {
        parts.needs(&whole, &one);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_development_needs_is_left_out() {
        let lock = r#"{"packages": {
            "": {"name": "rpa-auth", "version": "1.0.0", "license": "Apache-2.0"},
            "node_modules/typescript": {"version": "7.0.2", "dev": true},
            "node_modules/undici": {"version": "7.1.0", "license": "MIT"}
        }}"#;
        let mut parts = Parts::default();
        let program = ("@rpa-auth/cli-linux-x64-gnu".to_owned(), "1.0.0".to_owned());
        add(lock, &[program], &mut parts).unwrap();
        let all: Vec<&str> = parts.components.keys().map(String::as_str).collect();
        let program = "pkg:npm/%40rpa-auth/cli-linux-x64-gnu@1.0.0";
        let [whole, undici] = ["pkg:npm/rpa-auth@1.0.0", "pkg:npm/undici@7.1.0"];
        assert_eq!(all, [program, whole, undici]);
        let needed: Vec<&str> = parts.needs[whole].iter().map(String::as_str).collect();
        assert_eq!(needed, [program, undici]);
    }
}
