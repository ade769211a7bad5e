//! With what the standard library offers everywhere.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Content, Owner, Trouble};

/// None is kept open here.
pub(in super::super) enum Held {}

impl Held {
    pub(in super::super) fn is_in_its_place(&self) -> bool {
        match *self {}
    }
}

/// The directory, which was there.
pub(in super::super) struct Dir(PathBuf);

impl Dir {
    pub(in super::super) fn open(path: &Path, group: Option<u32>) -> Result<Self, Trouble> {
        if group.is_some() {
            return Err(Trouble::Refused(
                "this system has no groups of users that could share a directory".to_owned(),
            ));
        }
        match fs::metadata(path) {
            Ok(there) if there.is_dir() => Ok(Self(path.to_owned())),
            Ok(_) => Err(Trouble::Io(
                path.to_owned(),
                io::ErrorKind::NotADirectory.into(),
            )),
            Err(error) => Err(Trouble::Io(path.to_owned(), error)),
        }
    }

    pub(in super::super) fn owner(&self) -> Owner {
        Owner
    }

    /// The whole of a file, or its first `limit` bytes; `None` where there is none.
    pub(in super::super) fn read(
        &self,
        name: &str,
        limit: u64,
    ) -> Result<Option<Content>, Trouble> {
        let file = match self.open_with(name, OpenOptions::new().read(true)) {
            Err(trouble) if trouble.is_not_found() => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        match file.take(limit).read_to_end(&mut bytes) {
            Ok(_) => Ok(Some((bytes, None))),
            Err(error) => Err(Trouble::Io(self.0.join(name), error)),
        }
    }

    /// A new file, in the place of one of that name.
    pub(in super::super) fn create(&self, name: &str) -> Result<File, Trouble> {
        match self.remove(name) {
            Err(trouble) if !trouble.is_not_found() => return Err(trouble),
            _ => {}
        }
        self.open_with(name, OpenOptions::new().write(true).create_new(true))
    }

    /// A file that is only there to be locked. It is made if it is not there.
    pub(in super::super) fn lock_file(&self, name: &str) -> Result<File, Trouble> {
        let mut options = OpenOptions::new();
        self.open_with(name, options.write(true).create(true).truncate(false))
    }

    /// A file that is open is not deleted here.
    pub(in super::super) fn is_at(&self, _: &File, name: &str) -> Result<bool, Trouble> {
        let path = self.0.join(name);
        fs::exists(&path).map_err(|error| Trouble::Io(path, error))
    }

    pub(in super::super) fn rename(&self, from: &str, to: &str) -> Result<(), Trouble> {
        let to = self.0.join(to);
        fs::rename(self.0.join(from), &to).map_err(|error| Trouble::Io(to, error))
    }

    pub(in super::super) fn remove(&self, name: &str) -> Result<(), Trouble> {
        let path = self.0.join(name);
        fs::remove_file(&path).map_err(|error| Trouble::Io(path, error))
    }

    pub(in super::super) fn sync(&self) -> Result<(), Trouble> {
        Ok(())
    }

    fn open_with(&self, name: &str, options: &OpenOptions) -> Result<File, Trouble> {
        let path = self.0.join(name);
        options
            .open(&path)
            .map_err(|error| Trouble::Io(path, error))
    }
}

/// Makes a directory, and what lies above it.
pub(in super::super) fn make(path: &Path, _: Option<u32>, _: Option<Owner>) -> Result<(), Trouble> {
    fs::create_dir_all(path).map_err(|error| Trouble::Io(path.to_owned(), error))
}

pub(in super::super) fn check_above(_: &Path) -> Result<(), Trouble> {
    Ok(())
}
