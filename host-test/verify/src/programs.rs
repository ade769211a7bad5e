//! The programs that the tests run.

use std::env;

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

/// Returns those that are missing, each with where it comes from.
pub fn missing() -> Vec<String> {
    NEEDED
        .iter()
        .filter(|needed| !is_there(needed.program))
        .map(|needed| format!("{} ({})", needed.program, needed.from))
        .collect()
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
