//! Holding requests or answers back until a test lets them go.
//!
//! With this a test brings about an order of events ("the second call came
//! while the first one was waiting") without measuring time.

use tokio::sync::watch;

/// Counts who holds something back.
pub(super) struct Gate {
    holders: watch::Sender<usize>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            holders: watch::Sender::new(0),
        }
    }

    pub(super) fn hold(&self) -> Held {
        self.holders.send_modify(|holders| *holders += 1);
        Held {
            holders: self.holders.clone(),
        }
    }

    /// Returns when nobody holds anything back.
    pub(super) async fn passed(&self) {
        let waited = self
            .holders
            .subscribe()
            .wait_for(|holders| *holders == 0)
            .await
            .is_ok();
        debug_assert!(waited, "the gate outlives those who wait at it");
    }
}

/// What it holds back goes on when it is dropped: see
/// [`Server::hold_answers`](crate::Server::hold_answers) and
/// [`Server::hold_requests_from`](crate::Server::hold_requests_from).
#[must_use = "what is held goes on as soon as this is dropped"]
pub struct Held {
    holders: watch::Sender<usize>,
}

impl Held {
    /// Lets go what is held. Dropping does the same.
    pub fn release(self) {}
}

impl Drop for Held {
    fn drop(&mut self) {
        self.holders.send_modify(|holders| *holders -= 1);
    }
}
