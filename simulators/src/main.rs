//! `cargo run -p simulators`: both platforms, for any program to try the component on; and
//! the servers of the wire's faults, for the tests of any language.

use std::env;
use std::fmt;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use axum::http::HeaderValue;
use simulators::control_room::User;
use simulators::orchestrator::{Account, Client};
use simulators::{Authority, ControlRoom, Orchestrator, Server, Wire};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

/// Where the Control Room listens, so that a command in the documentation can name
/// it.
const PORT: u16 = 8090;

const USAGE: &str = "\
Usage:
  cargo run -p simulators -- [OPTIONS]    both simulators, until Ctrl-C
  cargo run -p simulators -- wire --cases FOLDER [--cors]
      a server for each case of FOLDER, until standard input ends; says where in one
      line of JSON (see host-test/cases/README.md). With --cors pages may read the answers

Options:
  --port PORT    where the Control Room listens, the Orchestrator one above [default: 8090];
                 0 takes any two that are free
  --tls          speak TLS, with a certificate of a CA whose file is printed
  --cors ORIGIN  let the pages of ORIGIN call the Control Room and read its answers";

/// Prints a line on standard output.
macro_rules! say {
    ($($line:tt)*) => {
        say(format_args!($($line)*))
    };
}

/// Prints a line. Where nobody reads any more the program ends, as others do.
fn say(line: fmt::Arguments<'_>) {
    if writeln!(io::stdout(), "{line}").is_err() {
        std::process::exit(1);
    }
}

/// What to serve.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Platforms(Options),
    Wire { cases: PathBuf, cors: bool },
}

impl Command {
    fn read(arguments: &[&str]) -> Result<Self, String> {
        match arguments {
            ["wire", rest @ ..] => Self::read_wire(rest),
            _ => Options::read(arguments).map(Self::Platforms),
        }
    }

    fn read_wire(arguments: &[&str]) -> Result<Self, String> {
        let (mut cases, mut cors) = (None, false);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "--cors" => cors = true,
                "--cases" => cases = rest.next().map(PathBuf::from),
                _ => return Err("there is an option that wire does not have".into()),
            }
        }
        let cases = cases.ok_or("--cases wants a folder")?;
        Ok(Self::Wire { cases, cors })
    }
}

/// How to serve the platforms.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// The Control Room's; the Orchestrator's is one above. 0 stands for any, in both.
    port: u16,
    tls: bool,
    /// The origin whose pages may call the Control Room.
    pages_of: Option<HeaderValue>,
}

impl Options {
    fn read(arguments: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            port: PORT,
            tls: false,
            pages_of: None,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "--tls" => options.tls = true,
                "--cors" => {
                    let origin = rest.next().filter(|origin| origin.contains("://"));
                    let origin = origin.and_then(|origin| origin.parse().ok());
                    options.pages_of =
                        Some(origin.ok_or("--cors wants an origin: http://127.0.0.1:8080, say")?);
                }
                "--port" => {
                    let port = rest.next().and_then(|port| port.parse().ok());
                    let port = port.filter(|port| *port < u16::MAX);
                    options.port = port.ok_or("--port wants a number from 0 to 65534")?;
                }
                _ => return Err("there is an option that simulators does not have".into()),
            }
        }
        Ok(options)
    }

    /// The Control Room's port and the Orchestrator's.
    fn ports(&self) -> [u16; 2] {
        match self.port {
            0 => [0, 0],
            port => [port, port + 1],
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if arguments.iter().any(|a| ["--help", "-h"].contains(a)) {
        say!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match Command::read(&arguments) {
        Ok(Command::Platforms(options)) => run(options).await,
        Ok(Command::Wire { cases, cors }) => match serve_wire(cases, cors).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        Err(why) => {
            eprintln!("{why}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Serves the cases of the wire until standard input ends.
async fn serve_wire(cases: PathBuf, cors: bool) -> io::Result<()> {
    let wire = Wire::start(&cases, cors).await?;
    say!(
        "{}",
        serde_json::json!({
            "cases": wire.places(),
            "certificate": wire.certificate(),
            "control": wire.control(),
        })
    );
    let mut input = tokio::io::stdin();
    while input.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}

/// Serves until Ctrl-C.
async fn run(options: Options) -> ExitCode {
    for port in options.ports() {
        if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            eprintln!("port {port} cannot be listened at ({error}): choose another with --port");
            return ExitCode::FAILURE;
        }
    }
    match serve(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> io::Result<()> {
    let [rooms_port, orchestrators_port] = options.ports();
    let trust = options.tls.then(Trust::new).transpose()?;
    let user = User::new("ada", "password");
    let mut room = ControlRoom::builder()
        .user(user.api_key("key").multiple_login_allowed())
        .port(rooms_port);
    if let Some(origin) = options.pages_of {
        room = room.pages_of(origin);
    }
    let mut orchestrator = Orchestrator::builder()
        .account(Account::new("Default", "ada", "password"))
        .client(Client::new("app", "secret", &["OR.Folders.Read"]))
        .port(orchestrators_port);
    if let Some(Trust { authority, .. }) = &trust {
        let config = authority.server_config(&["localhost", "127.0.0.1"]);
        room = room.tls(Arc::clone(&config));
        orchestrator = orchestrator.tls(config);
    }
    let room = room.start().await;
    let orchestrator = orchestrator.start().await;
    say!(
        "Control Room (Automation 360 from v.31)\n\
        \x20 {}    user ada, password password or API key key\n\
        Orchestrator (standalone)\n\
        \x20 {}    tenancy Default, user ada, password password\n\
        \x20 {}    client app, secret secret, scope OR.Folders.Read",
        room.url(),
        orchestrator.base_url(),
        orchestrator.token_url(),
    );
    if let Some(trust) = &trust {
        say!("Trust their CA with\n  --ca-bundle {}", trust.bundle());
    }
    say!("Enter undoes a lock-out of ada, Ctrl-C ends them. Requests as they come:");
    tokio::select! {
        () = show_requests("Control Room", &room) => Ok(()),
        () = show_requests("Orchestrator", &orchestrator) => Ok(()),
        () = undo_lock_outs(&room, &orchestrator) => Ok(()),
        ended = tokio::signal::ctrl_c() => ended,
    }
}

/// A CA with its certificate in a file, for as long as the simulators run.
struct Trust {
    authority: Authority,
    folder: TempDir,
}

impl Trust {
    fn new() -> io::Result<Self> {
        let trust = Self {
            authority: Authority::new(),
            folder: tempfile::tempdir()?,
        };
        std::fs::write(trust.bundle(), trust.authority.pem())?;
        Ok(trust)
    }

    fn bundle(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }
}

/// Prints each request when it comes.
async fn show_requests(name: &str, server: &Server) {
    let mut seen = 0;
    loop {
        server.wait_for_requests(seen + 1).await;
        for request in server.take_requests() {
            seen += 1;
            say!(
                "  {name:<13} {:<4} {}",
                request.method,
                request.starred_path()
            );
        }
    }
}

/// Does what an administrator does, at each line of standard input.
async fn undo_lock_outs(room: &ControlRoom, orchestrator: &Orchestrator) {
    // A thread, which does not hold the program back when it ends.
    let (sender, mut lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let lines = io::stdin().lines().map_while(Result::ok);
        lines.map(|_| sender.send(())).all(|sent| sent.is_ok())
    });
    while lines.recv().await.is_some() {
        room.enable("ada");
        orchestrator.unlock("Default", "ada");
        say!("  ada is enabled");
    }
    // Nobody is there to ask for it.
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_any_order() {
        let read = |arguments: &[&str]| Options::read(arguments);
        let options = |port, tls| {
            Ok(Options {
                port,
                tls,
                pages_of: None,
            })
        };
        assert_eq!(read(&[]), options(8090, false));
        let one = read(&["--tls", "--port", "9000"]);
        assert_eq!(one, options(9000, true));
        assert_eq!(one.unwrap().ports(), [9000, 9001]);
        assert_eq!(read(&["--port", "0"]).unwrap().ports(), [0, 0]);
        let pages = read(&["--cors", "http://127.0.0.1:8080"]).unwrap().pages_of;
        assert_eq!(pages.unwrap(), "http://127.0.0.1:8080");
        for wrong in [
            &["--port"][..],
            &["--port", "65535"],
            &["--port", "-1"],
            &["--prot"],
            &["--cors"],
            &["--cors", "127.0.0.1"],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_wire_wants_the_folder_of_its_cases() {
        let wire = |cors| {
            let cases = PathBuf::from("cases");
            Ok(Command::Wire { cases, cors })
        };
        let read = |arguments: &[&str]| Command::read(arguments);
        assert_eq!(read(&["wire", "--cases", "cases"]), wire(false));
        assert_eq!(read(&["wire", "--cors", "--cases", "cases"]), wire(true));
        for wrong in [
            &["wire"][..],
            &["wire", "--cases"],
            &["wire", "--cases", "cases", "--tls"],
            &["--cases", "cases", "wire"],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
