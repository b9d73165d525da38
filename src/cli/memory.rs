//! The process's peak memory.

/// Peak resident memory in bytes, if known.
#[cfg(unix)]
pub(super) fn peak_bytes() -> Option<u64> {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).ok()?;
    // `max_rss` is in bytes on Apple's systems and in kibibytes on all others.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    u64::try_from(usage.max_rss()).ok().map(|size| size * unit)
}

/// Peak resident memory in bytes; unknown on this system.
#[cfg(not(unix))]
pub(super) fn peak_bytes() -> Option<u64> {
    None
}
