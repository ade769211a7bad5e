//! The accounts that are served.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rpa_auth_host::Api;

use super::stamp::Stamp;
use crate::account;
use crate::accounts;
use crate::cli::CommonArgs;
use crate::cli_error::CliError;
use crate::context::Context;
use crate::function::Function;
use crate::output::text_of;
use crate::shared::{Opened, Wish, open};

/// How soon an account is tried again that could not be opened: what is wrong may be
/// elsewhere than in its file.
const AGAIN: Duration = Duration::from_secs(10);

/// What the service's own paths begin with.
const RESERVED: [&str; 3] = ["v1", "healthz", "metrics"];

/// An account that is open.
pub struct Served {
    pub name: String,
    pub opened: Opened,
    /// The platform's API, or why it cannot be called.
    pub api: Result<Api, String>,
    stamps: Vec<Stamp>,
}

impl Served {
    pub fn platform(&self) -> &'static str {
        match self.opened.login {
            Function::Authenticate => "control-room",
            _ => "orchestrator",
        }
    }

    async fn open(name: String, file: &Path, context: &mut Context) -> Result<Self, CliError> {
        if RESERVED.contains(&&*name) {
            return Err(CliError::usage(format!(
                "an account named {name} cannot be served: the service's own paths begin so"
            )));
        }
        let common = CommonArgs {
            account: Some(file.to_owned()),
            ..CommonArgs::default()
        };
        let (opened, _) = open(&common, Wish::Service, context).await?;
        let api = match &opened.api_url {
            Some(url) => opened.session.api_at(url),
            None => opened.session.api(),
        };
        Ok(Self {
            name,
            // Taken late: what changed since is seen at the next look, and only opened twice.
            stamps: Stamp::of_all(opened.files.iter().map(PathBuf::as_path)),
            api: api.map_err(|error| error.to_string()),
            opened,
        })
    }

    fn is_as_it_was(&self) -> bool {
        self.stamps == Stamp::of_all(self.opened.files.iter().map(PathBuf::as_path))
    }
}

type Open = BTreeMap<String, Arc<Served>>;

/// An account that could not be opened, when that was, and why.
struct Refused {
    stamp: Stamp,
    at: Instant,
    why: String,
}

pub struct Accounts {
    /// None for all that have a name.
    named: Option<Vec<PathBuf>>,
    open: RwLock<Arc<Open>>,
    /// Those that could not be opened.
    refused: tokio::sync::Mutex<BTreeMap<String, Refused>>,
}

impl Accounts {
    /// Opens them all; one that cannot be opened is an error.
    pub async fn open(
        named: Option<Vec<PathBuf>>,
        context: &mut Context,
    ) -> Result<Self, CliError> {
        let mut open = Open::new();
        for (name, file) in wanted(named.as_deref())? {
            let served = Served::open(name.clone(), &file, context).await?;
            if open.insert(name.clone(), Arc::new(served)).is_some() {
                return Err(CliError::usage(format!("two accounts are named {name}")));
            }
        }
        if open.is_empty() {
            return Err(CliError::usage(
                "there is no account to serve: `rpa-auth account add NAME URL` makes one",
            ));
        }
        Ok(Self {
            named,
            open: RwLock::new(Arc::new(open)),
            refused: tokio::sync::Mutex::default(),
        })
    }

    pub fn all(&self) -> Arc<Open> {
        Arc::clone(&self.open.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn find(&self, name: &str) -> Option<Arc<Served>> {
        self.all().get(name).cloned()
    }

    /// Waits until no call for a token of theirs is under way, also none whose caller went
    /// away.
    pub async fn idle(&self) {
        for served in self.all().values() {
            served.opened.session.idle().await;
        }
    }

    pub fn names(&self) -> Vec<String> {
        self.all().keys().cloned().collect()
    }

    /// Opens anew what has changed, what is new, and what could not be opened a while ago;
    /// or `all`. What cannot be opened stays as it was.
    pub async fn look(&self, all: bool) -> Vec<CliError> {
        let wanted = match wanted(self.named.as_deref()) {
            Ok(wanted) => wanted,
            Err(error) => return vec![error],
        };
        let mut refused = self.refused.lock().await;
        refused.retain(|known, _| wanted.iter().any(|(name, _)| name == known));
        let (before, mut now, mut errors) = (self.all(), Open::new(), Vec::new());
        for (name, file) in wanted {
            let known = before.get(&name);
            let stamp = Stamp::of(&file);
            let is_tried = refused
                .get(&name)
                .is_some_and(|refused| refused.stamp == stamp && refused.at.elapsed() < AGAIN);
            let is_as_it_was = known.is_some_and(|known| known.is_as_it_was());
            if !all && (is_tried || is_as_it_was) {
                if let Some(known) = known {
                    now.insert(name, Arc::clone(known));
                }
                continue;
            }
            match Served::open(name.clone(), &file, &mut Context::of_a_service()).await {
                Ok(served) => {
                    refused.remove(&name);
                    now.insert(name, Arc::new(served));
                }
                Err(error) => {
                    if let Some(known) = known {
                        now.insert(name.clone(), Arc::clone(known));
                    }
                    let why = text_of(&error);
                    let is_known = refused.get(&name).is_some_and(|refused| refused.why == why);
                    if !is_known || all {
                        errors.push(CliError::unreadable(format!(
                            "the account {name} has changed and cannot be used: {why}"
                        )));
                    }
                    let at = Instant::now();
                    refused.insert(name, Refused { stamp, at, why });
                }
            }
        }
        if !is_same(&before, &now) {
            *self.open.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(now);
        }
        errors
    }
}

fn is_same(before: &Open, now: &Open) -> bool {
    before.len() == now.len()
        && before
            .iter()
            .all(|(name, served)| now.get(name).is_some_and(|now| Arc::ptr_eq(served, now)))
}

/// The accounts to serve, each with its name and its file.
fn wanted(named: Option<&[PathBuf]>) -> Result<Vec<(String, PathBuf)>, CliError> {
    let files = match named {
        Some(named) => named.iter().map(|path| account::named(path)).collect(),
        None => accounts::files()?,
    };
    let name = |file: &PathBuf| {
        file.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    let files = files.into_iter();
    Ok(files
        .filter_map(|file| Some((name(&file)?, file)))
        .collect())
}
