//! Asking at the terminal without showing what is typed.
//!
//! Invariants:
//! - However the prompt ends, the terminal has its settings back first: at the
//!   end of the line, at a signal that ends the command, and while it is
//!   suspended (Ctrl-Z).
//! - Nothing but text counts as typed. Any control character that edits no line
//!   ends the prompt: it is no part of a secret, and what was meant by it did not
//!   happen.
//! - What was typed before the question or after the answer is thrown away, so
//!   that neither becomes a secret, nor a secret a line for the shell.

use std::io;

use zeroize::Zeroizing;

use crate::signals::Interrupts;

/// Why nothing was typed.
#[derive(Debug)]
pub enum NotTyped {
    /// There is no terminal, or it cannot be used.
    NoTerminal(io::Error),
    /// A signal asked the command to end.
    Interrupted,
    /// The end of input (Ctrl-D), or the terminal is gone.
    End,
    /// A control character that edits no line.
    ControlCharacter,
    /// More than a secret can be long.
    TooLong,
}

impl From<io::Error> for NotTyped {
    fn from(error: io::Error) -> Self {
        Self::NoTerminal(error)
    }
}

/// Asks `question`, and returns what was typed up to the end of the line, at most
/// `limit` bytes of it.
#[cfg(unix)]
pub async fn ask_hidden(
    question: &str,
    limit: usize,
    interrupts: &mut Interrupts,
) -> Result<Zeroizing<Vec<u8>>, NotTyped> {
    unix::ask(question, limit, unix::Echo::Off, interrupts).await
}

/// The same, and what is typed is shown: for what is no secret.
#[cfg(unix)]
pub async fn ask(
    question: &str,
    limit: usize,
    interrupts: &mut Interrupts,
) -> Result<Zeroizing<Vec<u8>>, NotTyped> {
    unix::ask(question, limit, unix::Echo::On, interrupts).await
}

#[cfg(not(unix))]
pub async fn ask_hidden(
    question: &str,
    _limit: usize,
    _interrupts: &mut Interrupts,
) -> Result<Zeroizing<Vec<u8>>, NotTyped> {
    match rpassword::prompt_password(question) {
        Ok(typed) => Ok(Zeroizing::new(typed.into_bytes())),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(NotTyped::Interrupted),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(NotTyped::End),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
pub async fn ask(
    question: &str,
    _limit: usize,
    _interrupts: &mut Interrupts,
) -> Result<Zeroizing<Vec<u8>>, NotTyped> {
    use std::io::Write;

    let mut typed = String::new();
    let mut out = io::stderr();
    out.write_all(question.as_bytes())?;
    out.flush()?;
    match io::stdin().read_line(&mut typed)? {
        0 => Err(NotTyped::End),
        _ => Ok(Zeroizing::new(typed.trim_end().as_bytes().to_vec())),
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::{File, OpenOptions};
    use std::io::{self, Read, Write};
    use std::sync::Arc;
    use std::time::Duration;

    use nix::sys::signal::{SigAction, Signal, raise};
    use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios};
    use nix::sys::termios::{tcgetattr, tcsetattr};
    use tokio::signal::unix::{SignalKind, signal};
    use tokio::task::{JoinHandle, spawn_blocking};
    use tokio::time::timeout;
    use zeroize::Zeroizing;

    use super::NotTyped;
    use crate::signals::{Interrupts, disposition};

    /// How long bytes that the terminal has given take to get here.
    const SETTLING: Duration = Duration::from_millis(50);

    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(super) enum Echo {
        On,
        Off,
    }

    pub(super) async fn ask(
        question: &str,
        limit: usize,
        echo: Echo,
        interrupts: &mut Interrupts,
    ) -> Result<Zeroizing<Vec<u8>>, NotTyped> {
        // Standard input and output may be redirected.
        let device = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let device = Arc::new(device);
        let mut suspensions = Suspensions::listen()?;
        let mut line = Line::new(limit);
        let mut settings = Settings::of(&device)?;
        settings.take()?;
        say(&device, question)?;
        let mut reading = read(&device);
        loop {
            let read = tokio::select! {
                read = &mut reading => read,
                () = interrupts.next() => {
                    say(&device, "\n")?;
                    return Err(NotTyped::Interrupted);
                }
                () = suspensions.next() => {
                    line.clear();
                    // What was read just before is of that line, too.
                    if timeout(SETTLING, &mut reading).await.is_ok() {
                        reading = self::read(&device);
                    }
                    settings.give_back();
                    say(&device, "\n")?;
                    suspensions.suspend()?;
                    settings.take()?;
                    say(&device, question)?;
                    continue;
                }
            };
            let bytes = read.map_err(io::Error::other)??;
            let shown = match line.take(&bytes) {
                Ok(Progress::More(shown)) => shown,
                Ok(Progress::Done(shown)) => {
                    show(&device, &shown, echo)?;
                    say(&device, "\n")?;
                    return Ok(line.typed);
                }
                Err(error) => {
                    say(&device, "\n")?;
                    return Err(error);
                }
            };
            show(&device, &shown, echo)?;
            reading = self::read(&device);
        }
    }

    /// Reads what is there, in a thread that may wait.
    fn read(device: &Arc<File>) -> JoinHandle<io::Result<Zeroizing<Vec<u8>>>> {
        let device = Arc::clone(device);
        spawn_blocking(move || {
            let mut bytes = Zeroizing::new(vec![0; 1024]);
            let length = (&*device).read(&mut bytes)?;
            bytes.truncate(length);
            Ok(bytes)
        })
    }

    fn say(device: &File, text: &str) -> io::Result<()> {
        let mut device = device;
        device.write_all(text.as_bytes())
    }

    fn show(device: &File, shown: &[u8], echo: Echo) -> io::Result<()> {
        let mut device = device;
        match echo {
            Echo::On => device.write_all(shown),
            Echo::Off => Ok(()),
        }
    }

    /// The terminal's settings: its own, and those of the prompt, in which each
    /// character comes at once and a line may be longer than the kernel's 4,096
    /// (1,024 on macOS), as tokens are. Dropping gives the terminal its own back.
    struct Settings<'a> {
        device: &'a File,
        own: Termios,
        prompt: Termios,
    }

    impl<'a> Settings<'a> {
        fn of(device: &'a File) -> io::Result<Self> {
            let own = tcgetattr(device)?;
            let mut prompt = own.clone();
            prompt
                .local_flags
                .remove(LocalFlags::ECHO | LocalFlags::ECHONL | LocalFlags::ICANON);
            // Ctrl-C, Ctrl-Z and Ctrl-\ stay signals.
            prompt.local_flags.insert(LocalFlags::ISIG);
            prompt.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
            prompt.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
            Ok(Self {
                device,
                own,
                prompt,
            })
        }

        fn take(&mut self) -> io::Result<()> {
            Ok(tcsetattr(self.device, SetArg::TCSAFLUSH, &self.prompt)?)
        }

        fn give_back(&self) {
            // A terminal that is gone needs nothing back.
            let _ = tcsetattr(self.device, SetArg::TCSAFLUSH, &self.own);
        }
    }

    impl Drop for Settings<'_> {
        fn drop(&mut self) {
            self.give_back();
        }
    }

    /// Ctrl-Z, caught so that the terminal gets its settings back before the
    /// process is suspended. Dropping leaves it to the kernel again.
    struct Suspensions {
        signals: Option<tokio::signal::unix::Signal>,
        caught: Option<SigAction>,
    }

    impl Suspensions {
        fn listen() -> io::Result<Self> {
            // The runtime's handler is put in once a process, and stays.
            static HANDLER: std::sync::OnceLock<Option<SigAction>> = std::sync::OnceLock::new();

            if HANDLER.get().is_none() && disposition::is_ignored(Signal::SIGTSTP) {
                let _ = HANDLER.set(None);
            }
            if HANDLER.get() == Some(&None) {
                return Ok(Self {
                    signals: None,
                    caught: None,
                });
            }
            let signals = signal(SignalKind::from_raw(Signal::SIGTSTP as i32))?;
            let handler = match HANDLER.get() {
                Some(Some(handler)) => *handler,
                _ => disposition::reset(Signal::SIGTSTP)?,
            };
            let _ = HANDLER.set(Some(handler));
            disposition::restore(Signal::SIGTSTP, &handler)?;
            Ok(Self {
                signals: Some(signals),
                caught: Some(handler),
            })
        }

        async fn next(&mut self) {
            let came = match &mut self.signals {
                Some(signals) => signals.recv().await,
                None => None,
            };
            if came.is_none() {
                std::future::pending::<()>().await;
            }
        }

        /// Returns when the process goes on. Where nobody could make it go on, the
        /// kernel does not suspend it.
        fn suspend(&self) -> io::Result<()> {
            if let Some(handler) = &self.caught {
                disposition::reset(Signal::SIGTSTP)?;
                let raised = raise(Signal::SIGTSTP);
                disposition::restore(Signal::SIGTSTP, handler)?;
                raised?;
            }
            Ok(())
        }
    }

    impl Drop for Suspensions {
        fn drop(&mut self) {
            if self.caught.is_some() {
                let _ = disposition::reset(Signal::SIGTSTP);
            }
        }
    }

    const END: u8 = 0x04;
    const BACKSPACE: u8 = 0x08;
    const DELETE: u8 = 0x7f;
    const KILL_LINE: u8 = 0x15;

    /// What is typed, and edited.
    struct Line {
        typed: Zeroizing<Vec<u8>>,
        limit: usize,
    }

    /// What a terminal that shows the line is to show.
    #[derive(Debug, PartialEq, Eq)]
    enum Progress {
        More(Vec<u8>),
        Done(Vec<u8>),
    }

    impl Line {
        /// As long as it may get from the start, so that no copy is left where it
        /// grew.
        fn new(limit: usize) -> Self {
            Self {
                typed: Zeroizing::new(Vec::with_capacity(limit)),
                limit,
            }
        }

        fn clear(&mut self) {
            self.typed.clear();
        }

        /// Takes what was typed. None at all means that the terminal is gone.
        fn take(&mut self, bytes: &[u8]) -> Result<Progress, NotTyped> {
            if bytes.is_empty() {
                return Err(NotTyped::End);
            }
            let mut shown = Vec::new();
            for &byte in bytes {
                match byte {
                    b'\n' | b'\r' => return Ok(Progress::Done(shown)),
                    END if self.typed.is_empty() => return Err(NotTyped::End),
                    BACKSPACE | DELETE => {
                        if self.rub_out() {
                            shown.extend_from_slice(b"\x08 \x08");
                        }
                    }
                    KILL_LINE => {
                        while self.rub_out() {
                            shown.extend_from_slice(b"\x08 \x08");
                        }
                    }
                    byte if byte.is_ascii_control() => return Err(NotTyped::ControlCharacter),
                    _ if self.typed.len() == self.limit => return Err(NotTyped::TooLong),
                    byte => {
                        self.typed.push(byte);
                        shown.push(byte);
                    }
                }
            }
            Ok(Progress::More(shown))
        }

        /// Takes the last character away, all bytes of it (UTF-8). False where
        /// there is none.
        fn rub_out(&mut self) -> bool {
            let continues = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
            let mut took = false;
            while let Some(byte) = self.typed.pop() {
                took = true;
                if !continues(byte) {
                    break;
                }
            }
            took
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn typed(bytes: &[u8]) -> Vec<u8> {
            let mut line = Line::new(64);
            let Ok(Progress::Done(_)) = line.take(bytes) else {
                panic!("the line does not end");
            };
            line.typed.to_vec()
        }

        #[test]
        fn a_line_is_edited_by_whole_characters() {
            assert_eq!(typed("abä\x7fc\n".as_bytes()), b"abc");
            assert_eq!(typed(b"wrong\x15right\r"), b"right");
            assert_eq!(typed(b"\x7f\x08a\n"), b"a");
        }

        #[test]
        fn a_control_character_that_edits_nothing_is_refused_at_once() {
            for byte in [0x00, 0x01, 0x09, 0x1a, 0x1b, 0x1c, END] {
                let taken = Line::new(64).take(&[b'a', byte]);
                assert!(
                    matches!(taken, Err(NotTyped::ControlCharacter)),
                    "{byte:#x}"
                );
            }
        }

        #[test]
        fn an_empty_line_ends_with_ctrl_d_and_with_the_terminal() {
            assert!(matches!(Line::new(64).take(&[END]), Err(NotTyped::End)));
            assert!(matches!(Line::new(64).take(&[]), Err(NotTyped::End)));
        }

        #[test]
        fn no_line_is_longer_than_a_secret_can_be() {
            assert!(matches!(Line::new(2).take(b"abc"), Err(NotTyped::TooLong)));
        }
    }
}
