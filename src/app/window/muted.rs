//! Mutes standard error: graphics drivers, Wayland and keyboard libraries write warnings there about problems that they
//! work around, and a user would take them for this program's.

/// Discards standard error until it is dropped. Does nothing on systems other than Unix, or if `RUST_LOG` is set.
pub(in crate::app) struct Muted {
    #[cfg(unix)]
    before: Option<std::os::fd::OwnedFd>,
}

impl Muted {
    #[cfg(unix)]
    pub(in crate::app) fn new() -> Self {
        let mute = || {
            let before = nix::unistd::dup(std::io::stderr()).ok()?;
            let nowhere = std::fs::File::options().write(true).open("/dev/null").ok()?;
            nix::unistd::dup2_stderr(nowhere).ok()?;
            Some(before)
        };
        Self { before: if std::env::var_os("RUST_LOG").is_none() { mute() } else { None } }
    }

    #[cfg(not(unix))]
    pub(in crate::app) fn new() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Muted {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = nix::unistd::dup2_stderr(before);
        }
    }
}
