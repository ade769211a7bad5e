//! Other processes: `session_worker`, ended with the value that stands for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use simulators::process;

/// One such process. Dropping it kills it.
pub struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// So many processes of the program `session_worker` over one store. They start side by
    /// side.
    pub fn several<const N: usize>(program: &str, store: &str) -> [Self; N] {
        let mut workers = std::array::from_fn(|_| Self::begin(program, store));
        for worker in &mut workers {
            assert_eq!(worker.line(), "ready");
        }
        workers
    }

    fn begin(program: &str, store: &str) -> Self {
        let mut child = Command::new(program)
            .arg(store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Gives it a line to do.
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it still listens");
        writeln!(input, "{line}").unwrap();
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.strip_suffix('\n')
            .expect("it prints a line")
            .to_owned()
    }

    /// Gives it a line to do, and reads what it says to it.
    pub fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.line()
    }

    /// The rest of what it prints, after it has done everything and ended well.
    pub fn finish(mut self) -> Vec<String> {
        self.input = None;
        let lines = self.output.by_ref().lines().map(Result::unwrap).collect();
        assert!(self.child.wait().unwrap().success());
        lines
    }

    /// Lets it stand still, wherever it is.
    pub fn pause(&self) {
        process::pause(&[self.child.id()]);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        process::resume(&[self.child.id()]);
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
