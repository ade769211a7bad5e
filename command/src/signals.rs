//! The signals that ask the command to end: Ctrl-C, Ctrl-\, a supervisor's TERM,
//! a terminal that hangs up.
//!
//! They are caught from the start: while a secret is typed the terminal must get
//! its echo back before the command ends, and a command that gives a secret must
//! not be left behind.

use std::io;
use std::task::Poll;

#[cfg(unix)]
use nix::sys::signal::Signal;

/// Notes every such signal from the moment it is made.
pub struct Interrupts {
    #[cfg(unix)]
    signals: Vec<(Signal, tokio::signal::unix::Signal)>,
    #[cfg(windows)]
    signal: Option<tokio::signal::windows::CtrlC>,
}

#[cfg(unix)]
impl Interrupts {
    /// Called within a runtime, once. What was ignored when the command began (`nohup`)
    /// stays ignored.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let wanted = [
            Signal::SIGINT,
            Signal::SIGQUIT,
            Signal::SIGTERM,
            Signal::SIGHUP,
        ];
        let mut signals = Vec::new();
        for wanted in wanted {
            if !disposition::is_ignored(wanted) {
                signals.push((wanted, signal(SignalKind::from_raw(wanted as i32))?));
            }
        }
        Ok(Self { signals })
    }

    /// Takes the one out that has a service read its files again.
    pub fn take_reloads(&mut self) -> Self {
        let is_reload = |(signal, _): &mut (Signal, _)| *signal == Signal::SIGHUP;
        Self {
            signals: self.signals.extract_if(.., is_reload).collect(),
        }
    }

    /// None at all.
    pub fn none() -> Self {
        Self {
            signals: Vec::new(),
        }
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let came = self
                .signals
                .iter_mut()
                .any(|(_, signal)| matches!(signal.poll_recv(context), Poll::Ready(Some(()))));
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
            signal: Some(tokio::signal::windows::ctrl_c()?),
        })
    }

    /// There is none that has a service read its files again: it looks at them by itself.
    pub fn take_reloads(&mut self) -> Self {
        Self::none()
    }

    /// None at all.
    pub fn none() -> Self {
        Self { signal: None }
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let signal = self.signal.as_mut();
            match signal.map(|signal| signal.poll_recv(context)) {
                Some(Poll::Ready(Some(()))) => Poll::Ready(()),
                _ => Poll::Pending,
            }
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
