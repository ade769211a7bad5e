//! `cargo verify` runs every test of the workspace, after a look for the programs that
//! they need. `cargo verify lint` does what a change must pass before its tests: it
//! checks the form, builds, lints and documents each package by itself, compiles each
//! feature alone, and prints how large the components are. `cargo verify component`
//! holds what `cargo component` makes of the plugin against the same tests.
//!
//! [`plan`] says which commands that are.

mod plan;
mod programs;
mod step;
mod workspace;

use std::env;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use step::Step;
use workspace::Workspace;

/// A sentence that says why the whole failed.
type Failure = String;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => test(),
        ["lint"] => lint(),
        ["component"] => component(),
        _ => Err("usage: cargo verify [lint | component]".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> Result<(), Failure> {
    programs::look_for(programs::TESTS)?;
    add_target(plan::WASM)?;
    run(&plan::tests(&Workspace::read()?.packages))
}

fn component() -> Result<(), Failure> {
    programs::look_for(programs::CARGO_COMPONENT)?;
    for target in [plan::WASM, plan::WASM_OF_CARGO_COMPONENT] {
        add_target(target)?;
    }
    run(&plan::cargo_component(&Workspace::read()?))
}

fn lint() -> Result<(), Failure> {
    add_target(plan::WASM)?;
    let workspace = Workspace::read()?;
    run(&plan::lints(&workspace.packages))?;
    for name in workspace.components() {
        let file = workspace.component_file(name, plan::WASM);
        let size = fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        println!("{name}: {} bytes", size.len());
    }
    Ok(())
}

/// Runs all of them until one fails. Says at the end how long each took.
fn run(steps: &[Step]) -> Result<(), Failure> {
    let mut times: Vec<(&Step, Duration)> = Vec::new();
    for step in steps {
        println!("{step}");
        let start = Instant::now();
        step.run()?;
        times.push((step, start.elapsed()));
    }
    for (step, time) in &times {
        println!("{:>5} s  {step}", time.as_secs());
    }
    let total: Duration = times.iter().map(|(_, time)| *time).sum();
    println!("{:>5} s  in all", total.as_secs());
    Ok(())
}

/// Adds a target to the toolchain where it is missing. A toolchain that is not rustup's
/// may have it too.
fn add_target(target: &str) -> Result<(), Failure> {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .map_err(|error| format!("rustc: {error}"))?;
    let folder = String::from_utf8_lossy(&libraries.stdout).trim().to_owned();
    if fs::exists(folder).unwrap_or(false) {
        return Ok(());
    }
    Step::new("rustup", &["target", "add", target]).run()
}
