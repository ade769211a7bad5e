//! `rpa-auth account`: the accounts that have a name, in the user's configuration folder.
//!
//! An account says where a secret is and never holds one, so that it can be shown.

use std::fs;
use std::io::{self, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf, absolute};

use serde_json::json;
use toml::Value;

use crate::account::Account;
use crate::check;
use crate::cli::{self, Platform};
use crate::cli_error::CliError;
use crate::context::Context;
use crate::exit::Exit;
use crate::folders;
use crate::output;
use crate::prepare;
use crate::private;
use crate::secret::not_typed;
use crate::shared::make_folder;
use crate::source::{FORMS, Source};
use crate::terminal;

/// The longest answer to a question, in bytes.
const ANSWER_LIMIT: usize = 4096;

pub async fn run(task: cli::Account, context: &mut Context) -> Result<Exit, CliError> {
    match task {
        cli::Account::Add(arguments) => add(*arguments, context).await,
        cli::Account::List => list(context),
        cli::Account::Show { name } => show(&name, context),
        cli::Account::Remove { name } => remove(&name, context),
    }
}

fn folder() -> Result<PathBuf, CliError> {
    folders::accounts().ok_or_else(|| {
        CliError::unreadable(
            "this system names no folder of the user's own: write an account file yourself, and \
             name it with --account FILE.toml",
        )
    })
}

/// Returns where an account of this name is, whether it is there or not.
fn file_of(name: &str) -> Result<PathBuf, CliError> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(is_good) {
        return Err(CliError::usage(
            "an account's name has letters, digits, - and _",
        ));
    }
    Ok(folder()?.join(name).with_extension("toml"))
}

/// Returns the files of all accounts that have a name.
pub fn files() -> Result<Vec<PathBuf>, CliError> {
    let folder = folder()?;
    let mut files: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(&folder, &error)),
    };
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "toml")
    });
    files.sort_unstable();
    Ok(files)
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let accounts: Vec<Listed> = files()?.iter().map(|file| Listed::read(file)).collect();
    if context.json {
        return print_accounts(&accounts);
    }
    for account in &accounts {
        print(&account.line())?;
    }
    if accounts.is_empty() && !context.quiet {
        output::say("there is no account yet: `rpa-auth account add NAME URL`");
    }
    Ok(Exit::Done)
}

fn show(name: &str, context: &Context) -> Result<Exit, CliError> {
    let file = file_of(name)?;
    // One with a secret in it is refused here, and not shown.
    Account::load(&file, None, |text| context.warn(text))?;
    if context.json {
        return print_accounts(&[Listed::read(&file)]);
    }
    let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
    print(&format!("# {}", file.display()))?;
    for line in text.lines().map(output::printable_lines) {
        // A command's arguments may be secret.
        match line.split_once("command:") {
            Some((key, _)) => print(&format!("{key}command:***\""))?,
            None => print(&line)?,
        }
    }
    Ok(Exit::Done)
}

fn remove(name: &str, context: &Context) -> Result<Exit, CliError> {
    let file = file_of(name)?;
    fs::remove_file(&file).map_err(|error| unreadable(&file, &error))?;
    let text = format!(
        "{} is deleted. What is in the store stays, for other programs: `rpa-auth end` would have \
         ended it.",
        file.display()
    );
    output::done("account remove", &text, context)
}

async fn add(mut arguments: cli::AddAccount, context: &mut Context) -> Result<Exit, CliError> {
    let file = file_of(&arguments.name)?;
    if file.exists() {
        return Err(CliError::usage(format!(
            "the account {} is there already: `rpa-auth account show {}`",
            arguments.name, arguments.name
        )));
    }
    complete(&mut arguments, context).await?;
    if !arguments.no_check {
        let exit = look(&arguments, context).await?;
        if exit != Exit::Done {
            output::say(
                "the account was not written. Mend what stands above, or add --no-check to write \
                 it all the same.",
            );
            return Ok(exit);
        }
    }
    let text = text_of(&arguments)?;
    // What would be refused later is refused now: a password in the store's URL, say.
    Account::parse(&text, &folder()?)
        .map_err(|why| CliError::usage(format!("the account cannot be used: {why}")))?;
    write(&file, &text)?;
    let text = format!(
        "{} is written. `rpa-auth login --account {}` tries it.",
        file.display(),
        arguments.name
    );
    output::done("account add", &text, context)
}

/// Asks for what is missing, where somebody is there to be asked.
async fn complete(arguments: &mut cli::AddAccount, context: &mut Context) -> Result<(), CliError> {
    let what = if arguments.client_id.is_some() {
        "token endpoint"
    } else {
        "address of the platform"
    };
    if arguments.url.is_none() {
        arguments.url = Some(answer(what, "", "URL", context).await?);
    }
    if arguments.platform.is_none() {
        let choice = ", control-room or orchestrator";
        let platform = match &arguments.client_id {
            Some(_) => "orchestrator".into(),
            None => answer("platform", choice, "--platform", context).await?,
        };
        arguments.platform = Some(match &*platform {
            "control-room" => Platform::ControlRoom,
            "orchestrator" => Platform::Orchestrator,
            _ => {
                return Err(CliError::usage(
                    "the platform is control-room or orchestrator",
                ));
            }
        });
    }
    if arguments.user.is_none() && arguments.client_id.is_none() {
        arguments.user = Some(answer("user name", "", "--user", context).await?);
    }
    if arguments.password_from.is_none() && arguments.api_key_from.is_none() {
        let choice = format!(", {FORMS}");
        let what = "place of the password";
        let source = answer(what, &choice, "--password-from", context).await?;
        arguments.password_from = Some(source);
    }
    for address in [&arguments.url, &arguments.connection.proxy] {
        if address
            .as_ref()
            .is_some_and(|address| address.contains('@'))
        {
            return Err(CliError::usage(
                "an address in an account holds no user name and no password: write where the \
                 password is with --password-from, the proxy's with --proxy-password-from",
            ));
        }
    }
    if arguments.client_id.is_some() && arguments.platform == Some(Platform::ControlRoom) {
        return Err(CliError::usage(
            "--client-id is for an Orchestrator; a Control Room wants --user",
        ));
    }
    for source in [&arguments.password_from, &arguments.api_key_from] {
        let Some(source) = source else { continue };
        Source::parse(source, None).map_err(|_| {
            CliError::usage(format!(
                "an account says where the secret is, and never holds it: write {FORMS}"
            ))
        })?;
    }
    Ok(())
}

/// Asks for `what`, with what it may be behind it.
async fn answer(
    what: &str,
    choice: &str,
    option: &str,
    context: &mut Context,
) -> Result<String, CliError> {
    let missing = || CliError::usage(format!("the {what} is missing: give it with {option}"));
    if !io::stdin().is_terminal() {
        return Err(missing());
    }
    let question = format!("{what}{choice}: ");
    let typed = terminal::ask(&question, ANSWER_LIMIT, &mut context.interrupts).await;
    let typed = typed.map_err(|error| not_typed(what, error))?;
    match str::from_utf8(&typed).map(str::trim) {
        Ok(answer) if !answer.is_empty() => Ok(answer.to_owned()),
        _ => Err(missing()),
    }
}

/// Looks at the server as `rpa-auth check` does, with the connection that the account will
/// have.
async fn look(arguments: &cli::AddAccount, context: &mut Context) -> Result<Exit, CliError> {
    let check = cli::Check {
        place: cli::OrchestratorArgs {
            url: arguments.url.clone(),
            organization: None,
            tenant: None,
        },
        platform: arguments.platform,
        save_chain: None,
        common: cli::CommonArgs {
            account: None,
            connection: arguments.connection.clone(),
        },
    };
    let (plugin, target) = prepare::check(check, context).await?;
    if !context.json {
        return check::run(&plugin, &target, context).await;
    }
    match check::verdict(&plugin, &target, context).await? {
        (Exit::Done, _) => Ok(Exit::Done),
        (_, verdict) => Err(CliError::usage(format!(
            "the account was not written, for a check of the server says: {verdict} Mend that, or \
             add --no-check"
        ))),
    }
}

/// Returns the file's text: its keys in the order in which a person reads them.
fn text_of(arguments: &cli::AddAccount) -> Result<String, CliError> {
    let platform = match arguments.platform {
        Some(Platform::Orchestrator) => "orchestrator",
        _ => "control-room",
    };
    let api = arguments.api.map(|api| match api {
        cli::Api::V1 => "v1",
        cli::Api::V2 => "v2",
    });
    let is_client = arguments.client_id.is_some();
    let (url, secret) = if is_client {
        ("token-url", "client-secret-from")
    } else {
        ("url", "password-from")
    };
    let connection = &arguments.connection;
    let store = arguments.store.as_deref();
    let store = store.map(|store| from_anywhere(store, "directory:"));
    let texts = [
        ("platform", Some(platform)),
        (url, arguments.url.as_deref()),
        ("api", api),
        ("user", arguments.user.as_deref()),
        ("client-id", arguments.client_id.as_deref()),
        ("tenancy-name", arguments.tenancy_name.as_deref()),
        ("proxy", connection.proxy.as_deref()),
        ("proxy-user", connection.proxy_user.as_deref()),
        ("store", store.as_deref()),
        ("actor", arguments.actor.as_deref()),
    ];
    let sources = [
        (secret, arguments.password_from.as_deref()),
        ("api-key-from", arguments.api_key_from.as_deref()),
        (
            "proxy-password-from",
            connection.proxy_password_from.as_deref(),
        ),
    ];
    let paths = [
        ("ca-bundle", connection.ca_bundle.as_deref()),
        (
            "client-certificate",
            connection.client_certificate.as_deref(),
        ),
        ("client-key", connection.client_key.as_deref()),
        ("keys", arguments.keys.as_deref()),
    ];
    let seconds = [
        ("connect-timeout", connection.connect_timeout),
        ("first-byte-timeout", connection.first_byte_timeout),
        ("between-bytes-timeout", connection.between_bytes_timeout),
        ("total-timeout", connection.total_timeout),
    ];
    let flags = [
        ("allow-http", connection.allow_http),
        ("no-proxy", connection.no_proxy),
    ];
    let mut lines: Vec<(&str, Value)> = Vec::new();
    for (key, text) in texts {
        lines.extend(text.map(|text| (key, Value::from(text))));
    }
    if !arguments.scopes.is_empty() {
        lines.push(("scopes", Value::from(arguments.scopes.clone())));
    }
    for (key, source) in sources {
        lines.extend(source.map(|source| (key, Value::from(from_anywhere(source, "file:")))));
    }
    for (key, path) in paths {
        let Some(path) = path else { continue };
        let path = absolute(path).map_err(|error| unreadable(path, &error))?;
        lines.push((key, Value::from(path.display().to_string())));
    }
    for (key, limit) in seconds {
        lines.extend(limit.map(|limit| (key, Value::from(limit.as_secs_f64()))));
    }
    for (key, _) in flags.into_iter().filter(|(_, is_set)| *is_set) {
        lines.push((key, Value::from(true)));
    }
    let lines = lines
        .iter()
        .map(|(key, value)| format!("{key} = {value}\n"));
    Ok(lines.collect())
}

/// Returns what has a path behind `kind` as it stands in an account: one that is relative to
/// the current folder would be relative to the account's.
fn from_anywhere(text: &str, kind: &str) -> String {
    match text.strip_prefix(kind) {
        Some(path) if !path.starts_with("~/") => match absolute(path) {
            Ok(path) => format!("{kind}{}", path.display()),
            Err(_) => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// Writes the file, for its user alone.
fn write(file: &Path, text: &str) -> Result<(), CliError> {
    make_folder(&folder()?)?;
    match private::write_new(file, text) {
        Ok(true) => Ok(()),
        Ok(false) => Err(unreadable(file, &ErrorKind::AlreadyExists.into())),
        Err(error) => Err(unreadable(file, &error)),
    }
}

fn unreadable(file: &Path, error: &io::Error) -> CliError {
    CliError::unreadable(format!("{}: {error}", file.display()))
}

fn print(line: &str) -> Result<(), CliError> {
    output::print_line(line).map_err(|error| CliError::unwritten(&error))
}

fn print_accounts(accounts: &[Listed]) -> Result<Exit, CliError> {
    let accounts: Vec<_> = accounts.iter().map(Listed::object).collect();
    let object = json!({ "accounts": accounts, "exit_code": Exit::Done.code() });
    output::print_object(&object).map_err(|error| CliError::unwritten(&error))?;
    Ok(Exit::Done)
}

/// What a list says of an account.
struct Listed {
    file: PathBuf,
    /// None where the file cannot be used, which its use explains.
    account: Option<Account>,
}

impl Listed {
    fn read(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            account: Account::load(file, None, |_| {}).ok(),
        }
    }

    fn name(&self) -> String {
        let stem = self.file.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    fn url(&self) -> Option<&str> {
        let account = self.account.as_ref()?;
        account.token_url.as_deref().or(account.url.as_deref())
    }

    fn user(&self) -> Option<&str> {
        let account = self.account.as_ref()?;
        account.client_id.as_deref().or(account.user.as_deref())
    }

    fn line(&self) -> String {
        let name = self.name();
        match (&self.account, self.user(), self.url()) {
            (None, ..) => format!("{name:<16} cannot be used: rpa-auth account show {name}"),
            (_, user, url) => output::printable(&format!(
                "{name:<16} {} at {}",
                user.unwrap_or("(nobody)"),
                url.and_then(|url| url.rsplit('@').next())
                    .unwrap_or("(nowhere)")
            )),
        }
    }

    fn object(&self) -> serde_json::Value {
        let platform = self
            .account
            .as_ref()
            .and_then(|account| account.platform.as_deref());
        json!({
            "name": self.name(),
            "file": self.file.display().to_string(),
            "platform": platform,
            "url": self.url(),
            "user": self.user(),
        })
    }
}
