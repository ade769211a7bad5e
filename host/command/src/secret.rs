//! Reading a secret from where it is. Everything that passes through is wiped,
//! and no error repeats what was read.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use rpa_auth_host::Secret;
use zeroize::Zeroizing;

use crate::interrupt::Interrupts;
use crate::source::{FORMS, Source};
use crate::stop::Stop;

/// No password, key or token is longer, in bytes.
const LIMIT: usize = 64 * 1024;

/// A secret that a task needs.
pub struct Wanted {
    /// What it is called in a sentence: `password`, say.
    what: &'static str,
    source: Source,
}

impl Wanted {
    /// Takes the argument's source before the account's, and asks at the terminal
    /// where neither says one. `option` is the argument without its dashes.
    pub fn new(
        what: &'static str,
        option: &str,
        argument: Option<&str>,
        account: Option<Source>,
    ) -> Result<Self, Stop> {
        let source = match argument {
            Some(text) => Some(Source::parse(text, None).map_err(|_| {
                Stop::usage(format!(
                    "--{option} says where the {what} is, and never the {what} itself: \
                     write {FORMS}"
                ))
            })?),
            None => account,
        };
        let source = match source {
            Some(source) => source,
            None if io::stdin().is_terminal() => Source::Prompt,
            None => {
                return Err(Stop::usage(format!(
                    "the {what} is missing, and there is no terminal to ask at: say where it is \
                     with --{option} stdin, env:NAME, file:PATH or command:LINE"
                )));
            }
        };
        Ok(Self { what, source })
    }

    /// Reads it. `warn` is told of what is risky.
    pub async fn read(
        self,
        interrupts: &mut Interrupts,
        warn: impl Fn(&str),
    ) -> Result<Secret, Stop> {
        let Self { what, source } = self;
        if let Source::File(path) = &source
            && others_can_read(path)
        {
            warn(&format!(
                "others on this machine can read {}; take that away with: chmod 600 {}",
                path.display(),
                path.display()
            ));
        }
        let name = source.name();
        let read = match source {
            // Not given up half way: the terminal gets its echo back first.
            Source::Prompt => prompt(what)?,
            source => {
                let reading = tokio::task::spawn_blocking(move || read(&source));
                let read = tokio::select! {
                    read = reading => read.map_err(|error| Stop::internal(&error))?,
                    () = interrupts.next() => return Err(Stop::InterruptedBefore),
                };
                read.map_err(|failure| match failure {
                    Failure::Interrupted => Stop::InterruptedBefore,
                    Failure::Because(why) => {
                        Stop::unreadable(format!("no {what} from {name}: {why}"))
                    }
                })?
            }
        };
        match without_line_break(&read) {
            "" => Err(Stop::unreadable(format!("{name} gave an empty {what}"))),
            secret => Ok(Secret::from(secret)),
        }
    }
}

/// Standard input can be read to its end once.
pub fn at_most_one_from_stdin<'a>(
    wanted: impl IntoIterator<Item = &'a Wanted>,
) -> Result<(), Stop> {
    let wanted = wanted.into_iter();
    let from_stdin: Vec<&str> = wanted
        .filter(|wanted| wanted.source == Source::Stdin)
        .map(|wanted| wanted.what)
        .collect();
    match from_stdin[..] {
        [one, other, ..] => Err(Stop::usage(format!(
            "standard input can give one secret, not both the {one} and the {other}: take one \
             of them from elsewhere"
        ))),
        _ => Ok(()),
    }
}

fn prompt(what: &str) -> Result<Zeroizing<String>, Stop> {
    let asked = rpassword::prompt_password(format!("{what}: "));
    asked
        .map(Zeroizing::new)
        .map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => Stop::InterruptedBefore,
            _ => Stop::unreadable(format!(
                "no {what} from the prompt: {error}; without a terminal take it from stdin, \
             env:NAME, file:PATH or command:LINE"
            )),
        })
}

/// Why nothing was read.
#[derive(Debug)]
enum Failure {
    /// Ctrl-C goes to the command that was run as well.
    Interrupted,
    Because(String),
}

impl From<&str> for Failure {
    fn from(why: &str) -> Self {
        Self::Because(why.to_owned())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Because(error.to_string())
    }
}

fn read(source: &Source) -> Result<Zeroizing<String>, Failure> {
    match source {
        Source::Prompt => Err("it is asked for elsewhere".into()),
        Source::Stdin if io::stdin().is_terminal() => {
            Err("it is a terminal, which would show what is typed: use prompt".into())
        }
        Source::Stdin => to_the_end(io::stdin().lock()),
        Source::Environment(name) => match std::env::var_os(name) {
            None => Err("it is not set".into()),
            Some(value) => match value.into_string() {
                Ok(value) => Ok(Zeroizing::new(value)),
                Err(_) => Err("it is not UTF-8".into()),
            },
        },
        Source::File(path) => to_the_end(File::open(path)?),
        Source::Command { line, folder } => output_of(line, folder.as_deref()),
    }
}

fn output_of(line: &str, folder: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let (shell, flag) = match cfg!(windows) {
        true => ("cmd", "/C"),
        false => ("sh", "-c"),
    };
    let mut command = Command::new(shell);
    command.arg(flag).arg(line).stdin(Stdio::null());
    // What it says may hold the secret.
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
        command.current_dir(folder);
    }
    let mut child = command.spawn()?;
    let read = match child.stdout.take() {
        Some(output) => to_the_end(output),
        None => Err("it has no output".into()),
    };
    let status = child.wait()?;
    match status.success() {
        true => read,
        false if was_interrupted(status) => Err(Failure::Interrupted),
        false => Err(Failure::Because(format!(
            "it ended with {status}; run it by hand to see why"
        ))),
    }
}

#[cfg(unix)]
fn was_interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;

    /// The same number on every Unix.
    const SIGINT: i32 = 2;
    status.signal() == Some(SIGINT)
}

#[cfg(not(unix))]
fn was_interrupted(_: ExitStatus) -> bool {
    false
}

/// The buffer is as long as it may get, so that no copy is left where it grew.
fn to_the_end(from: impl Read) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    let length = u64::try_from(LIMIT + 1).unwrap_or(u64::MAX);
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() > LIMIT {
        return Err("it is longer than 64 KiB, so no secret".into());
    }
    match str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err("it is not UTF-8".into()),
    }
}

fn without_line_break(text: &str) -> &str {
    let line = text.strip_suffix('\n').unwrap_or(text);
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    const GROUP_OR_OTHERS_READ: u32 = 0o044;
    std::fs::metadata(path).is_ok_and(|metadata| {
        metadata.is_file() && metadata.permissions().mode() & GROUP_OR_OTHERS_READ != 0
    })
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_does_not_count() {
        assert_eq!(without_line_break("a\n"), "a");
        assert_eq!(without_line_break("a\r\n"), "a");
        assert_eq!(without_line_break("a \n\n"), "a \n");
        assert_eq!(without_line_break("a"), "a");
    }

    #[test]
    fn what_never_ends_is_no_secret() {
        assert!(to_the_end(io::repeat(b'x')).is_err());
        let most = "x".repeat(LIMIT);
        assert_eq!(to_the_end(most.as_bytes()).unwrap().len(), LIMIT);
    }
}
