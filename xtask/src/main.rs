//! `cargo xtask`: what the project does with itself. [`plan`] says which commands each
//! subcommand runs.

mod contract;
mod dist;
mod files;
mod metadata;
mod package;
mod plan;
mod programs;
mod step;
mod workspace;

use std::env;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use dist::Form;
use step::Step;
use workspace::Workspace;

/// A sentence that says why the whole failed.
type Failure = String;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  test          runs every test, after a look for the programs that they need
  lint          what a change must pass before: form, clippy and documents of each package by
                itself, for host and guest; --features: clippy of each feature alone
  components    builds the components into target/components, and prints how large they are
  package       packages the library with its components, and the command; builds and runs a
                program on the packaged library, and installs the packaged command, elsewhere
  dist          builds what a release consists of into dist/; --quick into target/dist, with
                the program that the tests compile
  dist --check  installs each package of a release (--quick: of the quick one) where nothing
                else is, and makes a login with it
  contract      prints the contract as JSON: interfaces, types, functions and their documentation
  component     holds what `cargo component` makes of the plugin against the same tests
  wasmtime      has the command `wasmtime run` make the logins of the table of hosts";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["test"] => test(),
        ["lint"] => lint(plan::lints),
        ["lint", "--features"] => lint(plan::lints_of_features),
        ["components"] => components(),
        ["package"] => package(),
        ["dist"] => dist(Form::Release),
        ["dist", "--quick"] => dist(Form::Quick),
        ["dist", "--check"] => dist_check(Form::Release),
        ["dist", "--check", "--quick"] => dist_check(Form::Quick),
        ["contract"] => contract(),
        ["component"] => component(),
        ["wasmtime"] => wasmtime(),
        _ => Err(USAGE.to_owned()),
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
    programs::look_for(&[programs::TESTS, programs::DIST_QUICK, programs::DIST_CHECK])?;
    add_target(plan::WASM)?;
    let workspace = Workspace::read()?;
    let mut steps = plan::components(&workspace);
    steps.extend(plan::tests());
    steps.push(plan::programs());
    run(&steps)?;
    package::copy_components(&workspace, &workspace.components_folder())?;
    run(&[plan::node(&workspace), plan::python(&workspace)].concat())?;
    dist::make(&workspace, Form::Quick)?;
    dist::check::run(&workspace, dist::folder(&workspace, Form::Quick))
}

fn package() -> Result<(), Failure> {
    programs::look_for(&[programs::PACKAGE])?;
    add_target(plan::WASM)?;
    let workspace = Workspace::read()?;
    run(&plan::components(&workspace))?;
    package::library_and_command(&workspace)
}

fn dist(form: Form) -> Result<(), Failure> {
    programs::look_for(&[match form {
        Form::Release => programs::DIST,
        Form::Quick => programs::DIST_QUICK,
    }])?;
    add_target(plan::WASM)?;
    let workspace = Workspace::read()?;
    run(&plan::components(&workspace))?;
    dist::make(&workspace, form)
}

fn dist_check(form: Form) -> Result<(), Failure> {
    programs::look_for(&[programs::DIST_CHECK])?;
    let workspace = Workspace::read()?;
    let folder = dist::folder(&workspace, form);
    dist::check::run(&workspace, folder)
}

fn components() -> Result<(), Failure> {
    add_target(plan::WASM)?;
    let workspace = Workspace::read()?;
    run(&plan::components(&workspace))?;
    let folder = workspace.components_folder();
    for (file, size) in package::copy_components(&workspace, &folder)? {
        println!("{}: {size} bytes", file.display());
    }
    Ok(())
}

fn contract() -> Result<(), Failure> {
    let workspace = Workspace::read()?;
    println!("{:#}", contract::read(&workspace.root().join("wit"))?);
    Ok(())
}

fn component() -> Result<(), Failure> {
    programs::look_for(&[programs::CARGO_COMPONENT])?;
    for target in [plan::WASM, plan::WASM_OF_CARGO_COMPONENT] {
        add_target(target)?;
    }
    run(&plan::cargo_component(&Workspace::read()?))
}

fn wasmtime() -> Result<(), Failure> {
    programs::look_for(&[programs::WASMTIME])?;
    add_target(plan::WASM)?;
    run(&plan::wasmtime())
}

fn lint(steps: fn(&Workspace) -> Vec<Step>) -> Result<(), Failure> {
    add_target(plan::WASM)?;
    run(&steps(&Workspace::read()?))
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
