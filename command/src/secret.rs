//! Reading a secret from where it is. Everything that passes through is wiped,
//! and no error repeats what was read.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::time::Duration;

use rpa_auth_host::Secret;
use zeroize::Zeroizing;

use crate::cli_error::CliError;
use crate::descriptors;
use crate::signals::Interrupts;
use crate::source::{FORMS, Source};
use crate::terminal::{self, NotTyped};

mod clean;
mod command;
mod keyring;
mod reread;

pub use reread::Reread;

/// No password, key or token is longer, in bytes.
const LIMIT: usize = 64 * 1024;

/// A secret that a task needs.
#[derive(Clone)]
pub struct SecretRequest {
    /// What it is called in a sentence: `password`, say.
    what: &'static str,
    /// Whose it is, for the prompt: `ada at cr.example.com`, say.
    whose: Option<String>,
    source: Source,
}

impl SecretRequest {
    /// Takes the argument's source before the account's, and asks at the terminal
    /// where neither says one. `option` is the argument without its dashes.
    pub fn new(
        what: &'static str,
        option: &str,
        argument: Option<&str>,
        account: Option<Source>,
    ) -> Result<Self, CliError> {
        let source = match argument {
            Some(text) => Some(Source::parse(text, None).map_err(|_| {
                CliError::usage(format!(
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
                return Err(CliError::usage(format!(
                    "the {what} is missing, and there is no terminal to ask at: say where it is \
                     with --{option} stdin, env:NAME, file:PATH or command:LINE"
                )));
            }
        };
        Ok(Self {
            what,
            whose: None,
            source,
        })
    }

    /// The variable of the environment that holds it, where one does.
    pub fn variable(&self) -> Option<&str> {
        match &self.source {
            Source::Environment(name) => Some(name),
            _ => None,
        }
    }

    /// Names its owner in the prompt.
    pub fn of(self, whose: String) -> Self {
        Self {
            whose: Some(whose),
            ..self
        }
    }

    /// Reads it. `limit` is how long a command may take, none for the default;
    /// `warn` is told of what is risky.
    pub async fn read(
        &self,
        interrupts: &mut Interrupts,
        limit: Option<Duration>,
        warn: impl Fn(&str),
    ) -> Result<Secret, CliError> {
        let Self {
            what,
            whose,
            source,
        } = self;
        if let Source::File(path) = source
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
            Source::Prompt => {
                let question = match whose {
                    Some(whose) => format!("{what} of {whose}: "),
                    None => format!("{what}: "),
                };
                let typed = terminal::ask_hidden(&question, LIMIT, interrupts).await;
                typed.map_err(|error| not_typed(what, error))?
            }
            source => {
                let read = read(source, limit, interrupts).await;
                read.map_err(|failure| match failure {
                    Failure::Interrupted => CliError::InterruptedBefore,
                    Failure::Because(why) => {
                        CliError::unreadable(format!("no {what} from {name}: {why}"))
                    }
                })?
            }
        };
        let clean = clean::clean(&read, what)
            .map_err(|why| CliError::unreadable(format!("the {what} from {name} {why}")))?;
        if clean.has_space_at_an_end {
            warn(&format!(
                "the {what} from {name} begins or ends with a space, which is sent as part of it"
            ));
        }
        Ok(Secret::from(clean.text))
    }
}

/// Standard input can be read to its end once.
pub fn at_most_one_from_stdin<'a>(
    wanted: impl IntoIterator<Item = &'a SecretRequest>,
) -> Result<(), CliError> {
    let wanted = wanted.into_iter();
    let from_stdin: Vec<&str> = wanted
        .filter(|wanted| wanted.source == Source::Stdin)
        .map(|wanted| wanted.what)
        .collect();
    match from_stdin[..] {
        [one, other, ..] => Err(CliError::usage(format!(
            "standard input can give one secret, not both the {one} and the {other}: take one \
             of them from elsewhere"
        ))),
        _ => Ok(()),
    }
}

/// Why there is no `what` from the prompt.
pub fn not_typed(what: &str, error: NotTyped) -> CliError {
    CliError::unreadable(match error {
        NotTyped::Interrupted => return CliError::InterruptedBefore,
        NotTyped::NoTerminal(error) => format!(
            "there is no terminal to ask for the {what} at ({error}): take it from stdin, \
             env:NAME, file:PATH or command:LINE"
        ),
        NotTyped::End => format!("no {what} was typed"),
        NotTyped::ControlCharacter => format!(
            "a control character was typed, which no {what} holds: nothing was sent. Ctrl-U \
             empties the line, Ctrl-C ends the command"
        ),
        NotTyped::TooLong => format!("what was typed is too long for a {what}"),
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

async fn read(
    source: &Source,
    limit: Option<Duration>,
    interrupts: &mut Interrupts,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let source = match source {
        Source::Command { line, folder } => {
            let command = command::shell(line, folder.as_deref());
            return command::output_of(command, limit, interrupts).await;
        }
        Source::Keyring(name) => {
            return command::output_of(keyring::lookup(name)?, limit, interrupts).await;
        }
        source => source.clone(),
    };
    // It may wait for ever: for a pipe that nobody writes into.
    let reading = tokio::task::spawn_blocking(move || read_what_waits(&source));
    tokio::select! {
        read = reading => read.map_err(|error| Failure::Because(error.to_string()))?,
        () = interrupts.next() => Err(Failure::Interrupted),
    }
}

fn read_what_waits(source: &Source) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match source {
        Source::Stdin if io::stdin().is_terminal() => {
            Err("it is a terminal, which would show what is typed: use prompt".into())
        }
        Source::Stdin => to_the_end(io::stdin().lock()),
        Source::File(path) => to_the_end(File::open(path)?),
        Source::Descriptor(number) => {
            let file = descriptors::take(*number)?;
            if file.is_terminal() {
                return Err("it is a terminal, which would show what is typed: use prompt".into());
            }
            to_the_end(file)
        }
        Source::Credential(name) => match std::env::var_os("CREDENTIALS_DIRECTORY") {
            None => Err("systemd has given none: CREDENTIALS_DIRECTORY is not set".into()),
            Some(folder) => to_the_end(File::open(Path::new(&folder).join(name))?),
        },
        Source::Environment(name) => match std::env::var_os(name) {
            None => Err("it is not set".into()),
            Some(value) => Ok(Zeroizing::new(value.into_encoded_bytes())),
        },
        Source::Prompt | Source::Keyring(_) | Source::Command { .. } => {
            Err("it is asked for elsewhere".into())
        }
    }
}

fn to_the_end(from: impl Read) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = room();
    from.take(MOST).read_to_end(&mut bytes)?;
    no_longer_than_a_secret(bytes)
}

/// One byte more than a secret can have, so that it is noticed.
const MOST: u64 = LIMIT as u64 + 1;

/// A buffer as long as it may get, so that no copy is left where it grew.
fn room() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(LIMIT + 1))
}

fn no_longer_than_a_secret(bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if bytes.len() > LIMIT {
        Err("it is longer than 64 KiB, so no secret".into())
    } else {
        Ok(bytes)
    }
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
    fn what_never_ends_is_no_secret() {
        assert!(to_the_end(io::repeat(b'x')).is_err());
        let most = "x".repeat(LIMIT);
        assert_eq!(to_the_end(most.as_bytes()).unwrap().len(), LIMIT);
    }
}
