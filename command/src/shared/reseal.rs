//! `rpa-auth keys reseal`: takes an account's entry along to the keys that are in use now.

use rpa_auth_host::{Session, SessionError, State};

use super::{Task, Wish, open};
use crate::cli;
use crate::cli_error::CliError;
use crate::context::Context;
use crate::exit::Exit;
use crate::output;

pub async fn run(common: &cli::CommonArgs, context: &mut Context) -> Result<Exit, CliError> {
    let wish = Wish::Once {
        task: Task::Reseal,
        token_from: None,
    };
    let (opened, _) = open(common, wish, context).await?;
    let done = tokio::select! {
        done = reseal(&opened.session) => done,
        () = context.interrupts.next() => return Err(CliError::HalfDone(Task::Reseal)),
    };
    let text = done.map_err(|error| opened.failure(Task::Reseal, error))?;
    output::done("keys", text, context)
}

/// Whoever calls for a token takes the entry along. Where there is none, nobody is logged
/// in for that.
async fn reseal(session: &Session) -> Result<&'static str, SessionError> {
    match session.status().await?.state {
        State::None => return Ok("nothing is stored for this account."),
        // Ended it stays.
        State::Ended => session.end_for_all().await?,
        _ => match session.token().await {
            Ok(_) | Err(SessionError::CoolingDown(_) | SessionError::Contested(_)) => {}
            Err(error) => return Err(error),
        },
    }
    Ok("the account's entry is under the keys that are in use now.")
}
