//! What comes out: for people the result alone on standard output and the rest
//! on standard error, for programs one JSON object on standard output, which
//! `schema/output.json` describes.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use rpa_auth_host::AuthError;
use serde_json::{Value, json};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::advice::{advice, after_interruption, on_invalid_token};
use crate::call::{Outcome, Sent};
use crate::cli::FormArgs;
use crate::cli_error::{CliError, Failure};
use crate::context::Context;
use crate::exit::Exit;
use crate::function::Function;
use crate::private;
use crate::shared::Task;
use crate::words::in_options;

mod clean;
mod shared;
mod token;

pub use clean::{printable, printable_lines};
use shared::in_form;
pub use shared::{check_can_be_written, done, keys, next, shared};
use token::{token_explained, token_object};

/// The narrowest and the widest lines that text is wrapped to.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=100;

/// Prints what `function` gave.
pub fn outcome(
    function: Function,
    outcome: &Outcome,
    sent: &Sent,
    form: &FormArgs,
    context: &Context,
) -> Result<Exit, CliError> {
    let exit = match outcome {
        Outcome::Valid(false) => Exit::NotValid,
        _ => Exit::Done,
    };
    let unwritten = |error: io::Error| CliError::Unwritten {
        why: CliError::deaf(&error),
        made: Some(function),
    };
    let file = form.output.as_deref();
    if context.json {
        let mut object = match outcome {
            Outcome::Token(token) => json!({ "token": token_object(token) }),
            Outcome::Valid(valid) => json!({ "valid": valid }),
            Outcome::LoggedOut => json!({ "logged_out": true }),
            Outcome::User(user) => json!({ "user": {
                "user_name": user.user_name,
                "tenancy_name": user.tenancy_name,
            } }),
        };
        object["exit_code"] = exit.code().into();
        match file {
            Some(file) => written(file, &object.to_string(), function)?,
            None => print_object(&object).map_err(unwritten)?,
        }
        return Ok(exit);
    }
    let (result, explanation) = match outcome {
        Outcome::Token(token) => (in_form(token, form.format), token_explained(token)),
        Outcome::Valid(true) => ("valid".into(), String::new()),
        Outcome::Valid(false) => ("not valid".into(), on_invalid_token(sent).into()),
        Outcome::LoggedOut => (
            String::new(),
            "the Control Room has forgotten the token.".into(),
        ),
        Outcome::User(user) => {
            let or_none = |name: &Option<String>| match name {
                Some(name) => printable(name),
                None => "(none)".into(),
            };
            let explanation = match user.user_name {
                Some(_) => "",
                None => "the token speaks for an application, which has no user name.",
            };
            let result = format!(
                "user     {}\ntenancy  {}",
                or_none(&user.user_name),
                or_none(&user.tenancy_name)
            );
            (result, explanation.into())
        }
    };
    let result = Zeroizing::new(result);
    match file {
        Some(file) => written(file, &result, function)?,
        None if result.is_empty() => {}
        None => print_line(&result).map_err(unwritten)?,
    }
    if !context.quiet && !explanation.is_empty() {
        say(&explanation);
    }
    Ok(exit)
}

/// Writes what `function` gave into a file.
fn written(file: &Path, result: &str, function: Function) -> Result<(), CliError> {
    let written = private::replace(file, &Zeroizing::new(format!("{result}\n")));
    written.map_err(|error| CliError::Unwritten {
        why: format!("{} cannot be written: {error}", file.display()),
        made: Some(function),
    })
}

/// Prints why there is no result. Where standard output takes nothing, standard
/// error still may.
pub fn stop(stop: &CliError, json: bool) -> Exit {
    let exit = stop.exit();
    if json {
        let object = json!({ "error": error_object(stop), "exit_code": exit.code() });
        let printed = match stop {
            CliError::Unwritten { .. } => false,
            _ => print_object(&object).is_ok(),
        };
        if printed {
            return exit;
        }
    }
    say(&text_of(stop));
    if let Some(advice) = advice_on(stop) {
        say(&advice);
    }
    exit
}

/// Says something to the person, if anybody listens. At a terminal lines are
/// broken between words.
pub fn say(text: &str) {
    let text = format!("rpa-auth: {}", printable_lines(text));
    let stderr = io::stderr();
    let wrapped = if stderr.is_terminal() {
        wrapped(&text, "          ")
    } else {
        text
    };
    let _ = writeln!(stderr.lock(), "{wrapped}");
}

/// `text` in lines that the terminal holds; all but the first begin with `indent`.
pub fn wrapped(text: &str, indent: &str) -> String {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(io::stderr())
        .or_else(|| terminal_size::terminal_size_of(io::stdout()))
        .unwrap_or((terminal_size::Width(80), terminal_size::Height(24)));
    let width = usize::from(width).clamp(*WIDTHS.start(), *WIDTHS.end());
    let options = textwrap::Options::new(width)
        .subsequent_indent(indent)
        // An address that is longer than a line stays in one piece to copy.
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// Prints one object in a line.
pub fn print_object(object: &Value) -> io::Result<()> {
    let text = Zeroizing::new(object.to_string());
    print_line(&Zeroizing::new(clean::escaped(&text)))
}

/// Prints a line at once. Nobody listening is an error, and no panic.
pub fn print_line(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// A moment in Unix seconds, as people write it.
pub fn moment(seconds: i64) -> String {
    match parts_of(seconds) {
        Some((day, time)) => format!("{day} {time} UTC"),
        None => format!("{seconds} s after 1970"),
    }
}

/// A moment in Unix seconds, as programs read it (RFC 3339). None for one that
/// no calendar has.
pub fn moment_for_programs(seconds: i64) -> Option<String> {
    parts_of(seconds).map(|(day, time)| format!("{day}T{time}Z"))
}

fn parts_of(seconds: i64) -> Option<(String, String)> {
    let t = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    let (year, month, day) = t.to_calendar_date();
    let (hour, minute, second) = t.to_hms();
    let month = u8::from(month);
    Some((
        format!("{year:04}-{month:02}-{day:02}"),
        format!("{hour:02}:{minute:02}:{second:02}"),
    ))
}

/// What happened, without what to do.
pub fn text_of(stop: &CliError) -> String {
    match stop {
        CliError::Usage(text) | CliError::Unreadable(text) | CliError::Internal(text) => {
            text.clone()
        }
        CliError::Failed(failure) => {
            let function = failure.function.name();
            match &failure.error {
                AuthError::InvalidArgument(text) => format!("{function}: {}", in_options(text)),
                error => format!("{function}: {error}"),
            }
        }
        CliError::Shared(failure) => shared::text_of(failure),
        CliError::Unanswered(error) => format!("api: {error}"),
        CliError::Broken(function, stopped) => format!("{}: {stopped}", function.name()),
        CliError::Unwritten { why, .. } => why.clone(),
        CliError::InterruptedBefore => "interrupted; no login was sent".into(),
        CliError::HalfDone(task) => {
            format!("{}: interrupted; it may be half done", task.name())
        }
        CliError::Interrupted(function) => format!("{}: interrupted", function.name()),
    }
}

/// What to do about it.
pub fn advice_on(stop: &CliError) -> Option<String> {
    match stop {
        CliError::Failed(failure) => Some(advice(&failure.case(), failure.found.as_deref())),
        CliError::Shared(failure) => shared::advice_on(failure),
        CliError::HalfDone(Task::Api) => Some(MAY_HAVE_ACTED.into()),
        CliError::Unanswered(AuthError::Unreachable(no_answer)) if no_answer.may_have_acted => {
            Some(MAY_HAVE_ACTED.into())
        }
        CliError::HalfDone(_) => Some("It can be repeated: do it again.".into()),
        CliError::Interrupted(function) => Some(after_interruption(*function)),
        CliError::Broken(function, stopped) if stopped.may_have_acted => {
            Some(after_interruption(*function))
        }
        CliError::Unwritten {
            made: Some(function),
            ..
        } => lost(*function),
        _ => None,
    }
}

/// Of a call of the API whose answer was not heard.
const MAY_HAVE_ACTED: &str =
    "The platform may have done it: look before you send the same once more.";

/// What a result that nobody got was.
fn lost(function: Function) -> Option<String> {
    let text = match function {
        Function::Authenticate => {
            "The login happened, it may have ended an earlier session, and its token is lost: \
             it lives until it expires."
        }
        Function::RopcAuthenticate | Function::ClientCredentialsAuthenticate => {
            "The login happened, and its token is lost: it lives until it expires."
        }
        Function::Refresh => "The token was exchanged and the new one is lost: log in again.",
        Function::Logout => "The token was logged out.",
        Function::Validate | Function::CurrentUser => return None,
    };
    Some(text.into())
}

/// The kind is the contract's name, or `usage`, `unreadable`, `internal`,
/// `stopped`, `interrupted`. The other fields are the contract's.
fn error_object(stop: &CliError) -> Value {
    let mut object = match stop {
        CliError::Usage(_) => json!({ "kind": "usage" }),
        CliError::Unreadable(_) => json!({ "kind": "unreadable" }),
        CliError::Internal(_) | CliError::Unwritten { .. } => json!({ "kind": "internal" }),
        CliError::Broken(function, stopped) => json!({
            "kind": "stopped",
            "function": function.name(),
            "may_have_acted": stopped.may_have_acted,
        }),
        CliError::InterruptedBefore => json!({ "kind": "interrupted", "may_have_acted": false }),
        CliError::HalfDone(task) => json!({
            "kind": "interrupted",
            "function": task.name(),
            "may_have_acted": true,
        }),
        CliError::Interrupted(function) => json!({
            "kind": "interrupted",
            "function": function.name(),
            "may_have_acted": true,
        }),
        CliError::Failed(failure) => failure_object(failure),
        CliError::Shared(failure) => shared::error_object(failure),
        CliError::Unanswered(error) => {
            let mut object = fields_of(error);
            object["kind"] = error.name().into();
            object["function"] = Task::Api.name().into();
            object
        }
    };
    object["text"] = text_of(stop).into();
    if let Some(advice) = advice_on(stop) {
        object["advice"] = advice.into();
    }
    object
}

fn failure_object(failure: &Failure) -> Value {
    let mut object = fields_of(&failure.error);
    object["kind"] = failure.error.name().into();
    object["function"] = failure.function.name().into();
    object
}

/// The fields of an error of the contract.
fn fields_of(error: &AuthError) -> Value {
    match error {
        AuthError::Rejected(rejection) => json!({
            "status": rejection.status,
            "code": rejection.code,
            "message": rejection.message,
        }),
        AuthError::Throttled(throttling) => json!({
            "status": throttling.status,
            "code": throttling.code,
            "message": throttling.message,
            "retry_after_seconds": throttling.retry_after_seconds,
        }),
        AuthError::Redirected(redirection) => json!({
            "status": redirection.status,
            "origin": redirection.origin,
        }),
        AuthError::UnexpectedResponse(oddity) => json!({
            "status": oddity.status,
            "what": oddity.what,
        }),
        AuthError::Unreachable(no_answer) => json!({
            "failure": no_answer.failure.name(),
            "may_have_acted": no_answer.may_have_acted,
        }),
        _ => json!({}),
    }
}
