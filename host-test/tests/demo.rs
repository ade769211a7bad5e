//! The tour, as a newcomer meets it.

use std::process::{Command, Stdio};

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn the_tour_ends_well_and_shows_every_step() {
    let output = demo(&[]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{out}");
    let first: Vec<&str> = out.lines().take(3).collect();
    assert!(first[0].contains("each for itself"), "{out}");
    assert!(first[1].contains("a lock around the login"), "{out}");
    let shared = "the shared session:       1 login,   0 failed calls, 20 of 20 ended well";
    assert!(first[2].ends_with(shared), "{out}");
    assert!(out.contains("All 13 steps did what they should."), "{out}");
    assert!(!out.contains("NOT AS IT SHOULD BE"), "{out}");
}

#[test]
fn help_is_no_error_and_an_option_is_one() {
    let help = demo(&["--help"]).output().unwrap();
    let out = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success() && out.contains("cargo run"), "{out}");
    let output = demo(&["simulators"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("there is no simulators here"), "{err}");
}

#[test]
fn a_reader_that_is_gone_is_no_panic() {
    for arguments in [&["--help"][..], &[]] {
        let mut child = demo(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("panicked"), "{arguments:?}: {err}");
    }
}
