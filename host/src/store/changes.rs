//! Tells readers that wait within this process which keys were written.
//!
//! A listener hears of every write after it began to listen: begin, then read,
//! then wait. It may be told of a change that was none; it reads again anyway.

use tokio::sync::broadcast::{Receiver, Sender, channel, error::RecvError};

use super::StoreKey;

/// The maximum number of announcements kept for a listener that is slow. One that missed
/// some is told that its key may have changed.
const KEPT: usize = 256;

pub(super) struct Changes(Sender<StoreKey>);

impl Changes {
    pub(super) fn announce(&self, key: &StoreKey) {
        // An error only says that nobody listens.
        let _ = self.0.send(key.clone());
    }

    pub(super) fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

impl Default for Changes {
    fn default() -> Self {
        Self(channel(KEPT).0)
    }
}

impl Clone for Changes {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

pub(super) struct Listener(Receiver<StoreKey>);

impl Listener {
    /// Waits until `key` was written, or may have been.
    pub(super) async fn change_of(&mut self, key: &StoreKey) {
        loop {
            match self.0.recv().await {
                Ok(changed) if changed != *key => {}
                Ok(_) | Err(RecvError::Lagged(_) | RecvError::Closed) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_listener_that_missed_announcements_looks_again() {
        let (changes, key) = (
            Changes::default(),
            StoreKey::parse(&"a".repeat(64)).unwrap(),
        );
        let other = StoreKey::parse(&"b".repeat(64)).unwrap();
        let mut listener = changes.listen();
        changes.announce(&key);
        for _ in 0..2 * KEPT {
            changes.announce(&other);
        }
        listener.change_of(&key).await;
    }
}
