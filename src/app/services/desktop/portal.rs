//! Whether the desktop's file dialogs (xdg-desktop-portal) answer. One that is installed and hangs would otherwise be
//! waited for without end.

use std::sync::mpsc;
use std::time::Duration;

/// How long the dialogs may take to answer; on a slow machine they are being started by the question.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether they answer within some seconds. Waits that long at most.
pub(super) fn answers() -> bool {
    let (sender, answer) = mpsc::channel();
    // A thread of its own, since nothing ends a connection to a bus that does not answer either.
    let ask = move || {
        // Nobody may be waiting any more.
        let _ = sender.send(pollster::block_on(version()).is_ok());
    };
    let asked = std::thread::Builder::new().name("impasto portal".to_owned()).spawn(ask);
    asked.is_ok() && answer.recv_timeout(PATIENCE).unwrap_or(false)
}

async fn version() -> zbus::Result<zbus::Message> {
    let connection = zbus::connection::Builder::session()?.method_timeout(PATIENCE).build().await?;
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
