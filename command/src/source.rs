//! Where a secret is, said the same way in an argument and in an account file.
//!
//! What cannot be read as a source is never repeated: it may be the secret.

use std::path::{Path, PathBuf};

/// What every refusal ends with.
pub const FORMS: &str =
    "prompt, stdin, env:NAME, file:PATH, fd:NUMBER, credential:NAME, keyring:NAME or command:LINE";

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Typed at the terminal, without echo.
    Prompt,
    /// All of standard input.
    Stdin,
    /// An environment variable.
    Environment(String),
    /// A file's content.
    File(PathBuf),
    /// What can be read from a descriptor that the command was started with.
    Descriptor(u32),
    /// What systemd gives a service (`LoadCredential=`).
    Credential(String),
    /// An entry of the user's keyring.
    Keyring(String),
    /// What a line for the shell prints.
    Command {
        line: String,
        /// Where it runs; none for the current folder.
        folder: Option<PathBuf>,
    },
}

impl Source {
    /// Reads `text`. Paths are relative to `folder`, where there is one.
    pub fn parse(text: &str, folder: Option<&Path>) -> Result<Self, NotASource> {
        let source = match text.split_once(':') {
            None if text == "prompt" => Self::Prompt,
            None if text == "stdin" => Self::Stdin,
            Some(("env", name)) => Self::Environment(name.to_owned()),
            Some(("file", path)) => Self::File(match folder {
                Some(folder) => folder.join(in_home(path)),
                None => in_home(path),
            }),
            Some(("fd", number)) => match number.parse() {
                Ok(0) => Self::Stdin,
                Err(_) | Ok(1 | 2) => return Err(NotASource),
                Ok(number) => Self::Descriptor(number),
            },
            Some(("credential", name)) if !name.contains('/') => Self::Credential(name.to_owned()),
            Some(("keyring", name)) => Self::Keyring(name.to_owned()),
            Some(("command", line)) => Self::Command {
                line: line.to_owned(),
                folder: folder.map(Path::to_owned),
            },
            _ => return Err(NotASource),
        };
        if text.ends_with(':') {
            Err(NotASource)
        } else {
            Ok(source)
        }
    }

    /// What it is called in a sentence. A command is not shown: its arguments may
    /// be secret.
    pub fn name(&self) -> String {
        match self {
            Self::Prompt => "the prompt".into(),
            Self::Stdin => "standard input".into(),
            Self::Environment(name) => format!("the environment variable {name}"),
            Self::File(path) => format!("the file {}", path.display()),
            Self::Descriptor(number) => format!("the descriptor {number}"),
            Self::Credential(name) => format!("the credential {name}"),
            Self::Keyring(name) => format!("the keyring's entry {name}"),
            Self::Command { .. } => "the command".into(),
        }
    }
}

/// A path with `~/` for the user's folder, which no shell replaces behind
/// `file:` or in an account file.
pub fn in_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

/// The text is none of the forms. It is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASource;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_an_account_file_is_relative_to_its_folder() {
        let folder = Some(Path::new("/etc/rpa"));
        let file = |path: &str| Ok(Source::File(path.into()));
        assert_eq!(Source::parse("file:key", folder), file("/etc/rpa/key"));
        assert_eq!(Source::parse("file:/key", folder), file("/key"));
        assert_eq!(Source::parse("file:key", None), file("key"));
    }

    #[test]
    fn a_path_may_begin_in_the_users_folder() {
        let home = std::env::home_dir().unwrap();
        for folder in [None, Some(Path::new("/etc/rpa"))] {
            let source = Source::parse("file:~/ada.key", folder);
            assert_eq!(source, Ok(Source::File(home.join("ada.key"))));
        }
        let tilde = Source::parse("file:~ada/key", None);
        assert_eq!(tilde, Ok(Source::File("~ada/key".into())));
    }

    #[test]
    fn a_command_may_hold_colons() {
        let command = Source::Command {
            line: "get a:b".into(),
            folder: None,
        };
        assert_eq!(Source::parse("command:get a:b", None), Ok(command));
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for text in [
            "",
            "s3cret",
            "s3:cret",
            "env:",
            "file:",
            "Prompt",
            "stdin:",
            "fd:",
            "fd:-1",
            "fd:1",
            "fd:three",
            "credential:",
            "credential:../x",
            "keyring:",
        ] {
            assert_eq!(Source::parse(text, None), Err(NotASource), "{text:?}");
        }
    }
}
