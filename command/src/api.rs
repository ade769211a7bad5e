//! `rpa-auth api`: one call of the platform's API with the shared token put on.

mod upload;

use std::io::{self, Write};
use std::path::Path;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::BodyExt;
use rpa_auth_host::{AnswerBody, ApiError, AuthError, NoAnswer};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use self::upload::Upload;
use crate::cli;
use crate::cli_error::CliError;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{check_can_be_written, say};
use crate::private;
use crate::shared::{Opened, Task, Wish, open};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Makes the call, and writes what the platform answers as it comes.
pub async fn run(arguments: cli::ApiCall, context: &mut Context) -> Result<Exit, CliError> {
    if context.json {
        return Err(CliError::usage(
            "api prints what the platform answers, and no object: leave out --json",
        ));
    }
    if let Some(file) = &arguments.output {
        check_can_be_written(file)?;
    }
    let request = request(&arguments).await?;
    let wish = Wish::Once {
        task: Task::Api,
        token_from: None,
    };
    let (opened, _) = open(&arguments.common, wish, context).await?;
    tokio::select! {
        exit = call(request, &arguments, &opened, context.quiet) => exit,
        () = context.interrupts.next() => Err(CliError::HalfDone(Task::Api)),
    }
}

async fn call(
    request: Request<Upload>,
    arguments: &cli::ApiCall,
    opened: &Opened,
    quiet: bool,
) -> Result<Exit, CliError> {
    let failed = |error| failure(opened, error);
    let api = match &opened.api_url {
        Some(url) => opened.session.api_at(url),
        None => opened.session.api(),
    };
    let api = api.map_err(|error| {
        let text = error.to_string();
        let hint = if opened.api_url.is_none() {
            ": write its address as `url` into the account file"
        } else {
            ""
        };
        CliError::usage(format!("api: {text}{hint}"))
    })?;
    let answer = api.send(request).await.map_err(failed)?;
    let (head, body) = answer.into_parts();
    if arguments.include {
        say_head(head.status, &head.headers);
    }
    match &arguments.output {
        Some(file) => into_file(body, file, opened).await?,
        None => print(body, opened).await?,
    }
    if head.status.is_success() {
        return Ok(Exit::Done);
    }
    if !quiet && !arguments.include {
        say(&format!("api: the platform answered {}", head.status));
    }
    Ok(Exit::ApiStatus)
}

/// Takes the arguments for a request: JSON in both directions, unless a header says
/// otherwise.
async fn request(arguments: &cli::ApiCall) -> Result<Request<Upload>, CliError> {
    let method: Method =
        arguments.method.to_ascii_uppercase().parse().map_err(|_| {
            CliError::usage("METHOD is one of HTTP's: GET, POST, PUT, PATCH, DELETE")
        })?;
    let path: Uri = arguments.path.parse().map_err(|_| {
        CliError::usage("PATH is a path of the platform, which begins with / and has its spaces written as %20: \
             /v3/...")
    })?;
    let upload = match (&arguments.data, &arguments.data_file) {
        (Some(text), _) => Some(Upload::text(text)),
        (None, Some(file)) => Some(Upload::open(file).await?),
        (None, None) => None,
    };
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, JSON);
    if upload.is_some() {
        headers.insert(CONTENT_TYPE, JSON);
    }
    let mut given = HeaderMap::new();
    for line in &arguments.headers {
        let (name, value) = header(line)?;
        headers.remove(&name);
        given.append(name, value);
    }
    headers.extend(given);
    let mut request = Request::new(upload.unwrap_or_else(|| Upload::text("")));
    *request.method_mut() = method;
    *request.uri_mut() = path;
    *request.headers_mut() = headers;
    Ok(request)
}

/// One that cannot be read is not repeated: its value may be a secret.
fn header(line: &str) -> Result<(HeaderName, HeaderValue), CliError> {
    let wanted = || CliError::usage("--header wants a name, a colon and a value: 'Name: value'");
    let (name, value) = line.split_once(':').ok_or_else(wanted)?;
    let name = name.trim().parse().map_err(|_| wanted())?;
    let mut value: HeaderValue = value.trim().parse().map_err(|_| wanted())?;
    value.set_sensitive(true);
    Ok((name, value))
}

fn failure(opened: &Opened, error: ApiError) -> CliError {
    match error {
        ApiError::Session(error) => opened.failure(Task::Api, error),
        ApiError::Unreachable(no_answer) => unreachable(no_answer),
        ApiError::Body(_) => CliError::unreadable(format!("api: {error}")),
        error => CliError::usage(format!("api: {error}")),
    }
}

fn unreachable(no_answer: NoAnswer) -> CliError {
    CliError::Unanswered(AuthError::Unreachable(no_answer))
}

fn say_head(status: http::StatusCode, headers: &HeaderMap) {
    let mut lines = vec![status.to_string()];
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        lines.push(format!("{name}: {value}"));
    }
    for line in lines {
        say(&line);
    }
}

async fn print(mut body: AnswerBody, opened: &Opened) -> Result<(), CliError> {
    let mut out = tokio::io::stdout();
    while let Some(piece) = next(&mut body, opened).await? {
        let written = out.write_all(&piece).await;
        written.map_err(|error| CliError::unwritten(&error))?;
        out.flush()
            .await
            .map_err(|error| CliError::unwritten(&error))?;
    }
    Ok(())
}

/// Writes a file in one piece: one that breaks off leaves what was there.
async fn into_file(mut body: AnswerBody, file: &Path, opened: &Opened) -> Result<(), CliError> {
    let unwritten = |error: io::Error| {
        CliError::unreadable(format!("{} cannot be written: {error}", file.display()))
    };
    let mut new = NamedTempFile::new_in(private::folder_of(file)).map_err(unwritten)?;
    while let Some(piece) = next(&mut body, opened).await? {
        new.write_all(&piece).map_err(unwritten)?;
    }
    new.as_file().sync_all().map_err(unwritten)?;
    new.persist(file).map_err(|error| unwritten(error.error))?;
    Ok(())
}

async fn next(body: &mut AnswerBody, opened: &Opened) -> Result<Option<bytes::Bytes>, CliError> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failure(opened, error))?;
        if let Ok(piece) = frame.into_data() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}
