//! One look every 50 ms for all readers of this process that wait for an entry,
//! however many they are.
//!
//! A thread of its own looks at every entry that somebody waits for, and ends when
//! nobody does. A reader begins to listen, then looks by itself, then waits: what
//! changes after its own look is told to it. What it is told may have been seen
//! before its own look; then it looks again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::super::{Entry, StoreError, StoreKey, Version};
use super::folder::Folder;
use super::work;

/// How often an entry is looked at. A look is the reading of one small file.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) struct Watches(Arc<Shared>);

struct Shared {
    folder: Arc<Folder>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    watched: HashMap<StoreKey, watch::Sender<Option<Look>>>,
    is_running: bool,
    /// When the last look ended, or the thread was started.
    last: Option<Instant>,
}

/// What was seen of an entry, and when the look began.
#[derive(Clone)]
pub(super) struct Look {
    began: Instant,
    seen: Result<Option<Entry>, StoreError>,
}

/// One reader that waits.
pub(super) struct Watcher {
    shared: Arc<Shared>,
    key: StoreKey,
    looks: watch::Receiver<Option<Look>>,
}

/// How a wait ended.
pub(super) enum News {
    /// The entry has another version, or is gone, or cannot be read.
    Change(Result<Option<Entry>, StoreError>),
    /// It may have changed.
    Perhaps,
    /// The time is over.
    None,
}

impl Watches {
    pub(super) fn new(folder: Arc<Folder>) -> Self {
        Self(Arc::new(Shared {
            folder,
            state: Mutex::default(),
        }))
    }

    /// Begins to listen.
    pub(super) fn watch(&self, key: &StoreKey) -> Watcher {
        let mut state = self.0.state();
        let sender = state.watched.entry(key.clone());
        let looks = sender.or_insert_with(|| watch::channel(None).0).subscribe();
        Watcher {
            shared: self.0.clone(),
            key: key.clone(),
            looks,
        }
    }
}

impl Watcher {
    /// Waits for `left` at most, without end where that is `None`, until the entry
    /// has another version than `known`. `began` is when the reader's own look did;
    /// `limit` is how long a look may take.
    pub(super) async fn news(
        &mut self,
        known: &Version,
        began: Instant,
        left: Option<Duration>,
        limit: Duration,
    ) -> Result<News, StoreError> {
        self.shared.clone().start()?;
        let end = left.and_then(|left| Instant::now().checked_add(left));
        let mut last = None;
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(News::None);
            }
            let pause = left.map_or(limit / 2, |left| left.min(limit / 2));
            let told = tokio::time::timeout(pause, self.looks.changed()).await;
            if told.is_err() {
                // Twice, because a program that stood still (suspended, stopped) finds
                // its time over before anybody could look.
                let now = self.shared.state().last;
                if now.is_some() && now == last {
                    return Err(work::hung(limit));
                }
                last = now;
                continue;
            }
            let Some(look) = self.looks.borrow_and_update().clone() else {
                continue;
            };
            match look.seen {
                Ok(Some(entry)) if entry.version == *known => {}
                seen if look.began >= began => return Ok(News::Change(seen)),
                _ => return Ok(News::Perhaps),
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        let others = state
            .watched
            .get(&self.key)
            .map(watch::Sender::receiver_count);
        // The last one is this.
        if others.is_some_and(|count| count <= 1) {
            state.watched.remove(&self.key);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No change of it can be left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that somebody looks.
    fn start(self: Arc<Self>) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.is_running {
            return Ok(());
        }
        state.last = Some(Instant::now());
        let shared = self.clone();
        work::spawn(move || shared.look_on())?;
        state.is_running = true;
        Ok(())
    }

    fn look_on(&self) {
        loop {
            sleep(LOOK_EVERY);
            let keys: Vec<StoreKey> = {
                let mut state = self.state();
                if state.watched.is_empty() {
                    state.is_running = false;
                    return;
                }
                state.watched.keys().cloned().collect()
            };
            for key in keys {
                let began = Instant::now();
                let seen = self.folder.look(&key);
                let mut state = self.state();
                state.last = Some(Instant::now());
                if let Some(sender) = state.watched.get(&key) {
                    sender.send_if_modified(|last| publish(last, Look { began, seen }));
                }
            }
        }
    }
}

/// Puts `look` in the place of `last` where it saw something else.
fn publish(last: &mut Option<Look>, look: Look) -> bool {
    let version = |look: &Look| match &look.seen {
        Ok(entry) => Ok(entry.as_ref().map(|entry| entry.version.clone())),
        Err(error) => Err(error.clone()),
    };
    if last.as_ref().map(version) == Some(version(&look)) {
        return false;
    }
    *last = Some(look);
    true
}
