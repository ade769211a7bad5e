//! `cargo run`: a tour of the component against the simulators, or the
//! simulators alone for other programs to try.

use std::process::ExitCode;

mod demo;

use demo::simulators::Options;

const USAGE: &str = "\
Usage:
  cargo run                  a tour: every function and some refusals, on embedded simulators
  cargo run -- simulators    the simulators alone, until Ctrl-C

Options of simulators:
  --port PORT    where the Control Room listens, the Orchestrator one above [default: 8090]
  --tls          speak TLS, with a certificate of a CA whose file is printed
";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if arguments.iter().any(|a| ["--help", "-h"].contains(a)) {
        demo::say(format_args!("{}", USAGE.trim_end()));
        return ExitCode::SUCCESS;
    }
    match arguments.as_slice() {
        [] => demo::tour::run().await,
        ["simulators", options @ ..] => match Options::read(options) {
            Ok(options) => demo::simulators::run(options).await,
            Err(why) => refuse(&why),
        },
        _ => refuse("there is no such subcommand"),
    }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}\n\n{}", USAGE.trim_end());
    ExitCode::from(2)
}
