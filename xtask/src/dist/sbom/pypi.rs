//! What the PyPI package needs where it runs: what pip chooses on the day of the release.

use cyclonedx_bom::models::component::Classification;
use cyclonedx_bom::models::hash::HashAlgorithm;
use serde_json::Value;

use super::super::{said_by, wheel};
use super::{Part, Parts, Release};
use crate::Failure;

pub fn collect(release: &Release<'_>, parts: &mut Parts) -> Result<(), Failure> {
    let wheel = release.folder.join("pypi").join(wheel::name_for_any());
    let wheel = wheel.display().to_string();
    let alone = [
        "--dry-run",
        "--ignore-installed",
        "--quiet",
        "--report",
        "-",
    ];
    let install = ["-m", "pip", "install"];
    let report = said_by(
        wheel::python(release)?.as_ref(),
        &[&install[..], &alone, &[&wheel]].concat(),
    )?;
    add(&report, parts)
}

/// Adds what is in the report of pip.
fn add(report: &str, parts: &mut Parts) -> Result<(), Failure> {
    let odd = || "pip's report has another form".to_owned();
    let report: Value = serde_json::from_str(report).map_err(|_| odd())?;
    let mut whole = None;
    let mut needed = Vec::new();
    for package in report["install"].as_array().ok_or_else(odd)? {
        let said = &package["metadata"];
        let is_asked_for = package["requested"] == true;
        let archive = &package["download_info"]["archive_info"];
        let checksum = archive["hashes"]["sha256"]
            .as_str()
            .filter(|_| !is_asked_for);
        let one = parts.add(Part {
            registry: "pypi",
            name: said["name"].as_str().ok_or_else(odd)?,
            version: said["version"].as_str().ok_or_else(odd)?,
            licence: licence(said),
            checksum: checksum.map(|digest| (HashAlgorithm::SHA_256, digest.to_owned())),
            kind: Classification::Library,
        })?;
        if is_asked_for {
            whole = Some(one);
        } else {
            needed.push(one);
        }
    }
    let whole = whole.ok_or_else(odd)?;
    for one in needed {
        parts.needs(&whole, &one);
    }
    Ok(())
}

/// Returns the expression, or the one line that was written before there were expressions.
fn licence(metadata: &Value) -> Option<&str> {
    let older = || {
        let text = metadata["license"].as_str()?;
        Some(text).filter(|text| !text.contains('\n'))
    };
    metadata["license_expression"].as_str().or_else(older)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pip_would_install_is_needed() {
        let report = r#"{"version": "1", "install": [
            {"requested": true, "metadata": {"name": "rpa-auth", "version": "1.0.0", "license_expression": "Apache-2.0"},
             "download_info": {"archive_info": {"hashes": {"sha256": "aa"}}}},
            {"requested": false, "metadata": {"name": "httpx", "version": "0.28.1", "license": "BSD-3-Clause"},
             "download_info": {"archive_info": {"hashes": {"sha256": "bb"}}}}
        ]}"#;
        let mut parts = Parts::default();
        add(report, &mut parts).unwrap();
        let needed = &parts.needs["pkg:pypi/rpa-auth@1.0.0"];
        assert_eq!(needed.iter().collect::<Vec<_>>(), ["pkg:pypi/httpx@0.28.1"]);
        let httpx = &parts.components["pkg:pypi/httpx@0.28.1"];
        assert_eq!(httpx.hashes.as_ref().unwrap().0[0].content.0, "bb");
        assert!(format!("{:?}", httpx.licenses).contains("BSD-3-Clause"));
    }
}
