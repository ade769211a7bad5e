//! Finds the components that this library embeds: in the package, where it was packaged
//! with them (`cargo xtask package`); in a clone it builds them from the sources around it.
//!
//! A nested cargo builds them, with a target folder of its own (the outer one is
//! locked) and without the outer build's environment. All profiles and features of
//! this library share that folder, so that the components are built once.
//!
//! Where `RPA_AUTH_PLUGIN_FILE` names a file, that is embedded as the plugin instead: so
//! `cargo xtask component` tries what another tool has built.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-wasip2";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let manifest = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let workspace = manifest.parent();
    let workspace = workspace.filter(|above| above.join("components/sans-io").is_dir());
    if let Some(workspace) = workspace {
        watch(workspace);
        add_target();
    }
    let plugin = given("RPA_AUTH_PLUGIN_FILE");
    for (variable, package, given) in [
        ("RPA_AUTH_SANS_IO_COMPONENT", "rpa-auth-sans-io", None),
        (
            "RPA_AUTH_SANS_IO_SESSION_COMPONENT",
            "rpa-auth-sans-io-session",
            None,
        ),
        ("RPA_AUTH_COMPONENT", "rpa-auth", plugin),
        ("RPA_AUTH_SESSION_COMPONENT", "rpa-auth-session", None),
    ] {
        let file = given.unwrap_or_else(|| match workspace {
            Some(workspace) => build(workspace, package),
            None => packaged(&manifest, package),
        });
        println!("cargo:rustc-env={variable}={}", file.display());
    }
}

/// Returns the component of a package that lies in this one.
fn packaged(manifest: &Path, package: &str) -> PathBuf {
    let file = manifest.join("components").join(file_name(package));
    assert!(
        file.is_file(),
        "{} is missing: this library is built in a clone of its repository, or from a package \
         that `cargo xtask package` made",
        file.display()
    );
    file
}

/// Returns the name of the file that cargo makes of a component's package.
fn file_name(package: &str) -> String {
    format!("{}.wasm", package.replace('-', "_"))
}

/// Returns the file that a variable of the environment names, if it names one.
fn given(variable: &str) -> Option<PathBuf> {
    println!("cargo:rerun-if-env-changed={variable}");
    let file = PathBuf::from(env::var_os(variable)?);
    println!("cargo:rerun-if-changed={}", file.display());
    Some(file)
}

fn watch(workspace: &Path) {
    for source in [
        "Cargo.toml",
        "Cargo.lock",
        "build.rs",
        "src",
        "components",
        "flows",
        "guest",
        "sharing",
        "wit",
        ".cargo",
    ] {
        println!(
            "cargo:rerun-if-changed={}",
            workspace.join(source).display()
        );
    }
}

/// Returns the component of a package, as a copy that no other build replaces.
///
/// Each is built by itself, as `cargo build -p` does it.
fn build(workspace: &Path, package: &str) -> PathBuf {
    let out_dir = PathBuf::from(variable("OUT_DIR"));
    let target_dir = outer_target_dir(&out_dir).join("components");
    let status = nested(variable("CARGO"))
        .args(["build", "--package", package, "--release", "--locked"])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target_dir)
        .current_dir(workspace)
        .status()
        .expect("cargo runs cargo");
    assert!(status.success(), "the component did not build; see above");
    let file = file_name(package);
    let copy = out_dir.join(&file);
    fs::copy(target_dir.join(TARGET).join("release").join(file), &copy)
        .expect("cargo has just built it, and this folder is the script's");
    copy
}

/// Returns the target folder that holds `out_dir`: cargo marks it with a file.
fn outer_target_dir(out_dir: &Path) -> &Path {
    let mut folders = out_dir.ancestors();
    let marked = folders.find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.unwrap_or(out_dir)
}

/// Adds the target to the toolchain where it is missing.
fn add_target() {
    let libraries = nested(variable("RUSTC"))
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .expect("cargo knows its rustc");
    let folder = String::from_utf8_lossy(&libraries.stdout).trim().to_owned();
    if Path::new(&folder).exists() {
        return;
    }
    let added = nested("rustup".into())
        .args(["target", "add", TARGET])
        .status();
    assert!(
        added.is_ok_and(|status| status.success()),
        "the target {TARGET} is missing and rustup could not add it; \
         run `rustup target add {TARGET}`, or install the target's library for this toolchain",
    );
}

/// A tool that behaves as if called from a shell in the workspace: the outer
/// build's flags, wrappers and target folder are none of its business.
fn nested(program: OsString) -> Command {
    let mut command = Command::new(program);
    for (key, _) in env::vars_os() {
        let key = key.to_string_lossy().into_owned();
        let is_outer = key.starts_with("CARGO_PROFILE_")
            || key.starts_with("CARGO_BUILD_")
            || key.starts_with("CARGO_TARGET_")
            || key.starts_with("CARGO_FEATURE_")
            || key.starts_with("CARGO_CFG_");
        if is_outer {
            command.env_remove(key);
        }
    }
    for key in [
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_MAKEFLAGS",
        "MAKEFLAGS",
        "RUSTC",
        "RUSTC_LINKER",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
        "TARGET",
    ] {
        command.env_remove(key);
    }
    command
}

fn variable(name: &str) -> OsString {
    env::var_os(name).unwrap_or_default()
}
