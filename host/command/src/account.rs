//! The account file: what a command would have to be told each time, and where
//! its secrets are. It never holds a secret, and no error repeats a value of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::{Table, Value};

use crate::source::{FORMS, Source};
use crate::stop::Stop;

/// Keys that people try for a secret, each with the one that says where it is.
const SECRETS: [(&str, &str); 7] = [
    ("password", "password-from"),
    ("api-key", "api-key-from"),
    ("mfa-code", "mfa-code-from"),
    ("client-secret", "client-secret-from"),
    ("secret", "client-secret-from"),
    ("token", "token-from"),
    ("proxy-password", "proxy-password-from"),
];

/// What an account file says. Arguments go before it.
#[derive(Debug, Default)]
pub struct Account {
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
}

impl Account {
    pub fn load(path: &Path) -> Result<Self, Stop> {
        let file = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Stop::unreadable(format!("the account file {file}: {error}")))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder)
            .map_err(|why| Stop::usage(format!("the account file {file}: {why}")))
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        // The parser's own display shows the line, and with it what is in it.
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            format!("line {line} is not TOML: strings stand in quotes, one key in a line")
        })?;
        let mut keys = Keys { table, folder };
        let account = Self {
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
        };
        keys.end()?;
        Ok(account)
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
        let wanted = || format!("`{key}` is a number of seconds, without quotes");
        let seconds = match self.table.remove(key) {
            None => return Ok(None),
            Some(Value::Integer(seconds)) => u32::try_from(seconds).map_err(|_| wanted())?.into(),
            Some(Value::Float(seconds)) => seconds,
            Some(_) => return Err(wanted()),
        };
        Duration::try_from_secs_f64(seconds)
            .map(Some)
            .map_err(|_| wanted())
    }

    fn path(&mut self, key: &str) -> Result<Option<PathBuf>, String> {
        let path = self.text(key)?;
        Ok(path.map(|path| self.folder.join(path)))
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
        Err(format!(
            "there is no key `{}`; rpa-auth --help lists them",
            key.chars().take(40).collect::<String>()
        ))
    }
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
