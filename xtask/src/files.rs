//! Files and folders, with failures that name them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Failure;

/// Makes a folder where it is missing, with those above it.
pub fn make_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| said_of(folder, &error))
}

/// Makes a folder that holds nothing.
pub fn empty(folder: &Path) -> Result<(), Failure> {
    remove(folder)?;
    make_folder(folder)
}

/// Removes a folder with all that is in it, where it is there.
pub fn remove(folder: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(said_of(folder, &error)),
        _ => Ok(()),
    }
}

/// Writes a file, and makes the folder that it is in.
pub fn write(file: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    make_folder(file.parent().unwrap_or(file))?;
    fs::write(file, content).map_err(|error| said_of(file, &error))
}

/// Returns what a file holds.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| said_of(file, &error))
}

/// Returns what a file of text holds.
pub fn read_text(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| said_of(file, &error))
}

/// Copies a file with its rights, and makes the folder that it goes into.
pub fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    make_folder(to.parent().unwrap_or(to))?;
    fs::copy(from, to)
        .map(|_| ())
        .map_err(|error| said_of(from, &error))
}

/// Copies all files below a folder.
pub fn copy_all(from: &Path, to: &Path) -> Result<(), Failure> {
    for (file, _) in all_below(from)? {
        copy(&from.join(&file), &to.join(&file))?;
    }
    Ok(())
}

/// Returns each file below a folder, relative to it and in order, with its size in bytes.
pub fn all_below(folder: &Path) -> Result<Vec<(PathBuf, u64)>, Failure> {
    let mut files = Vec::new();
    collect(folder, Path::new(""), &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(root: &Path, below: &Path, files: &mut Vec<(PathBuf, u64)>) -> Result<(), Failure> {
    let folder = root.join(below);
    let said = |error: io::Error| said_of(&folder, &error);
    for entry in fs::read_dir(&folder).map_err(said)? {
        let entry = entry.map_err(said)?;
        let kind = entry.metadata().map_err(said)?;
        let name = below.join(entry.file_name());
        if kind.is_dir() {
            collect(root, &name, files)?;
        } else {
            files.push((name, kind.len()));
        }
    }
    Ok(())
}

/// Says what went wrong with a file.
pub fn said_of(file: &Path, error: &io::Error) -> Failure {
    format!("{}: {error}", file.display())
}
