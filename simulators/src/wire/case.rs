//! The cases as data: see `host-test/cases/README.md` for the form. What a runner alone
//! looks at is not read here.

use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

/// What is served for a case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Case {
    pub(super) name: String,
    #[serde(default = "loopback")]
    pub(super) at: String,
    #[serde(default)]
    pub(super) port: Port,
    pub(super) tls: Option<Tls>,
    /// Of the URL, where it is another than `tls` says.
    scheme: Option<Scheme>,
    #[serde(default)]
    pub(super) proxy: bool,
    /// One script for each connection; the last one for all further ones.
    #[serde(default)]
    pub(super) server: Vec<Vec<Step>>,
    #[serde(default)]
    pub(super) other: Vec<Vec<Step>>,
    /// These are the runner's.
    #[serde(rename = "calls")]
    _calls: IgnoredAny,
    #[serde(rename = "seen")]
    _seen: IgnoredAny,
}

/// What a connection to the port comes to.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Port {
    #[default]
    Open,
    /// It is refused.
    Closed,
    /// It is never taken.
    Full,
}

/// What the server proves itself with.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Tls {
    Trusted,
    UnknownCa,
    Expired,
    NotYetValid,
    OtherName,
    SelfSigned,
    WantsClientCertificate,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Scheme {
    Http,
    Https,
}

/// A step of a connection.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Step {
    Plain(Plain),
    Send(Send),
    Encoded(Encoded),
    Flood(Flood),
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Plain {
    Hello,
    Head,
    Request,
    Close,
    Cut,
    Reset,
    Silence,
    Deaf,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Send {
    pub(super) send: String,
    /// So many spaces more.
    #[serde(default)]
    pub(super) pad: usize,
    /// In pieces of so many bytes, with a pause after each.
    pub(super) piece: Option<usize>,
    #[serde(default)]
    pub(super) every_ms: u64,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Encoded {
    base64: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flood {
    pub(super) flood: String,
}

fn loopback() -> String {
    "127.0.0.1".to_owned()
}

/// Reads the cases of all files in a folder.
pub(super) fn read_all(folder: &Path) -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let file: File = toml::from_str(&text)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        for case in &file.case {
            case.check()?;
        }
        cases.extend(file.case);
    }
    Ok(cases)
}

/// Puts the second origin into what a server sends.
pub(super) fn put_in(mut scripts: Vec<Vec<Step>>, other: Option<&str>) -> Vec<Vec<Step>> {
    for step in scripts.iter_mut().flatten() {
        if let (Step::Send(step), Some(other)) = (step, other) {
            step.send = step.send.replace("{other}", other);
        }
    }
    scripts
}

impl Case {
    /// Sees that each script comes to an end, and that what it holds can be sent.
    fn check(&self) -> io::Result<()> {
        if matches!(self.port, Port::Open) == self.server.is_empty() && self.listens() {
            return Err(self.wrong("an open port has a script, and no other has one"));
        }
        for script in self.server.iter().chain(&self.other) {
            let ends = script.last().is_some_and(Step::is_end);
            let inner = script.iter().rev().skip(1).any(Step::is_end);
            if !ends || inner {
                return Err(self.wrong("a script has one end, its last step"));
            }
            for step in script {
                if let Step::Encoded(step) = step
                    && STANDARD.decode(&step.base64).is_err()
                {
                    return Err(self.wrong("a step is no base64"));
                }
            }
        }
        Ok(())
    }

    /// Says that something is wrong with this case.
    pub(super) fn wrong(&self, what: &str) -> io::Error {
        io::Error::other(format!("{}: {what}", self.name))
    }

    /// Whether its name leads anywhere.
    fn listens(&self) -> bool {
        !self.at.ends_with(".invalid")
    }

    pub(super) fn is_https(&self) -> bool {
        match self.scheme {
            None => self.tls.is_some(),
            Some(scheme) => matches!(scheme, Scheme::Https),
        }
    }

    pub(super) fn origin(&self, port: u16) -> String {
        let scheme = if self.is_https() { "https" } else { "http" };
        if self.at.contains(':') {
            format!("{scheme}://[{}]:{port}", self.at)
        } else {
            format!("{scheme}://{}:{port}", self.at)
        }
    }
}

impl Step {
    fn is_end(&self) -> bool {
        match self {
            Self::Plain(step) => matches!(
                step,
                Plain::Close | Plain::Cut | Plain::Reset | Plain::Silence | Plain::Deaf
            ),
            Self::Flood(_) => true,
            Self::Send(_) | Self::Encoded(_) => false,
        }
    }
}

impl Encoded {
    pub(super) fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.base64).unwrap_or_default()
    }
}
