//! What comes out: for people the result alone on standard output and the rest
//! on standard error, for programs one JSON object on standard output.

use std::io::{self, Write};
use std::time::Duration;

use rpa_auth_host::{AuthError, LifetimeSource, Token, TransportFailure};
use serde_json::{Value, json};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::advice::{advice, after_interruption};
use crate::call::Outcome;
use crate::exit::Exit;
use crate::stop::Stop;

/// Prints what a call gave.
pub fn outcome(outcome: &Outcome, json: bool, quiet: bool) -> io::Result<Exit> {
    let exit = match outcome {
        Outcome::Valid(false) => Exit::NotValid,
        _ => Exit::Done,
    };
    if json {
        let mut object = match outcome {
            Outcome::Token(token) => json!({ "token": token_object(token) }),
            Outcome::Valid(valid) => json!({ "valid": valid }),
            Outcome::LoggedOut => json!({ "logged-out": true }),
            Outcome::User(user) => json!({ "user": {
                "user-name": user.user_name,
                "tenancy-name": user.tenancy_name,
            } }),
        };
        object["exit-code"] = exit.code().into();
        print_object(&object)?;
        return Ok(exit);
    }
    let (result, explanation) = match outcome {
        Outcome::Token(token) => (token.value().to_owned(), token_explained(token)),
        Outcome::Valid(true) => ("valid".into(), String::new()),
        Outcome::Valid(false) => (
            "not valid".into(),
            "the token expired, was logged out, or was displaced by a later login of the same \
             user: get a new one."
                .into(),
        ),
        Outcome::LoggedOut => (
            String::new(),
            "the Control Room has forgotten the token.".into(),
        ),
        Outcome::User(user) => {
            let or_none = |name: &Option<String>| name.clone().unwrap_or_else(|| "(none)".into());
            let user_name = or_none(&user.user_name);
            let tenancy_name = or_none(&user.tenancy_name);
            (
                format!("user     {user_name}\ntenancy  {tenancy_name}"),
                String::new(),
            )
        }
    };
    let result = Zeroizing::new(result);
    if !result.is_empty() {
        print_line(&result)?;
    }
    if !quiet && !explanation.is_empty() {
        say(&explanation);
    }
    Ok(exit)
}

/// Prints why there is no result.
pub fn stop(stop: &Stop, json: bool) -> io::Result<Exit> {
    let exit = stop.exit();
    if json {
        let object = json!({ "error": error_object(stop), "exit-code": exit.code() });
        print_object(&object)?;
    } else {
        say(&text_of(stop));
        if let Some(advice) = advice_on(stop) {
            say(&advice);
        }
    }
    Ok(exit)
}

/// Says something to the person, if anybody listens.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "rpa-auth: {text}");
}

/// Prints one object in a line.
pub fn print_object(object: &Value) -> io::Result<()> {
    print_line(&Zeroizing::new(object.to_string()))
}

/// Prints a line at once. Nobody listening is an error, and no panic.
pub fn print_line(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// A moment in Unix seconds, as people write it.
pub fn moment(seconds: i64) -> String {
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(t) => {
            let (year, month, day) = t.to_calendar_date();
            let (hour, minute, second) = t.to_hms();
            let month = u8::from(month);
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
        }
        Err(_) => format!("{seconds} s after 1970"),
    }
}

fn token_object(token: &Token) -> Value {
    let (name, value) = token.header();
    json!({
        "value": token.value(),
        "header": { "name": name, "value": value },
        "lifetime-seconds": token.lifetime_seconds,
        "lifetime-source": lifetime_source(token.lifetime_source),
        "expires-at-seconds": token.expires_at_seconds,
        "multiple-login": token.multiple_login,
        "scopes": token.scopes,
    })
}

fn token_explained(token: &Token) -> String {
    let (name, value) = token.header();
    let value = value.replace(token.value(), "TOKEN");
    let lifetime = lifetime(Duration::from_secs(token.lifetime_seconds.into()));
    let learnt = match token.lifetime_source {
        LifetimeSource::Claims => "by the token's own claims",
        LifetimeSource::Response => "by the answer",
        LifetimeSource::DocumentedDefault => "by the platform's documentation",
    };
    let until = i64::try_from(token.expires_at_seconds).unwrap_or(i64::MAX);
    let until = moment(until);
    let beside = match token.multiple_login {
        Some(true) => " It lives beside the user's other sessions.",
        Some(false) => " It does not live beside the user's other sessions.",
        None => "",
    };
    let scopes = match &token.scopes {
        Some(scopes) => format!(" Granted: {}.", scopes.join(" ")),
        None => String::new(),
    };
    format!(
        "good for {lifetime} {learnt}, until {until}. Send it in the header `{name}: {value}`.\
         {beside}{scopes}"
    )
}

fn lifetime(lifetime: Duration) -> String {
    match lifetime.as_secs() {
        seconds if seconds >= 120 && seconds.is_multiple_of(60) => {
            format!("{} minutes", seconds / 60)
        }
        seconds => format!("{seconds} seconds"),
    }
}

fn lifetime_source(source: LifetimeSource) -> &'static str {
    match source {
        LifetimeSource::Claims => "claims",
        LifetimeSource::Response => "response",
        LifetimeSource::DocumentedDefault => "documented-default",
    }
}

fn text_of(stop: &Stop) -> String {
    match stop {
        Stop::Usage(text) | Stop::Unreadable(text) | Stop::Internal(text) => text.clone(),
        Stop::Failed(function, error) => format!("{}: {error}", function.name()),
        Stop::Broken(function, stopped) => format!("{}: {stopped}", function.name()),
        Stop::InterruptedBefore => "interrupted; no login was sent".into(),
        Stop::Interrupted(function) => format!("{}: interrupted", function.name()),
    }
}

fn advice_on(stop: &Stop) -> Option<String> {
    match stop {
        Stop::Failed(function, error) => Some(advice(*function, error)),
        Stop::Interrupted(function) => Some(after_interruption(*function)),
        Stop::Broken(function, stopped) if stopped.may_have_acted => {
            Some(after_interruption(*function))
        }
        _ => None,
    }
}

/// The kind is the contract's name, or `usage`, `unreadable`, `internal`,
/// `stopped`, `interrupted`. The other fields are the contract's.
fn error_object(stop: &Stop) -> Value {
    let mut object = match stop {
        Stop::Usage(_) => json!({ "kind": "usage" }),
        Stop::Unreadable(_) => json!({ "kind": "unreadable" }),
        Stop::Internal(_) => json!({ "kind": "internal" }),
        Stop::Broken(function, stopped) => json!({
            "kind": "stopped",
            "function": function.name(),
            "may-have-acted": stopped.may_have_acted,
        }),
        Stop::InterruptedBefore => json!({ "kind": "interrupted", "may-have-acted": false }),
        Stop::Interrupted(function) => json!({
            "kind": "interrupted",
            "function": function.name(),
            "may-have-acted": true,
        }),
        Stop::Failed(function, error) => {
            let mut object = auth_error_object(error);
            object["function"] = function.name().into();
            object
        }
    };
    object["text"] = text_of(stop).into();
    if let Some(advice) = advice_on(stop) {
        object["advice"] = advice.into();
    }
    object
}

fn auth_error_object(error: &AuthError) -> Value {
    let mut object = match error {
        AuthError::Rejected(rejection) => json!({
            "status": rejection.status,
            "code": rejection.code,
            "message": rejection.message,
        }),
        AuthError::Throttled(throttling) => json!({
            "status": throttling.status,
            "retry-after-seconds": throttling.retry_after_seconds,
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
            "failure": failure_name(no_answer.failure),
            "may-have-acted": no_answer.may_have_acted,
        }),
        _ => json!({}),
    };
    object["kind"] = error.name().into();
    object
}

fn failure_name(failure: TransportFailure) -> &'static str {
    match failure {
        TransportFailure::Dns => "dns",
        TransportFailure::Refused => "refused",
        TransportFailure::Tls => "tls",
        TransportFailure::Timeout => "timeout",
        TransportFailure::Closed => "closed",
        TransportFailure::Denied => "denied",
        TransportFailure::Other => "other",
    }
}
