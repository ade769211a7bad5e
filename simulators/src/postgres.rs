//! A real PostgreSQL for tests: on a port and in a folder of its own, ended with the
//! value that stands for it, also when a test panics.
//!
//! The server refuses to run as root: a test that does starts it as the user `nobody`.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::Authority;
use crate::port::free_port;
use crate::process::{self, PATIENCE, write};

/// User and group `nobody` on Linux.
const NOBODY: u32 = 65_534;

/// Where Debian puts the programs, in a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// What is done once: a user with a database of its own.
const SETUP: &str = "CREATE ROLE robot LOGIN PASSWORD 's3cret/1'; \
    CREATE DATABASE rpa OWNER robot";

/// How a server is to be set up.
pub struct PostgresBuilder {
    lines: Vec<String>,
    logins: Vec<String>,
    certificate: Option<(String, String, String)>,
}

/// A server of this test alone.
pub struct PostgresServer {
    /// The running process.
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    starts: u32,
}

impl PostgresServer {
    /// The password of the user `robot`, percent-encoded.
    pub const PASSWORD: &str = "s3cret%2F1";

    /// One with nothing set: the user `robot` logs in with its password.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// One that is still to be set up.
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder {
            lines: Vec::new(),
            logins: Vec::new(),
            certificate: None,
        }
    }

    /// The URL of the database `rpa` for its owner, with the password.
    pub fn url(&self) -> String {
        self.url_with(&format!("robot:{}@", Self::PASSWORD))
    }

    /// The same with another `user:password@`.
    pub fn url_with(&self, login: &str) -> String {
        format!("postgres://{login}127.0.0.1:{}/rpa", self.port)
    }

    /// The folder of its Unix socket, where everybody is believed to be who he says.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends it as an operator would, without waiting for clients.
    pub fn stop(&mut self) {
        process::signal(self.id(), Signal::INT);
        self.wait();
    }

    /// Ends all its processes at once, as `kill -9` or a power failure would.
    pub fn kill(&mut self) {
        let all = self.processes();
        for id in all {
            process::signal(id, Signal::KILL);
        }
        self.wait();
    }

    /// Makes it answer nobody, with its connections open, until
    /// [`resume`](Self::resume).
    pub fn pause(&self) {
        process::pause(&self.processes());
    }

    /// Lets it answer again.
    pub fn resume(&self) {
        process::resume(&self.processes());
    }

    /// Starts it again, after it was ended: same port, same folder.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "it still runs");
        let end = Instant::now() + PATIENCE;
        // A process of the run that was killed may not have gone yet.
        while !self.run() {
            assert!(
                Instant::now() < end,
                "postgres did not start again: {}",
                self.log()
            );
        }
    }

    /// Copies its data as they are into a server that repeats its writes.
    pub fn standby(&self) -> Self {
        let mut standby = Self {
            child: None,
            folder: own_folder(),
            port: 0,
            starts: 0,
        };
        let copied = as_user("pg_basebackup")
            .arg("--pgdata")
            .arg(standby.data())
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
            .arg("--host")
            .arg(self.folder.path())
            .args(["--port", &self.port.to_string(), "--username=postgres"])
            .output()
            .expect("pg_basebackup is there");
        assert!(copied.status.success(), "{copied:?}");
        standby.start_somewhere();
        standby
    }

    /// Makes a standby the primary.
    pub fn promote(&self) {
        assert_eq!(self.say("SELECT pg_promote()"), "t");
    }

    /// What it says to a statement of its superuser in the database `rpa`.
    pub fn say(&self, statement: &str) -> String {
        self.say_in("rpa", statement)
    }

    /// Begins to say something that takes long. The server gives it up when the process
    /// that is returned has ended.
    pub fn keep_saying(&self, statement: &str) -> Child {
        self.psql("rpa", statement)
            .stdout(Stdio::null())
            .spawn()
            .expect("psql is there")
    }

    fn say_in(&self, database: &str, statement: &str) -> String {
        let output = self.psql(database, statement).output();
        let output = output.expect("psql is there");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(output.status.success(), "{said} {output:?}");
        said
    }

    /// Statements with `; ` between them are said in one session, one by one.
    fn psql(&self, database: &str, statement: &str) -> Command {
        let mut command = Command::new(program("psql"));
        command
            .arg("--host")
            .arg(self.folder.path())
            .args(["--port", &self.port.to_string(), "--username=postgres"])
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set=ON_ERROR_STOP=1", "--dbname", database])
            .args(statement.split("; ").flat_map(|one| ["--command", one]));
        command
    }

    /// Whether it came up. It does not where somebody else has the port.
    fn run(&mut self) -> bool {
        self.starts += 1;
        let log = File::create(self.log_file()).expect("a file of our own can be made");
        let child = as_user("postgres")
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("postgres can be started");
        self.child = Some(child);
        let end = Instant::now() + PATIENCE;
        while !self.log().contains("ready to accept") {
            if self.has_ended() {
                self.child = None;
                return false;
            }
            assert!(Instant::now() < end, "it hangs: {}", self.log());
            sleep(Duration::from_millis(5));
        }
        true
    }

    fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("it runs");
        child.try_wait().is_ok_and(|status| status.is_some())
    }

    fn start_somewhere(&mut self) {
        for _ in 0..5 {
            self.port = free_port();
            if self.run() {
                return;
            }
        }
        panic!("postgres did not start: {}", self.log());
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join(format!("log-{}", self.starts))
    }

    /// What it wrote since its last start.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// The first process, and one for each connection and task.
    fn processes(&self) -> Vec<u32> {
        let id = self.id();
        let children = process::ps(&["-o", "pid=", "--ppid", &id.to_string()]);
        let children = children.iter().filter_map(|id| id.parse().ok());
        [id].into_iter().chain(children).collect()
    }

    fn wait(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.wait().expect("a child can be waited for");
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if self.child.is_none() {
            return;
        }
        // At once, and so that it gives its shared memory back.
        self.resume();
        process::signal(self.id(), Signal::QUIT);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.has_ended() {
                return;
            }
            sleep(Duration::from_millis(5));
        }
        self.kill();
    }
}

impl PostgresBuilder {
    /// Adds a line of `postgresql.conf`.
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Puts a line before those of `pg_hba.conf`.
    pub fn login(mut self, line: impl Into<String>) -> Self {
        self.logins.push(line.into());
        self
    }

    /// Speaks TLS, with a certificate of `authority`, and takes nobody without it who
    /// comes over TCP.
    pub fn tls(mut self, authority: &Authority) -> Self {
        let (certificate, key) = authority.server_certificate(&["localhost", "127.0.0.1"]);
        self.certificate = Some((certificate, key, authority.pem()));
        self.login("hostnossl all all all reject").line("ssl = on")
    }

    /// Lets in only clients with a certificate of the authority in the user's name,
    /// without a password.
    pub fn for_clients_with_certificate(self) -> Self {
        self.login("hostssl all all all cert")
    }

    /// Starts it, and comes back when it takes connections.
    pub fn start(self) -> PostgresServer {
        let mut server = PostgresServer {
            child: None,
            folder: own_folder(),
            port: 0,
            starts: 0,
        };
        let made = as_user("initdb")
            .arg("--pgdata")
            .arg(server.data())
            .args(["--auth=trust", "--username=postgres", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C"])
            .output()
            .expect("initdb can be started");
        assert!(made.status.success(), "{made:?}");
        let mut lines = vec![
            "listen_addresses = '127.0.0.1'".to_owned(),
            // A process that is killed loses nothing of what it gave to the system.
            "fsync = off".to_owned(),
            "shared_buffers = 16MB".to_owned(),
            "client_connection_check_interval = 100ms".to_owned(),
        ];
        if let Some((certificate, key, ca)) = &self.certificate {
            for (setting, pem) in [
                ("ssl_cert_file", certificate),
                ("ssl_key_file", key),
                ("ssl_ca_file", ca),
            ] {
                let path = server.folder.path().join(setting);
                write(&path, pem);
                give(&path, 0o600);
                lines.push(format!("{setting} = '{}'", path.display()));
            }
        }
        lines.extend(self.lines);
        let mut logins = self.logins;
        logins.extend([
            "local all all trust".to_owned(),
            "local replication all trust".to_owned(),
            "host all all 127.0.0.1/32 scram-sha-256".to_owned(),
            "host replication all 127.0.0.1/32 trust".to_owned(),
        ]);
        for (name, text) in [
            ("postgresql.auto.conf", lines.join("\n")),
            ("pg_hba.conf", logins.join("\n")),
        ] {
            write(&server.data().join(name), &format!("{text}\n"));
        }
        server.start_somewhere();
        server.say_in("postgres", SETUP);
        server
    }
}

/// A folder that the server's user can write to.
fn own_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    give(folder.path(), 0o700);
    folder
}

/// Makes a file or a folder the server's, with this mode.
fn give(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    if geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root may give files away");
    }
}

fn as_user(name: &str) -> Command {
    let mut command = Command::new(program(name));
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    // Where it was started may be closed to that user.
    command.current_dir("/");
    command
}

/// Where a program of PostgreSQL is: in the folder of the newest version that Debian
/// has, or where the shell finds it.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let programs = versions.map(|version| version.path().join("bin").join(name));
    let newest = programs.filter(|program| program.is_file()).max();
    newest.unwrap_or_else(|| name.into())
}
