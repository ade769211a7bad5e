//! What a shared session gave, or why it gave nothing.

use std::path::Path;
use std::time::Duration;

use rpa_auth_host::{Grant, SessionError, State, Status, Token, TokenOrigin};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::token::{lifetime, token_explained, token_object};
use super::{fields_of, print_line, print_object, printable, say};
use crate::advice::{Case, advice, after_interruption};
use crate::cli::Format;
use crate::cli_error::CliError;
use crate::context::Context;
use crate::exit::Exit;
use crate::private;
use crate::shared::{Failure, HEADER, Outcome, Request, TOKEN, Task};
use crate::words::in_options;

/// Prints what a session gave.
pub fn shared(
    request: &Request,
    outcome: &Outcome,
    whose: &str,
    context: &Context,
) -> Result<(), CliError> {
    let task = request.task;
    let file = request.form.output.as_deref();
    if context.json {
        let mut object = match outcome {
            Outcome::Grant(grant) if task == Task::Login => {
                json!({ "shared": grant_object(grant) })
            }
            Outcome::Grant(grant) => json!({
                "token": token_object(&grant.token),
                "shared": grant_object(grant),
            }),
            Outcome::Status(status) => json!({ "status": status_object(status) }),
            Outcome::Done => json!({ "done": task.name() }),
        };
        object["exit_code"] = Exit::Done.code().into();
        return match file {
            Some(file) => write(file, &Zeroizing::new(object.to_string())),
            None => print_object(&object).map_err(|error| CliError::unwritten(&error)),
        };
    }
    let (result, explanation) = match outcome {
        Outcome::Grant(grant) => {
            let explanation = format!("{} {}", from(grant), token_explained(&grant.token));
            let result = match task {
                Task::Login => String::new(),
                _ => in_form(&grant.token, request.form.format),
            };
            (result, explanation)
        }
        Outcome::Status(status) => (status_text(status, whose), String::new()),
        Outcome::Done => (String::new(), done_by(task).into()),
    };
    let result = Zeroizing::new(result);
    match file {
        Some(file) => write(file, &result)?,
        None if result.is_empty() => {}
        None => print_line(&result).map_err(|error| CliError::unwritten(&error))?,
    }
    if !context.quiet && !explanation.is_empty() {
        say(&explanation);
    }
    Ok(())
}

/// Returns a token as a program wants it.
pub(super) fn in_form(token: &Token, format: Option<Format>) -> String {
    let (name, value) = token.header();
    let header = Zeroizing::new(format!("{name}: {value}"));
    let both = |assigned: fn(&str, &str) -> String| {
        let lines = [(TOKEN, token.value()), (HEADER, &*header)];
        lines.map(|(name, value)| assigned(name, value)).join("\n")
    };
    match format {
        None | Some(Format::Token | Format::Json) => token.value().to_owned(),
        Some(Format::Header) => header.to_string(),
        Some(Format::Env) => {
            both(|name, value| format!("export {name}='{}'", value.replace('\'', r"'\''")))
        }
        Some(Format::Powershell) => {
            both(|name, value| format!("$env:{name} = '{}'", value.replace('\'', "''")))
        }
        Some(Format::Curl) => {
            let escaped = header.replace('\\', r"\\").replace('"', r#"\""#);
            format!("header = \"{escaped}\"")
        }
    }
}

/// Refuses what cannot become a file, or is another kind of thing.
pub fn check_can_be_written(file: &Path) -> Result<(), CliError> {
    let why = match std::fs::symlink_metadata(file) {
        Ok(found) if !found.is_file() => "it is no file",
        Ok(_) => return Ok(()),
        Err(_) if file.file_name().is_none() => "it names no file",
        Err(_) if private::folder_of(file).is_dir() => return Ok(()),
        Err(_) => "its folder is not there",
    };
    Err(CliError::unreadable(format!(
        "{} cannot be written: {why}",
        file.display()
    )))
}

/// Writes a line into a file, in one piece and for nobody else to read.
fn write(file: &Path, line: &str) -> Result<(), CliError> {
    let line = Zeroizing::new(format!("{line}\n"));
    private::replace(file, &line).map_err(|error| {
        CliError::unreadable(format!("{} cannot be written: {error}", file.display()))
    })
}

/// Says that keys were made.
pub fn keys(file: &Path, context: &Context) -> Result<Exit, CliError> {
    let text = format!(
        "new keys are in {}. Give the file to every program that shares the store, as a secret, \
         and name it with `keys` in their account files.",
        file.display()
    );
    done("keys", &text, context)
}

/// Says that something was done that sends nothing.
pub fn done(what: &str, text: &str, context: &Context) -> Result<Exit, CliError> {
    if context.json {
        let object = json!({ "done": what, "text": text, "exit_code": Exit::Done.code() });
        print_object(&object).map_err(|error| CliError::unwritten(&error))?;
    } else if !context.quiet {
        say(text);
    }
    Ok(Exit::Done)
}

fn from(grant: &Grant) -> &'static str {
    match grant.origin {
        TokenOrigin::Login => "logged in:",
        TokenOrigin::Refresh => "refreshed:",
        TokenOrigin::Memory | TokenOrigin::Store => "shared:",
    }
}

fn done_by(task: Task) -> &'static str {
    match task {
        Task::End => {
            "the session is ended for everybody, and its token logged out where the platform can. \
             `rpa-auth reopen` lets programs get a token again."
        }
        Task::Reopen => "programs get a token again.",
        _ => "the refused logins are forgotten: the next program that needs a token logs in.",
    }
}

fn grant_object(grant: &Grant) -> Value {
    json!({
        "origin": grant.origin.name(),
        "lifetime_seconds": grant.token.lifetime_seconds,
        "waited_ms": grant.waited_ms,
        "took_over": grant.took_over,
    })
}

fn status_object(status: &Status) -> Value {
    json!({
        "state": status.state.name(),
        "place": status.place,
        "age_ms": status.age_ms,
        "lifetime_seconds": status.lifetime_seconds,
        "retry_after_seconds": status.retry_after_seconds,
        "refusals": status.refusals,
        "logins_left": status.logins_left,
        "attempt": status.attempt,
        "actor": status.actor,
        "cause": status.cause.as_ref().map(|cause| json!({
            "kind": cause.name(),
            "text": cause.to_string(),
        })),
    })
}

fn status_text(status: &Status, whose: &str) -> String {
    let mut lines = vec![
        ("account", printable(whose)),
        ("state", status.state.name().to_owned()),
    ];
    if let Some(seconds) = status.lifetime_seconds {
        let lifetime = lifetime(Duration::from_secs(seconds.into()));
        lines.push(("token", format!("good for {lifetime} more")));
    }
    if status.attempt > 0 {
        let age = lifetime(Duration::from_millis(status.age_ms));
        let by = match &status.actor {
            Some(actor) => format!(", by {}", printable(actor)),
            None => String::new(),
        };
        lines.push(("since", format!("{age} ago{by}")));
    }
    lines.push((
        "refusals",
        format!(
            "{}; {} more logins before a person must act",
            status.refusals, status.logins_left
        ),
    ));
    if let Some(cause) = &status.cause {
        lines.push(("cause", printable(&cause.to_string())));
    }
    lines.push(("next", next(status)));
    lines.push(("place", status.place.clone()));
    let lines = lines.iter().map(|(name, text)| format!("{name:<10}{text}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What happens next, and who must act.
pub fn next(status: &Status) -> String {
    match (status.state, status.retry_after_seconds) {
        (State::None, _) => "the next program that needs a token logs in".into(),
        (State::Valid, _) => "one program renews it shortly before its end".into(),
        (State::Renewing, _) => "a program is getting a token; the others wait for it".into(),
        (State::CoolingDown, Some(seconds)) => {
            format!("the next login may be sent in {seconds} s")
        }
        (State::CoolingDown, None) => "a person must act: see that the user is enabled and the \
             secret right, then `rpa-auth reset`"
            .into(),
        (State::Contested, _) => "somebody outside logs in with this user: find who, then \
             `rpa-auth reset`"
            .into(),
        (State::Ended, _) => "nobody gets a token until `rpa-auth reopen`".into(),
    }
}

pub(super) fn text_of(failure: &Failure) -> String {
    let text = match &failure.error {
        SessionError::Auth(rpa_auth_host::AuthError::InvalidArgument(text)) => in_options(text),
        error => error.to_string(),
    };
    format!("{}: {text}", failure.task.name())
}

pub(super) fn advice_on(failure: &Failure) -> Option<String> {
    let text = match &failure.error {
        SessionError::Auth(error) => {
            let case = Case {
                function: failure.login,
                error,
                sent: &failure.sent,
            };
            return Some(advice(&case, None));
        }
        SessionError::CoolingDown(cooldown) if cooldown.retry_after_seconds.is_some() => {
            "`rpa-auth status` shows what was refused; a corrected secret is tried at once while a \
             login is left."
        }
        SessionError::CoolingDown(_) => {
            "See at the platform that the user is enabled and the secret right, correct the \
             account, then `rpa-auth reset`."
        }
        SessionError::Contested(_) => {
            "Find who else logs in with this user, and give that program the same store and keys, \
             or another user. `rpa-auth reset` ends the pause."
        }
        SessionError::StillGood => "Look at what the user may do at the platform.",
        SessionError::Ended => "`rpa-auth reopen` lets programs get a token again.",
        SessionError::Busy => "`rpa-auth status` shows who is getting one.",
        SessionError::Store(_) => {
            "Nothing is sent without the store: see that it runs and can be reached."
        }
        SessionError::Component(stopped) if stopped.may_have_acted => {
            return Some(after_interruption(failure.login));
        }
        _ => return None,
    };
    Some(text.into())
}

pub(super) fn error_object(failure: &Failure) -> Value {
    let mut object = match &failure.error {
        SessionError::Auth(error) => fields_of(error),
        SessionError::CoolingDown(cooldown) => json!({
            "retry_after_seconds": cooldown.retry_after_seconds,
            "refusals": cooldown.refusals,
            "cause": { "kind": cooldown.cause.name(), "text": cooldown.cause.to_string() },
        }),
        SessionError::Contested(contest) => json!({
            "retry_after_seconds": contest.retry_after_seconds,
        }),
        SessionError::Component(stopped) => json!({ "may_have_acted": stopped.may_have_acted }),
        _ => json!({}),
    };
    object["kind"] = failure.error.name().into();
    object["function"] = failure.task.name().into();
    object
}
