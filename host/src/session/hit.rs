//! A token that stays right while its entry is as it was.
//!
//! What a session decides about an entry depends on the entry, which its version stands
//! for, and on the time. A token is not renewed before its last minute (the contract says
//! so), so until then the version alone has to be read, and the component need not be
//! asked. Callers that arrive while a version is read share the next read: never one that
//! began before they came, so that nobody gets a token that was replaced before he asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::OnceCell;
use tokio::time::timeout_at;

use crate::store::{Store, Version};
use crate::{Grant, TokenOrigin, coarse};

/// From when on a token may be renewed before its end: the contract's last minute, and a
/// second for what is rounded.
const LAST: Duration = Duration::from_secs(61);

/// How long a version may take to be read. Then the component is asked, which has the
/// caller's patience.
const LIMIT: Duration = Duration::from_secs(1);

/// What is known of a session's entry.
#[derive(Default)]
pub(super) struct Hits {
    state: Mutex<State>,
    /// Held by who reads.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    hit: Option<Arc<Hit>>,
    /// What those share who wait for the read that is under way to end.
    next: Option<Arc<Shared>>,
    /// Counts how often what was known was forgotten.
    forgotten: u64,
}

/// A look at the store that several callers share.
struct Shared {
    version: Version,
    /// Whether the entry has that version. Not where the store fails.
    is_still: OnceCell<bool>,
}

/// A token, and the entry that it was decided by.
struct Hit {
    seen: Seen,
    grant: Grant,
    decided: Moment,
    /// For how long since then the decision stays right.
    serves: Duration,
}

/// Where an entry stands, and its version.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) key: String,
    pub(super) version: Version,
}

/// A moment by both clocks: one stands still while the machine sleeps, the other can be
/// set.
#[derive(Clone, Copy)]
struct Moment(Instant, SystemTime);

impl Moment {
    fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }

    fn elapsed(self) -> Duration {
        let by_the_wall = self.1.elapsed().unwrap_or_default();
        self.0.elapsed().max(by_the_wall)
    }
}

impl Hits {
    /// Returns how often all was forgotten, for [`remember`](Self::remember).
    pub(super) fn mark(&self) -> u64 {
        self.state().forgotten
    }

    /// Takes down what a call for a token gave, unless all was forgotten since it began.
    pub(super) fn remember(&self, mark: u64, seen: Seen, grant: &Grant) {
        let lifetime = Duration::from_secs(grant.token.lifetime_seconds.into());
        let mut state = self.state();
        if let Some(serves) = lifetime.checked_sub(LAST)
            && grant.origin == TokenOrigin::Store
            && state.forgotten == mark
        {
            state.hit = Some(Arc::new(Hit {
                seen,
                grant: Grant {
                    waited_ms: 0,
                    took_over: false,
                    ..grant.clone()
                },
                decided: Moment::now(),
                serves,
            }));
        }
    }

    /// Forgets it: the session does something else than to ask for the token.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        state.hit = None;
        state.forgotten = state.forgotten.wrapping_add(1);
    }

    /// Returns the token, where the store says that its entry is as it was.
    pub(super) async fn token(&self, store: &Store) -> Option<Grant> {
        let hit = self.state().hit.clone()?;
        if hit.decided.elapsed() >= hit.serves {
            return None;
        }
        let is_still = timeout_at(coarse::after(LIMIT), self.is_still(store, &hit.seen)).await;
        if !is_still.ok()? {
            return None;
        }
        // The read took its time.
        let since = hit.decided.elapsed();
        let seconds = u32::try_from(since.as_secs()).unwrap_or(u32::MAX);
        (since < hit.serves).then(|| {
            let mut grant = hit.grant.clone();
            let lifetime = &mut grant.token.lifetime_seconds;
            *lifetime = lifetime.saturating_sub(seconds);
            grant
        })
    }

    /// Whether the entry is as it was seen, at this moment or later.
    async fn is_still(&self, store: &Store, seen: &Seen) -> bool {
        let shared = self.next(&seen.version);
        // Where the one who reads goes away, another of them does.
        let read = shared.is_still.get_or_init(async || {
            let _turn = self.turn.lock().await;
            self.close(&shared);
            let is_still = store.is_still(&seen.key, &seen.version).await;
            is_still.unwrap_or(false)
        });
        *read.await
    }

    /// The look that those share who know this version. One at another version serves
    /// those who began it, and nobody else.
    fn next(&self, version: &Version) -> Arc<Shared> {
        let next = &mut self.state().next;
        match next {
            Some(shared) if shared.version == *version => Arc::clone(shared),
            next => {
                let shared = Arc::new(Shared {
                    version: version.clone(),
                    is_still: OnceCell::new(),
                });
                *next = Some(Arc::clone(&shared));
                shared
            }
        }
    }

    /// Lets nobody else share a read that begins now: he would come after it.
    fn close(&self, shared: &Arc<Shared>) {
        let next = &mut self.state().next;
        if next.as_ref().is_some_and(|next| Arc::ptr_eq(next, shared)) {
            *next = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::store::{Entry, StoreError, StoreKey, TokenStore};

    /// A store whose reads take until they are let go, and give what stood there when they
    /// began.
    #[derive(Clone)]
    struct Slow {
        version: Arc<Mutex<&'static str>>,
        gate: Arc<Semaphore>,
        reads: Arc<AtomicU32>,
    }

    #[async_trait]
    impl TokenStore for Slow {
        async fn read(
            &self,
            _: &StoreKey,
            _: Option<&Version>,
            _: Duration,
        ) -> Result<Option<Entry>, StoreError> {
            let version = *self.version.lock().unwrap();
            self.reads.fetch_add(1, Ordering::SeqCst);
            self.gate.acquire().await.unwrap().forget();
            Ok(Some(Entry {
                value: Vec::new(),
                version: version.into(),
                age: Duration::ZERO,
            }))
        }

        async fn compare_and_set(
            &self,
            _: &StoreKey,
            _: Option<&Version>,
            _: Vec<u8>,
            _: Option<Duration>,
        ) -> Result<Option<Version>, StoreError> {
            Ok(None)
        }
    }

    fn slow() -> Slow {
        Slow {
            version: Arc::new(Mutex::new("one")),
            gate: Arc::new(Semaphore::new(0)),
            reads: Arc::default(),
        }
    }

    async fn reads(slow: &Slow, count: u32) {
        while slow.reads.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }

    fn ask(hits: &Arc<Hits>, slow: &Slow) -> tokio::task::JoinHandle<bool> {
        let (hits, store) = (Arc::clone(hits), Store::custom(slow.clone()));
        let seen = Seen {
            key: "5d".repeat(32),
            version: "one".into(),
        };
        tokio::spawn(async move { hits.is_still(&store, &seen).await })
    }

    #[tokio::test]
    async fn who_comes_while_a_read_is_under_way_shares_one_that_begins_after_he_came() {
        let (hits, slow) = (Arc::default(), slow());
        let first = ask(&hits, &slow);
        reads(&slow, 1).await;
        *slow.version.lock().unwrap() = "two";
        let later: Vec<_> = (0..50).map(|_| ask(&hits, &slow)).collect();
        tokio::task::yield_now().await;
        slow.gate.add_permits(2);
        assert!(first.await.unwrap());
        for later in later {
            assert!(!later.await.unwrap());
        }
        assert_eq!(slow.reads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_look_whose_callers_went_away_holds_up_nobody_with_another_version() {
        let (hits, slow) = (Arc::<Hits>::default(), slow());
        let first = ask(&hits, &slow);
        reads(&slow, 1).await;
        // It waits for its turn, and is given up.
        let second = ask(&hits, &slow);
        tokio::task::yield_now().await;
        second.abort();
        *slow.version.lock().unwrap() = "two";
        slow.gate.add_permits(2);
        assert!(first.await.unwrap());
        let seen = Seen {
            key: "5d".repeat(32),
            version: "two".into(),
        };
        assert!(hits.is_still(&Store::custom(slow), &seen).await);
    }

    #[tokio::test]
    async fn where_the_one_who_reads_goes_away_another_does() {
        let (hits, slow) = (Arc::default(), slow());
        let first = ask(&hits, &slow);
        reads(&slow, 1).await;
        let second = ask(&hits, &slow);
        let third = ask(&hits, &slow);
        tokio::task::yield_now().await;
        first.abort();
        reads(&slow, 2).await;
        second.abort();
        slow.gate.add_permits(3);
        assert!(third.await.unwrap());
    }
}
