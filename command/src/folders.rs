//! The user's own folders, as the system has them (XDG on Unix).

use std::path::PathBuf;

use etcetera::{BaseStrategy, choose_base_strategy};

const NAME: &str = "rpa-auth";

/// Returns where accounts and keys are: `~/.config/rpa-auth`, say.
pub fn configuration() -> Option<PathBuf> {
    let folders = choose_base_strategy().ok()?;
    Some(folders.config_dir().join(NAME))
}

/// Returns where the accounts are that have a name.
pub fn accounts() -> Option<PathBuf> {
    Some(configuration()?.join("accounts"))
}

/// Returns where compiled components are kept: `~/.cache/rpa-auth`, say.
pub fn cache() -> Option<PathBuf> {
    let folders = choose_base_strategy().ok()?;
    Some(folders.cache_dir().join(NAME))
}

/// Returns where what changes by itself is: `~/.local/state/rpa-auth`, say.
pub fn state() -> Option<PathBuf> {
    let folders = choose_base_strategy().ok()?;
    let state = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Some(state.join(NAME))
}
