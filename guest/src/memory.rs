//! The memory of a component: an allocator that wipes what it takes back, the
//! canonical ABI's `cabi_realloc` on top of it, and the panic handler. The only
//! `unsafe` code of ours stands here.
//!
//! Invariants:
//! - Every heap block is overwritten before it goes back to the allocator, also
//!   when a vector grows and moves. So a secret that was dropped is gone.
//! - What the host passes in is allocated by `cabi_realloc`, and what the bindings
//!   free goes to the same allocator. (With libc's `cabi_realloc` it would not.)
//! - [`wipe_stack`] overwrites what finished calls left on the stack.

#![allow(
    unsafe_code,
    reason = "an allocator and an ABI function cannot be safe"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::hint::black_box;

/// An allocator that overwrites every block with zeros before it takes it back.
pub struct Wiping<A>(pub A);

// SAFETY: the inner allocator keeps the contract of `GlobalAlloc`. A block is
// written to only in `dealloc`, within its layout and while it still belongs to
// the caller. `realloc` is the trait's own: a new block, a copy, and `dealloc` of
// the old block.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Wiping<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the same contract.
        unsafe { self.0.alloc(layout) }
    }

    // Inlined at every place that drops something, it would double the component.
    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives the block back with the layout it was
        // allocated with. The pointer passes through `black_box`, so that the
        // stores are not taken for useless ones.
        unsafe {
            black_box(block).write_bytes(0, layout.size());
            black_box(&block);
            self.0.dealloc(block, layout);
        }
    }
}

/// Overwrites the part of the stack that the caller's finished calls have used.
///
/// The stack grows down, so this array lies where they had their frames.
#[inline(never)]
pub fn wipe_stack() {
    let mut frames = [0_u8; WIPED_STACK];
    black_box(&mut frames);
}

/// Three quarters of the stack (64 KiB, see build.rs): more than the flows
/// use, and room for what calls this.
const WIPED_STACK: usize = 48 * 1024;

#[cfg(target_family = "wasm")]
mod component {
    use core::alloc::{GlobalAlloc, Layout};
    use core::arch::wasm32;
    use core::ptr::{self, NonNull};

    use talc::base::Talc;
    use talc::base::binning::Binning;
    use talc::cell::TalcSyncCell;
    use talc::source::Source;
    use talc::wasm::WasmBinning;

    use super::Wiping;

    #[global_allocator]
    static ALLOCATOR: Wiping<TalcSyncCell<Heap, WasmBinning>> =
        Wiping(TalcSyncCell::new_wasm(Heap { end: None }));

    const PAGE: usize = 64 * 1024;

    unsafe extern "C" {
        /// Where the linker ends stack and static data; its address counts.
        static mut __heap_base: u8;
    }

    /// First what the memory that an instance begins with has left, which is
    /// enough for a login: a page more costs every new instance some system calls.
    #[derive(Debug)]
    struct Heap {
        /// None until there is a heap.
        end: Option<NonNull<u8>>,
    }

    // SAFETY: `acquire` allocates nothing. What it claims belongs to nobody: the
    // linker leaves all behind `__heap_base` to the heap, and a page that the
    // memory grows by is new. Nobody else here grows the memory.
    unsafe impl Source for Heap {
        fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
            let Some(end) = talc.source.end else {
                let base = &raw mut __heap_base;
                let left = wasm32::memory_size(0)
                    .wrapping_mul(PAGE)
                    .wrapping_sub(base.addr());
                // SAFETY: see above.
                talc.source.end = unsafe { talc.claim(base, left) };
                return talc.source.end.map(drop).ok_or(());
            };
            // A page and alignment more than the block: the allocator's own need is
            // far less.
            let needed = layout.size().saturating_add(layout.align());
            let pages = (needed / PAGE).saturating_add(2);
            if wasm32::memory_grow(0, pages) == usize::MAX {
                return Err(());
            }
            let new_end = wasm32::memory_size(0).wrapping_mul(PAGE);
            let new_end = end.as_ptr().with_addr(new_end);
            // SAFETY: see above; the new pages lie right behind the heap.
            talc.source.end = Some(unsafe { talc.extend(end, new_end) });
            Ok(())
        }
    }

    /// Allocates or grows a block for the host, by the canonical ABI.
    ///
    /// # Safety
    ///
    /// `old` is null with a length of 0, or a block of `old_length` bytes that
    /// this function gave with the same alignment.
    #[unsafe(export_name = "cabi_realloc")]
    unsafe extern "C" fn cabi_realloc(
        old: *mut u8,
        old_length: usize,
        align: usize,
        new_length: usize,
    ) -> *mut u8 {
        if new_length == 0 {
            // Never read or written: anything aligned will do.
            return ptr::without_provenance_mut(align);
        }
        let block = match Layout::from_size_align(old_length, align) {
            // SAFETY: the size is not zero.
            Ok(_) if old_length == 0 => match Layout::from_size_align(new_length, align) {
                Ok(layout) => unsafe { ALLOCATOR.alloc(layout) },
                Err(_) => ptr::null_mut(),
            },
            // SAFETY: the caller's contract is that of `realloc`.
            Ok(layout) => unsafe { ALLOCATOR.realloc(old, layout, new_length) },
            Err(_) => ptr::null_mut(),
        };
        if block.is_null() {
            wasm32::unreachable();
        }
        block
    }

    /// The one function of the C library that `core` needs and no instruction of
    /// wasm replaces. libc's own would bring libc's WASI imports into the
    /// component's type.
    ///
    /// # Safety
    ///
    /// Both blocks are `length` bytes long.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
        for i in 0..length {
            // SAFETY: both blocks are longer than `i`.
            let (a, b) = unsafe { (*a.wrapping_add(i), *b.wrapping_add(i)) };
            if a != b {
                return i32::from(a).wrapping_sub(i32::from(b));
            }
        }
        0
    }

    /// A trap: the host gives up the instance, and with it all of its memory.
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        wasm32::unreachable()
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        /// What blocks held at the moment they reached the inner allocator.
        static SEEN: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    }

    struct Recording;

    // SAFETY: it forwards to the system's allocator and reads blocks that are
    // still valid.
    unsafe impl GlobalAlloc for Recording {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: as the caller promised.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the block is still the caller's, initialized by the test.
            let content = unsafe { core::slice::from_raw_parts(block, layout.size()) };
            SEEN.with_borrow_mut(|seen| seen.push(content.to_vec()));
            // SAFETY: as the caller promised.
            unsafe { System.dealloc(block, layout) }
        }
    }

    #[test]
    fn a_block_is_wiped_before_it_is_freed() {
        let heap = Wiping(Recording);
        let layout = Layout::array::<u8>(64).unwrap();
        // SAFETY: allocated, written within its size and freed with one layout.
        unsafe {
            let block = heap.alloc(layout);
            block.write_bytes(b's', 64);
            heap.dealloc(block, layout);
        }
        assert_eq!(SEEN.take(), [[0; 64]]);
    }

    #[test]
    fn a_block_that_moves_leaves_nothing_behind() {
        let heap = Wiping(Recording);
        let layout = Layout::array::<u8>(16).unwrap();
        // SAFETY: as above; the grown block is freed with its own size.
        unsafe {
            let block = heap.alloc(layout);
            block.write_bytes(b's', 16);
            let grown = heap.realloc(block, layout, 32);
            assert_eq!(core::slice::from_raw_parts(grown, 16), [b's'; 16]);
            assert_eq!(SEEN.take(), [[0; 16]]);
            grown.write_bytes(b's', 32);
            heap.dealloc(grown, Layout::array::<u8>(32).unwrap());
        }
    }
}
