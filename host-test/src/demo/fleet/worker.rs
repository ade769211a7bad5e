//! Executions that have their token from the shared session: in this process, or in
//! processes of their own over one store.
//!
//! A process is this program again. It reads three lines, the store's URL and both keys:
//! not arguments, because these can be seen. It says `ready`, and begins with a line `go`.
//! When its input ends, so does it: nobody is there to count its calls.

use std::env;
use std::error::Error;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{self, ExitCode, Stdio};

use rpa_auth_host::{KeyError, Plugin, SessionKeys, Sessions, Store, StoreError, Version};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinSet;

use super::execution::Sharing;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "fleet-worker";

/// Runs these executions in this process, until all have ended.
pub async fn share(
    sessions: &Sessions,
    url: &str,
    password_file: &Path,
    numbers: RangeInclusive<usize>,
) -> io::Result<()> {
    let mut executions = JoinSet::new();
    for number in numbers {
        executions.spawn(Sharing::new(number, url, sessions, password_file).run());
    }
    executions.join_all().await;
    Ok(())
}

/// Two keys that no other run has, in hexadecimal digits: what an earlier run left in a
/// store is not met.
pub struct Keys {
    place: String,
    sealing: String,
}

impl Keys {
    /// From the operating system's random bytes.
    pub fn random() -> Result<Self, StoreError> {
        let key = || -> Result<String, StoreError> {
            let halves = [Version::random()?, Version::random()?];
            Ok(halves.iter().map(Version::as_str).collect())
        };
        Ok(Self {
            place: key()?,
            sealing: key()?,
        })
    }

    /// As the library takes them.
    pub fn for_sessions(&self) -> Result<SessionKeys, KeyError> {
        SessionKeys::from_hex(&self.place, &self.sealing)
    }
}

/// Processes that wait for a word to begin.
pub struct Workers(Vec<Worker>);

struct Worker {
    process: Child,
    input: ChildStdin,
}

impl Workers {
    /// Starts one for each range of executions, and comes back when all are ready.
    pub async fn start(
        store: &str,
        url: &str,
        password_file: &Path,
        ranges: impl IntoIterator<Item = RangeInclusive<usize>>,
    ) -> Result<Self, Box<dyn Error>> {
        let keys = Keys::random()?;
        let settings = format!("{store}\n{}\n{}\n", keys.place, keys.sealing);
        let mut workers = Vec::new();
        for numbers in ranges {
            let mut process = Command::new(env::current_exe()?)
                .arg(SUBCOMMAND)
                .arg(url)
                .arg(password_file)
                .args([numbers.start().to_string(), numbers.end().to_string()])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?;
            let mut input = process.stdin.take().ok_or("a worker has no input")?;
            input.write_all(settings.as_bytes()).await?;
            workers.push(Worker { process, input });
        }
        for worker in &mut workers {
            let output = worker.process.stdout.take();
            let output = output.ok_or("a worker has no output")?;
            let ready = BufReader::new(output).lines().next_line().await?;
            if ready.as_deref() != Some("ready") {
                return Err("a process of the shared session did not start: see above".into());
            }
        }
        Ok(Self(workers))
    }

    /// Lets them begin, and waits until all have ended.
    pub async fn run(mut self) -> Result<(), Box<dyn Error>> {
        for worker in &mut self.0 {
            worker.input.write_all(b"go\n").await?;
        }
        for worker in &mut self.0 {
            if !worker.process.wait().await?.success() {
                return Err("a process of the shared session failed: see above".into());
            }
        }
        Ok(())
    }
}

/// Is a worker.
pub async fn main(arguments: &[&str]) -> ExitCode {
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [url, password_file, first, last] = arguments[..] else {
        return Err("only `fleet` itself starts a worker: use cargo run -- fleet".into());
    };
    let numbers = first.parse()?..=last.parse()?;
    let mut lines = io::stdin().lines();
    let mut line = || {
        lines
            .next()
            .unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
    };
    let (store, place, sealing) = (line()?, line()?, line()?);
    let keys = Keys { place, sealing }.for_sessions()?;
    let sessions = Plugin::builder().build_sessions(Store::open(&store)?, keys)?;
    say!("ready");
    // Nothing else runs in this process yet.
    line()?;
    drop(lines);
    std::thread::spawn(|| {
        io::stdin().lines().for_each(drop);
        process::exit(1)
    });
    Ok(share(&sessions, url, Path::new(password_file), numbers).await?)
}
