//! The variables that name proxies, read as curl reads them, but strictly: a value
//! that cannot be read is an error. Taken for no proxy at all, it would send the
//! credentials past the proxy, straight to the server.
//!
//! No error shows a value: a password may stand in it.

use std::ffi::OsString;
use std::fmt;

use http::Uri;
use zeroize::Zeroizing;

use super::exceptions::Exceptions;
use super::{Hop, basic};
use crate::outbound::Origin;

/// What the variables say.
pub(crate) struct Environment {
    http: Option<Hop>,
    https: Option<Hop>,
    exceptions: Exceptions,
}

impl Environment {
    /// Reads them through `variable`. In capitals comes first; an empty one counts as
    /// absent. `ALL_PROXY` is for what has no variable of its own.
    pub(super) fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Unreadable> {
        // A program that a web server starts gets the client's `Proxy` header as
        // HTTP_PROXY (CVE-2016-5385).
        if variable("REQUEST_METHOD").is_some() {
            return Ok(Self {
                http: None,
                https: None,
                exceptions: Exceptions::default(),
            });
        }
        let hop = |names: [&'static str; 2]| match first(&variable, names)? {
            Some((name, value)) => {
                let hop = hop(name, &value);
                hop.map(Some)
                    .map_err(|problem| Unreadable { name, problem })
            }
            None => Ok(None),
        };
        let all = hop(["ALL_PROXY", "all_proxy"])?;
        let exceptions = first(&variable, ["NO_PROXY", "no_proxy"])?;
        Ok(Self {
            http: hop(["HTTP_PROXY", "http_proxy"])?.or_else(|| all.clone()),
            https: hop(["HTTPS_PROXY", "https_proxy"])?.or(all),
            exceptions: match exceptions {
                Some((name, value)) => Exceptions::new(name, &value),
                None => Exceptions::default(),
            },
        })
    }

    /// The proxy on the way to `destination`, if there is one.
    pub(super) fn hop_to(&self, destination: &Uri) -> Option<&Hop> {
        let hop = match destination.scheme_str() {
            Some("http") => self.http.as_ref(),
            Some("https") => self.https.as_ref(),
            _ => None,
        };
        hop.filter(|_| !self.exceptions.hold_for(destination))
    }

    pub(super) fn warnings(&self) -> &[String] {
        self.exceptions.warnings()
    }
}

type Variable = (&'static str, Zeroizing<String>);

/// The first of them that is set and not empty.
fn first(
    variable: &impl Fn(&str) -> Option<OsString>,
    names: [&'static str; 2],
) -> Result<Option<Variable>, Unreadable> {
    for name in names {
        let Some(value) = variable(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let value = value.into_string().map_err(|_| Unreadable {
            name,
            problem: Problem::NoText,
        })?;
        return Ok(Some((name, Zeroizing::new(value))));
    }
    Ok(None)
}

/// Reads `[scheme://][user[:password]@]host[:port][/]`.
fn hop(name: &'static str, value: &str) -> Result<Hop, Problem> {
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("http".into(), value),
    };
    if is_list(value) {
        return Err(Problem::List);
    }
    check_characters(value)?;
    let not_offered = match scheme.as_str() {
        "http" => None,
        "https" | "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => Some(name),
        _ => return Err(Problem::Scheme),
    };
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    // Cut there, the first half of a password would be taken for a port.
    if let Some(character) = path.chars().next().filter(|_| path.contains('@')) {
        return Err(Problem::Character(character));
    }
    if !matches!(path, "" | "/") {
        return Err(Problem::Path);
    }
    let (user_info, place) = match authority.split_once('@') {
        Some((_, rest)) if rest.contains('@') => return Err(Problem::Character('@')),
        Some((user_info, place)) => (Some(user_info), place),
        None => (None, authority),
    };
    let address = format!("http://{place}");
    if address.parse::<Origin>().is_err() {
        return Err(Problem::Place);
    }
    Ok(Hop {
        uri: address.parse().map_err(|_| Problem::Place)?,
        authorization: match user_info {
            Some(user_info) => {
                let pair = pair(user_info)?;
                Some(basic(&pair).map_err(|_| Problem::Place)?)
            }
            None => None,
        },
        not_offered,
    })
}

/// The Windows form: `http=proxy:8080;https=proxy:8080`, or addresses in a row.
fn is_list(value: &str) -> bool {
    let kinds = ["http=", "https=", "ftp=", "socks="];
    let value = value.to_ascii_lowercase();
    kinds.iter().any(|kind| value.starts_with(kind))
        || (value.contains(';') && !value.contains('@'))
}

fn check_characters(value: &str) -> Result<(), Problem> {
    let wrong = value.chars().find(|character| match character {
        '\\' | '"' | '\'' | '`' | '<' | '>' | '^' | '{' | '|' | '}' => true,
        other => !other.is_ascii_graphic(),
    });
    if let Some(character) = wrong {
        return Err(Problem::Character(character));
    }
    let mut rest = value.split('%');
    rest.next();
    let is_code = |text: &str| {
        let code = text.as_bytes().get(..2);
        code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    };
    if rest.all(is_code) {
        Ok(())
    } else {
        Err(Problem::Character('%'))
    }
}

/// `user:password` without its percent signs.
fn pair(user_info: &str) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // Of a user without a password the pair has the colon all the same. A colon in
    // the user's name cannot be told to the proxy.
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let mut pair = Zeroizing::new(Vec::with_capacity(user_info.len() + 1));
    pair.extend(percent_encoding::percent_decode_str(user));
    if pair.contains(&b':') {
        return Err(Problem::ColonInName);
    }
    pair.push(b':');
    pair.extend(percent_encoding::percent_decode_str(password));
    Ok(pair)
}

/// A variable that cannot be read.
#[derive(Debug)]
pub(super) struct Unreadable {
    name: &'static str,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    /// It is not UTF-8.
    NoText,
    /// This character has to be written otherwise.
    Character(char),
    /// It holds more than one address, the Windows form.
    List,
    /// The scheme is no proxy's.
    Scheme,
    /// Something stands behind the port: a PAC file's address, perhaps.
    Path,
    /// What should be host and port is not.
    Place,
    ColonInName,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be read: ", self.name)?;
        match self.problem {
            Problem::NoText => f.write_str("it is not UTF-8"),
            Problem::Character(character) => of_character(character, f),
            Problem::List => f.write_str(
                "it has the Windows form, with a proxy for each kind; write one address: \
                 http://host:port",
            ),
            Problem::Scheme => f.write_str("what stands before :// is no kind of proxy; http is"),
            Problem::Path => f.write_str(
                "it holds a path; write http://host:port alone (a PAC file is not read)",
            ),
            Problem::Place => f.write_str(
                "it does not end with the proxy's host and port; write http://host:port",
            ),
            Problem::ColonInName => f.write_str("the user name holds a colon"),
        }
    }
}

fn of_character(character: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match character {
        '"' | '\'' | '`' => write!(
            f,
            "it holds a quotation mark ({character}): leave it out, or write {} if it belongs to \
             the password",
            encoded(character)
        ),
        ' ' => f.write_str(
            "it holds a space: leave it out at either end, and write %20 within a password",
        ),
        character if character.is_control() => f.write_str("it holds a control character"),
        character => write!(
            f,
            "it holds the character {character}: write {} in a user name or password",
            encoded(character)
        ),
    }
}

fn encoded(character: char) -> String {
    let mut bytes = [0; 4];
    let bytes = character.encode_utf8(&mut bytes).bytes();
    bytes.map(|byte| format!("%{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, String> {
        let variable = |name: &str| {
            let mut fitting = variables.iter().filter(|(key, _)| *key == name);
            fitting.next().map(|(_, value)| OsString::from(value))
        };
        Environment::read(variable).map_err(|unreadable| unreadable.to_string())
    }

    fn hop(variables: &[(&str, &str)], destination: &str) -> Option<String> {
        let environment = read(variables).unwrap();
        let hop = environment.hop_to(&destination.parse().unwrap())?;
        let authority = hop.uri.authority().unwrap();
        Some(match &hop.authorization {
            Some(value) => format!("{authority} {}", value.to_str().unwrap()),
            None => authority.to_string(),
        })
    }

    #[test]
    fn each_kind_of_address_has_its_variable_and_all_is_for_the_rest() {
        let variables = [("HTTPS_PROXY", "http://s:1"), ("ALL_PROXY", "a:2")];
        assert_eq!(hop(&variables, "https://h").as_deref(), Some("s:1"));
        assert_eq!(hop(&variables, "http://h").as_deref(), Some("a:2"));
        let variables = [("HTTPS_PROXY", ""), ("https_proxy", "http://small:1/")];
        assert_eq!(hop(&variables, "https://h").as_deref(), Some("small:1"));
        assert_eq!(hop(&variables, "http://h"), None);
        let variables = [("https_proxy", "small"), ("HTTPS_PROXY", "large")];
        assert_eq!(hop(&variables, "https://h").as_deref(), Some("large"));
    }

    #[test]
    fn user_and_password_are_told_without_their_percent_signs() {
        // RFC 7617, section 2.
        let told = "p:3128 Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
        let variables = [("HTTP_PROXY", "http://Aladdin:open%20sesame@p:3128")];
        assert_eq!(hop(&variables, "http://h").as_deref(), Some(told));
        // acme\jdoe:p=;w
        let variables = [("HTTP_PROXY", "acme%5Cjdoe:p=;w@p:1")];
        let told = "p:1 Basic YWNtZVxqZG9lOnA9O3c=";
        assert_eq!(hop(&variables, "http://h").as_deref(), Some(told));
        let variables = [("HTTP_PROXY", "http://robot@p:1")];
        let told = "p:1 Basic cm9ib3Q6";
        assert_eq!(hop(&variables, "http://h").as_deref(), Some(told));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_names_variable_and_character() {
        for (value, says) in [
            (
                r"http://acme\jdoe:s3cret@proxy:8080",
                r"the character \: write %5C",
            ),
            (
                "\"http://jdoe:s3cret@proxy:8080\"",
                "a quotation mark (\"): leave it out",
            ),
            ("'proxy:8080'", "a quotation mark (')"),
            (" http://proxy:8080", "a space"),
            ("http://proxy:8080 ", "a space"),
            (" ", "a space"),
            ("http://jdoe:s3 cret@proxy:8080", "%20"),
            (
                "http://jdoe:s3@cret@proxy:8080",
                "the character @: write %40",
            ),
            (
                "http://jdoe:s3/cret@proxy:8080",
                "the character /: write %2F",
            ),
            (
                "http://jdoe:s3#cret@proxy:8080",
                "the character #: write %23",
            ),
            (
                "http://jdoe:s3?cret@proxy:8080",
                "the character ?: write %3F",
            ),
            (
                "http://jdoe:s3%cret@proxy:8080",
                "the character %: write %25",
            ),
            ("http://jdoe:s3cret\u{e9}@proxy:8080", "write %C3%A9"),
            ("http://jdoe:s3cret\n@proxy:8080", "a control character"),
            ("http=h:1;https=h:1", "the Windows form"),
            ("http=http://h:1;https=http://h:1", "the Windows form"),
            ("h:1;g:2", "the Windows form"),
            ("ftp://proxy", "no kind of proxy"),
            ("http://wpad/proxy.pac", "PAC"),
            ("http://", "host and port"),
            ("http://proxy:80800", "host and port"),
            ("http://proxy:", "host and port"),
            ("http://u:p@", "host and port"),
            ("http://u%3Av:p@proxy", "colon"),
        ] {
            for name in ["HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
                let error = read(&[(name, value)]).err().unwrap_or_default();
                assert!(
                    error.starts_with(name) && error.contains(says),
                    "{value:?}: {error}"
                );
                for secret in ["s3cret", "jdoe", "cret@"] {
                    assert!(!error.contains(secret), "{error}");
                }
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_an_error() {
        use std::os::unix::ffi::OsStringExt;

        let variable =
            |name: &str| (name == "HTTPS_PROXY").then(|| OsString::from_vec(vec![b'p', 0xff]));
        let error = Environment::read(variable)
            .err()
            .map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some("HTTPS_PROXY cannot be read: it is not UTF-8")
        );
    }

    #[test]
    fn a_proxy_over_tls_or_socks_is_read_and_marked() {
        for value in [
            "https://u:p@proxy",
            "socks5://u:p@proxy:1080",
            "SOCKS5h://proxy",
        ] {
            let environment = read(&[("ALL_PROXY", value), ("HTTP_PROXY", "http://p")]).unwrap();
            let marked = |destination: &str| {
                let hop = environment.hop_to(&destination.parse().unwrap());
                hop.unwrap().not_offered
            };
            assert_eq!(marked("https://h"), Some("ALL_PROXY"), "{value}");
            assert_eq!(marked("http://h"), None, "{value}");
        }
    }

    #[test]
    fn a_program_that_a_web_server_starts_takes_no_proxy() {
        let variables = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil")];
        assert_eq!(hop(&variables, "http://h"), None);
    }
}
