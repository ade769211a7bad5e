//! The SBOM: valid by CycloneDX's own schema, and it names what is known to be in there.

use super::Tried;
use super::bare::printed;
use crate::{Failure, files};

/// Holds a document against the JSON schema of its version, with CycloneDX's library.
const VALIDATE: &str = include_str!("validate.py");

const VALIDATOR: &str = "cyclonedx-python-lib[json-validation]==11.12.0";

/// Something of each kind: the engine, TLS with its C code, what only components have, Rust
/// itself, and what each package needs.
const NAMES: [&str; 11] = [
    "pkg:cargo/rpa-auth-command@",
    "pkg:cargo/rpa-auth-sans-io-session@",
    "pkg:cargo/wasmtime@48.",
    "pkg:cargo/aws-lc-sys@",
    "pkg:cargo/talc@",
    "pkg:cargo/chacha20poly1305@",
    "pkg:generic/rust-std@",
    "pkg:npm/rpa-auth@",
    "pkg:npm/%40rpa-auth/cli-linux-x64-gnu@",
    "pkg:pypi/httpx@",
    "pkg:pypi/wasmtime@",
];

pub fn check(tried: &Tried<'_>) -> Result<(), Failure> {
    let file = tried.release.join(crate::dist::sbom::file_name());
    let environment = tried.bare.folder("validator")?;
    let venv = ["-m", "venv"];
    printed(tried.bare.command("python3").args(venv).arg(&environment))?;
    let python = environment.join("bin/python");
    let install = ["-m", "pip", "install", "--quiet", VALIDATOR];
    printed(tried.bare.command(&python).args(install))?;
    let script = environment.join("validate.py");
    files::write(&script, VALIDATE)?;
    printed(tried.bare.command(&python).arg(&script).arg(&file))?;

    let text = files::read_text(&file)?;
    for name in NAMES {
        if !text.contains(name) {
            return Err(format!("{name} is not in it"));
        }
    }
    // Only the tests have it.
    if text.contains("pkg:cargo/host-test@") || text.contains("pkg:cargo/syn@") {
        return Err("it names what is not in the release".to_owned());
    }
    Ok(())
}
