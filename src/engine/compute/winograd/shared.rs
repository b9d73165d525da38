//! Memory that several threads write at once.

#![allow(unsafe_code)]
// See `phase`.
#![allow(clippy::inline_always)]

use std::marker::PhantomData;

/// A buffer that several threads write at once, each its own interleaved part.
pub(super) struct Shared<'a> {
    pub(super) start: *mut f32,
    length: usize,
    buffer: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is no more than a `&mut [f32]` cut into parts, and `part` asks its caller to keep the
// parts of different threads apart.
unsafe impl Send for Shared<'_> {}
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    pub(super) fn new(buffer: &'a mut [f32]) -> Self {
        Self { start: buffer.as_mut_ptr(), length: buffer.len(), buffer: PhantomData }
    }

    /// # Safety
    /// Parts that are alive at the same time must not overlap, unless all of them are only read.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)] // the caller keeps the parts apart
    pub(super) unsafe fn part(&self, at: usize, length: usize) -> &'a mut [f32] {
        debug_assert!(at + length <= self.length);
        // SAFETY: within the buffer, which is borrowed for 'a; the caller rules out overlap.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(at), length) }
    }
}
