//! The user's keyring: the Secret Service of a Linux desktop, or macOS' keychain. Each has a
//! program of its own to ask it with, which knows how a locked one is opened.

use tokio::process::Command;

use super::Failure;

/// What all entries of ours are filed under.
const SERVICE: &str = "rpa-auth";

/// Returns what prints the secret of an entry.
pub fn lookup(name: &str) -> Result<Command, Failure> {
    let (program, arguments) = if cfg!(target_os = "macos") {
        let arguments = ["find-generic-password", "-w", "-s", SERVICE, "-a", name];
        ("security", arguments.to_vec())
    } else if cfg!(unix) {
        let arguments = ["lookup", "service", SERVICE, "account", name];
        ("secret-tool", arguments.to_vec())
    } else {
        return Err("this system's keyring is not offered: use command:LINE".into());
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !is_there {
        return Err(Failure::Because(format!(
            "there is no program {program}, which asks the keyring (on Debian in the package \
             libsecret-tools); store the secret with: secret-tool store --label='{name}' service \
             {SERVICE} account {name}"
        )));
    }
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}
