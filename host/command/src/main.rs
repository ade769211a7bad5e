//! The command `rpa-auth`: the component's seven functions, and a first look at a
//! server, from the command line.
//!
//! Every flow goes through `rpa-auth-host`. A secret is read from where the
//! arguments or the account file say it is, is never an argument, and shows up
//! in no output but the token that was asked for.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

mod account;
mod advice;
mod call;
mod check;
mod cli;
mod exit;
mod function;
mod help;
mod interrupt;
mod output;
mod pages;
mod prepare;
mod refused;
mod secret;
mod session;
mod source;
mod stop;
mod way;

use call::Call;
use cli::{Cli, Task};
use exit::Exit;
use interrupt::Interrupts;
use session::Session;
use stop::Stop;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            return end(Err(refused::refusal(&error)), wants_json());
        }
        // `--help` and `--version`.
        Err(error) => return ended(error.print().map(|()| Exit::Done)),
    };
    let json = cli.json;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(Stop::internal(&error)), json),
    };
    let result = runtime.block_on(run(cli));
    // A name that is still being looked up must not hold the command back.
    runtime.shutdown_background();
    end(result, json)
}

async fn run(cli: Cli) -> Result<Exit, Stop> {
    let interrupts = Interrupts::listen().map_err(|error| Stop::internal(&error))?;
    let mut session = Session {
        json: cli.json,
        quiet: cli.quiet,
        interrupts,
    };
    let session = &mut session;
    let (plugin, call) = match cli.task {
        Task::Authenticate(arguments) => prepare::authenticate(*arguments, session).await,
        Task::Validate(arguments) => {
            prepare::with_room_token(*arguments, session, Call::Validate).await
        }
        Task::Refresh(arguments) => {
            prepare::with_room_token(*arguments, session, Call::Refresh).await
        }
        Task::Logout(arguments) => {
            prepare::with_room_token(*arguments, session, Call::Logout).await
        }
        Task::RopcAuthenticate(arguments) => prepare::ropc(*arguments, session).await,
        Task::ClientCredentialsAuthenticate(arguments) => {
            prepare::client(*arguments, session).await
        }
        Task::CurrentUser(arguments) => prepare::current_user(*arguments, session).await,
        Task::Check(arguments) => {
            let (plugin, target) = prepare::check(*arguments, session).await?;
            return check::run(&plugin, &target, session).await;
        }
        Task::Completion { shell } => return print(&pages::completion(shell)),
        Task::Man { subcommand } => return print(&pages::manual(subcommand.as_deref())?),
    }?;
    if let Some(warning) = call.warning() {
        session.warn(&warning);
    }
    let result = tokio::select! {
        result = call.make(&plugin) => result,
        () = session.interrupts.next() => return Err(Stop::Interrupted(call.function())),
    };
    let outcome = result.map_err(|error| Stop::of_call(call.function(), error))?;
    output::outcome(&outcome, session.json, session.quiet).map_err(|error| Stop::internal(&error))
}

fn print(bytes: &[u8]) -> Result<Exit, Stop> {
    let written = std::io::stdout().write_all(bytes);
    written
        .map(|()| Exit::Done)
        .map_err(|error| Stop::internal(&error))
}

/// Arguments that cannot be read may still say how the answer is wanted.
fn wants_json() -> bool {
    std::env::args_os().any(|argument| argument == "--json")
}

fn end(result: Result<Exit, Stop>, json: bool) -> ExitCode {
    match result {
        Ok(exit) => ended(Ok(exit)),
        Err(stop) => ended(output::stop(&stop, json)),
    }
}

fn ended(exit: std::io::Result<Exit>) -> ExitCode {
    match exit {
        Ok(exit) => exit.code().into(),
        // Nobody reads what the command says.
        Err(_) => Exit::Internal.code().into(),
    }
}
