//! What is checked of the packages, in one place.
//!
//! Each package is linted by itself, with its default features and without its
//! dev-dependencies: where cargo compiles several packages together they get each other's
//! features, and what one lacks by itself stays hidden. Each feature alone takes minutes
//! more, and has a command of its own. The tests are compiled together, with all features,
//! so that the engine is compiled once.

use std::num::NonZero;
use std::path::Path;
use std::thread;

use crate::step::Step;
use crate::workspace::{Package, Workspace, component_file};

/// The target of the components.
pub const WASM: &str = "wasm32-wasip2";

/// The target that `cargo component` builds for; it makes the component itself.
pub const WASM_OF_CARGO_COMPONENT: &str = "wasm32-wasip1";

/// What makes clippy fail.
const DENY: [&str; 3] = ["--", "--deny", "warnings"];

/// Returns what a change must pass before its tests.
pub fn lints(workspace: &Workspace) -> Vec<Step> {
    let packages = &workspace.packages;
    let mut steps = vec![Step::new("cargo", &["fmt", "--all", "--check"])];
    for package in packages {
        steps.push(clippy(&["--package", &package.name]));
    }
    let together = ["--workspace", "--all-features"];
    steps.push(clippy(&[&together[..], &["--all-targets"]].concat()));
    for component in components_of(packages) {
        // Clippy goes through the packages that it depends on too.
        steps.push(of_guest(workspace, "clippy", component, &DENY));
    }
    // With the examples the dependencies have the features that clippy's have, and are not
    // compiled once more.
    let targets = ["--no-deps", "--lib", "--bins", "--examples"];
    let doc = cargo("doc", &[&together[..], &targets].concat());
    steps.push(doc.with("RUSTDOCFLAGS", "--deny warnings"));
    steps
}

/// Returns what holds each feature alone against clippy, and the tests of each package that
/// has features without any: they must not need one that is off.
pub fn lints_of_features(workspace: &Workspace) -> Vec<Step> {
    let mut steps = Vec::new();
    for package in &workspace.packages {
        let name = &*package.name;
        for feature in &package.features {
            let alone = ["--no-default-features", "--features", feature];
            steps.push(clippy(&[&["--package", name][..], &alone].concat()));
        }
        if !package.features.is_empty() {
            steps.push(clippy(&["--package", name, "--all-targets"]));
        }
    }
    steps
}

/// Returns what runs every test of the crates. More wait for a server or a moment than
/// compute, so more run at a time than the machine has processors.
pub fn tests() -> Vec<Step> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let tests = cargo("test", &["--workspace", "--all-features"]);
    vec![tests.with("RUST_TEST_THREADS", (processors * 2).to_string())]
}

/// Returns what builds the programs that the packages' tests start, into `target/debug`: all
/// tests together, for with fewer packages the engine has other features and is compiled
/// once more.
pub fn programs() -> Step {
    cargo("test", &["--workspace", "--all-features", "--no-run"])
}

/// Returns what runs the tests of the npm package, which build it first.
pub fn node(workspace: &Workspace) -> Vec<Step> {
    let folder = workspace.root().join("packages/node");
    let npm = |arguments: &[&str]| of_package(workspace, Step::new("npm", arguments), &folder);
    vec![npm(&["ci", "--no-audit", "--no-fund"]), npm(&["test"])]
}

/// Returns what runs the tests of the PyPI package, in an environment of their own.
pub fn python(workspace: &Workspace) -> Vec<Step> {
    let folder = workspace.root().join("packages/python");
    let environment = workspace.target_folder().join("python");
    let python = environment.join("bin/python").display().to_string();
    let in_it = |arguments: &[&str]| {
        let step = Step::new(&*python, &[&["-m"], arguments].concat());
        of_package(workspace, step, &folder)
    };
    vec![
        Step::new(
            "python3",
            &["-m", "venv", &environment.display().to_string()],
        ),
        in_it(&[
            "pip",
            "install",
            "--quiet",
            "--requirement",
            "requirements-test.lock",
        ]),
        in_it(&["pytest"]),
    ]
}

/// Tells a step where the built components and programs are.
fn of_package(workspace: &Workspace, step: Step, folder: &Path) -> Step {
    let target = workspace.target_folder();
    let place = |path: &str| target.join(path).display().to_string();
    step.inside(folder)
        .with("RPA_AUTH_COMPONENTS", place("components"))
        .with("RPA_AUTH_PROGRAMS", place("debug"))
}

/// Returns what builds the components, each by itself.
pub fn components(workspace: &Workspace) -> Vec<Step> {
    let components = components_of(&workspace.packages);
    components
        .map(|component| of_guest(workspace, "build", component, &[]))
        .collect()
}

/// Returns a command of cargo for one component. It builds where the library's build script
/// builds those that it embeds: what one of the two has compiled the other need not.
fn of_guest(workspace: &Workspace, command: &str, component: &Package, rest: &[&str]) -> Step {
    let (name, folder) = (&*component.name, workspace.components_folder());
    let folder = folder.display().to_string();
    let what = ["--package", name, "--release", "--target", WASM];
    let place = ["--target-dir", &folder];
    cargo(command, &[&what[..], &place, rest].concat())
}

fn components_of(packages: &[Package]) -> impl Iterator<Item = &Package> {
    packages.iter().filter(|package| package.is_component)
}

/// Returns what builds the plugin with `cargo component` and tests the result: its
/// exports, its imports, its size and every recorded answer.
pub fn cargo_component(workspace: &Workspace) -> Vec<Step> {
    let plugin = "rpa-auth";
    let build = ["component", "build", "--locked", "--release", "--package"];
    let file = component_file(workspace.target_folder(), plugin, WASM_OF_CARGO_COMPONENT);
    // Skipped are the one that holds what plain cargo builds against what is embedded, and
    // the hosts, which differ in what they do, whoever has built the plugin.
    let skip = [
        "--skip",
        "component::the_build_commands_make",
        "--skip",
        "hosts::",
    ];
    vec![
        Step::new("cargo", &[&build[..], &[plugin]].concat()),
        cargo(
            "test",
            &[
                &["--package", "host-test", "--test", "conformance", "--"][..],
                &skip,
            ]
            .concat(),
        )
        .with("RPA_AUTH_PLUGIN_FILE", file.display().to_string()),
    ]
}

/// Returns what has wasmtime's command make the logins that its own `wasi:http` makes in
/// every test.
pub fn wasmtime() -> Vec<Step> {
    let test = ["--package", "host-test", "--test", "conformance", "--"];
    let test = cargo("test", &[&test[..], &["hosts::wasmtime"]].concat());
    vec![test.with("RPA_AUTH_WASMTIME", "wasmtime")]
}

fn cargo(command: &str, options: &[&str]) -> Step {
    Step::new("cargo", &[&[command, "--locked"], options].concat())
}

fn clippy(options: &[&str]) -> Step {
    cargo("clippy", &[options, &DENY].concat())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use toml::{Table, Value};

    use super::*;

    /// The manifests of the workspace, read without cargo's help.
    fn manifests() -> Vec<Table> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let read = |folder: &str| -> Table {
            let text = fs::read_to_string(root.join(folder).join("Cargo.toml")).unwrap();
            text.parse().unwrap()
        };
        let workspace = read(".");
        let members = workspace["workspace"]["members"].as_array().unwrap();
        let folders = members.iter().flat_map(|member| {
            let member = member.as_str().unwrap();
            let Some(above) = member.strip_suffix("/*") else {
                return vec![member.to_owned()];
            };
            let inside = fs::read_dir(root.join(above)).unwrap();
            let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
            inside
                .map(|entry| format!("{above}/{}", name(entry.unwrap())))
                .collect()
        });
        folders.map(|folder| read(&folder)).collect()
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

    fn lints_of_all() -> Vec<String> {
        let workspace = Workspace::read().unwrap();
        lines(&[lints(&workspace), lints_of_features(&workspace)].concat())
    }

    fn lines(steps: &[Step]) -> Vec<String> {
        steps.iter().map(Step::to_string).collect()
    }

    fn assert_has(lines: &[String], wanted: String) {
        assert!(lines.contains(&wanted), "`{wanted}` is not in the plan");
    }

    #[test]
    fn each_package_and_each_feature_is_linted_by_itself() {
        let lints = lints_of_all();
        let mut seen = 0;
        for manifest in manifests() {
            let one = format!("cargo clippy --locked --package {}", name(&manifest));
            assert_has(&lints, format!("{one} -- --deny warnings"));
            if !features(&manifest).is_empty() {
                assert_has(&lints, format!("{one} --all-targets -- --deny warnings"));
            }
            for feature in features(&manifest) {
                let alone = format!("--no-default-features --features {feature}");
                assert_has(&lints, format!("{one} {alone} -- --deny warnings"));
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
    fn wasmtimes_command_makes_the_logins_of_the_table() {
        let test = "RPA_AUTH_WASMTIME='wasmtime' cargo test --locked --package host-test \
                    --test conformance -- hosts::wasmtime";
        assert_eq!(lines(&wasmtime()), [test]);
    }

    #[test]
    fn what_becomes_a_component_is_linted_and_built_as_one() {
        let lints = lints_of_all();
        let workspace = Workspace::read().unwrap();
        let builds = lines(&components(&workspace));
        let folder = workspace.components_folder().display().to_string();
        let mut seen = 0;
        for manifest in manifests() {
            let library = manifest.get("lib").and_then(|lib| lib.get("crate-type"));
            if library.is_some_and(|kinds| kinds.as_array().unwrap().contains(&"cdylib".into())) {
                let one = format!(
                    "--locked --package {} --release --target wasm32-wasip2 --target-dir {folder}",
                    name(&manifest)
                );
                assert_has(&lints, format!("cargo clippy {one} -- --deny warnings"));
                assert_has(&builds, format!("cargo build {one}"));
                seen += 1;
            }
        }
        assert_eq!(builds.len(), seen, "and nothing else is");
        assert!(seen > 0, "there are components");
    }
}
