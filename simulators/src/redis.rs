//! A real `redis-server` for tests: on a port and in a folder of its own, ended with
//! the value that stands for it, also when a test panics.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::Authority;
use crate::port::free_port;
use crate::process::{self, PATIENCE, write};

/// How a server is to be set up. By default it writes nothing to disk.
pub struct RedisBuilder {
    lines: Vec<String>,
    is_sentinel: bool,
    certificate: Option<(String, String, String)>,
}

/// A server of this test alone.
pub struct RedisServer {
    /// The running process.
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    is_tls: bool,
    is_sentinel: bool,
    starts: u32,
}

impl RedisServer {
    /// One with nothing set.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// One that is still to be set up.
    pub fn builder() -> RedisBuilder {
        RedisBuilder {
            lines: Vec::new(),
            is_sentinel: false,
            certificate: None,
        }
    }

    /// A sentinel that watches `primary` under the name `main`, and makes a replica the
    /// primary half a second after that one is gone. It is still to be started.
    pub fn sentinel_of(primary: &Self) -> RedisBuilder {
        let port = primary.port();
        let mut builder = Self::builder()
            .line(format!("sentinel monitor main 127.0.0.1 {port} 1"))
            .line("sentinel down-after-milliseconds main 500")
            .line("sentinel failover-timeout main 5000");
        builder.is_sentinel = true;
        builder
    }

    /// Its URL without user and password.
    pub fn url(&self) -> String {
        self.url_with("")
    }

    /// The same with `user:password@` in it.
    pub fn url_with(&self, login: &str) -> String {
        let scheme = if self.is_tls { "rediss" } else { "redis" };
        format!("{scheme}://{login}127.0.0.1:{}", self.port)
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Ends it as an operator would.
    pub fn stop(&mut self) {
        self.signal(Signal::TERM);
        self.wait();
    }

    /// Ends it at once, as `kill -9` or a power failure of the process would.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.wait();
    }

    /// Makes it answer nobody, with its connections open, until
    /// [`resume`](Self::resume).
    pub fn pause(&self) {
        process::pause(&[self.id()]);
    }

    /// Lets it answer again.
    pub fn resume(&self) {
        process::resume(&[self.id()]);
    }

    /// Starts it again, after it was ended: same port, same folder.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "it still runs");
        assert!(
            self.run(),
            "redis-server did not start again: {}",
            self.log()
        );
    }

    /// What it says to a command of `redis-cli`, without TLS.
    pub fn say(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(words)
            .output()
            .expect("redis-cli is missing: install the package redis-tools");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Whether it came up. It does not where somebody else has the port.
    fn run(&mut self) -> bool {
        self.starts += 1;
        let port = self.port.to_string();
        let (plain, tls) = if self.is_tls {
            ("0", port.as_str())
        } else {
            (port.as_str(), "0")
        };
        let child = Command::new("redis-server")
            .arg(self.folder.path().join("redis.conf"))
            .args(self.is_sentinel.then_some("--sentinel"))
            .args(["--port", plain, "--tls-port", tls])
            .arg("--logfile")
            .arg(self.log_file())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is missing: install the package redis-server");
        let log = self.log_file();
        let child = self.child.insert(child);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if said.contains("Ready to accept connections") || said.contains("Sentinel ID is") {
                return true;
            }
            if child.try_wait().is_ok_and(|status| status.is_some()) {
                break;
            }
            sleep(Duration::from_millis(5));
        }
        self.kill();
        false
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join(format!("log-{}", self.starts))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn signal(&self, signal: Signal) {
        process::signal(self.id(), signal);
    }

    fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    fn wait(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.wait().expect("a child can be waited for");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

impl RedisBuilder {
    /// Adds a line of `redis.conf`.
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Speaks TLS only, with a certificate of `authority`.
    pub fn tls(mut self, authority: &Authority) -> Self {
        let (certificate, key) = authority.server_certificate(&["localhost", "127.0.0.1"]);
        self.certificate = Some((certificate, key, authority.pem()));
        self.line("tls-auth-clients no")
    }

    /// Lets in only clients with a certificate of the authority.
    pub fn for_clients_with_certificate(self) -> Self {
        self.line("tls-auth-clients yes")
    }

    /// Starts it, and comes back when it takes connections.
    pub fn start(self) -> RedisServer {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut lines = vec![
            "bind 127.0.0.1".to_owned(),
            "save \"\"".to_owned(),
            "daemonize no".to_owned(),
            format!("dir {}", folder.path().display()),
            format!("unixsocket {}", folder.path().join("socket").display()),
        ];
        if let Some((certificate, key, ca)) = &self.certificate {
            for (setting, pem) in [
                ("tls-cert-file", certificate),
                ("tls-key-file", key),
                ("tls-ca-cert-file", ca),
            ] {
                let path = folder.path().join(setting);
                write(&path, pem);
                lines.push(format!("{setting} {}", path.display()));
            }
        }
        lines.extend(self.lines);
        write(&folder.path().join("redis.conf"), &lines.join("\n"));
        let mut server = RedisServer {
            child: None,
            folder,
            port: 0,
            is_tls: self.certificate.is_some(),
            is_sentinel: self.is_sentinel,
            starts: 0,
        };
        for _ in 0..5 {
            server.port = free_port();
            if server.run() {
                return server;
            }
        }
        panic!("redis-server did not start: {}", server.log());
    }
}
