//! A buffer that several threads write at the same time.

#![allow(unsafe_code)]
// See `phase`.
#![allow(clippy::inline_always)]

use std::marker::PhantomData;

/// A borrowed buffer of which several threads write interleaved parts at the same time.
pub(super) struct SharedSlice<'a> {
    pub(super) start: *mut f32,
    length: usize,
    buffer: PhantomData<&'a mut [f32]>,
}

// SAFETY: it stands for a `&mut [f32]`, which may be sent to other threads. Its numbers are reached only through
// `part`, whose callers promise that parts which are written do not overlap, and through `start`, with the same
// promise.
unsafe impl Send for SharedSlice<'_> {}
unsafe impl Sync for SharedSlice<'_> {}

impl<'a> SharedSlice<'a> {
    pub(super) fn new(buffer: &'a mut [f32]) -> Self {
        Self { start: buffer.as_mut_ptr(), length: buffer.len(), buffer: PhantomData }
    }

    /// `length` numbers from `at` on.
    ///
    /// # Safety
    /// The part must lie within the buffer. Parts that are alive at the same time must not overlap, unless all of them
    /// are only read.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)] // the caller promises that parts do not overlap
    pub(super) unsafe fn part(&self, at: usize, length: usize) -> &'a mut [f32] {
        debug_assert!(at + length <= self.length);
        // SAFETY: the caller promises that the part lies within the buffer, which is borrowed for 'a, and that parts do
        // not overlap.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(at), length) }
    }
}
