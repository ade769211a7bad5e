//! The command `rpa-auth`: the component's seven functions, and a first look at a
//! server, from the command line.
//!
//! Every flow goes through `rpa-auth-host`. A secret is read from where the
//! arguments or the account file say it is, is never an argument, and shows up
//! in no output but the token that was asked for.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

mod account;
mod accounts;
mod address;
mod advice;
mod api;
mod call;
mod check;
mod cli;
mod cli_error;
mod connection;
mod context;
mod descriptors;
mod exit;
mod files;
mod folders;
mod function;
mod help;
mod log;
mod output;
mod pages;
mod prepare;
mod private;
mod refused;
mod secret;
mod serve;
mod shared;
mod signals;
mod source;
mod terminal;
mod words;

use call::Call;
use cli::{Cli, Task};
use cli_error::CliError;
use context::Context;
use exit::Exit;
use function::Function;
use prepare::Prepared;
use signals::Interrupts;

fn main() -> ExitCode {
    descriptors::note();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            return end(Err(refused::refusal(&error)), wants_json());
        }
        // `--help` and `--version`.
        Err(error) => {
            let printed = error.print().map(|()| Exit::Done);
            return end(printed.map_err(|error| CliError::unwritten(&error)), false);
        }
    };
    let json = cli.json || cli.task.writes_json();
    if let Err(stop) = log::begin(cli.verbose) {
        return end(Err(stop), json);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(CliError::internal(&error)), json),
    };
    let result = runtime.block_on(run(cli));
    // A name that is still being looked up must not hold the command back.
    runtime.shutdown_background();
    end(result, json)
}

async fn run(cli: Cli) -> Result<Exit, CliError> {
    let interrupts = Interrupts::listen().map_err(|error| CliError::internal(&error))?;
    let mut context = Context {
        json: cli.json || cli.task.writes_json(),
        quiet: cli.quiet,
        interrupts,
        command_limit: None,
    };
    let context = &mut context;
    let mut form = cli::FormArgs::default();
    let prepared = match cli.task {
        Task::Login(arguments) => {
            return shared::run(shared::Task::Login.of(arguments.common), context).await;
        }
        Task::Token(arguments) => {
            let request = shared::Task::Token.of(arguments.common);
            return shared::run(request.written_as(arguments.form), context).await;
        }
        Task::Renew(arguments) => {
            let request = shared::Task::Renew.of(arguments.common);
            let request = request.rejecting(arguments.token_from);
            return shared::run(request.written_as(arguments.form), context).await;
        }
        Task::Exec(arguments) => {
            let request = shared::Task::Exec.of(arguments.common);
            return shared::run(request.running(arguments.command), context).await;
        }
        Task::Api(arguments) => return api::run(*arguments, context).await,
        Task::Status(arguments) => {
            let watch = arguments.watch;
            let request = shared::Task::Status { watch }.of(arguments.common);
            return shared::run(request, context).await;
        }
        Task::End(arguments) => {
            return shared::run(shared::Task::End.of(arguments.common), context).await;
        }
        Task::Reopen(arguments) => {
            return shared::run(shared::Task::Reopen.of(arguments.common), context).await;
        }
        Task::Reset(arguments) => {
            return shared::run(shared::Task::Reset.of(arguments.common), context).await;
        }
        Task::Account { task } => return accounts::run(*task, context).await,
        Task::Serve(arguments) => return serve::run(*arguments, context).await,
        Task::Keys { task } => return keys(*task, context).await,
        Task::Authenticate(arguments) => {
            form = arguments.form;
            form.check(context)?;
            prepare::authenticate(arguments.call, context).await
        }
        Task::Validate(arguments) => {
            let function = Function::Validate;
            prepare::with_room_token(*arguments, context, function, Call::Validate).await
        }
        Task::Refresh(arguments) => {
            form = arguments.form;
            form.check(context)?;
            let (arguments, function) = (arguments.call, Function::Refresh);
            prepare::with_room_token(arguments, context, function, Call::Refresh).await
        }
        Task::Logout(arguments) => {
            let function = Function::Logout;
            prepare::with_room_token(*arguments, context, function, Call::Logout).await
        }
        Task::RopcAuthenticate(arguments) => {
            form = arguments.form;
            form.check(context)?;
            prepare::ropc(arguments.call, context).await
        }
        Task::ClientCredentialsAuthenticate(arguments) => {
            form = arguments.form;
            form.check(context)?;
            prepare::client(arguments.call, context).await
        }
        Task::CurrentUser(arguments) => prepare::current_user(*arguments, context).await,
        Task::Check(arguments) => {
            let (plugin, target) = prepare::check(*arguments, context).await?;
            return check::run(&plugin, &target, context).await;
        }
        Task::Completion { .. } | Task::Man { .. } if cli.json => {
            return Err(CliError::usage(
                "this prints text, and no object: leave out --json",
            ));
        }
        Task::Completion { shell } => return print(&pages::completion(shell)),
        Task::Man { subcommand, nested } => {
            let names: Vec<_> = subcommand.iter().chain(&nested).collect();
            return print(&pages::manual(&names)?);
        }
    }?;
    make(&prepared, &form, context).await
}

async fn keys(task: cli::Keys, context: &mut Context) -> Result<Exit, CliError> {
    match task {
        cli::Keys::New { file } => {
            shared::keys::make(&file)?;
            output::keys(&file, context)
        }
        cli::Keys::Rotate { file, forget_old } => {
            let next = shared::keys::rotate(&file, forget_old)?;
            output::done("keys", next, context)
        }
        cli::Keys::Reseal(arguments) => shared::reseal::run(&arguments.common, context).await,
    }
}

/// Makes the call and prints what it gave.
async fn make(
    prepared: &Prepared,
    form: &cli::FormArgs,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let Prepared { plugin, call, .. } = prepared;
    let began = Instant::now();
    let result = tokio::select! {
        result = call.make(plugin) => result,
        () = context.interrupts.next() => return Err(CliError::Interrupted(call.function())),
    };
    let (function, sent) = (call.function(), call.sent());
    match result {
        Ok(outcome) => output::outcome(function, &outcome, &sent, form, context),
        Err(error) => {
            let took = began.elapsed();
            let mut stop = CliError::of_call(function, error, sent);
            if let CliError::Failed(failure) = &mut stop {
                let found = tokio::select! {
                    found = check::why(prepared, &failure.error, took) => found,
                    () = context.interrupts.next() => None,
                };
                if let Some(found) = found {
                    failure.explain(found);
                }
            }
            Err(stop)
        }
    }
}

fn print(bytes: &[u8]) -> Result<Exit, CliError> {
    let mut out = std::io::stdout();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written
        .map(|()| Exit::Done)
        .map_err(|error| CliError::unwritten(&error))
}

/// Arguments that cannot be read may still say how the answer is wanted.
fn wants_json() -> bool {
    let arguments = std::env::args_os().take_while(|argument| argument != "--");
    let arguments: Vec<_> = arguments.collect();
    arguments
        .iter()
        .any(|a| a == "--json" || a == "--format=json")
        || arguments
            .windows(2)
            .any(|pair| pair[0] == "--format" && pair[1] == "json")
}

fn end(result: Result<Exit, CliError>, json: bool) -> ExitCode {
    let exit = match result {
        Ok(exit) => exit,
        Err(stop) => output::stop(&stop, json),
    };
    exit.code().into()
}
