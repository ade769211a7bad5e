//! `cargo run`: a tour of the component against the simulators, or the
//! simulators alone for other programs to try.

use std::process::ExitCode;

mod demo;

const USAGE: &str = "\
Usage:
  cargo run                  a tour: every function and some refusals, on embedded simulators
  cargo run -- simulators    the simulators alone, in the clear, until Ctrl-C
";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => demo::tour::run().await,
        ["simulators"] => demo::simulators::run().await,
        ["--help" | "-h"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
