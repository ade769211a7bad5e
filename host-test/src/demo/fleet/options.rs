//! The command line of `cargo run -- fleet`.

use std::path::PathBuf;

use rpa_auth_host::Store;

/// What `--help` prints.
pub const USAGE: &str = "\
Usage:
  cargo run -- fleet [OPTIONS]    twenty executions with one user of a simulated Control Room:
                                  each logs in for itself; a lock around the login; the shared
                                  session, in four processes over one store

Each makes five calls with pauses. Where its token is refused it logs in again, three times
at most. What is printed is what the Control Room recorded.

Options:
  --redis URL    shares the session in this Redis [default: in a directory of its own]
  --postgres URL shares it in this PostgreSQL
  --rival        half-way somebody outside logs in with the same user
  --rotate       half-way somebody logs in with the same user and changes its password
  --outage       half-way the Control Room goes away for two seconds, and answers 503
  --html FILE    where to write the timeline [default: fleet.html in cargo's target folder]";

/// What happens half-way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Incidents {
    /// Somebody outside logs in.
    pub rival: bool,
    /// Somebody logs in and changes the password.
    pub rotate: bool,
    /// The Control Room goes away for a while.
    pub outage: bool,
}

/// A store that is there already.
#[derive(Debug, PartialEq, Eq)]
pub struct GivenStore {
    /// The option that named it.
    pub option: &'static str,
    /// Its URL, which may hold a password.
    pub url: String,
}

/// How to play.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where the session is shared; none for a directory of this run's own.
    pub store: Option<GivenStore>,
    /// What happens half-way.
    pub incidents: Incidents,
    /// Where the page goes.
    pub html: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments behind `fleet`. None where help was asked for. An error names
    /// the option and says what to do.
    pub fn read(arguments: &[&str]) -> Result<Option<Self>, String> {
        let mut options = Self::default();
        let mut rest = arguments.iter().copied();
        while let Some(argument) = rest.next() {
            match argument {
                "--help" | "-h" => return Ok(None),
                "--redis" => {
                    options.store = Some(GivenStore::read("--redis", "redis", rest.next())?)
                }
                "--postgres" => {
                    options.store = Some(GivenStore::read("--postgres", "postgres", rest.next())?)
                }
                "--rival" => options.incidents.rival = true,
                "--rotate" => options.incidents.rotate = true,
                "--outage" => options.incidents.outage = true,
                "--html" => {
                    let file = rest.next().filter(|file| !file.is_empty());
                    let file = file.ok_or("--html wants a file: name one to write to")?;
                    options.html = Some(file.into());
                }
                _ => {
                    return Err(format!(
                        "fleet has no option {argument}: use one of those below"
                    ));
                }
            }
        }
        Ok(Some(options))
    }
}

impl GivenStore {
    /// Reads the URL of a store of this kind. No error shows it.
    fn read(option: &'static str, kind: &str, url: Option<&str>) -> Result<Self, String> {
        let url = url.filter(|url| url.starts_with(kind));
        let url = url.ok_or_else(|| {
            format!("{option} wants a URL: give it one such as {kind}://127.0.0.1")
        })?;
        match Store::open(url) {
            Ok(_) => Ok(Self {
                option,
                url: url.to_owned(),
            }),
            Err(error) => Err(format!("{option} wants another URL: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_any_order() {
        let read = Options::read(&["--outage", "--html", "a.html", "--redis", "redis://h"]);
        let options = Options {
            store: Some(GivenStore {
                option: "--redis",
                url: "redis://h".into(),
            }),
            incidents: Incidents {
                outage: true,
                ..Incidents::default()
            },
            html: Some("a.html".into()),
        };
        assert_eq!(read, Ok(Some(options)));
        assert_eq!(Options::read(&[]), Ok(Some(Options::default())));
        assert_eq!(Options::read(&["--rival", "--help"]), Ok(None));
    }

    #[test]
    fn a_bad_option_is_named_and_a_url_is_not_shown() {
        for wrong in [
            &["--redis"][..],
            &["--redis", "s3cret"],
            &["--redis", "redis:s3cret@h"],
            &["--postgres", "redis://h"],
            &["--html"],
            &["--html", ""],
            &["--rivals"],
        ] {
            let error = Options::read(wrong).unwrap_err();
            assert!(error.contains(wrong[0]), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
