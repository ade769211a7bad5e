//! One connection to a server for all callers, made when it is needed and again after
//! it was lost.
//!
//! Callers that wait for one attempt to connect share its failure: nobody waits for
//! more than one.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use super::super::StoreError;
use super::CONNECT_LIMIT;

/// A connection. A clone is the same one.
pub(in crate::store) trait Link: Clone {
    /// The task that moves its bytes.
    fn driver(&self) -> &Arc<Driver>;
}

/// The task that moves bytes for a connection. It ends with it.
pub(in crate::store) struct Driver(AbortHandle);

impl Driver {
    /// Runs `work` until it ends, or until this value is dropped.
    pub(in crate::store) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Arc<Self> {
        Arc::new(Self(tokio::spawn(work).abort_handle()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The connection that there is, and how the last attempt to make one failed.
pub(in crate::store) struct Links<L>(Mutex<State<L>>);

struct State<L> {
    link: Option<L>,
    failed: Option<(Instant, StoreError)>,
}

impl<L> Default for Links<L> {
    fn default() -> Self {
        let (link, failed) = (None, None);
        Self(Mutex::new(State { link, failed }))
    }
}

impl<L: Link> Links<L> {
    /// Returns the connection, or what `connect` gives where there is none that lives.
    /// What takes too long fails with `too_late`.
    pub(in crate::store) async fn link(
        &self,
        connect: impl Future<Output = Result<L, StoreError>>,
        too_late: impl FnOnce() -> StoreError,
    ) -> Result<L, StoreError> {
        let began = Instant::now();
        let mut state = self.0.lock().await;
        let is_alive = |link: &&L| !link.driver().0.is_finished();
        if let Some(link) = state.link.as_ref().filter(is_alive) {
            return Ok(link.clone());
        }
        if let Some((when, error)) = &state.failed
            && *when >= began
        {
            return Err(error.clone());
        }
        let attempt = timeout(CONNECT_LIMIT, connect).await;
        match attempt.unwrap_or_else(|_| Err(too_late())) {
            Ok(link) => {
                state.link = Some(link.clone());
                Ok(link)
            }
            Err(error) => {
                state.link = None;
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Lets nobody have `link` any more.
    pub(in crate::store) async fn discard(&self, link: &L) {
        let mut state = self.0.lock().await;
        if let Some(held) = &state.link
            && Arc::ptr_eq(held.driver(), link.driver())
        {
            state.link = None;
        }
    }
}
