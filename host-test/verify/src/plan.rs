//! What is checked of the packages, in one place.
//!
//! Each package is taken by itself, with its default features. Where cargo builds
//! several packages together they get each other's features, and where it builds tests
//! a package gets those of its dev-dependencies too: what it lacks by itself stays
//! hidden.

use crate::step::Step;
use crate::workspace::{Package, Workspace};

/// The target of the components.
pub const WASM: &str = "wasm32-wasip2";

/// The target that `cargo component` builds for; it makes the component itself.
pub const WASM_OF_CARGO_COMPONENT: &str = "wasm32-wasip1";

/// Returns what a change must pass before its tests.
pub fn lints(packages: &[Package]) -> Vec<Step> {
    let mut steps = vec![Step::new("cargo", &["fmt", "--all", "--check"])];
    for package in packages {
        let name = &*package.name;
        // Without the dev-dependencies first: that is what others build.
        steps.push(cargo("build", name, &[]));
        steps.push(clippy(name, &[]));
        steps.push(clippy(name, &["--all-targets"]));
        steps.push(doc(name, &[]));
        for feature in &package.features {
            steps.push(clippy(
                name,
                &["--no-default-features", "--features", feature],
            ));
        }
        if !package.features.is_empty() {
            steps.push(clippy(name, &["--all-targets", "--all-features"]));
            steps.push(doc(name, &["--all-features"]));
        }
    }
    for component in packages.iter().filter(|package| package.is_component) {
        // Clippy goes through the packages that it depends on too.
        let guest = ["--target", WASM, "--release"];
        steps.push(clippy(&component.name, &guest));
        steps.push(cargo("build", &component.name, &guest));
    }
    steps
}

/// Returns what runs every test.
pub fn tests(packages: &[Package]) -> Vec<Step> {
    let mut steps = Vec::new();
    for package in packages {
        steps.push(cargo("test", &package.name, &[]));
        if !package.features.is_empty() {
            steps.push(cargo("test", &package.name, &["--all-features"]));
        }
    }
    steps
}

/// Returns what builds the plugin with `cargo component` and tests the result: its
/// exports, its imports, its size and every recorded answer.
pub fn cargo_component(workspace: &Workspace) -> Vec<Step> {
    let plugin = "rpa-auth";
    let build = ["component", "build", "--locked", "--release", "--package"];
    let file = workspace.component_file(plugin, WASM_OF_CARGO_COMPONENT);
    // The one that is skipped holds what plain cargo builds against what is embedded.
    let skip = ["--skip", "component::the_build_commands_make"];
    vec![
        Step::new("cargo", &[&build[..], &[plugin]].concat()),
        cargo(
            "test",
            "host-test",
            &[&["--test", "conformance", "--"][..], &skip].concat(),
        )
        .with("RPA_AUTH_PLUGIN_FILE", file.display().to_string()),
    ]
}

fn cargo(command: &str, package: &str, options: &[&str]) -> Step {
    let words = [command, "--locked", "--package", package];
    Step::new("cargo", &[&words[..], options].concat())
}

fn clippy(package: &str, options: &[&str]) -> Step {
    let options = [options, &["--", "--deny", "warnings"]].concat();
    cargo("clippy", package, &options)
}

fn doc(package: &str, options: &[&str]) -> Step {
    let options = [&["--no-deps"], options].concat();
    cargo("doc", package, &options).with("RUSTDOCFLAGS", "--deny warnings")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use toml::{Table, Value};

    use super::*;

    /// The manifests of the workspace, read without cargo's help.
    fn manifests() -> Vec<Table> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |folder: &str| -> Table {
            let text = fs::read_to_string(root.join(folder).join("Cargo.toml")).unwrap();
            text.parse().unwrap()
        };
        let members = read(".")["workspace"]["members"]
            .as_array()
            .unwrap()
            .clone();
        members
            .iter()
            .map(|member| read(member.as_str().unwrap()))
            .collect()
    }

    fn name(manifest: &Table) -> &str {
        manifest["package"]["name"].as_str().unwrap()
    }

    fn features(manifest: &Table) -> Vec<&str> {
        let features = manifest.get("features").and_then(Value::as_table);
        let names = features.into_iter().flat_map(|table| table.keys());
        names
            .map(String::as_str)
            .filter(|name| *name != "default")
            .collect()
    }

    fn lines(steps: fn(&[Package]) -> Vec<Step>) -> Vec<String> {
        let packages = Workspace::read().unwrap().packages;
        steps(&packages).iter().map(Step::to_string).collect()
    }

    fn assert_has(lines: &[String], wanted: String) {
        assert!(lines.contains(&wanted), "`{wanted}` is not in the plan");
    }

    #[test]
    fn each_package_is_built_linted_documented_and_tested_by_itself() {
        let (lints, tests) = (lines(lints), lines(tests));
        for manifest in manifests() {
            let one = format!("--locked --package {}", name(&manifest));
            let deny = "-- --deny warnings";
            assert_has(&lints, format!("cargo build {one}"));
            assert_has(&lints, format!("cargo clippy {one} {deny}"));
            assert_has(&lints, format!("cargo clippy {one} --all-targets {deny}"));
            let doc = format!("RUSTDOCFLAGS='--deny warnings' cargo doc {one} --no-deps");
            assert_has(&lints, doc);
            assert_has(&tests, format!("cargo test {one}"));
        }
    }

    #[test]
    fn each_feature_is_compiled_alone_and_tested_with_the_others() {
        let (lints, tests) = (lines(lints), lines(tests));
        let mut seen = 0;
        for manifest in manifests() {
            let one = format!("--locked --package {}", name(&manifest));
            let deny = "-- --deny warnings";
            for feature in features(&manifest) {
                let alone = format!("--no-default-features --features {feature}");
                assert_has(&lints, format!("cargo clippy {one} {alone} {deny}"));
                let all = format!("cargo clippy {one} --all-targets --all-features {deny}");
                assert_has(&lints, all);
                assert_has(&tests, format!("cargo test {one} --all-features"));
                seen += 1;
            }
        }
        assert!(seen > 0, "there are features");
    }

    #[test]
    fn what_cargo_component_makes_is_what_the_tests_run() {
        let steps = cargo_component(&Workspace::read().unwrap());
        let [build, test] = &steps[..] else {
            panic!("{steps:?}");
        };
        let built = "cargo component build --locked --release --package rpa-auth";
        assert_eq!(build.to_string(), built);
        let test = test.to_string();
        let file = "wasm32-wasip1/release/rpa_auth.wasm' cargo test ";
        assert!(test.starts_with("RPA_AUTH_PLUGIN_FILE='"), "{test}");
        assert!(
            test.contains(file) && test.contains("--test conformance"),
            "{test}"
        );
    }

    #[test]
    fn what_becomes_a_component_is_linted_and_built_as_one() {
        let lints = lines(lints);
        let mut seen = 0;
        for manifest in manifests() {
            let library = manifest.get("lib").and_then(|lib| lib.get("crate-type"));
            if library.is_some_and(|kinds| kinds.as_array().unwrap().contains(&"cdylib".into())) {
                let one = format!("--locked --package {}", name(&manifest));
                let guest = "--target wasm32-wasip2 --release";
                assert_has(
                    &lints,
                    format!("cargo clippy {one} {guest} -- --deny warnings"),
                );
                assert_has(&lints, format!("cargo build {one} {guest}"));
                seen += 1;
            }
        }
        assert!(seen > 0, "there are components");
    }
}
