//! What can be said on the command line. No argument holds a secret, and what is
//! refused here is never repeated where it could be one.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::cli_error::CliError;
use crate::context::Context;
use crate::help;
use crate::output::check_can_be_written;

mod values;

pub use values::duration;
use values::{SourceText, seconds};

const ACCOUNT: &str = "Account";
const CONNECTION: &str = "Connection";
const OUTPUT: &str = "Output";

/// Gets, validates, refreshes and logs out tokens for RPA platforms
#[derive(Parser)]
#[command(
    name = "rpa-auth",
    version,
    long_version = help::version(),
    long_about = help::ABOUT,
    after_help = help::pointer(),
    after_long_help = help::whole()
)]
pub struct Cli {
    /// Print one JSON object on standard output, for errors too
    #[arg(long, global = true, help_heading = OUTPUT)]
    pub json: bool,
    /// Leave out warnings and explanations
    #[arg(long, short, global = true, help_heading = OUTPUT)]
    pub quiet: bool,
    /// Show each request on standard error
    #[arg(long, short, global = true, help_heading = OUTPUT)]
    pub verbose: bool,
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Subcommand)]
pub enum Task {
    /// See that there is a token that all programs share: log in only if there is none
    #[command(after_help = help::LOGIN)]
    Login(Box<Shared>),
    /// Print the token that all programs share, after one login if there is none
    #[command(after_help = help::TOKEN)]
    Token(Box<Token>),
    /// Print the next shared token, where the API refused this one
    #[command(after_help = help::RENEW)]
    Renew(Box<Renew>),
    /// Run a program with the shared token in its environment
    #[command(after_help = help::EXEC)]
    Exec(Box<Exec>),
    /// Call the platform's API with the shared token
    #[command(after_help = help::API)]
    Api(Box<ApiCall>),
    /// See how an account stands: who has a token, refusals, what happens next
    #[command(after_help = help::STATUS)]
    Status(Box<Status>),
    /// End the shared session for everybody, and log its token out
    #[command(after_help = help::END)]
    End(Box<Shared>),
    /// Let everybody get a token again, after `end`
    #[command(after_help = help::REOPEN)]
    Reopen(Box<Shared>),
    /// Forget the refused logins, after a person has set the account right
    #[command(after_help = help::RESET)]
    Reset(Box<Shared>),
    /// Keep what a login needs, all but the secret, under a name
    #[command(after_help = help::ACCOUNTS)]
    Account {
        #[command(subcommand)]
        task: Box<Account>,
    },
    /// Serve the shared token to programs in any language, and pass their calls through
    #[command(after_help = help::SERVE)]
    Serve(Box<Serve>),
    /// Make keys for a store that several machines share
    #[command(after_help = help::KEYS)]
    Keys {
        #[command(subcommand)]
        task: Box<Keys>,
    },
    /// Get a token from a Control Room, for yourself alone
    #[command(after_help = help::AUTHENTICATE)]
    Authenticate(Box<Formed<Authenticate>>),
    /// Ask a Control Room whether a token is still good (exit code 0 or 3)
    #[command(after_help = help::VALIDATE)]
    Validate(Box<RoomToken>),
    /// Exchange a Control Room's token that is still good for a new one
    #[command(after_help = help::REFRESH)]
    Refresh(Box<Formed<RoomToken>>),
    /// Make a Control Room forget a token
    #[command(after_help = help::LOGOUT)]
    Logout(Box<RoomToken>),
    /// Get a token from an Orchestrator for a user name and password
    #[command(after_help = help::ROPC)]
    RopcAuthenticate(Box<Formed<Ropc>>),
    /// Get a token for an external application of an Orchestrator
    #[command(after_help = help::CLIENT)]
    ClientCredentialsAuthenticate(Box<Formed<Client>>),
    /// Ask an Orchestrator who a token speaks for
    #[command(after_help = help::CURRENT_USER)]
    CurrentUser(Box<CurrentUser>),
    /// Look at a server for the first time, without credentials
    #[command(after_help = help::CHECK)]
    Check(Box<Check>),
    /// Print the completion script of a shell
    #[command(after_help = help::COMPLETION)]
    Completion {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page, of the command or of one of its subcommands
    #[command(after_help = help::MAN)]
    Man {
        /// A subcommand
        #[arg(value_parser = PossibleValuesParser::new(SUBCOMMANDS), hide_possible_values = true)]
        subcommand: Option<String>,
        /// One of its own subcommands: `man account add`
        #[arg(requires = "subcommand", value_name = "SUBCOMMAND")]
        nested: Option<String>,
    },
}

impl Task {
    /// Whether a token is wanted as a JSON object.
    pub fn writes_json(&self) -> bool {
        let form = match self {
            Self::Token(arguments) => &arguments.form,
            Self::Renew(arguments) => &arguments.form,
            Self::Authenticate(arguments) => &arguments.form,
            Self::Refresh(arguments) => &arguments.form,
            Self::RopcAuthenticate(arguments) => &arguments.form,
            Self::ClientCredentialsAuthenticate(arguments) => &arguments.form,
            _ => return false,
        };
        form.format == Some(Format::Json)
    }
}

/// All of them, for the manual pages.
const SUBCOMMANDS: [&str; 22] = [
    "account",
    "login",
    "token",
    "renew",
    "exec",
    "api",
    "status",
    "end",
    "reopen",
    "reset",
    "serve",
    "keys",
    "authenticate",
    "validate",
    "refresh",
    "logout",
    "ropc-authenticate",
    "client-credentials-authenticate",
    "current-user",
    "check",
    "completion",
    "man",
];

/// The account and the connection: the account says the rest.
#[derive(Args)]
pub struct Shared {
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Args)]
pub struct Token {
    #[command(flatten)]
    pub form: FormArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Args)]
pub struct Exec {
    #[command(flatten)]
    pub common: CommonArgs,
    /// The program and its arguments, behind `--`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

#[derive(Args)]
pub struct ApiCall {
    /// GET, POST, PUT, PATCH, DELETE or another method
    #[arg(value_name = "METHOD")]
    pub method: String,
    /// The path behind the platform's address, with its query
    #[arg(value_name = "PATH")]
    pub path: String,
    /// Send this text
    #[arg(long, short, value_name = "TEXT", conflicts_with = "data_file")]
    pub data: Option<String>,
    /// Send this file; - is standard input
    #[arg(long, value_name = "FILE")]
    pub data_file: Option<PathBuf>,
    /// Send this header too, 'Name: value'; may be given more than once
    #[arg(long = "header", short = 'H', value_name = "LINE")]
    pub headers: Vec<String>,
    /// Show the status and the headers of the answer on standard error
    #[arg(long, short, help_heading = OUTPUT)]
    pub include: bool,
    /// Write the answer into this file, in one piece and for nobody else to read
    #[arg(long, short, value_name = "FILE", help_heading = OUTPUT)]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Args)]
pub struct Serve {
    /// The accounts to serve: names, or files (TOML) [default: all that have a name]
    #[arg(value_name = "ACCOUNT")]
    pub accounts: Vec<PathBuf>,
    /// Listen here: ADDRESS:PORT or unix:PATH; may be given more than once [default: 127.0.0.1:7690]
    #[arg(long, value_name = "WHERE")]
    pub listen: Vec<String>,
    /// The file with the secret that every caller shows [default: one of your own, made at the first use]
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// The file with the secret for `end`, `reopen` and `reset` [default: nobody may]
    #[arg(long, value_name = "FILE")]
    pub operator_secret_file: Option<PathBuf>,
    /// The service's certificate with its chain (PEM), to be reached from other machines
    #[arg(long, value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// Its private key (PEM, not encrypted), where it is in a file of its own
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

/// A call that gives a token, and how that is written.
#[derive(Args)]
pub struct Formed<T: Args> {
    #[command(flatten)]
    pub call: T,
    #[command(flatten)]
    pub form: FormArgs,
}

/// How a token is written, and where.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = OUTPUT)]
pub struct FormArgs {
    /// What is written [default: token]
    ///
    /// token, header, env (for a shell's eval), powershell, curl (for curl --config) or json
    #[arg(long, value_name = "FORM", hide_possible_values = true)]
    pub format: Option<Format>,
    /// Write into this file, in one piece and for nobody else to read
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub output: Option<PathBuf>,
}

impl FormArgs {
    /// Refuses what cannot be written, before anything is sent: afterwards it would be too
    /// late.
    pub fn check(&self, context: &Context) -> Result<(), CliError> {
        if context.json && !matches!(self.format, None | Some(Format::Json)) {
            return Err(CliError::usage(
                "--json prints an object, and --format something else: leave out one of them",
            ));
        }
        self.output.as_deref().map_or(Ok(()), check_can_be_written)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The token alone
    Token,
    /// The header: its name, a colon and its value
    Header,
    /// Lines that a shell evaluates: RPA_AUTH_TOKEN and RPA_AUTH_HEADER
    Env,
    /// The same for PowerShell
    Powershell,
    /// A line for `curl --config`
    Curl,
    /// One JSON object, as with --json
    Json,
}

#[derive(Args)]
#[command(next_help_heading = ACCOUNT)]
pub struct Renew {
    #[command(flatten)]
    pub form: FormArgs,
    /// Where the token is that the API refused: prompt, stdin, env:NAME, file:PATH, command:LINE, ...
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true)]
    pub token_from: Option<String>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Args)]
pub struct Status {
    /// Go on, and print again whenever something changes
    #[arg(long)]
    pub watch: bool,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Subcommand)]
pub enum Account {
    /// Look at the server, ask for what is missing, and write the account
    Add(Box<AddAccount>),
    /// List the accounts
    List,
    /// Show where an account is, and what is in it
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Delete an account's file; what is in the store stays
    Remove {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Args)]
#[command(next_help_heading = ACCOUNT)]
pub struct AddAccount {
    /// What it is called: letters, digits, - and _
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Address of the platform; with --client-id the whole token endpoint
    #[arg(value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// Which platform it is
    #[arg(long)]
    pub platform: Option<Platform>,
    /// User name
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The application's client id, instead of a user name
    #[arg(long, value_name = "ID", conflicts_with_all = ["user", "api_key_from"])]
    pub client_id: Option<String>,
    /// Where the password, or the application's secret, is
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true, conflicts_with = "api_key_from")]
    pub password_from: Option<String>,
    /// Where the user's API key is, instead of a password
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true)]
    pub api_key_from: Option<String>,
    /// Which paths a Control Room has [default: v2]
    #[arg(long, value_name = "VERSION")]
    pub api: Option<Api>,
    /// The tenancy name of an Orchestrator
    #[arg(long, value_name = "NAME")]
    pub tenancy_name: Option<String>,
    /// A scope of an application; may be given more than once
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ' ')]
    pub scopes: Vec<String>,
    /// Where the token is shared: directory:/path, postgres://user@host/database, redis://host,
    /// rediss://host
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// The file with the keys of the store
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// A name that `status` shows: which program or machine
    #[arg(long, value_name = "NAME")]
    pub actor: Option<String>,
    /// Write the account without a look at the server
    #[arg(long)]
    pub no_check: bool,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

#[derive(Subcommand)]
pub enum Keys {
    /// Write new keys into a file that is not there yet, for nobody else to read
    New {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Take the keys in a file a step further on the way to new ones, and say what is next
    Rotate {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Forget the old keys: the last step, after `reseal`
        #[arg(long)]
        forget_old: bool,
    },
    /// Take an account's entry along to the keys that are in use now
    Reseal(Box<Shared>),
}

#[derive(Args)]
#[command(next_help_heading = ACCOUNT)]
pub struct Authenticate {
    #[command(flatten)]
    pub room: Room,
    /// User name
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Where the password is: prompt, stdin, env:NAME, file:PATH, ...
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true, conflicts_with = "api_key_from")]
    pub password_from: Option<String>,
    /// Where the user's API key is, instead of a password
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true)]
    pub api_key_from: Option<String>,
    /// Where the code of the second factor is
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true)]
    pub mfa_code_from: Option<String>,
    /// Ask for a token that lives beside the user's other sessions
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub multiple_login: Option<bool>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Args)]
#[command(next_help_heading = ACCOUNT)]
pub struct RoomToken {
    #[command(flatten)]
    pub room: Room,
    /// Where the token is: prompt, stdin, env:NAME, file:PATH, ...
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true)]
    pub token_from: Option<String>,
    #[command(flatten)]
    pub common: CommonArgs,
}

impl Authenticate {
    /// Takes everything from the account.
    pub fn of_account(common: CommonArgs) -> Self {
        Self {
            room: Room {
                url: None,
                api: None,
            },
            user: None,
            password_from: None,
            api_key_from: None,
            mfa_code_from: None,
            multiple_login: None,
            common,
        }
    }
}

impl Ropc {
    /// Takes everything from the account.
    pub fn of_account(common: CommonArgs) -> Self {
        Self {
            place: OrchestratorArgs {
                url: None,
                organization: None,
                tenant: None,
            },
            user: None,
            password_from: None,
            tenancy_name: None,
            authenticate_path: None,
            common,
        }
    }
}

impl Client {
    /// Takes everything from the account.
    pub fn of_account(common: CommonArgs) -> Self {
        Self {
            token_url: None,
            client_id: None,
            client_secret_from: None,
            scopes: Vec::new(),
            client_authentication: None,
            common,
        }
    }
}

/// A Control Room.
#[derive(Args)]
pub struct Room {
    /// Address of the Control Room: https://host, with :port and /prefix if it has them
    #[arg(value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// Which paths it has: v1 before Automation 360 v.31, v2 from then on [default: v2]
    #[arg(long, value_name = "VERSION")]
    pub api: Option<Api>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Api {
    V1,
    V2,
}

#[derive(Args)]
#[command(next_help_heading = ACCOUNT)]
pub struct Ropc {
    #[command(flatten)]
    pub place: OrchestratorArgs,
    /// User name or e-mail address
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Where the password is: prompt, stdin, env:NAME, file:PATH, ...
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true)]
    pub password_from: Option<String>,
    /// The tenant's name; Host for the host administrator
    #[arg(long, value_name = "NAME")]
    pub tenancy_name: Option<String>,
    /// Where the login is, instead of api/account/authenticate
    #[arg(long, value_name = "PATH")]
    pub authenticate_path: Option<String>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Args)]
#[command(next_help_heading = ACCOUNT)]
pub struct CurrentUser {
    #[command(flatten)]
    pub place: OrchestratorArgs,
    /// Where the token is: prompt, stdin, env:NAME, file:PATH, ...
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true)]
    pub token_from: Option<String>,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// An Orchestrator.
#[derive(Args)]
pub struct OrchestratorArgs {
    /// Address of the platform: https://host, with :port and /prefix if it has them
    #[arg(value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// Organization, in Automation Suite; goes with --tenant
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// Tenant, in Automation Suite; goes with --organization
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = ACCOUNT)]
pub struct Client {
    /// The whole token endpoint: https://host/identity_/connect/token
    #[arg(value_hint = ValueHint::Url)]
    pub token_url: Option<String>,
    /// The application's client id
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Where its secret is: prompt, stdin, env:NAME, file:PATH, ...
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true)]
    pub client_secret_from: Option<String>,
    /// A scope to ask for; may be given more than once, or hold several with spaces
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ' ')]
    pub scopes: Vec<String>,
    /// How it proves itself [default: request-body]
    #[arg(long, value_name = "WAY")]
    pub client_authentication: Option<ClientAuthentication>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ClientAuthentication {
    RequestBody,
    Basic,
}

#[derive(Args)]
#[command(next_help_heading = ACCOUNT)]
pub struct Check {
    #[command(flatten)]
    pub place: OrchestratorArgs,
    /// What should be there; found out where it is not said
    #[arg(long)]
    pub platform: Option<Platform>,
    /// Write the server's certificates (PEM) into this file, to look at or to trust
    #[arg(long, value_name = "FILE")]
    pub save_chain: Option<PathBuf>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Platform {
    ControlRoom,
    Orchestrator,
}

/// The account file, and the way to the server.
#[derive(Args, Clone, Default)]
pub struct CommonArgs {
    /// Take what is not said here from this account: its name, or a file (TOML)
    #[arg(long, value_name = "NAME", help_heading = ACCOUNT)]
    pub account: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// How to get to the server.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = CONNECTION)]
pub struct ConnectionArgs {
    /// Trust the certificates of this file (PEM) too, beside the system's and Mozilla's
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
    /// Show this client certificate with its chain (PEM)
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub client_certificate: Option<PathBuf>,
    /// Its private key (PEM, not encrypted), where it is in a file of its own
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub client_key: Option<PathBuf>,
    /// Go through this proxy: http://host:port [default: as HTTPS_PROXY and HTTP_PROXY say]
    #[arg(long, value_name = "URL", conflicts_with = "no_proxy")]
    pub proxy: Option<String>,
    /// User name for the proxy
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub proxy_user: Option<String>,
    /// Where the proxy's password is: prompt, stdin, env:NAME, file:PATH, ...
    #[arg(long, value_name = "SOURCE", value_parser = SourceText, hide_possible_values = true, hide_short_help = true)]
    pub proxy_password_from: Option<String>,
    /// Go straight, whatever the environment says
    #[arg(long, hide_short_help = true)]
    pub no_proxy: bool,
    /// Permit an http: URL, where credentials travel in the clear
    #[arg(long)]
    pub allow_http: bool,
    /// To open the connection [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, hide_short_help = true)]
    pub connect_timeout: Option<Duration>,
    /// From the request to the first byte of the answer [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, hide_short_help = true)]
    pub first_byte_timeout: Option<Duration>,
    /// Between two pieces of the answer [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, hide_short_help = true)]
    pub between_bytes_timeout: Option<Duration>,
    /// For the whole call, and for a command that gives a secret [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub total_timeout: Option<Duration>,
}
