//! Checks that the desktop's file dialogs (xdg-desktop-portal) respond. A portal that hangs would block forever.

use std::sync::mpsc;
use std::time::Duration;

/// Timeout for the reply; on a slow machine the request itself starts the portal.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Whether the portal replies within [`TIMEOUT`].
pub(super) fn answers() -> bool {
    let (sender, answer) = mpsc::channel();
    // A separate thread, because connecting to a bus that does not respond cannot be cancelled.
    let ask = move || {
        // The receiver may have timed out.
        let _ = sender.send(pollster::block_on(version()).is_ok());
    };
    let asked = std::thread::Builder::new().name("impasto portal".to_owned()).spawn(ask);
    asked.is_ok() && answer.recv_timeout(TIMEOUT).unwrap_or(false)
}

async fn version() -> zbus::Result<zbus::Message> {
    let connection = zbus::connection::Builder::session()?.method_timeout(TIMEOUT).build().await?;
    let chooser = ("org.freedesktop.portal.FileChooser", "version");
    connection
        .call_method(
            Some("org.freedesktop.portal.Desktop"),
            "/org/freedesktop/portal/desktop",
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &chooser,
        )
        .await
}
