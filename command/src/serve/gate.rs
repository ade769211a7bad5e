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
    caller: Kept,
    operator: Option<Kept>,
}

/// A secret in a file.
struct Kept {
    file: PathBuf,
    state: RwLock<(Sealed, Stamp)>,
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
        let gate = Self {
            caller: Kept::read(caller)?,
            operator: operator.map(Kept::read).transpose()?,
        };
        match &gate.operator {
            Some(operator) if operator.secret() == gate.caller.secret() => Err(are_equal()),
            _ => Ok(gate),
        }
    }

    /// The file of the callers' secret.
    pub fn file(&self) -> &Path {
        &self.caller.file
    }

    /// Reads each file again where it has changed, or `all`. One that cannot be used leaves
    /// its secret as it was, and holds up nothing of the other.
    pub fn look(&self, all: bool) -> Vec<CliError> {
        let mut errors = Vec::new();
        let callers = self.caller.secret();
        let of_operators = self.operator.as_ref().map(Kept::secret);
        errors.extend(self.caller.look(all, of_operators).err());
        if let Some(operator) = &self.operator {
            errors.extend(operator.look(all, Some(callers)).err());
        }
        errors
    }

    /// Looks at what a request shows: `Authorization: Bearer SECRET`, and where `basic`
    /// permits it what a browser sends for a person, with any name.
    pub fn verdict(&self, headers: &HeaderMap, who: Who, basic: bool) -> Verdict {
        let wanted = match who {
            Who::Caller => self.caller.secret(),
            Who::Operator => match &self.operator {
                Some(operator) => operator.secret(),
                None => return Verdict::NoOperators,
            },
        };
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (shown.next(), shown.next()) else {
            return Verdict::Bad;
        };
        match secret_in(value, basic) {
            Some(secret) if digest(&secret).ct_eq(&wanted).into() => Verdict::Good,
            _ => Verdict::Bad,
        }
    }
}

impl Kept {
    fn read(file: PathBuf) -> Result<Self, CliError> {
        let stamp = Stamp::of(&file);
        let state = RwLock::new((secret_of(&file)?, stamp));
        Ok(Self { file, state })
    }

    fn secret(&self) -> Sealed {
        self.state.read().unwrap_or_else(PoisonError::into_inner).0
    }

    fn look(&self, all: bool, other: Option<Sealed>) -> Result<(), CliError> {
        let stamp = Stamp::of(&self.file);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.1 == stamp && !all {
            return Ok(());
        }
        // Also where it cannot be used: it is not tried again before it changes.
        state.1 = stamp;
        let secret = secret_of(&self.file)?;
        if other == Some(secret) {
            return Err(are_equal());
        }
        state.0 = secret;
        Ok(())
    }
}

fn are_equal() -> CliError {
    CliError::usage(
        "the operators' secret is the callers': give them two, so that not everybody who uses a \
         token can end it",
    )
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
        assert!(gate.look(false).is_empty());
        assert!(is_good("another-secret-of-theirs") && !is_good("the-callers-secret"));
        file(folder.path(), "caller", "short");
        let why = crate::output::text_of(&gate.look(false).remove(0));
        assert!(
            why.contains("openssl rand") && !why.contains("short"),
            "{why}"
        );
        assert!(is_good("another-secret-of-theirs"));
        assert!(gate.look(false).is_empty());
    }

    #[test]
    fn one_secret_for_both_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let both = file(folder.path(), "both", "one-secret-for-both-of-them");
        assert!(Gate::open(Some(both.clone()), Some(both)).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn another_file_in_the_place_of_the_old_one_is_seen_whatever_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let caller = file(folder.path(), "caller", "one-secret-of-theirs");
        let then = fs::metadata(&caller).unwrap().modified().unwrap();
        let gate = Gate::open(Some(caller.clone()), None).unwrap_or_else(|_| panic!());
        let new = file(folder.path(), "new", "two-secret-of-theirs");
        fs::File::open(&new).unwrap().set_modified(then).unwrap();
        fs::rename(new, caller).unwrap();
        assert!(gate.look(false).is_empty());
        let shown = headers(&["Bearer two-secret-of-theirs"]);
        assert_eq!(gate.verdict(&shown, Who::Caller, false), Verdict::Good);
    }

    #[test]
    fn a_file_that_cannot_be_used_holds_up_nothing_of_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let caller = file(folder.path(), "caller", "the-callers-secret");
        let operator = file(folder.path(), "operator", "the-operators-secret");
        let gate = Gate::open(Some(caller), Some(operator)).unwrap_or_else(|_| panic!());
        file(folder.path(), "operator", "short");
        file(folder.path(), "caller", "another-secret-of-theirs");
        assert_eq!(gate.look(false).len(), 1);
        let shown = headers(&["Bearer another-secret-of-theirs"]);
        assert_eq!(gate.verdict(&shown, Who::Caller, false), Verdict::Good);
        let shown = headers(&["Bearer the-operators-secret"]);
        assert_eq!(gate.verdict(&shown, Who::Operator, false), Verdict::Good);
    }
}
