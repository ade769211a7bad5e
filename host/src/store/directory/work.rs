//! File work with a limit of time, on threads of its own.
//!
//! A system call on a disk that hangs cannot be ended. So the caller stops waiting
//! for it, and its thread is none of the runtime's, which would wait for it at its own
//! end. Such threads are bounded: while all of them hang, no further one is begun.

use std::sync::mpsc::{RecvTimeoutError, SendError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout_at;

use super::super::StoreError;
use crate::coarse;

/// The most threads at one time of one store.
const MOST: usize = 32;

/// How long a thread waits for more work.
const IDLE: Duration = Duration::from_secs(10);

pub(super) struct Work {
    limit: Duration,
    slots: Arc<Semaphore>,
    idle: Arc<Mutex<Idle>>,
}

/// The threads that wait for work: the one that came last is taken first.
#[derive(Default)]
struct Idle {
    waiting: Vec<(u64, Sender<Job>)>,
    last: u64,
}

type Job = Box<dyn FnOnce() + Send>;

impl Work {
    /// `limit` is for one piece of work, with the wait for a thread.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            slots: Arc::new(Semaphore::new(MOST)),
            idle: Arc::default(),
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
            self.give(Box::new(move || {
                let _slot = slot;
                // An error only says that nobody waits any more.
                let _ = answer.send(work());
            }))?;
            done.await.unwrap_or_else(|_| Err(broken()))
        };
        let done = timeout_at(coarse::after(self.limit), done).await;
        done.unwrap_or_else(|_| Err(hung(self.limit)))
    }

    /// Gives a job to a thread that waits, or to a new one.
    fn give(&self, mut job: Job) -> Result<(), StoreError> {
        while let Some((_, thread)) = idle(&self.idle).waiting.pop() {
            match thread.send(job) {
                Ok(()) => return Ok(()),
                // It has ended.
                Err(SendError(back)) => job = back,
            }
        }
        let idle = Arc::downgrade(&self.idle);
        spawn(move || {
            job();
            while let Some(job) = next(&idle) {
                job();
            }
        })
    }
}

/// Waits for another job. None where none comes for a while, or nobody is left to give one.
fn next(all: &Weak<Mutex<Idle>>) -> Option<Job> {
    let (sender, jobs) = channel();
    let number = {
        let all = all.upgrade()?;
        let mut idle = idle(&all);
        idle.last = idle.last.wrapping_add(1);
        let number = idle.last;
        idle.waiting.push((number, sender));
        number
    };
    match jobs.recv_timeout(IDLE) {
        Ok(job) => Some(job),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => {
            let all = all.upgrade()?;
            let mut idle = idle(&all);
            let here = idle.waiting.iter().position(|(known, _)| *known == number);
            if let Some(here) = here {
                idle.waiting.remove(here);
                return None;
            }
            drop(idle);
            // Somebody has just taken it for a job.
            jobs.recv().ok()
        }
    }
}

fn idle(idle: &Mutex<Idle>) -> MutexGuard<'_, Idle> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
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
    use std::sync::mpsc::Receiver;
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
            idle: Arc::default(),
        };
        assert_eq!(work.run(|| Ok(1)).await, Ok(1));
    }

    #[tokio::test]
    async fn one_thread_does_one_job_after_another() {
        let work = Work::new(Duration::from_secs(60));
        let mut threads = std::collections::HashSet::new();
        for _ in 0..100 {
            let thread = work.run(|| Ok(thread::current().id())).await.unwrap();
            threads.insert(thread);
        }
        // One may still be on its way back when the next job comes.
        assert!(threads.len() < 50, "{}", threads.len());
    }

    #[tokio::test]
    async fn threads_end_with_the_store() {
        let work = Work::new(Duration::from_secs(60));
        let (alive, gone) = channel::<()>();
        let kept = Mutex::new(Some(alive));
        work.run(move || {
            thread_local!(static KEPT: std::cell::RefCell<Option<Sender<()>>> = const { std::cell::RefCell::new(None) });
            KEPT.set(kept.lock().unwrap().take());
            Ok(())
        })
        .await
        .unwrap();
        drop(work);
        assert!(
            gone.recv_timeout(IDLE / 2)
                .is_err_and(|error| error == RecvTimeoutError::Disconnected)
        );
    }
}
