//! Standard error without what libraries write to it on their own: drivers, Wayland's and the keyboard's libraries complain
//! there about things that have a way round, in lines that a person would take for this program's.

/// Standard error leads nowhere until this is dropped; everywhere but on Unix, and where `RUST_LOG` asks for what
/// libraries say, it stays as it is.
pub(in crate::app) struct Muted {
    #[cfg(unix)]
    before: Option<std::os::fd::OwnedFd>,
}

impl Muted {
    /// Mutes standard error.
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

    /// Mutes standard error.
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
