//! The programs that the tests run.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::PathBuf;

use crate::Failure;

/// A program that some test runs, and where it comes from.
#[derive(Clone, Copy)]
pub struct Needed {
    program: &'static str,
    from: &'static str,
}

const CARGO: Needed = Needed {
    program: "cargo",
    from: "https://rustup.rs",
};

const CC: Needed = Needed {
    program: "cc",
    from: "a C compiler, on Debian the package gcc",
};

const DATE: Needed = Needed {
    program: "date",
    from: "on Debian the package coreutils",
};

const DEBHELPER: Needed = Needed {
    program: "dh",
    from: "on Debian the package debhelper",
};

const DPKG_BUILDPACKAGE: Needed = Needed {
    program: "dpkg-buildpackage",
    from: "on Debian the package dpkg-dev",
};

const GIT: Needed = Needed {
    program: "git",
    from: "on Debian the package git",
};

const NODE: Needed = Needed {
    program: "node",
    from: "https://nodejs.org, 20 or later",
};

const NPM: Needed = Needed {
    program: "npm",
    from: "https://nodejs.org",
};

const PYTHON: Needed = Needed {
    program: "python3",
    from: "on Debian the packages python3 and python3-venv",
};

/// Where Debian puts the programs of PostgreSQL, in a folder for each version.
const DEBIANS_POSTGRES: &str = "/usr/lib/postgresql";

/// What the tests of the crates, and of the packages for Node and Python, need.
pub const TESTS: &[Needed] = &[
    CARGO,
    CC,
    Needed {
        program: "bash",
        from: "on Debian the package bash",
    },
    Needed {
        program: "chromedriver",
        from: "on Debian the package chromium-driver",
    },
    Needed {
        program: "chromium",
        from: "on Debian the package chromium",
    },
    GIT,
    NODE,
    NPM,
    Needed {
        program: "postgres",
        from: "on Debian the package postgresql",
    },
    Needed {
        program: "ps",
        from: "on Debian the package procps",
    },
    PYTHON,
    Needed {
        program: "redis-cli",
        from: "on Debian the package redis-tools",
    },
    Needed {
        program: "redis-server",
        from: "on Debian the package redis-server",
    },
    Needed {
        program: "schemathesis",
        from: "pip install schemathesis==4.32.5",
    },
    Needed {
        program: "tinyproxy",
        from: "on Debian the package tinyproxy-bin",
    },
];

/// What packaging needs.
pub const PACKAGE: &[Needed] = &[
    CARGO,
    CC,
    Needed {
        program: "tar",
        from: "on Debian the package tar",
    },
];

/// What a release is built with.
pub const DIST: &[Needed] = &[
    CARGO,
    CC,
    Needed {
        program: "cargo-zigbuild",
        from: "pip install cargo-zigbuild==0.24.1 ziglang==0.17.1",
    },
    DATE,
    DEBHELPER,
    DPKG_BUILDPACKAGE,
    GIT,
    NPM,
    PYTHON,
];

/// What the same packages are built with around a program that is there.
pub const DIST_QUICK: &[Needed] = &[
    CARGO,
    CC,
    DATE,
    DEBHELPER,
    DPKG_BUILDPACKAGE,
    GIT,
    NPM,
    PYTHON,
];

/// What tries the packages of a release.
pub const DIST_CHECK: &[Needed] = &[
    CARGO,
    Needed {
        program: "dpkg",
        from: "on Debian the package dpkg",
    },
    Needed {
        program: "fakeroot",
        from: "on Debian the package fakeroot",
    },
    Needed {
        program: "lintian",
        from: "on Debian the package lintian",
    },
    NODE,
    NPM,
    PYTHON,
    Needed {
        program: "sha256sum",
        from: "on Debian the package coreutils",
    },
];

/// What the tests of the plugin that `cargo component` makes need.
pub const CARGO_COMPONENT: &[Needed] = &[
    CARGO,
    CC,
    Needed {
        program: "cargo-component",
        from: "cargo install cargo-component --locked --version 0.21.1",
    },
];

/// What the logins by wasmtime's command need.
pub const WASMTIME: &[Needed] = &[
    CARGO,
    CC,
    Needed {
        program: "wasmtime",
        from: "https://wasmtime.dev, or cargo install wasmtime-cli --locked --version 48.0.8",
    },
];

/// Names those that are missing in one line, each with where it comes from.
pub fn look_for(lists: &[&[Needed]]) -> Result<(), Failure> {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir(DEBIANS_POSTGRES)
        .into_iter()
        .flatten()
        .flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    look_in(
        &folders.chain(env::split_paths(&path)).collect::<Vec<_>>(),
        lists,
    )
}

fn look_in(folders: &[PathBuf], lists: &[&[Needed]]) -> Result<(), Failure> {
    let is_there = |program| folders.iter().any(|folder| folder.join(program).is_file());
    let mut seen = HashSet::new();
    let missing: Vec<_> = lists
        .iter()
        .copied()
        .flatten()
        .filter(|needed| seen.insert(needed.program) && !is_there(needed.program))
        .map(|needed| format!("{} ({})", needed.program, needed.from))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("missing: {}", missing.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the outside this is not seen where Debian's PostgreSQL is.
    #[test]
    fn a_postgresql_that_is_missing_is_named_with_its_package() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().to_owned()];
        let error = look_in(&folders, &[TESTS]).unwrap_err();
        let named = "postgres (on Debian the package postgresql)";
        assert!(error.contains(named), "{error}");
        for needed in TESTS {
            fs::write(folder.path().join(needed.program), "").unwrap();
        }
        assert_eq!(look_in(&folders, &[TESTS]), Ok(()));
    }
}
