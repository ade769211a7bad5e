//! The checksums of all files, as `sha256sum --check` reads them.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::{Failure, files};

/// The file that lists them.
pub const LIST: &str = "SHA256SUMS";

/// Writes the list of what lies in a folder.
pub fn write(folder: &Path) -> Result<(), Failure> {
    let mut list = String::new();
    for (file, _) in files::all_below(folder)? {
        let digest = hex_digest(&files::read(&folder.join(&file))?);
        list.push_str(&format!("{digest}  {}\n", file.display()));
    }
    files::write(&folder.join(LIST), list)
}

/// Returns the SHA-256 of some bytes in hexadecimal.
fn hex_digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_file_is_listed_with_the_checksum_that_is_known_of_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("npm")).unwrap();
        fs::write(folder.path().join("npm/a"), "abc").unwrap();
        fs::write(folder.path().join("b"), "").unwrap();
        write(folder.path()).unwrap();
        // Of FIPS 180-2, and of nothing at all.
        let list = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n\
                    ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  npm/a\n";
        assert_eq!(fs::read_to_string(folder.path().join(LIST)).unwrap(), list);
    }
}
