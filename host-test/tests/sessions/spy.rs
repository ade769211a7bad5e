//! A store that a test looks into, and whose answers it can spoil.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rpa_auth_host::{Entry, Store, StoreError, StoreKey, TokenStore, Version};

/// What is to happen to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It does not happen, and cannot be reached.
    Unavailable,
    /// It happens; the answer is lost.
    AnswerLost,
    /// It happens, after a moment.
    Late,
    /// It happens, and the answer takes a moment.
    AnsweredLate,
    /// A write does not happen, as if somebody else had come before.
    Conflict,
}

/// One operation, with its number among those of its kind, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Read(u32),
    Write(u32),
}

type Faults = Box<dyn Fn(Operation) -> Fault + Send>;

#[derive(Clone)]
pub struct Spy(Arc<Inner>);

struct Inner {
    store: Mutex<Store>,
    seen: Mutex<Seen>,
    faults: Mutex<Faults>,
    /// What is added to the ages of the entries with these versions.
    aged: Mutex<Vec<(Version, Duration)>>,
    /// How many answers are being held back until the entry changes.
    held_back: AtomicUsize,
}

#[derive(Default)]
struct Seen {
    reads: u32,
    writes: u32,
    keys: Vec<String>,
    values: Vec<Vec<u8>>,
}

impl Spy {
    /// In front of a store in memory.
    pub fn new() -> Self {
        Self::over(Store::default())
    }

    pub fn over(store: Store) -> Self {
        Self(Arc::new(Inner {
            store: Mutex::new(store),
            seen: Mutex::default(),
            faults: Mutex::new(Box::new(|_| Fault::None)),
            aged: Mutex::default(),
            held_back: AtomicUsize::default(),
        }))
    }

    pub fn store(&self) -> Store {
        Store::custom(self.clone())
    }

    /// From now on each operation is spoiled so. They are counted anew.
    pub fn spoil(&self, faults: impl Fn(Operation) -> Fault + Send + 'static) {
        let mut seen = self.0.seen.lock().unwrap();
        (seen.reads, seen.writes) = (0, 0);
        *self.0.faults.lock().unwrap() = Box::new(faults);
    }

    /// Lets time pass for every entry as it stands.
    pub async fn age(&self, by: Duration) {
        for key in self.keys() {
            let entry = self.entry_at(&key).await.expect("there is an entry");
            self.0.aged.lock().unwrap().push((entry.version, by));
        }
    }

    /// Lets the store lose everything, and go on empty in memory.
    pub fn forget(&self) {
        *self.0.store.lock().unwrap() = Store::default();
    }

    /// Returns once so many writes were made, or were to be, since the last count.
    pub async fn wait_for_writes(&self, writes: u32) {
        let all = async {
            while self.writes() < writes {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let all = tokio::time::timeout(Duration::from_secs(20), all).await;
        all.expect("so many writes are made");
    }

    /// How many callers wait for the entry to change.
    pub fn held_back(&self) -> usize {
        self.0.held_back.load(Ordering::SeqCst)
    }

    /// Returns once so many callers wait for the entry to change.
    pub async fn wait_for_waiters(&self, waiters: usize) {
        let all = async {
            while self.held_back() < waiters {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let all = tokio::time::timeout(Duration::from_secs(20), all).await;
        all.expect("so many callers wait");
    }

    /// How often it was read since the last count.
    pub fn reads(&self) -> u32 {
        self.0.seen.lock().unwrap().reads
    }

    /// How often it was written, or was to be, since the last count.
    pub fn writes(&self) -> u32 {
        self.0.seen.lock().unwrap().writes
    }

    /// Every value that was ever to be written.
    pub fn values(&self) -> Vec<Vec<u8>> {
        self.0.seen.lock().unwrap().values.clone()
    }

    /// The keys of the entries that were asked for, each once.
    pub fn keys(&self) -> Vec<String> {
        self.0.seen.lock().unwrap().keys.clone()
    }

    /// What stands there now, for the one account that was asked for.
    pub async fn value(&self) -> Vec<u8> {
        self.entry().await.expect("there is an entry").value
    }

    /// Puts a value there, whatever it is.
    pub async fn put(&self, value: Vec<u8>) {
        let expected = self.entry().await.map(|entry| entry.version);
        let (store, key) = (self.inner(), self.key());
        let written = store.compare_and_set(&key, expected.as_ref(), value, None);
        written.await.unwrap().expect("nobody else writes");
    }

    async fn entry(&self) -> Option<Entry> {
        self.entry_at(&self.key()).await
    }

    async fn entry_at(&self, key: &str) -> Option<Entry> {
        let store = self.inner();
        let read = store.read(key, None, Duration::ZERO);
        read.await.unwrap()
    }

    fn inner(&self) -> Store {
        self.0.store.lock().unwrap().clone()
    }

    /// The key of the one account that was asked for.
    pub fn key(&self) -> String {
        let [key] = <[String; 1]>::try_from(self.keys()).expect("there is one account");
        key
    }

    fn aged(&self, mut entry: Entry) -> Entry {
        for (version, by) in &*self.0.aged.lock().unwrap() {
            if *version == entry.version {
                entry.age += *by;
            }
        }
        entry
    }

    /// Counts an operation, and says what is to happen to it.
    async fn begin(&self, key: &StoreKey, value: Option<&[u8]>) -> Fault {
        match self.count(key, value) {
            Fault::Late => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Fault::None
            }
            fault => fault,
        }
    }

    fn count(&self, key: &StoreKey, value: Option<&[u8]>) -> Fault {
        let mut seen = self.0.seen.lock().unwrap();
        if !seen.keys.iter().any(|known| known == key.as_str()) {
            seen.keys.push(key.as_str().to_owned());
        }
        let operation = match value {
            None => {
                seen.reads += 1;
                Operation::Read(seen.reads)
            }
            Some(value) => {
                seen.writes += 1;
                seen.values.push(value.to_vec());
                Operation::Write(seen.writes)
            }
        };
        (self.0.faults.lock().unwrap())(operation)
    }
}

#[async_trait]
impl TokenStore for Spy {
    async fn read(
        &self,
        key: &StoreKey,
        unless: Option<&Version>,
        wait: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        match self.begin(key, None).await {
            Fault::None | Fault::Late | Fault::AnsweredLate | Fault::Conflict => {
                let waits = usize::from(unless.is_some() && !wait.is_zero());
                self.0.held_back.fetch_add(waits, Ordering::SeqCst);
                let read = self.inner().read(key.as_str(), unless, wait).await;
                self.0.held_back.fetch_sub(waits, Ordering::SeqCst);
                Ok(read?.map(|entry| self.aged(entry)))
            }
            Fault::Unavailable | Fault::AnswerLost => Err(gone()),
        }
    }

    async fn compare_and_set(
        &self,
        key: &StoreKey,
        expected: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Result<Option<Version>, StoreError> {
        let fault = self.begin(key, Some(&value)).await;
        match fault {
            Fault::Unavailable => return Err(gone()),
            Fault::Conflict => return Ok(None),
            Fault::None | Fault::Late | Fault::AnsweredLate | Fault::AnswerLost => {}
        }
        let store = self.inner();
        let written = store.compare_and_set(key.as_str(), expected, value, keep);
        let written = written.await;
        match fault {
            Fault::AnswerLost => Err(gone()),
            Fault::AnsweredLate => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                written
            }
            _ => written,
        }
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable(Some("spoiled by the test".to_owned()))
}
