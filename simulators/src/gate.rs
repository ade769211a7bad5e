//! Holding answers back until a test lets them go.
//!
//! With this a test brings about an order of events ("the second call came
//! while the first one was waiting") without measuring time.

use tokio::sync::watch;

/// Counts who holds the answers back.
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

    /// Returns when nobody holds answers back.
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

/// While this lives, the simulator handles requests but answers none.
#[must_use = "the answers go on as soon as this is dropped"]
pub struct Held {
    holders: watch::Sender<usize>,
}

impl Held {
    /// Lets the answers go. Dropping does the same.
    pub fn release(self) {}
}

impl Drop for Held {
    fn drop(&mut self) {
        self.holders.send_modify(|holders| *holders -= 1);
    }
}
