//! `rpa-auth serve`: the built command as a service, over real sockets.

mod browser;
mod calls;
mod described;
mod listen;
mod operators;
mod reload;
mod through;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use simulators::client::{Client, Reply, exchange, get, post};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::time::timeout;

use crate::home::Home;
use crate::{LONGEST, PASSWORD, Run};

/// What callers show, and operators.
const SECRET: &str = "callers-secret-0123456789";
const OPERATORS: &str = "operators-secret-0123456789";

/// A service with the account `robots`.
struct Service {
    home: Home,
    running: Running,
}

/// A service that runs. Dropping it kills it.
struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    /// Where it listens, as it says.
    shown: Vec<String>,
}

impl Service {
    async fn start() -> Self {
        Self::with("").await
    }

    /// With more arguments.
    async fn with(arguments: &str) -> Self {
        let home = Home::new().await;
        Self::of(home, arguments).await
    }

    async fn of(home: Home, arguments: &str) -> Self {
        home.files.write("secret", SECRET);
        home.files.write("operators", OPERATORS);
        let run = home.run(&format!("serve --listen 127.0.0.1:0 {arguments}"));
        let run = run.argument("--secret-file").argument(home.path("secret"));
        let running = Running::start(run).await;
        Self { home, running }
    }

    fn address(&self) -> SocketAddr {
        self.running.address(0)
    }

    /// One call with the callers' secret.
    async fn get(&self, path: &str) -> Reply {
        exchange(self.address(), &get(path, &[&bearer(SECRET)])).await
    }

    async fn post(&self, path: &str, body: &str) -> Reply {
        exchange(self.address(), &post(path, body, &[&bearer(SECRET)])).await
    }

    /// The token's value.
    async fn token(&self) -> String {
        let reply = self.get("/v1/accounts/robots/token").await;
        assert_eq!(reply.status, 200, "{}", self.running.said());
        reply.json()["token"]["value"].as_str().unwrap().to_owned()
    }

    async fn state(&self) -> String {
        let reply = self.get("/v1/accounts/robots/status").await;
        reply.json()["status"]["state"].as_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }
}

impl Running {
    /// Waits until it serves.
    async fn start(run: Run) -> Self {
        let mut child = run.start().await;
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut all = String::new();
        let line = loop {
            let line = timeout(LONGEST, lines.next_line()).await.unwrap().unwrap();
            let Some(line) = line else {
                panic!("it does not serve: {all}");
            };
            all.push_str(&line);
            if line.starts_with("rpa-auth: serving ") {
                break line;
            }
        };
        let (_, places) = line.split_once(" on ").unwrap();
        let (places, _) = places.split_once(';').unwrap();
        let shown = places.split(", ").map(str::to_owned).collect();
        let said = Arc::new(Mutex::new(all));
        let more = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                more.lock().unwrap().push_str(&line);
            }
        });
        Self { child, said, shown }
    }

    fn address(&self, number: usize) -> SocketAddr {
        let (_, address) = self.shown[number].split_once("://").unwrap();
        address.parse().unwrap()
    }

    /// What it has said on standard error.
    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.id().unwrap();
        kill(Pid::from_raw(id.try_into().unwrap()), signal).unwrap();
    }

    /// Tells it to end, and waits until it takes no more connections.
    async fn told_to_end(&self) {
        self.signal(Signal::SIGTERM);
        until("no more connections are taken", async || {
            let connected = tokio::net::TcpStream::connect(self.address(0)).await;
            connected.is_err()
        })
        .await;
    }

    /// Waits for its end, and sees that it told nobody a secret.
    async fn ended(mut self) -> ExitStatus {
        let status = timeout(LONGEST, self.child.wait()).await.unwrap().unwrap();
        let said = self.said();
        for secret in [SECRET, OPERATORS, PASSWORD] {
            assert!(!said.contains(secret), "{said}");
        }
        status
    }
}

fn bearer(secret: &str) -> String {
    format!("authorization: Bearer {secret}")
}

/// Waits until a call gives what is wanted.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    assert!(timeout(LONGEST, waiting).await.is_ok(), "never: {what}");
}

#[tokio::test]
async fn a_stop_finishes_what_runs() {
    let service = Service::start().await;
    service.token().await;
    let held = service.home.room.hold_answers();
    let asked = service.home.room.requests().len() as u64;
    let mut client = Client::connect(service.address()).await;
    let path = format!("/robots{}", service.home.room.work_item_path());
    let request = get(&path, &[&bearer(SECRET)]);
    let call = tokio::spawn(async move { client.exchange(&request).await });
    service.home.room.wait_for_requests(asked + 1).await;

    service.running.told_to_end().await;
    held.release();

    assert_eq!(call.await.unwrap().unwrap().status, 200);
    assert_eq!(service.running.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_stop_finishes_a_login_whose_caller_went_away() {
    let service = Service::start().await;
    let held = service.home.room.hold_answers();
    let mut client = Client::connect(service.address()).await;
    let request = get("/v1/accounts/robots/token", &[&bearer(SECRET)]);
    let call = tokio::spawn(async move { client.exchange(&request).await });
    service.home.room.wait_for_requests(1).await;
    call.abort();
    assert!(call.await.is_err());

    service.running.told_to_end().await;
    held.release();

    assert_eq!(service.running.ended().await.code(), Some(0));
    assert_eq!(service.home.state().await, "valid");
    assert_eq!(service.home.room.logins_asked(), 1);
}

#[tokio::test]
async fn a_service_that_cannot_begin_says_why() {
    let home = Home::new().await;
    home.files.write("secret", SECRET);
    home.files.write("short", "short");
    home.files.write(
        "config/rpa-auth/accounts/v1.toml",
        "platform = \"control-room\"",
    );
    let secret = format!(
        "--listen 127.0.0.1:0 --secret-file {}",
        home.path("secret").display()
    );
    let short = format!(
        "--listen 127.0.0.1:0 --secret-file {}",
        home.path("short").display()
    );
    for (arguments, code, word) in [
        (format!("serve robots --json {secret}"), 2, "--json"),
        (format!("serve nobody {secret}"), 4, "nobody"),
        (format!("serve v1 {secret}"), 2, "v1"),
        (format!("serve robots {short}"), 4, "openssl rand"),
        (
            format!("serve robots --listen 0.0.0.0:0 {secret}"),
            2,
            "--tls-certificate",
        ),
        (
            format!("serve robots --listen nowhere {secret}"),
            2,
            "--listen",
        ),
        (
            format!("serve robots --tls-key /x {secret}"),
            2,
            "--tls-certificate",
        ),
        (
            format!("serve robots --tls-certificate /no/file {secret}"),
            4,
            "/no/file",
        ),
        (
            format!(
                "serve robots {secret} --operator-secret-file {}",
                home.path("secret").display()
            ),
            2,
            "operators",
        ),
    ] {
        let ended = home.end(&arguments).await;
        assert_eq!(ended.code, code, "{arguments}: {ended:?}");
        assert!(
            ended.err.contains(word) || ended.out.contains(word),
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn a_secret_that_can_be_read_once_is_none_for_a_service() {
    let home = Home::new().await;
    home.files.write("secret", SECRET);
    let account = home.path("config/rpa-auth/accounts/robots.toml");
    let text = std::fs::read_to_string(&account).unwrap();
    let text: String = text
        .lines()
        .map(|line| {
            if line.starts_with("password-from") {
                "password-from = \"stdin\"\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    std::fs::write(&account, text).unwrap();
    let run = home
        .run("serve --secret-file")
        .argument(home.path("secret"));
    let ended = run.end().await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("file:PATH"), "{ended:?}");
}
