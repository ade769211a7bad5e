//! What a line for the shell prints: a password manager's way to give a secret.
//!
//! It asks its questions and says what went wrong where the person is: at the
//! terminal, and on standard error. It ends with this command: by a signal, or
//! when its time is over, it and what it has started are ended. (At a terminal not what
//! has lost its parent by then.)

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdout, Command};
use zeroize::Zeroizing;

use super::{Failure, MOST, no_longer_than_a_secret, room};
use crate::signals::Interrupts;

#[cfg(unix)]
mod family;

/// How long a command may take where nobody is there to be asked.
const UNATTENDED_LIMIT: Duration = Duration::from_secs(60);

/// The shell with a line for it, which runs in `folder`.
pub fn shell(line: &str, folder: Option<&Path>) -> Command {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut command = Command::new(shell);
    command.arg(flag).arg(line);
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
        command.current_dir(folder);
    }
    command
}

/// Runs a command. `limit` is what the caller allows; where it allows any time, one that a
/// person at a terminal can answer has any.
pub async fn output_of(
    command: Command,
    limit: Option<Duration>,
    interrupts: &mut Interrupts,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let attended = io::stdin().is_terminal();
    let limit = limit.or((!attended).then_some(UNATTENDED_LIMIT));
    let mut running = Running::start(command, attended)?;
    let Some(output) = running.child.stdout.take() else {
        return Err("it has no output".into());
    };
    let ended = tokio::select! {
        ended = running.run_to_its_end(output) => Some(ended),
        () = interrupts.next() => {
            running.end();
            return Err(Failure::Interrupted);
        }
        () = limit_of(limit) => None,
    };
    let Some((read, status)) = ended else {
        running.end();
        let limit = limit.unwrap_or_default().as_secs_f64();
        return Err(Failure::Because(format!(
            "it took longer than {limit} s; --total-timeout says how long it may take"
        )));
    };
    let read = read?;
    let status = status?;
    if status.success() {
        Ok(read)
    } else if was_interrupted(status) {
        Err(Failure::Interrupted)
    } else {
        Err(Failure::Because(format!(
            "it ended with {status}; what it said about it stands above"
        )))
    }
}

async fn limit_of(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

struct Running {
    child: Child,
    /// Whether it has a process group of its own.
    #[cfg(unix)]
    has_group: bool,
}

impl Running {
    fn start(mut command: Command, attended: bool) -> io::Result<Self> {
        command.kill_on_drop(true);
        command.stdin(if attended {
            Stdio::inherit()
        } else {
            Stdio::null()
        });
        command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        // At a terminal it stays in the group of this command, which the terminal
        // lets read and sends its signals to.
        #[cfg(unix)]
        let has_group = std::fs::File::open("/dev/tty").is_err();
        #[cfg(unix)]
        if has_group {
            command.process_group(0);
        }
        Ok(Self {
            child: command.spawn()?,
            #[cfg(unix)]
            has_group,
        })
    }

    /// What it prints, and how it ends.
    async fn run_to_its_end(
        &mut self,
        output: ChildStdout,
    ) -> (Result<Zeroizing<Vec<u8>>, Failure>, io::Result<ExitStatus>) {
        let read = all_of(output).await;
        // What prints too much would wait for a reader for ever.
        if read.is_err() {
            self.end();
        }
        (read, self.child.wait().await)
    }

    /// Asks it and all that it started to end.
    #[cfg(unix)]
    fn end(&mut self) {
        use nix::sys::signal::{Signal, kill, killpg};
        use nix::unistd::Pid;

        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        // None where it has ended by itself.
        let Some(id) = id else { return };
        if self.has_group {
            let _ = killpg(Pid::from_raw(id), Signal::SIGTERM);
            return;
        }
        // Found before the first of them ends: what has lost its parent gets another.
        for id in family::of(id, &family::parents()) {
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
    }

    #[cfg(not(unix))]
    fn end(&mut self) {
        let _ = self.child.start_kill();
    }
}

/// One whose reader went away is ended with all that it started.
impl Drop for Running {
    fn drop(&mut self) {
        // Nothing is left of one that has ended and was waited for.
        self.end();
    }
}

async fn all_of(output: ChildStdout) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = room();
    output.take(MOST).read_to_end(&mut bytes).await?;
    no_longer_than_a_secret(bytes)
}

#[cfg(unix)]
fn was_interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;

    status.signal() == Some(nix::sys::signal::Signal::SIGINT as i32)
}

#[cfg(not(unix))]
fn was_interrupted(_: ExitStatus) -> bool {
    false
}
