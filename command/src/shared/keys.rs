//! The keys of shared sessions, in a file that nobody else can read.
//!
//! ```toml
//! place = "64 hexadecimal digits"
//! sealing = ["64 hexadecimal digits"]
//! ```
//!
//! While keys are rotated, `next-place`, `former-places` and more of `sealing` stand there as
//! the library's `SessionKeys` says.

use std::fs;
use std::path::{Path, PathBuf};

use rpa_auth_host::SessionKeys;
use toml::{Table, Value};
use zeroize::Zeroizing;

use crate::account::SharingKeys;
use crate::cli_error::CliError;
use crate::folders;
use crate::private;

/// Text that is wiped.
pub type Hidden = Zeroizing<String>;

/// Returns the keys that an account names, or the user's own, which are made at their first
/// use. A store that others reach wants keys that they have too.
pub fn of(sharing: &SharingKeys) -> Result<SessionKeys, CliError> {
    if let Some(file) = &sharing.keys {
        return read(file);
    }
    let is_own = match &sharing.store {
        None => true,
        Some(store) => store.starts_with("directory:"),
    };
    if !is_own {
        return Err(CliError::usage(
            "the account file names a store and no keys: make some with `rpa-auth keys new FILE`, \
             give that file to every program that shares the store, and name it with `keys`",
        ));
    }
    let folder = folders::configuration().ok_or_else(|| {
        CliError::unreadable(
            "this system names no folder of the user's own: make keys with `rpa-auth keys new \
             FILE`, and name that file with `keys` in the account file",
        )
    })?;
    let file = folder.join("keys.toml");
    if !file.exists() {
        make_folder(&folder)?;
        // Somebody else may make them at the same time: theirs are taken then.
        write_new(&file)?;
    }
    read(&file)
}

/// Returns the file that an account's keys stand in.
pub fn file(sharing: &SharingKeys) -> Option<PathBuf> {
    let own = || Some(folders::configuration()?.join("keys.toml"));
    sharing.keys.clone().or_else(own)
}

/// Makes new keys in a file that is not there yet.
pub fn make(file: &Path) -> Result<(), CliError> {
    if write_new(file)? {
        Ok(())
    } else {
        Err(CliError::usage(format!(
            "{} is there already: new keys would hide what was stored under the old ones",
            file.display()
        )))
    }
}

/// Writes new keys. Returns whether nothing was there.
fn write_new(file: &Path) -> Result<bool, CliError> {
    let keys = KeyFile {
        place: random()?,
        next: None,
        former: Vec::new(),
        sealing: vec![random()?],
    };
    private::write_new(file, &keys.text()).map_err(|error| unwritten(file, &error))
}

fn unwritten(file: &Path, error: &std::io::Error) -> CliError {
    CliError::unreadable(format!(
        "keys cannot be written to {}: {error}",
        file.display()
    ))
}

/// Takes the keys in a file a step further on the way to new ones, and says what is to be
/// done next. `forgets_old` permits the last step.
pub fn rotate(file: &Path, forgets_old: bool) -> Result<&'static str, CliError> {
    let keys = load(file)?;
    let (keys, next) = keys.rotated(forgets_old, random)?;
    private::replace(file, &keys.text()).map_err(|error| unwritten(file, &error))?;
    Ok(next)
}

/// Returns 64 hexadecimal digits that nobody can guess.
pub fn random() -> Result<Hidden, CliError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes)
        .map_err(|_| CliError::unreadable("the operating system gives no random bytes"))?;
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in *bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    Ok(text)
}

fn read(file: &Path) -> Result<SessionKeys, CliError> {
    let keys = load(file)?.keys();
    keys.map_err(|why| CliError::usage(format!("the keys in {}: {why}", file.display())))
}

fn load(file: &Path) -> Result<KeyFile, CliError> {
    let shown = file.display();
    if private::is_open_to_others(file) {
        return Err(CliError::unreadable(format!(
            "others on this machine can read the keys in {shown}, and with them the tokens in the \
             store; take that away with: chmod 600 {shown}"
        )));
    }
    let text = fs::read_to_string(file)
        .map(Zeroizing::new)
        .map_err(|error| CliError::unreadable(format!("the keys in {shown}: {error}")))?;
    KeyFile::parse(&text).map_err(|why| CliError::usage(format!("the keys in {shown}: {why}")))
}

/// What stands in a file of keys.
struct KeyFile {
    place: Hidden,
    next: Option<Hidden>,
    former: Vec<Hidden>,
    /// The first one seals.
    sealing: Vec<Hidden>,
}

impl KeyFile {
    fn parse(text: &str) -> Result<Self, String> {
        // The parser's own words show the line.
        let mut table: Table = text.parse().map_err(|_| "this is not TOML".to_owned())?;
        let keys = Self {
            place: one(table.remove("place"), "place")?.ok_or("`place` is missing")?,
            sealing: many(table.remove("sealing"), "sealing")?,
            next: one(table.remove("next-place"), "next-place")?,
            former: many(table.remove("former-places"), "former-places")?,
        };
        match table.keys().next() {
            Some(key) => Err(format!(
                "there is no `{}`",
                key.chars().take(40).collect::<String>()
            )),
            None => Ok(keys),
        }
    }

    fn text(&self) -> Hidden {
        let list = |keys: &[Hidden]| {
            let keys: Vec<Hidden> = keys
                .iter()
                .map(|key| Zeroizing::new(format!("\"{}\"", **key)))
                .collect();
            let keys: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
            Zeroizing::new(keys.join(", "))
        };
        let mut text = Zeroizing::new(format!(
            "# Keys of shared sessions. Whoever has them can read the tokens in the store.\n\
             place = \"{}\"\nsealing = [{}]\n",
            *self.place,
            *list(&self.sealing)
        ));
        if let Some(next) = &self.next {
            *text = format!("{}next-place = \"{}\"\n", *text, **next);
        }
        if !self.former.is_empty() {
            *text = format!("{}former-places = [{}]\n", *text, *list(&self.former));
        }
        text
    }

    fn keys(&self) -> Result<SessionKeys, String> {
        let [first, others @ ..] = &self.sealing[..] else {
            return Err("`sealing` is missing: a list of keys, the first of which seals".into());
        };
        let mut keys = SessionKeys::new(*bytes(&self.place, "place")?, *bytes(first, "sealing")?);
        for key in others {
            keys = keys.also_opens(*bytes(key, "sealing")?);
        }
        if let Some(key) = &self.next {
            keys = keys.next_place(*bytes(key, "next-place")?);
        }
        for key in &self.former {
            keys = keys.former_place(*bytes(key, "former-places")?);
        }
        Ok(keys)
    }

    /// Takes both keys a step further, as the library's `SessionKeys` has them: first the
    /// new ones are made known, then used, and at last the old ones forgotten.
    fn rotated(
        mut self,
        forgets_old: bool,
        random: impl Fn() -> Result<Hidden, CliError>,
    ) -> Result<(Self, &'static str), CliError> {
        let is_last = !self.former.is_empty();
        if forgets_old && !is_last {
            return Err(CliError::usage(
                "--forget-old is for the last step of a rotation, after `rpa-auth keys reseal`",
            ));
        }
        match (self.next.take(), &mut self.sealing[..]) {
            (None, [_]) if !is_last => {
                self.next = Some(random()?);
                self.sealing.push(random()?);
                Ok((self, ANNOUNCED))
            }
            (Some(next), [old, new]) if !is_last => {
                std::mem::swap(old, new);
                self.former.push(std::mem::replace(&mut self.place, next));
                Ok((self, IN_USE))
            }
            (None, [_, ..]) if is_last && forgets_old => {
                self.former.clear();
                self.sealing.truncate(1);
                Ok((self, FORGOTTEN))
            }
            (None, [_, ..]) if is_last => Err(CliError::usage(
                "the new keys are in use. Run `rpa-auth keys reseal` for each account, then \
                 rotate once more with --forget-old",
            )),
            _ => Err(CliError::usage(
                "these keys were rotated by hand: finish that first, so that there is one key in \
                 `sealing`, and neither `next-place` nor `former-places`",
            )),
        }
    }
}

/// What is to be done after each step.
const ANNOUNCED: &str = "the new keys are known, and not used yet. Give the file to every \
                         program that shares the store; when all have it, rotate again.";
const IN_USE: &str = "the new keys are in use. Give the file to every program; when all have it, \
                      run `rpa-auth keys reseal` for each account, then rotate again with \
                      --forget-old.";
const FORGOTTEN: &str = "the old keys are forgotten. Give the file to every program.";

fn one(value: Option<Value>, name: &str) -> Result<Option<Hidden>, String> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(Zeroizing::new(text))),
        Some(_) => Err(format!("`{name}` wants a string in quotes")),
    }
}

fn many(value: Option<Value>, name: &str) -> Result<Vec<Hidden>, String> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let Value::Array(values) = value else {
        return Err(format!("`{name}` wants a list of strings"));
    };
    let texts = values.into_iter().map(|value| one(Some(value), name));
    texts.filter_map(Result::transpose).collect()
}

fn bytes(text: &str, name: &str) -> Result<Zeroizing<[u8; 32]>, String> {
    let wanted = || format!("`{name}` wants 64 hexadecimal digits");
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return Err(wanted());
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = [pair[0], pair[1]].map(digit);
        *byte = high
            .zip(low)
            .map(|(high, low)| high << 4 | low)
            .ok_or_else(wanted)?;
    }
    Ok(bytes)
}

/// Makes a folder that is the user's alone, where it is not there.
pub fn make_folder(folder: &Path) -> Result<(), CliError> {
    private::make_folder(folder).map_err(|error| {
        CliError::unreadable(format!(
            "the folder {} cannot be made: {error}",
            folder.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SessionKeys, String> {
        KeyFile::parse(text)?.keys()
    }

    #[test]
    fn keys_that_were_made_can_be_read_and_no_two_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = ["a", "b"].map(|name| folder.path().join(name)).to_vec();
        for file in &files {
            assert!(make(file).is_ok() && read(file).is_ok());
        }
        let texts: Vec<String> = files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap())
            .collect();
        let mut keys: Vec<&str> = texts.iter().flat_map(|text| text.split('"')).collect();
        keys.retain(|key| key.len() == 64);
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 4);
        assert!(make(&files[0]).is_err());
        assert_eq!(fs::read_to_string(&files[0]).unwrap(), texts[0]);
    }

    #[test]
    fn no_refusal_of_keys_repeats_them() {
        let good = "5c".repeat(32);
        for text in [
            "place = 5c5c5c".to_owned(),
            format!("place = \"{good}\""),
            format!("place = \"{good}\"\nsealing = \"{good}\""),
            format!("place = \"{good}0\"\nsealing = [\"{good}\"]"),
            format!("place = \"{good}\"\nsealing = [\"zz{}\"]", &good[2..]),
            format!("place = \"{good}\"\nsealing = [\"{good}\"]\n{good} = 1"),
        ] {
            let why = parse(&text).err().unwrap();
            assert!(!why.contains(&good), "{why}");
        }
        parse(&format!(
            "place = \"{good}\"\nsealing = [\"{}\", \"{}\"]\nformer-places = [\"{}\"]",
            "11".repeat(32),
            "22".repeat(32),
            "33".repeat(32)
        ))
        .unwrap();
    }
}
