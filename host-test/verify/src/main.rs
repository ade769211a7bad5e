//! `cargo verify`: every test of the workspace, after a look for the programs that
//! they need. `cargo verify lint`: what a change must pass before its tests.
//!
//! Both go through the packages one by one, each with its default features: built
//! together, packages get each other's features, and what one lacks by itself stays
//! hidden. Cargo says which packages and features there are.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use serde_json::Value;

/// A program that some test runs, and where it comes from.
struct Needed {
    program: &'static str,
    from: &'static str,
}

const NEEDED: &[Needed] = &[
    Needed {
        program: "cargo",
        from: "https://rustup.rs",
    },
    Needed {
        program: "cc",
        from: "a C compiler, on Debian the package gcc",
    },
    Needed {
        program: "bash",
        from: "on Debian the package bash",
    },
    Needed {
        program: "redis-server",
        from: "on Debian the package redis-server",
    },
    Needed {
        program: "tinyproxy",
        from: "on Debian the package tinyproxy-bin",
    },
];

/// The target of the components.
const WASM: &str = "wasm32-wasip2";

/// The packages that become components.
const COMPONENTS: [&str; 2] = ["rpa-auth", "rpa-auth-session"];

/// Why the whole failed.
type Failure = String;

/// A package of the workspace.
struct Package {
    name: String,
    features: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => test(),
        ["lint"] => lint(),
        _ => Err("usage: cargo verify [lint]".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every test.
fn test() -> Result<(), Failure> {
    let missing: Vec<String> = NEEDED
        .iter()
        .filter(|needed| !is_there(needed.program))
        .map(|needed| format!("{} ({})", needed.program, needed.from))
        .collect();
    if !missing.is_empty() {
        return Err(format!("missing: {}", missing.join(", ")));
    }
    for package in packages()? {
        cargo(&["test", "--locked", "--package", &package.name])?;
    }
    Ok(())
}

/// Checks form, lints, documentation and features, and prints the components' sizes.
fn lint() -> Result<(), Failure> {
    run(&mut Command::new("rustup"), &["target", "add", WASM])?;
    cargo(&["fmt", "--all", "--check"])?;
    for Package { name, features } in packages()? {
        clippy(&["--package", &name, "--all-targets"])?;
        for feature in &features {
            let one = ["--no-default-features", "--features", feature];
            clippy(&[&["--package", &name, "--lib"], &one[..]].concat())?;
        }
        cargo_with(
            &[("RUSTDOCFLAGS", "-D warnings")],
            &["doc", "--locked", "--no-deps", "--package", &name],
        )?;
    }
    for name in COMPONENTS {
        clippy(&["--package", name, "--target", WASM, "--release"])?;
        cargo(&[
            "build",
            "--locked",
            "--package",
            name,
            "--target",
            WASM,
            "--release",
        ])?;
    }
    for name in COMPONENTS {
        let file = format!("{WASM}/release/{}.wasm", name.replace('-', "_"));
        let file = target_folder()?.join(file);
        let size = fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        println!("{name}: {} bytes", size.len());
    }
    Ok(())
}

fn clippy(arguments: &[&str]) -> Result<(), Failure> {
    let before = ["clippy", "--locked"];
    let after = ["--", "--deny", "warnings"];
    cargo(&[&before[..], arguments, &after[..]].concat())
}

/// The packages of the workspace, with the features that they have beside the default.
fn packages() -> Result<Vec<Package>, Failure> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let packages: Vec<Package> = packages
        .filter_map(|package| {
            let features = package["features"].as_object()?.keys();
            Some(Package {
                name: package["name"].as_str()?.to_owned(),
                features: features.filter(|f| *f != "default").cloned().collect(),
            })
        })
        .collect();
    if packages.is_empty() {
        return Err("cargo metadata names no package".to_owned());
    }
    Ok(packages)
}

fn target_folder() -> Result<std::path::PathBuf, Failure> {
    let metadata = metadata()?;
    let folder = metadata["target_directory"].as_str();
    let folder = folder.ok_or("cargo metadata names no target folder")?;
    Ok(Path::new(folder).to_owned())
}

fn metadata() -> Result<Value, Failure> {
    let mut command = Command::new("cargo");
    command.args(["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    let output = command
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn cargo(arguments: &[&str]) -> Result<(), Failure> {
    cargo_with(&[], arguments)
}

/// Runs cargo without what the cargo that runs this has put into the environment.
fn cargo_with(variables: &[(&str, &str)], arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("cargo");
    for (key, _) in env::vars_os() {
        if key.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(key);
        }
    }
    command.envs(variables.iter().copied());
    run(&mut command, arguments)
}

fn run(command: &mut Command, arguments: &[&str]) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let what = format!("{program} {}", arguments.join(" "));
    println!("{what}");
    match command.args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{what}: {status}")),
        Err(error) => Err(format!("{what}: {error}")),
    }
}
