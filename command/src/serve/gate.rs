//! Who may call: whoever has the callers' secret, and for an operator's calls the
//! operators'.
//!
//! Each stands in a file, and is compared as a digest, in a time that says nothing of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::stamp::Stamp;
use crate::cli_error::CliError;
use crate::folders;
use crate::private;
use crate::shared::make_folder;

/// The shortest secret, in bytes: nobody should find one by trying.
const SHORTEST: usize = 16;

/// Whose secret it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Caller,
    Operator,
}

/// What a caller showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Good,
    /// Nothing, or another secret.
    Bad,
    /// The service has no operators' secret.
    NoOperators,
}

pub struct Gate {
    caller: PathBuf,
    operator: Option<PathBuf>,
    state: RwLock<State>,
}

struct State {
    caller: Sealed,
    operator: Option<Sealed>,
    stamps: Vec<Stamp>,
}

type Sealed = [u8; 32];

impl Gate {
    /// Reads both files. Without one for the callers there is one of the user's own, which
    /// is made at the first use.
    pub fn open(caller: Option<PathBuf>, operator: Option<PathBuf>) -> Result<Self, CliError> {
        let caller = match caller {
            Some(file) => file,
            None => own()?,
        };
        let state = RwLock::new(State::read(&caller, operator.as_deref())?);
        Ok(Self {
            caller,
            operator,
            state,
        })
    }

    /// The file of the callers' secret.
    pub fn file(&self) -> &Path {
        &self.caller
    }

    /// Reads the files again where they have changed.
    pub fn look(&self) -> Result<(), CliError> {
        let stamps = stamps(&self.caller, self.operator.as_deref());
        {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if state.stamps == stamps {
                return Ok(());
            }
            // Also where they cannot be used: they are not tried again before they change.
            state.stamps = stamps;
        }
        let new = State::read(&self.caller, self.operator.as_deref())?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// Looks at what a request shows: `Authorization: Bearer SECRET`, and where `basic`
    /// permits it what a browser sends for a person, with any name.
    pub fn verdict(&self, headers: &HeaderMap, who: Who, basic: bool) -> Verdict {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = match who {
            Who::Caller => &state.caller,
            Who::Operator => match &state.operator {
                Some(operator) => operator,
                None => return Verdict::NoOperators,
            },
        };
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (shown.next(), shown.next()) else {
            return Verdict::Bad;
        };
        match secret_in(value, basic) {
            Some(secret) if digest(&secret).ct_eq(wanted).into() => Verdict::Good,
            _ => Verdict::Bad,
        }
    }
}

impl State {
    fn read(caller: &Path, operator: Option<&Path>) -> Result<Self, CliError> {
        let stamps = stamps(caller, operator);
        let caller = secret_of(caller)?;
        let operator = operator.map(secret_of).transpose()?;
        if operator == Some(caller) {
            return Err(CliError::usage(
                "the operators' secret is the callers': give them two, so that not everybody who \
                 uses a token can end it",
            ));
        }
        Ok(Self {
            caller,
            operator,
            stamps,
        })
    }
}

fn stamps(caller: &Path, operator: Option<&Path>) -> Vec<Stamp> {
    Stamp::of_all([caller].into_iter().chain(operator))
}

/// Returns what an `Authorization` header shows.
fn secret_in(value: &HeaderValue, basic: bool) -> Option<Zeroizing<Vec<u8>>> {
    let (scheme, shown) = value.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Zeroizing::new(shown.trim().as_bytes().to_vec()));
    }
    if !basic || !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = Zeroizing::new(STANDARD.decode(shown.trim()).ok()?);
    let colon = pair.iter().position(|&byte| byte == b':')?;
    Some(Zeroizing::new(pair[colon + 1..].to_vec()))
}

fn digest(secret: &[u8]) -> Sealed {
    Sha256::digest(secret).into()
}

fn secret_of(file: &Path) -> Result<Sealed, CliError> {
    let shown = file.display();
    let unreadable = |why: &str| {
        CliError::unreadable(format!(
            "the service's secret in {shown} cannot be used: {why}"
        ))
    };
    if private::is_open_to_others(file) {
        return Err(unreadable(&format!(
            "others on this machine can read it; take that away with: chmod 600 {shown}"
        )));
    }
    let text = fs::read(file)
        .map(Zeroizing::new)
        .map_err(|error| unreadable(&error.to_string()))?;
    let secret = text.trim_ascii();
    if secret.len() < SHORTEST || !secret.iter().all(u8::is_ascii_graphic) {
        return Err(unreadable(
            "it wants 16 letters, digits or signs at least, in one line: make one with \
             `openssl rand -hex 32`",
        ));
    }
    Ok(digest(secret))
}

/// The user's own file, made where it is not there.
fn own() -> Result<PathBuf, CliError> {
    let folder = folders::configuration().ok_or_else(|| {
        CliError::usage(
            "this system names no folder of the user's own: say where the callers' secret is \
             with --secret-file",
        )
    })?;
    make_folder(&folder)?;
    let file = folder.join("service-secret");
    if !file.exists() {
        let secret = crate::shared::keys::random()?;
        let written = private::write_new(&file, &Zeroizing::new(format!("{}\n", *secret)));
        written.map_err(|error| {
            CliError::unreadable(format!("{} cannot be written: {error}", file.display()))
        })?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        headers
    }

    fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
        let file = folder.join(name);
        private::replace(&file, text).unwrap();
        file
    }

    #[test]
    fn a_secret_opens_what_it_is_for_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let caller = file(folder.path(), "caller", "the-callers-secret\n");
        let operator = file(folder.path(), "operator", "the-operators-secret");
        let gate = Gate::open(Some(caller.clone()), Some(operator))
            .ok()
            .unwrap();
        let verdict = |values: &[&str], who, basic| gate.verdict(&headers(values), who, basic);
        let basic = format!("Basic {}", STANDARD.encode("me:the-callers-secret"));
        for (values, who, basic, expected) in [
            (
                &["Bearer the-callers-secret"][..],
                Who::Caller,
                false,
                Verdict::Good,
            ),
            (
                &["bearer the-callers-secret"],
                Who::Caller,
                false,
                Verdict::Good,
            ),
            (
                &["Bearer the-operators-secret"],
                Who::Caller,
                false,
                Verdict::Bad,
            ),
            (
                &["Bearer the-operators-secret"],
                Who::Operator,
                false,
                Verdict::Good,
            ),
            (
                &["Bearer the-callers-secret"],
                Who::Operator,
                false,
                Verdict::Bad,
            ),
            (&[&basic], Who::Caller, true, Verdict::Good),
            (&[&basic], Who::Caller, false, Verdict::Bad),
            (&["the-callers-secret"], Who::Caller, true, Verdict::Bad),
            (
                &["Bearer the-callers-secre"],
                Who::Caller,
                true,
                Verdict::Bad,
            ),
            (&["Bearer "], Who::Caller, true, Verdict::Bad),
            (&[], Who::Caller, true, Verdict::Bad),
            (
                &["Bearer the-callers-secret", "Bearer the-callers-secret"],
                Who::Caller,
                true,
                Verdict::Bad,
            ),
        ] {
            assert_eq!(verdict(values, who, basic), expected, "{values:?} {who:?}");
        }
        let alone = Gate::open(Some(caller), None).ok().unwrap();
        let shown = headers(&["Bearer the-callers-secret"]);
        assert_eq!(
            alone.verdict(&shown, Who::Operator, false),
            Verdict::NoOperators
        );
    }

    #[test]
    fn a_changed_file_counts_and_one_that_cannot_be_used_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let caller = file(folder.path(), "caller", "the-callers-secret");
        let gate = Gate::open(Some(caller), None).ok().unwrap();
        let is_good = |secret: &str| {
            let shown = headers(&[&format!("Bearer {secret}")]);
            gate.verdict(&shown, Who::Caller, false) == Verdict::Good
        };
        file(folder.path(), "caller", "another-secret-of-theirs");
        assert!(gate.look().is_ok());
        assert!(is_good("another-secret-of-theirs") && !is_good("the-callers-secret"));
        file(folder.path(), "caller", "short");
        let why = crate::output::text_of(&gate.look().unwrap_err());
        assert!(
            why.contains("openssl rand") && !why.contains("short"),
            "{why}"
        );
        assert!(is_good("another-secret-of-theirs"));
        assert!(gate.look().is_ok());
    }

    #[test]
    fn one_secret_for_both_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let both = file(folder.path(), "both", "one-secret-for-both-of-them");
        assert!(Gate::open(Some(both.clone()), Some(both)).is_err());
    }
}
