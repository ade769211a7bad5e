//! What is in the release, as one CycloneDX document: the crates in the program and in each
//! component, and what the npm and the PyPI package need where they run.

mod crates;
mod npm;
mod pypi;

use std::collections::{BTreeMap, BTreeSet};

use cyclonedx_bom::external_models::date_time::DateTime;
use cyclonedx_bom::external_models::normalized_string::NormalizedString;
use cyclonedx_bom::external_models::spdx::SpdxExpression;
use cyclonedx_bom::external_models::uri::Purl;
use cyclonedx_bom::models::bom::{Bom, SpecVersion};
use cyclonedx_bom::models::component::{Classification, Component, Components, Scope};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::models::tool::{Tool, Tools};
use cyclonedx_bom::validation::Validate;

pub use crates::{PROGRAM, PROGRAM_TARGET, crates_of};

use super::{Release, said_by};
use crate::{Failure, files};

/// Everything that is in the release, by its package URL, and what each needs.
#[derive(Default)]
struct Parts {
    components: BTreeMap<String, Component>,
    needs: BTreeMap<String, BTreeSet<String>>,
}

/// One thing that is in the release.
struct Part<'a> {
    /// The registry as a package URL names it: `cargo`, `npm`, `pypi`.
    registry: &'a str,
    name: &'a str,
    version: &'a str,
    /// An SPDX expression, or what its authors say instead.
    licence: Option<&'a str>,
    /// Of what the registry serves, in hexadecimal.
    checksum: Option<(HashAlgorithm, String)>,
    kind: Classification,
}

impl Parts {
    /// Adds it where it is new. Returns its package URL.
    fn add(&mut self, part: Part<'_>) -> Result<String, Failure> {
        let url = url_of(&part)?;
        let key = url.to_string();
        self.needs.entry(key.clone()).or_default();
        self.components.entry(key.clone()).or_insert_with(|| {
            let mut component =
                Component::new(part.kind, part.name, part.version, Some(key.clone()));
            component.purl = Some(url);
            component.scope = Some(Scope::Required);
            component.licenses = part.licence.map(|licence| Licenses(vec![choice(licence)]));
            component.hashes = part.checksum.map(|(alg, digest)| {
                let content = HashValue(digest);
                Hashes(vec![Hash { alg, content }])
            });
            component
        });
        Ok(key)
    }

    fn needs(&mut self, one: &str, other: &str) {
        let needed = self.needs.entry(one.to_owned()).or_default();
        needed.insert(other.to_owned());
    }
}

/// Returns the package URL. npm's `@scope/name` is a namespace with a name there.
fn url_of(part: &Part<'_>) -> Result<Purl, Failure> {
    let (scope, name) = match part.name.rsplit_once('/') {
        Some((scope, name)) => (Some(scope), name),
        None => (None, part.name),
    };
    let said = |error: &dyn std::fmt::Display| format!("{}: {error}", part.name);
    let url = Purl::new(part.registry, name, part.version).map_err(|error| said(&error))?;
    let Some(scope) = scope else {
        return Ok(url);
    };
    let scope = format!("/{}/", scope.replace('@', "%40"));
    let scoped = url.to_string().replacen('/', &scope, 1);
    scoped.parse().map_err(|()| said(&"no package URL"))
}

fn choice(licence: &str) -> LicenseChoice {
    match SpdxExpression::parse_lax(licence.to_owned()) {
        Ok(expression) => LicenseChoice::Expression(expression),
        Err(_) => LicenseChoice::license(licence),
    }
}

/// Writes the document.
pub fn write(release: &Release<'_>) -> Result<(), Failure> {
    let mut parts = Parts::default();
    crates::collect(release, &mut parts)?;
    npm::collect(release, &mut parts)?;
    pypi::collect(release, &mut parts)?;
    let bom = document(release, parts)?;
    let checked = bom.validate_version(SpecVersion::V1_5);
    if !checked.passed() {
        return Err(format!("the SBOM is not valid: {checked:?}"));
    }
    let mut text = Vec::new();
    bom.output_as_json_v1_5(&mut text)
        .map_err(|error| format!("SBOM: {error}"))?;
    text.push(b'\n');
    files::write(&release.folder.join(file_name()), text)
}

/// Returns the name of the document.
pub fn file_name() -> String {
    format!("rpa-auth-{}.cdx.json", env!("CARGO_PKG_VERSION"))
}

fn document(release: &Release<'_>, parts: Parts) -> Result<Bom, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let mut whole = Component::new(
        Classification::Application,
        "rpa-auth",
        version,
        Some("rpa-auth".to_owned()),
    );
    whole.licenses = Some(Licenses(vec![choice("Apache-2.0")]));
    let needed: BTreeSet<_> = parts.needs.values().flatten().collect();
    let roots = parts.needs.keys().filter(|key| !needed.contains(key));
    let mut dependencies = vec![Dependency {
        dependency_ref: "rpa-auth".to_owned(),
        dependencies: roots.cloned().collect(),
    }];
    dependencies.extend(parts.needs.iter().map(|(one, needed)| Dependency {
        dependency_ref: one.clone(),
        dependencies: needed.iter().cloned().collect(),
    }));
    let at = format!("@{}", release.time);
    let form = "+%Y-%m-%dT%H:%M:%SZ";
    let time = said_by("date".as_ref(), &["--utc", "--date", &at, form])?;
    let time = DateTime::try_from(time.trim().to_owned());
    let metadata = Metadata {
        timestamp: Some(time.map_err(|error| format!("{}: {error}", release.time))?),
        tools: Some(Tools::List(vec![Tool {
            name: Some(NormalizedString::new("cargo xtask dist")),
            version: Some(NormalizedString::new(version)),
            ..Tool::default()
        }])),
        component: Some(whole),
        ..Metadata::default()
    };
    Ok(Bom {
        // The same sources give the same document.
        serial_number: None,
        metadata: Some(metadata),
        components: Some(Components(parts.components.into_values().collect())),
        dependencies: Some(Dependencies(dependencies)),
        spec_version: SpecVersion::V1_5,
        ..Bom::default()
    })
}
