//! The store that an account names, or the user's own.

use std::path::Path;

use rpa_auth_host::{Secret, Store, StoreOpenError};

use super::make_folder;
use crate::account::SharingKeys;
use crate::cli_error::CliError;
use crate::folders;
use crate::secret::SecretRequest;

/// Returns what asks for the store's password, where the account says where that is.
pub fn password(sharing: &SharingKeys) -> Result<Option<SecretRequest>, CliError> {
    let from = sharing.store_password_from.clone();
    let request =
        |from| SecretRequest::new("password of the store", "store-password-from", None, from);
    from.map(|from| request(Some(from))).transpose()
}

/// Opens it.
pub fn open(
    sharing: &SharingKeys,
    ca_bundle: Option<&Path>,
    password: Option<Secret>,
) -> Result<Store, CliError> {
    let url = match &sharing.store {
        // A store in memory would end with this process, and its token with the next login.
        Some(url) if url.starts_with("memory:") => return Err(unknown()),
        Some(url) => url.clone(),
        None => own()?,
    };
    let mut options = Store::options();
    if let Some(password) = password {
        options = options.password(password);
    }
    if let Some(bundle) = ca_bundle {
        options = options.ca_bundle_file(bundle);
    }
    options.open(&url).map_err(|error| match error {
        StoreOpenError::UnknownUrl => unknown(),
        error => CliError::unreadable(format!("the store cannot be opened: {error}")),
    })
}

fn unknown() -> CliError {
    CliError::usage(
        "`store` in the account file is one of: directory:/path, postgres://user@host/database, \
         redis://host, rediss://host, redis+unix:///path, redis+cluster://host,host, \
         redis+sentinel://host,host/service",
    )
}

/// Returns the directory of the user's own. The folders above it are made.
fn own() -> Result<String, CliError> {
    let folder = folders::state().ok_or_else(|| {
        CliError::unreadable(
            "this system names no folder of the user's own: say in the account file where the \
             store is (store = \"directory:/path\")",
        )
    })?;
    make_folder(&folder)?;
    Ok(format!("directory:{}", folder.join("tokens").display()))
}
