//! File work with a limit of time, on threads of its own.
//!
//! A system call on a disk that hangs cannot be ended. So the caller stops waiting
//! for it, and its thread is none of the runtime's, which would wait for it at its own
//! end. Such threads are bounded: while all of them hang, no further one is begun.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::super::StoreError;

/// The most threads at one time of one store.
const MOST: usize = 32;

pub(super) struct Work {
    limit: Duration,
    slots: Arc<Semaphore>,
}

impl Work {
    /// `limit` is for one piece of work, with the wait for a thread.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            slots: Arc::new(Semaphore::new(MOST)),
        }
    }

    /// Work that passed its limit may still be done later.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = async {
            let Ok(slot) = self.slots.clone().acquire_owned().await else {
                return Err(broken());
            };
            let (answer, done) = oneshot::channel();
            spawn(move || {
                let _slot = slot;
                // An error only says that nobody waits any more.
                let _ = answer.send(work());
            })?;
            done.await.unwrap_or_else(|_| Err(broken()))
        };
        let done = timeout(self.limit, done).await;
        done.unwrap_or_else(|_| Err(hung(self.limit)))
    }
}

pub(super) fn spawn(work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let thread = thread::Builder::new().name("rpa-auth-store".to_owned());
    match thread.spawn(work) {
        Ok(_) => Ok(()),
        Err(error) => Err(StoreError::unavailable(format!(
            "the system gives no thread for the store's files: {error}"
        ))),
    }
}

pub(super) fn hung(limit: Duration) -> StoreError {
    StoreError::unavailable(format!(
        "the store's directory gives no answer within {} s: does its disk hang?",
        limit.as_secs()
    ))
}

fn broken() -> StoreError {
    StoreError::unavailable("the work on the store's files broke off")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Instant;

    use tokio::runtime::Builder;

    use super::*;

    /// File work that hangs until the other end is dropped.
    fn hanging() -> (Sender<()>, Arc<Mutex<Receiver<()>>>) {
        let (end, hang) = channel();
        (end, Arc::new(Mutex::new(hang)))
    }

    fn is_hung(done: &Result<(), StoreError>) -> bool {
        matches!(done, Err(StoreError::Unavailable(Some(text))) if text.contains("disk"))
    }

    #[test]
    fn a_disk_that_hangs_is_unavailable_and_holds_up_neither_others_nor_the_runtimes_end() {
        let (end, hang) = hanging();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let began = Instant::now();
        runtime.block_on(async {
            let work = Work::new(Duration::from_millis(200));
            let hung = work.run(move || {
                let _ = hang.lock().unwrap().recv();
                Ok(())
            });
            assert!(is_hung(&hung.await));
            assert_eq!(work.run(|| Ok(1)).await, Ok(1));
        });
        drop(runtime);
        // The work hangs for as long as `end` is there.
        assert!(began.elapsed() < Duration::from_secs(60));
        drop(end);
    }

    #[tokio::test]
    async fn threads_that_hang_are_bounded_and_serve_again_when_the_disk_does() {
        let (end, hang) = hanging();
        let work = Arc::new(Work::new(Duration::from_millis(200)));
        let begun = Arc::new(Mutex::new(0));
        let run = |_| {
            let (work, hang, begun) = (work.clone(), hang.clone(), begun.clone());
            tokio::spawn(async move {
                let hung = move || {
                    *begun.lock().unwrap() += 1;
                    let _ = hang.lock().unwrap().recv();
                    Ok(())
                };
                work.run(hung).await
            })
        };
        let callers: Vec<_> = (0..3 * MOST).map(run).collect();
        for caller in callers {
            assert!(is_hung(&caller.await.unwrap()));
        }
        assert_eq!(*begun.lock().unwrap(), MOST);
        drop(end);
        let work = Work {
            limit: Duration::from_secs(60),
            slots: work.slots.clone(),
        };
        assert_eq!(work.run(|| Ok(1)).await, Ok(1));
    }
}
