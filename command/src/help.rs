//! The texts of `--help` and of the manual page.

use std::sync::LazyLock;

use crate::exit::Exit;

pub const ABOUT: &str = "\
Gets, validates, refreshes and logs out tokens for Automation Anywhere Control Room and UiPath \
Orchestrator.

Begin with `rpa-auth check URL`: it looks at a server without credentials and says what to use. \
The token comes alone on standard output, everything else on standard error.";

pub const LOGIN: &str = "\
Whoever first finds no token logs in, once for all programs that have the same store and keys. By \
default that is a directory of your own, so all programs of yours on this machine.

Example:
  rpa-auth login --account robots";

pub const TOKEN: &str = "\
The token comes from the store; only where there is none, one login gets it, for everybody who \
waits. Where the API answers 401, take it to `rpa-auth renew`.

Examples:
  TOKEN=$(rpa-auth token --account robots)
  rpa-auth token --account /etc/rpa/robots.toml --json
  curl --config <(rpa-auth token --account robots --format curl) https://cr.example.com/v3/...
  rpa-auth token --account robots --output /run/robots/token";

pub const RENEW: &str = "\
One program's 401 proves nothing: a Control Room is asked first whether the token is still good, \
once for everybody. If it is, this ends with `still-good`.

Example:
  NEW=$(TOKEN=$TOKEN rpa-auth renew --account robots --token-from env:TOKEN) && TOKEN=$NEW";

pub const EXEC: &str = "\
The program finds the token in RPA_AUTH_TOKEN and the whole header in RPA_AUTH_HEADER. It takes \
the place of rpa-auth, so its exit code and its signals are its own. A variable that holds the \
account's secret is taken away from it: where it is to call `rpa-auth renew` itself, the secret must \
come from file:, credential: or command:.

Example:
  rpa-auth exec --account robots -- ./start-bot.sh invoice";

pub const API: &str = "\
The token is put on; where the platform answers 401 it is renewed, once for everybody, and a request \
of up to 64 KiB is sent once more. JSON is sent and asked for, unless --header says otherwise. The \
answer is printed as it comes, whatever its status; the exit code says whether that is a success.

Examples:
  rpa-auth api GET /v3/wlm/queues/4/workitems/17 --account robots
  rpa-auth api POST /v3/wlm/queues/4/workitems --account robots --data-file items.json
  rpa-auth api GET '/odata/Jobs?$top=5' --account uipath --output jobs.json";

pub const STATUS: &str = "\
Reads the store and sends nothing to the platform.

Examples:
  rpa-auth status --account robots
  rpa-auth status --account robots --watch";

pub const END: &str = "\
Not for the end of one job: no program gets a token any more until `rpa-auth reopen`.

Example:
  rpa-auth end --account robots";

pub const ACCOUNTS: &str = "\
An account says who logs in and where, where the secret is, and where the token is shared. It stands \
in ~/.config/rpa-auth/accounts and never holds a secret. At a terminal `add` asks for what is missing.

Examples:
  rpa-auth account add robots https://cr.example.com --user robot --api-key-from file:~/robot.key
  rpa-auth account list
  rpa-auth account show robots";

pub const SERVE: &str = "\
Programs show the secret (Authorization: Bearer SECRET) and get
  GET  /v1/accounts/NAME/token      the token that everybody shares
  POST /v1/accounts/NAME/renew      the next one: {\"rejected\": \"...\"}
  GET  /v1/accounts/NAME/status     how the account stands
  ANY  /NAME/...                    a call of the platform, with the token put on
  GET  /metrics, /openapi.json      what is counted; all of this, described
and a person looks at / in a browser (any name, the secret as password). Without TLS only this machine \
reaches it. Accounts, secrets and certificates are read again when they change.

Examples:
  rpa-auth serve
  rpa-auth serve robots --listen unix:/run/user/1000/rpa-auth.sock
  curl -H \"Authorization: Bearer $(cat ~/.config/rpa-auth/service-secret)\" http://127.0.0.1:7690/robots/v3/...";

pub const REOPEN: &str = "\
Example:
  rpa-auth reopen --account robots";

pub const KEYS: &str = "\
Give the file to every program that shares the store, as a secret, and name it with `keys` in their \
accounts.

New keys come in three steps, each of which must reach every program before the next; `rotate` says \
what is to be done in between.

Examples:
  rpa-auth keys new fleet-keys.toml
  rpa-auth keys rotate fleet-keys.toml
  rpa-auth keys rotate fleet-keys.toml
  rpa-auth keys reseal --account robots
  rpa-auth keys rotate fleet-keys.toml --forget-old";

pub const RESET: &str = "\
See at the platform first that the user is enabled and the secret right: the next refused login \
counts from one again here, and goes on counting there.

Example:
  rpa-auth reset --account robots";

pub const AUTHENTICATE: &str = "\
A login may end another session of the same user, and the third refused login disables the user: \
never repeat a refused one. A terminal is warned before the password is asked for, unless --quiet.

Examples:
  rpa-auth authenticate https://cr.example.com --user ada
  TOKEN=$(rpa-auth authenticate https://cr.example.com --user ada --password-from env:CR_PASSWORD)
  rpa-auth authenticate https://cr.example.com --user robot --api-key-from file:/run/secrets/key
  rpa-auth authenticate --account cr.toml --json";

pub const VALIDATE: &str = "\
Example:
  rpa-auth validate https://cr.example.com --token-from env:TOKEN && echo still good";

pub const REFRESH: &str = "\
Take the old token for dead from then on.

Example:
  TOKEN=$(rpa-auth refresh https://cr.example.com --token-from env:TOKEN)";

pub const LOGOUT: &str = "\
Example:
  rpa-auth logout https://cr.example.com --token-from env:TOKEN";

pub const ROPC: &str = "\
Ten refused logins lock the user out by default. There is no logout: the token lives until it \
expires.

Examples:
  rpa-auth ropc-authenticate https://orch.example.com --tenancy-name Default --user ada
  rpa-auth ropc-authenticate https://suite.example.com --organization acme --tenant prod --user ada";

pub const CLIENT: &str = "\
Example:
  rpa-auth client-credentials-authenticate https://cloud.uipath.com/identity_/connect/token \\
    --client-id 1234 --client-secret-from 'command:pass show uipath' --scope OR.Folders.Read";

pub const CURRENT_USER: &str = "\
Example:
  rpa-auth current-user https://orch.example.com --token-from env:TOKEN";

pub const CHECK: &str = "\
Goes to the server step by step (name, proxy, connection, TLS, what answers, which API versions) \
and ends with one sentence: what is wrong and what to try. It never logs in; what it sends \
carries a token that is made up.

Examples:
  rpa-auth check https://cr.example.com
  rpa-auth check https://cr.example.com --ca-bundle company-ca.pem --proxy http://proxy:3128
  rpa-auth check https://cr.example.com --save-chain chain.pem";

pub const COMPLETION: &str = "\
Example, for bash:
  rpa-auth completion bash > ~/.local/share/bash-completion/completions/rpa-auth";

pub const MAN: &str = "\
Examples:
  rpa-auth man | man -l -
  rpa-auth man account add | man -l -
  rpa-auth man authenticate > rpa-auth-authenticate.1";

/// What `--version` says: of the command, and of the component in it.
pub fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{}\ncomponent of {} bytes",
            env!("CARGO_PKG_VERSION"),
            rpa_auth_host::SANS_IO_COMPONENT.len()
        )
    });
    &VERSION
}

/// Where `-h` leads.
pub fn pointer() -> &'static str {
    "rpa-auth --help says more: secrets, the account file, exit codes."
}

/// What `--help` ends with.
pub fn whole() -> String {
    let sections = sections();
    let sections = sections.iter();
    let sections = sections.map(|(title, text)| format!("{title}:\n{text}"));
    sections.collect::<Vec<_>>().join("\n\n")
}

/// The sections that are the command's, each with its title.
pub fn sections() -> [(&'static str, String); 5] {
    [
        ("Examples", EXAMPLES.into()),
        ("Secrets", SECRETS.into()),
        ("Account file", ACCOUNT.into()),
        ("Environment", ENVIRONMENT.into()),
        ("Exit codes", Exit::table()),
    ]
}

const EXAMPLES: &str = "  \
  rpa-auth check https://cr.example.com
  rpa-auth account add robots https://cr.example.com --user robot --password-from env:CR_PASSWORD
  TOKEN=$(rpa-auth token --account robots)
  rpa-auth status --account robots
  TOKEN=$(rpa-auth authenticate https://cr.example.com --user ada)
  rpa-auth validate https://cr.example.com --token-from env:TOKEN
  rpa-auth logout https://cr.example.com --token-from env:TOKEN";

const SECRETS: &str = "  \
  A secret is never an argument. Each --...-from option says where it is:
    prompt         typed without echo; the default on a terminal
    stdin          all of standard input, for one secret
    env:NAME       an environment variable
    file:PATH      a file, which nobody else should be able to read
    fd:NUMBER      a descriptor that the command was started with
    credential:NAME  what systemd gives a service (LoadCredential=)
    keyring:NAME   an entry of your keyring, under the service rpa-auth
    command:LINE   what a line for the shell prints: a password manager, say
  One line break at the end does not count. More lines, control characters and a byte order mark
  are refused before anything is sent. A command may ask at the terminal; without one it has 60 s,
  or what --total-timeout says. file:~/... begins in your own folder.";

const ENVIRONMENT: &str = "  \
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY   proxies, unless --proxy or --no-proxy is given
  NO_PROXY                             hosts that are reached without one
  RUST_LOG                             what is said of the work, as in rpa_auth_host=debug
  NO_COLOR                             where it is set, check shows no colours
  RPA_AUTH_ACCOUNT                     the account, unless --account names one";

pub const ACCOUNT: &str = "  \
  --account NAME takes what is not said on the command line from ~/.config/rpa-auth/accounts/NAME.toml,
  and --account FILE.toml from that file. Its keys are the
  options without dashes, the address is url (token-url for client-credentials-authenticate),
  scopes is a list, platform is control-room or orchestrator. Paths are relative to the file.
  It says where a secret is and never holds one, and nobody else may be able to write it:
    platform = \"control-room\"
    url = \"https://cr.example.com\"
    api = \"v2\"
    user = \"robot\"
    api-key-from = \"file:robot.key\"
    ca-bundle = \"company-ca.pem\"
  All keys: platform, url, token-url, api, user, client-id, client-authentication, scopes,
  tenancy-name, organization, tenant, authenticate-path, multiple-login, password-from,
  api-key-from, mfa-code-from, client-secret-from, token-from, ca-bundle, client-certificate,
  client-key, proxy, proxy-user, proxy-password-from, no-proxy, allow-http, connect-timeout,
  first-byte-timeout, between-bytes-timeout, total-timeout (in seconds).
  How its token is shared: store (directory:/path, postgres://user@host/database, redis://host,
  rediss://host; a directory of your own where nothing is said), store-password-from, keys (a file
  that `rpa-auth keys new` makes; your own keys where nothing is said), actor, account-name,
  lockout-limit, patience (in seconds).";
