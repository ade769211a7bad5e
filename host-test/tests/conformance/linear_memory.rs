//! Linear memory that a test can read while an instance lives and after.

#![allow(
    unsafe_code,
    reason = "wasmtime takes memory from its embedder by unsafe traits, and reading it is reading raw memory"
)]

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use wasmtime::{Config, LinearMemory, MemoryCreator, MemoryType, Result};

/// As much as an instance can grow to here, in bytes: it never moves.
const CAPACITY: usize = 16 * 1024 * 1024;

/// What the component's memory is aligned to: more than any page of a host.
const ALIGNMENT: usize = 64 * 1024;

/// Every linear memory of an engine.
#[derive(Clone, Default)]
pub struct Memories(Arc<Mutex<Vec<Arc<Region>>>>);

impl Memories {
    /// An engine's configuration that takes its memories from here.
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .with_host_memory(Arc::new(self.clone()))
            // No memory behind the end is promised, so every access is checked.
            .memory_reservation(0)
            .memory_guard_size(0)
            .memory_init_cow(false);
        config
    }

    /// How large the memory is now, in bytes.
    pub fn size(&self) -> usize {
        let regions = self.0.lock().unwrap();
        regions
            .iter()
            .map(|region| region.size.load(Ordering::Relaxed))
            .sum()
    }

    /// Which of these texts, or eight bytes of one, stand in the memory now.
    pub fn find<'a>(&self, texts: &[(&'a str, String)]) -> Vec<&'a str> {
        let regions = self.0.lock().unwrap();
        let [region] = &regions[..] else {
            panic!("the component has one memory");
        };
        // As text, because the library's search for text is the fastest there is.
        let memory: String = region.copy().into_iter().map(char::from).collect();
        let stands = |piece: &[u8]| memory.contains(str::from_utf8(piece).unwrap());
        let found = texts.iter().filter(|(_, text)| pieces(text).any(stands));
        found.map(|(name, _)| *name).collect()
    }
}

/// What gives a text away: pieces of it, one behind the other.
fn pieces(text: &str) -> impl Iterator<Item = &[u8]> {
    let length = text.len().min(8);
    assert!(length >= 6, "too short to be told from other bytes");
    text.as_bytes().chunks_exact(length)
}

/// One memory. It outlives its instance, for the test to look at.
struct Region {
    base: *mut u8,
    /// What is accessible, in bytes.
    size: AtomicUsize,
}

impl Region {
    const LAYOUT: Layout = match Layout::from_size_align(CAPACITY, ALIGNMENT) {
        Ok(layout) => layout,
        Err(_) => panic!("the alignment is a power of two"),
    };

    fn new(size: usize) -> Self {
        assert!(size <= CAPACITY);
        // SAFETY: the layout is not of size zero.
        let base = unsafe { alloc_zeroed(Self::LAYOUT) };
        assert!(!base.is_null());
        let size = AtomicUsize::new(size);
        Self { base, size }
    }

    /// What is in the memory now. The tests call this only while the component
    /// waits for its host, or has ended: nothing writes meanwhile.
    fn copy(&self) -> Vec<u8> {
        let size = self.size.load(Ordering::Relaxed);
        // SAFETY: `base` is valid for `CAPACITY` bytes, which were initialized,
        // `size` is not more, and the component runs on the calling thread only.
        unsafe { std::slice::from_raw_parts(self.base, size) }.to_vec()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout and is freed once.
        unsafe { dealloc(self.base, Self::LAYOUT) }
    }
}

// SAFETY: the pointer is the only part that is not so already, and points to
// memory that belongs to no thread. Who reads it is told in `copy`.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

struct Lent(Arc<Region>);

// SAFETY: the memory is aligned to pages, zeroed, never moves, and stays while
// wasmtime has this value. There is no guard, and none is asked for.
unsafe impl LinearMemory for Lent {
    fn byte_size(&self) -> usize {
        self.0.size.load(Ordering::Relaxed)
    }

    fn byte_capacity(&self) -> usize {
        CAPACITY
    }

    fn grow_to(&mut self, new_size: usize) -> Result<()> {
        if new_size > CAPACITY {
            return Err(wasmtime::Error::msg("the memory is as large as it gets"));
        }
        self.0.size.store(new_size, Ordering::Relaxed);
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.base
    }
}

// SAFETY: every memory is one of its own, as `LinearMemory` above says.
unsafe impl MemoryCreator for Memories {
    fn new_memory(
        &self,
        _ty: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        if reserved_size_in_bytes.is_some_and(|size| size > CAPACITY) || guard_size_in_bytes > 0 {
            return Err("the configuration asks for no such memory".into());
        }
        let region = Arc::new(Region::new(minimum));
        self.0.lock().unwrap().push(Arc::clone(&region));
        Ok(Box::new(Lent(region)))
    }
}
