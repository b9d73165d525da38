//! How the system's allocator keeps freed memory.

// The comment at the one unsafe block says why it is sound.
#![allow(unsafe_code)]

/// Lets all threads allocate from one heap. By default glibc gives each thread a heap of its own, and each keeps the most
/// that was ever allocated in it: memory that one thread frees is of no use to the others. A clip whose frames pass through
/// several threads takes a quarter more memory for that. The program allocates few, large blocks, so threads rarely wait for
/// each other. To be called before the first thread is started; does nothing on other systems.
pub(crate) fn share_among_threads() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` may be called at any time and only changes where later blocks are taken from.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
