//! Other processes: `store_worker`, ended with the value that stands for it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use rpa_auth_host::Version;

pub struct Worker {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Worker {
    pub fn start(url: &str, key: &str, command: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_store_worker"))
            .args([url, key])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// The next line that it prints; `None` at the end.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        // A line that was cut by the end is none.
        self.output.read_line(&mut line).unwrap();
        line.strip_suffix('\n').map(str::to_owned)
    }

    /// Gives it the line that it waits for, and reads the version that it wrote.
    pub fn go(&mut self) -> Version {
        let mut input = self.child.stdin.take().unwrap();
        input.write_all(b"go\n").unwrap();
        self.line().expect("it writes").into()
    }

    /// The rest of what it prints, after it ended well.
    pub fn finish(mut self) -> Vec<String> {
        let lines = std::iter::from_fn(|| self.line()).collect();
        assert!(self.child.wait().unwrap().success());
        lines
    }

    /// `kill -9`, and what it had printed till then.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        std::iter::from_fn(|| self.line()).collect()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
