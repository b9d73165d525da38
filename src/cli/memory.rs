//! How much memory the process took at most.

/// Peak resident memory in bytes, where the system tells.
#[cfg(unix)]
pub(super) fn peak_bytes() -> Option<u64> {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).ok()?;
    // Apple counts bytes, everyone else kibibytes.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    u64::try_from(usage.max_rss()).ok().map(|size| size * unit)
}

/// Peak resident memory in bytes, where the system tells.
#[cfg(not(unix))]
pub(super) fn peak_bytes() -> Option<u64> {
    None
}
