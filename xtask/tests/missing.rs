//! What `cargo xtask` says where programs are missing.

use std::process::Command;

#[test]
fn all_missing_programs_are_named_in_one_line_and_nothing_runs() {
    let tests: &[&str] = &[
        "cc",
        "bash",
        "git",
        "ps",
        "redis-cli",
        "redis-server",
        "tinyproxy",
        "dh",
        "lintian",
    ];
    for (command, programs) in [
        ("test", tests),
        ("package", &["cc", "tar"]),
        ("component", &["cc", "cargo-component"]),
        ("dist", &["cargo-zigbuild", "dh", "npm", "python3"]),
        ("dist --quick", &["dh", "npm", "python3"]),
        ("dist --check", &["lintian", "npm", "python3", "sha256sum"]),
        ("wasmtime", &["cc", "wasmtime"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(command.split(' '))
            .env("PATH", folder.path())
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(
            error.starts_with("missing: cargo (https://rustup.rs), "),
            "{error}"
        );
        for program in programs {
            assert!(
                error.contains(&format!(" {program} (")),
                "{program}: {error}"
            );
        }
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_word_that_is_no_command_is_answered_with_the_usage() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("lnit")
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.starts_with("usage: cargo xtask COMMAND\n"), "{error}");
}
