//! `cargo run`: a tour of the component against embedded simulators.

use std::env;
use std::process::ExitCode;

mod demo;

const USAGE: &str = "\
Usage:
  cargo run    a tour: every function and some refusals, on embedded simulators";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => demo::tour::run().await,
        ["--help" | "-h"] => {
            demo::say(format_args!("{USAGE}"));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("the tour has no options\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}
