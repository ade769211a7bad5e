//! `cargo verify`: every test of the workspace, after a look for the programs
//! that they need.

use std::env;
use std::process::{Command, ExitCode};

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

fn main() -> ExitCode {
    let missing: Vec<String> = NEEDED
        .iter()
        .filter(|needed| !is_there(needed.program))
        .map(|needed| format!("{} ({})", needed.program, needed.from))
        .collect();
    if !missing.is_empty() {
        eprintln!("missing: {}", missing.join(", "));
        return ExitCode::FAILURE;
    }
    match cargo(&["test", "--workspace", "--locked"]) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs cargo without what the cargo that runs this has put into the
/// environment.
fn cargo(arguments: &[&str]) -> bool {
    let mut command = Command::new("cargo");
    for (key, _) in env::vars_os() {
        if key.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(key);
        }
    }
    println!("cargo {}", arguments.join(" "));
    let status = command.args(arguments).status();
    status.is_ok_and(|status| status.success())
}
