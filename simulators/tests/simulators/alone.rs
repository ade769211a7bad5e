//! The program that serves the simulators alone, as a newcomer meets it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulators"));
    command.args(arguments).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// The Control Room's.
    url: String,
}

impl Running {
    fn start(options: &[&str]) -> Self {
        let arguments = [&["--port", "0"], options].concat();
        let mut child = program(&arguments).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self {
            child,
            lines,
            url: String::new(),
        };
        let line = running.line_with("user ada, password");
        running.url = line.split_whitespace().next().unwrap().to_owned();
        running
    }

    /// Sends a request, and returns the answer.
    fn ask(&self, line: &str, body: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\
             accept: application/json\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Reads up to the line that holds `text`, and returns it.
    fn line_with(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended");
            if line.contains(text) {
                return line;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_port_that_is_taken_is_said_in_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = program(&["--port", &port]).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("choose another with --port"), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
}

#[test]
fn help_is_no_error_and_a_wrong_option_is() {
    for arguments in [&["--help"][..], &["--tls", "-h"]] {
        let output = program(arguments).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && out.contains("--port PORT"),
            "{out}"
        );
    }
    let output = program(&["--prot", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_reader_that_is_gone_is_no_panic() {
    let mut child = program(&["--help"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(!err.contains("panicked"), "{err}");
}

#[test]
fn requests_are_shown_as_they_come_and_a_lock_out_can_be_undone() {
    let mut running = Running::start(&[]);
    running.line_with("Requests as they come");
    for _ in 0..2 {
        running.ask("GET /v1/authentication/token/eyJsecret", "");
        let line = running.line_with("Control Room  GET");
        assert!(line.contains("/v1/authentication/token/***"), "{line}");
    }
    let login = |running: &Running, password: &str| {
        let body = format!("{{\"username\":\"ada\",\"password\":\"{password}\"}}");
        running.ask("POST /v2/authentication", &body)
    };
    for _ in 0..3 {
        let refused = login(&running, "wrong");
        assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    }
    let disabled = login(&running, "password");
    assert!(disabled.starts_with("HTTP/1.1 401 "), "{disabled}");
    running
        .child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"\n")
        .unwrap();
    running.line_with("ada is enabled");
    let granted = login(&running, "password");
    assert!(granted.starts_with("HTTP/1.1 200 "), "{granted}");
}

#[test]
fn over_tls_they_say_whom_to_trust() {
    let mut running = Running::start(&["--tls"]);
    assert!(running.url.starts_with("https://"), "{}", running.url);
    let line = running.line_with("--ca-bundle ");
    let bundle = line.trim().strip_prefix("--ca-bundle ").unwrap();
    let pem = std::fs::read_to_string(bundle).unwrap();
    assert!(pem.contains("BEGIN CERTIFICATE"), "{pem}");
}
