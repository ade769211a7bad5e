//! The account file: what a command would have to be told each time, and where
//! its secrets are. It never holds a secret, and no error repeats a value of it.
//!
//! Whoever can write it decides where the password goes, and may have a command
//! run: so it is refused where anybody could.

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::{Table, Value};

use crate::cli::duration;
use crate::cli_error::CliError;
use crate::folders;
use crate::function::Function;
use crate::source::{FORMS, Source, in_home};

/// Every key, and the platform that it is for where it is for one.
const KEYS: [(&str, Option<&str>); 37] = [
    ("platform", None),
    ("url", None),
    ("token-url", ORCHESTRATOR),
    ("api", CONTROL_ROOM),
    ("user", None),
    ("client-id", ORCHESTRATOR),
    ("client-authentication", ORCHESTRATOR),
    ("scopes", ORCHESTRATOR),
    ("tenancy-name", ORCHESTRATOR),
    ("organization", ORCHESTRATOR),
    ("tenant", ORCHESTRATOR),
    ("authenticate-path", ORCHESTRATOR),
    ("multiple-login", CONTROL_ROOM),
    ("password-from", None),
    ("api-key-from", CONTROL_ROOM),
    ("mfa-code-from", CONTROL_ROOM),
    ("client-secret-from", ORCHESTRATOR),
    ("token-from", None),
    ("ca-bundle", None),
    ("client-certificate", None),
    ("client-key", None),
    ("proxy", None),
    ("proxy-user", None),
    ("proxy-password-from", None),
    ("no-proxy", None),
    ("allow-http", None),
    ("connect-timeout", None),
    ("first-byte-timeout", None),
    ("between-bytes-timeout", None),
    ("total-timeout", None),
    ("store", None),
    ("store-password-from", None),
    ("keys", None),
    ("actor", None),
    ("account-name", None),
    ("lockout-limit", None),
    ("patience", None),
];

const CONTROL_ROOM: Option<&str> = Some("control-room");
const ORCHESTRATOR: Option<&str> = Some("orchestrator");

/// Keys that people try for a secret, each with the one that says where it is.
const SECRETS: [(&str, &str); 8] = [
    ("password", "password-from"),
    ("api-key", "api-key-from"),
    ("mfa-code", "mfa-code-from"),
    ("client-secret", "client-secret-from"),
    ("secret", "client-secret-from"),
    ("token", "token-from"),
    ("proxy-password", "proxy-password-from"),
    ("store-password", "store-password-from"),
];

/// What an account file says. Arguments go before it.
#[derive(Debug, Default)]
pub struct Account {
    /// The keys that are there.
    keys: Vec<String>,
    pub platform: Option<String>,
    pub url: Option<String>,
    pub token_url: Option<String>,
    pub api: Option<String>,
    pub user: Option<String>,
    pub client_id: Option<String>,
    pub client_authentication: Option<String>,
    pub scopes: Vec<String>,
    pub tenancy_name: Option<String>,
    pub organization: Option<String>,
    pub tenant: Option<String>,
    pub authenticate_path: Option<String>,
    pub multiple_login: Option<bool>,
    pub password_from: Option<Source>,
    pub api_key_from: Option<Source>,
    pub mfa_code_from: Option<Source>,
    pub client_secret_from: Option<Source>,
    pub token_from: Option<Source>,
    pub ca_bundle: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub proxy: Option<String>,
    pub proxy_user: Option<String>,
    pub proxy_password_from: Option<Source>,
    pub no_proxy: Option<bool>,
    pub allow_http: Option<bool>,
    pub connect_timeout: Option<Duration>,
    pub first_byte_timeout: Option<Duration>,
    pub between_bytes_timeout: Option<Duration>,
    pub total_timeout: Option<Duration>,
    pub sharing: SharingKeys,
}

/// How the account's token is shared.
#[derive(Debug, Default)]
pub struct SharingKeys {
    pub store: Option<String>,
    pub store_password_from: Option<Source>,
    pub keys: Option<PathBuf>,
    pub actor: Option<String>,
    pub account_name: Option<String>,
    pub lockout_limit: Option<u32>,
    pub patience: Option<Duration>,
}

impl Account {
    /// Reads the file. It is refused for a function of another platform; `warn` is
    /// told of what is risky, and of what has no effect.
    pub fn load(
        path: &Path,
        function: Option<Function>,
        warn: impl Fn(&str),
    ) -> Result<Self, CliError> {
        if path == Path::new("-") {
            return Err(CliError::usage(
                "--account wants a file; it is not read from standard input, which may give a \
                 secret",
            ));
        }
        let path = &named(path);
        let file = path.display();
        match writers(path) {
            Writers::Anybody => {
                return Err(CliError::unreadable(format!(
                    "others on this machine can write the account file {file}, which says where \
                     your password goes and may run commands as you: look at what is in it, then \
                     take that away with: chmod go-w {file}"
                )));
            }
            Writers::Owner => {
                return Err(CliError::unreadable(format!(
                    "the account file {file} belongs to another user, who can change where your \
                     password goes: copy it, and look at what is in it"
                )));
            }
            Writers::Group => warn(&format!(
                "your group can write the account file {file}, and with that change where your \
                 password goes; take that away with: chmod g-w {file}"
            )),
            Writers::Oneself => {}
        }
        let text = std::fs::read_to_string(path)
            .map_err(|error| CliError::unreadable(format!("the account file {file}: {error}")))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let account = Self::parse(&text, folder)
            .map_err(|why| CliError::usage(format!("the account file {file}: {why}")))?;
        if let Some(function) = function {
            account.check_platform(function)?;
            let idle = account.idle_keys(function.platform());
            if !idle.is_empty() {
                warn(&format!(
                    "`{}` in the account file {file} has no effect on {}",
                    idle.join("`, `"),
                    function.name()
                ));
            }
        }
        Ok(account)
    }

    /// Refuses an account of another platform, with the subcommands that take it.
    fn check_platform(&self, function: Function) -> Result<(), CliError> {
        match self.platform.as_deref() {
            Some(found) if found != function.platform() => {
                let subcommands = match found {
                    "orchestrator" => {
                        "ropc-authenticate, client-credentials-authenticate or current-user"
                    }
                    _ => "authenticate, validate, refresh or logout",
                };
                Err(CliError::usage(format!(
                    "the account file is for the platform {found}, and {} is for {}: use \
                     {subcommands}",
                    function.name(),
                    function.platform()
                )))
            }
            _ => Ok(()),
        }
    }

    /// The keys that are there and for another platform than this one.
    fn idle_keys(&self, platform: &str) -> Vec<&'static str> {
        let others = KEYS
            .iter()
            .filter(|(_, of)| of.is_some_and(|of| of != platform));
        let there = others.filter(|(key, _)| self.keys.iter().any(|there| there == key));
        there.map(|(key, _)| *key).collect()
    }

    /// Reads the text of a file whose paths are relative to `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        // Windows editors begin a file with it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // The parser's own display shows the line, and with it what is in it.
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let key = text
                .lines()
                .nth(line - 1)
                .and_then(|line| line.split('=').next());
            let key = key.map(str::trim).and_then(known);
            match key {
                Some(key) if error.message().contains("duplicate key") => {
                    format!("`{key}` stands twice, the second time in line {line}")
                }
                _ => format!("line {line} is not TOML: strings stand in quotes, one key in a line"),
            }
        })?;
        let there = table.keys().cloned().collect();
        let mut keys = Keys { table, folder };
        let account = Self {
            keys: there,
            platform: keys.one_of("platform", &["control-room", "orchestrator"])?,
            url: keys.text("url")?,
            token_url: keys.text("token-url")?,
            api: keys.one_of("api", &["v1", "v2"])?,
            user: keys.text("user")?,
            client_id: keys.text("client-id")?,
            client_authentication: keys
                .one_of("client-authentication", &["request-body", "basic"])?,
            scopes: keys.texts("scopes")?,
            tenancy_name: keys.text("tenancy-name")?,
            organization: keys.text("organization")?,
            tenant: keys.text("tenant")?,
            authenticate_path: keys.text("authenticate-path")?,
            multiple_login: keys.boolean("multiple-login")?,
            password_from: keys.source("password-from")?,
            api_key_from: keys.source("api-key-from")?,
            mfa_code_from: keys.source("mfa-code-from")?,
            client_secret_from: keys.source("client-secret-from")?,
            token_from: keys.source("token-from")?,
            ca_bundle: keys.path("ca-bundle")?,
            client_certificate: keys.path("client-certificate")?,
            client_key: keys.path("client-key")?,
            proxy: keys.text("proxy")?,
            proxy_user: keys.text("proxy-user")?,
            proxy_password_from: keys.source("proxy-password-from")?,
            no_proxy: keys.boolean("no-proxy")?,
            allow_http: keys.boolean("allow-http")?,
            connect_timeout: keys.seconds("connect-timeout")?,
            first_byte_timeout: keys.seconds("first-byte-timeout")?,
            between_bytes_timeout: keys.seconds("between-bytes-timeout")?,
            total_timeout: keys.seconds("total-timeout")?,
            sharing: SharingKeys {
                store: keys.store("store")?,
                store_password_from: keys.source("store-password-from")?,
                keys: keys.path("keys")?,
                actor: keys.text("actor")?,
                account_name: keys.text("account-name")?,
                lockout_limit: keys.number("lockout-limit")?,
                patience: keys.seconds("patience")?,
            },
        };
        keys.end()?;
        Ok(account)
    }
}

/// Whether an account is called by its path, which has a separator or an extension.
pub fn is_path(account: &Path) -> bool {
    account.components().count() > 1 || account.extension().is_some()
}

/// Returns where an account file is: an account that is called by its name stands in the
/// user's configuration folder, whatever the current folder holds.
pub fn named(account: &Path) -> PathBuf {
    if is_path(account) {
        return account.to_owned();
    }
    match folders::accounts() {
        Some(folder) => folder.join(account).with_extension("toml"),
        None => account.to_owned(),
    }
}

/// The keys that were not taken yet.
struct Keys<'a> {
    table: Table,
    folder: &'a Path,
}

impl Keys<'_> {
    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("`{key}` wants a string in quotes")),
        }
    }

    fn texts(&mut self, key: &str) -> Result<Vec<String>, String> {
        let wanted = || format!("`{key}` wants a list of strings: [\"one\", \"two\"]");
        match self.table.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .into_iter()
                .map(|value| match value {
                    Value::String(text) => Ok(text),
                    _ => Err(wanted()),
                })
                .collect(),
            Some(_) => Err(wanted()),
        }
    }

    fn one_of(&mut self, key: &str, allowed: &[&str]) -> Result<Option<String>, String> {
        let text = self.text(key)?;
        match text.as_deref() {
            Some(text) if !allowed.contains(&text) => {
                Err(format!("`{key}` is one of: {}", allowed.join(", ")))
            }
            _ => Ok(text),
        }
    }

    fn boolean(&mut self, key: &str) -> Result<Option<bool>, String> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::Boolean(value)) => Ok(Some(value)),
            Some(_) => Err(format!("`{key}` is true or false, without quotes")),
        }
    }

    fn seconds(&mut self, key: &str) -> Result<Option<Duration>, String> {
        let wanted = || format!("`{key}` is a number of seconds, 0.001 at least, without quotes");
        let seconds = match self.table.remove(key) {
            None => return Ok(None),
            Some(Value::Integer(seconds)) => u32::try_from(seconds).map_err(|_| wanted())?.into(),
            Some(Value::Float(seconds)) => seconds,
            Some(_) => return Err(wanted()),
        };
        duration(seconds).map(Some).map_err(|_| wanted())
    }

    fn number(&mut self, key: &str) -> Result<Option<u32>, String> {
        let wanted = || format!("`{key}` is a number, without quotes");
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::Integer(number)) => {
                let number = u32::try_from(number).map_err(|_| wanted())?;
                Ok(Some(number))
            }
            Some(_) => Err(wanted()),
        }
    }

    /// The URL of a store. A directory's path is relative to the file.
    fn store(&mut self, key: &str) -> Result<Option<String>, String> {
        let Some(url) = self.text(key)? else {
            return Ok(None);
        };
        let holds_password = match url.split_once("://") {
            Some((_, rest)) => {
                let user_info = rest.rsplit_once('@').map(|(user_info, _)| user_info);
                user_info.is_some_and(|user_info| user_info.contains(':'))
                    || rest.contains("pass=")
                    || rest.contains("password=")
            }
            None => false,
        };
        if holds_password {
            return Err(format!(
                "`{key}` holds a password, which does not belong in this file. Leave it out, and \
                 write where it is: store-password-from = \"env:NAME\" (or prompt, stdin, \
                 file:PATH, command:LINE)"
            ));
        }
        Ok(Some(match url.strip_prefix("directory:") {
            Some(path) => format!("directory:{}", self.folder.join(in_home(path)).display()),
            None => url,
        }))
    }

    fn path(&mut self, key: &str) -> Result<Option<PathBuf>, String> {
        let path = self.text(key)?;
        Ok(path.map(|path| self.folder.join(in_home(&path))))
    }

    fn source(&mut self, key: &str) -> Result<Option<Source>, String> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        Source::parse(&text, Some(self.folder))
            .map(Some)
            .map_err(|_| format!("`{key}` says where the secret is: {FORMS}"))
    }

    /// Nothing may be left. A key's name is not repeated where it may be more
    /// than a name.
    fn end(self) -> Result<(), String> {
        let Some((key, _)) = self.table.iter().next() else {
            return Ok(());
        };
        let spelt = key.to_ascii_lowercase().replace(['_', ' '], "-");
        for (secret, from) in SECRETS {
            if spelt == secret {
                return Err(format!(
                    "`{secret}`: a secret does not belong in this file. Write where it is \
                     instead: {from} = \"env:NAME\" (or prompt, stdin, file:PATH, command:LINE), \
                     and take the secret out of the file"
                ));
            }
        }
        let meant = KEYS.iter().map(|(key, _)| *key);
        let meant = meant.min_by_key(|key| strsim::damerau_levenshtein(key, &spelt));
        let meant = meant.filter(|key| strsim::damerau_levenshtein(key, &spelt) <= 2);
        let meant = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "rpa-auth --help lists them".into(),
        };
        Err(format!(
            "there is no key `{}`; {meant}",
            key.chars().take(40).collect::<String>()
        ))
    }
}

/// `key`, where it is one.
fn known(key: &str) -> Option<&'static str> {
    let mut keys = KEYS.iter().map(|(known, _)| *known);
    keys.find(|known| *known == key)
}

/// Who can write a file beside its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writers {
    Oneself,
    Group,
    Anybody,
    /// The owner, who is neither this user nor the system's administrator.
    Owner,
}

/// A file that cannot be looked at cannot be read either, which says so itself.
#[cfg(unix)]
fn writers(path: &Path) -> Writers {
    use std::os::unix::fs::MetadataExt;

    const GROUP: u32 = 0o020;
    const OTHERS: u32 = 0o002;
    let Ok(metadata) = std::fs::metadata(path) else {
        return Writers::Oneself;
    };
    let owner = metadata.uid();
    if owner != 0 && owner != nix::unistd::geteuid().as_raw() {
        return Writers::Owner;
    }
    match metadata.mode() {
        mode if mode & OTHERS != 0 => Writers::Anybody,
        mode if mode & GROUP != 0 => Writers::Group,
        _ => Writers::Oneself,
    }
}

#[cfg(not(unix))]
fn writers(_: &Path) -> Writers {
    Writers::Oneself
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Account::parse(text, Path::new("")).unwrap_err()
    }

    #[test]
    fn a_secret_is_refused_with_what_to_write_instead() {
        for (key, from) in SECRETS {
            let why = refusal(&format!("{key} = \"s3cret\""));
            assert!(why.contains(&format!("{from} = \"env:NAME\"")), "{why}");
            assert!(!why.contains("s3cret"), "{why}");
        }
        assert!(refusal("API_KEY = 's3cret'").contains("api-key-from"));
    }

    #[test]
    fn no_refusal_repeats_a_value() {
        for text in [
            "url = 1",
            "allow-http = \"s3cret\"",
            "api = \"s3cret\"",
            "password-from = \"s3cret\"",
            "connect-timeout = \"s3cret\"",
            "connect-timeout = -1",
            "scopes = \"s3cret\"",
            "scopes = [1]",
            "user = s3cret",
            "user = \"s3cret",
            "colour = \"s3cret\"",
        ] {
            let why = refusal(text);
            assert!(!why.contains("s3cret"), "{why}");
        }
    }

    #[test]
    fn every_key_is_read_and_every_option_of_the_help_is_a_key() {
        for (key, _) in KEYS {
            let why = Account::parse(&format!("{key} = {{}}"), Path::new("")).unwrap_err();
            assert!(!why.contains("there is no key"), "{key}: {why}");
            assert!(crate::help::ACCOUNT.contains(key), "{key}");
        }
    }

    #[test]
    fn a_key_that_is_spelt_wrong_leads_to_the_right_one() {
        for (key, meant) in [
            ("ca_bundle", "ca-bundle"),
            ("users", "user"),
            ("Allow-HTTP", "allow-http"),
            ("conect-timeout", "connect-timeout"),
        ] {
            let why = refusal(&format!("{key} = 1"));
            assert!(why.contains(&format!("did you mean `{meant}`?")), "{why}");
        }
        assert!(refusal("colour = 1").contains("--help lists them"));
    }

    #[test]
    fn a_key_that_stands_twice_is_named() {
        let why = refusal("user = \"a\"\nurl = \"b\"\nuser = \"s3cret\"\n");
        assert_eq!(why, "`user` stands twice, the second time in line 3");
    }

    #[test]
    fn a_file_as_windows_writes_it_is_read() {
        let text = "\u{feff}user = \"ada\"\r\nurl = \"https://h\"\r\n";
        let account = Account::parse(text, Path::new("")).unwrap();
        assert_eq!(account.user.as_deref(), Some("ada"));
    }

    #[test]
    fn the_line_that_is_no_toml_is_named() {
        assert!(refusal("user = \"ada\"\n\nurl = x\n").contains("line 3"));
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let text = "ca-bundle = \"ca.pem\"\nclient-key = \"/key\"\n";
        let account = Account::parse(text, Path::new("/etc/rpa")).unwrap();
        assert_eq!(
            account.ca_bundle.as_deref(),
            Some(Path::new("/etc/rpa/ca.pem"))
        );
        assert_eq!(account.client_key.as_deref(), Some(Path::new("/key")));
    }
}
