//! The signals that ask the command to end: Ctrl-C, Ctrl-\, a supervisor's TERM,
//! a terminal that hangs up.
//!
//! They are caught from the start: while a secret is typed the terminal must get
//! its echo back before the command ends, and a command that gives a secret must
//! not be left behind.

use std::io;
use std::task::Poll;

/// Notes every such signal from the moment it is made.
pub struct Interrupts {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Interrupts {
    /// Called within a runtime. What was ignored when the command began (`nohup`)
    /// stays ignored.
    pub fn listen() -> io::Result<Self> {
        use nix::sys::signal::Signal;
        use tokio::signal::unix::{SignalKind, signal};

        let ends = [
            Signal::SIGINT,
            Signal::SIGQUIT,
            Signal::SIGTERM,
            Signal::SIGHUP,
        ];
        let mut signals = Vec::new();
        for end in ends {
            if !disposition::is_ignored(end) {
                signals.push(signal(SignalKind::from_raw(end as i32))?);
            }
        }
        Ok(Self { signals })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let came = self
                .signals
                .iter_mut()
                .any(|signal| matches!(signal.poll_recv(context), Poll::Ready(Some(()))));
            if came { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[cfg(windows)]
impl Interrupts {
    /// Called within a runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            signal: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        std::future::poll_fn(|context| match self.signal.poll_recv(context) {
            Poll::Ready(Some(())) => Poll::Ready(()),
            _ => Poll::Pending,
        })
        .await;
    }
}

/// What a signal does when it comes.
#[cfg(unix)]
pub mod disposition {
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

    /// Gives `signal` its default action, and returns what it had.
    pub fn reset(signal: Signal) -> nix::Result<SigAction> {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        // SAFETY: the default action runs no code of this process.
        unsafe { sigaction(signal, &default) }
    }

    /// Gives `signal` back what [`reset`] returned.
    pub fn restore(signal: Signal, action: &SigAction) -> nix::Result<()> {
        // SAFETY: `action` was in force before, and its handler is still there:
        // nothing is ever unloaded.
        unsafe { sigaction(signal, action) }.map(|_| ())
    }

    /// Whether the process was started with `signal` ignored. To be asked before
    /// anybody listens to it.
    pub fn is_ignored(signal: Signal) -> bool {
        let Ok(before) = reset(signal) else {
            return false;
        };
        let ignored = matches!(before.handler(), SigHandler::SigIgn);
        ignored && restore(signal, &before).is_ok()
    }
}
