//! `cargo run`: a tour of the component against embedded simulators.

use std::env;
use std::process::ExitCode;

mod demo;

const USAGE: &str = "\
Usage:
  cargo run                       a tour: every function and some refusals, on embedded simulators
  cargo run -- fleet [OPTIONS]    twenty executions with one user, with and without the shared
                                  session; --help prints the options";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => demo::tour::run().await,
        ["fleet", ref options @ ..] => demo::fleet::run(options).await,
        [demo::fleet::worker::SUBCOMMAND, ref task @ ..] => demo::fleet::worker::main(task).await,
        ["--help" | "-h"] => {
            demo::say(format_args!("{USAGE}"));
            ExitCode::SUCCESS
        }
        [other, ..] => {
            eprintln!("there is no {other} here: use what stands below\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}
