//! File dialogs of `zenity`, for desktops without a file dialog of their own or whose dialog does not respond.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::request::{FileRequest, NoDialog, filters, folder, suggestion, title};

/// A dialog that ends sooner was never shown: nobody cancels that fast.
const SHORTEST: Duration = Duration::from_millis(150);

/// Shows a dialog and waits for it. Fails if `zenity` is missing or cannot show one.
pub(super) fn choose(request: &FileRequest) -> Result<Vec<PathBuf>, NoDialog> {
    let began = Instant::now();
    let output = command(request).output().map_err(|_| NoDialog)?;
    parse(&output, began.elapsed())
}

fn command(request: &FileRequest) -> Command {
    let mut command = Command::new("zenity");
    command.arg("--file-selection").arg(format!("--title={}", title(request)));
    match request {
        FileRequest::Open { several: true, .. } => {
            command.args(["--multiple", "--separator=\n"]);
        }
        FileRequest::Open { several: false, .. } | FileRequest::OpenProject { .. } | FileRequest::OpenMap { .. } => {}
        FileRequest::Folder { .. } => {
            command.arg("--directory");
        }
        FileRequest::SaveProject { .. }
        | FileRequest::SaveStyle { .. }
        | FileRequest::SaveMap { .. }
        | FileRequest::SaveClip { .. }
        | FileRequest::Save { .. } => {
            command.args(["--save", "--confirm-overwrite"]);
        }
    }
    let mut start = folder(request).map_or_else(OsString::new, |folder| folder.join("").into_os_string());
    start.push(suggestion(request).unwrap_or_default());
    if !start.is_empty() {
        let mut argument = OsString::from("--filename=");
        argument.push(start);
        command.arg(argument);
    }
    for (name, endings) in filters(request) {
        let pattern = |ending: &String| if ending == "*" { ending.clone() } else { format!("*.{ending}") };
        let patterns: Vec<String> = endings.iter().map(pattern).collect();
        command.arg(format!("--file-filter={name} | {}", patterns.join(" ")));
    }
    command
}

/// Parses the result. `zenity` exits with 1 both when the user cancels and when it cannot open a window.
fn parse(output: &Output, after: Duration) -> Result<Vec<PathBuf>, NoDialog> {
    const CANCELLED: i32 = 1;
    const TIMED_OUT: i32 = 5;
    match output.status.code() {
        Some(0) => {
            let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            Ok(lines
                .map(|line| PathBuf::from(OsString::from_vec(line.to_vec())))
                .filter(|path| path.is_absolute())
                .collect())
        }
        Some(CANCELLED | TIMED_OUT) if after >= SHORTEST && !has_no_display(&output.stderr) => Ok(Vec::new()),
        // Ended by a signal.
        None => Ok(Vec::new()),
        Some(_) => Err(NoDialog),
    }
}

fn has_no_display(stderr: &[u8]) -> bool {
    String::from_utf8_lossy(stderr).to_lowercase().contains("open display")
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::path::Path;
    use std::process::ExitStatus;

    use super::*;

    fn parsed(code: i32, stdout: &[u8], stderr: &[u8], milliseconds: u64) -> Result<Vec<PathBuf>, NoDialog> {
        let status = ExitStatus::from_raw(code << 8);
        let output = Output { status, stdout: stdout.to_vec(), stderr: stderr.to_vec() };
        parse(&output, Duration::from_millis(milliseconds))
    }

    #[test]
    fn cancelling_differs_from_failing_to_show_a_dialog() {
        assert_eq!(parsed(1, b"", b"", 2_000), Ok(Vec::new()));
        assert_eq!(parsed(5, b"", b"", 60_000), Ok(Vec::new()));
        assert_eq!(parsed(1, b"", b"", 20), Err(NoDialog));
        assert_eq!(parsed(1, b"", b"(zenity:7): Gtk-WARNING **: cannot open display: :9\n", 2_000), Err(NoDialog));
        for code in [2, 126, 127, 255] {
            assert_eq!(parsed(code, b"", b"", 2_000), Err(NoDialog), "{code}");
        }
    }

    #[test]
    fn chosen_paths_need_not_be_utf8() {
        let one = parsed(0, b"/a/b|c \xff.png\n", b"", 20).unwrap();
        assert_eq!(one, [Path::new(&OsString::from_vec(b"/a/b|c \xff.png".to_vec()))]);
        assert_eq!(parsed(0, b"/a.png\n/b.png\n", b"", 900).unwrap().len(), 2);
        assert_eq!(parsed(0, b"", b"", 900), Ok(Vec::new()));
    }

    #[test]
    fn save_dialogs_start_with_the_suggested_name_in_the_last_folder() {
        let request =
            FileRequest::Save { suggestion: "hill, stripes.png".to_owned(), folder: Some(PathBuf::from("/art")) };
        let command = command(&request);
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        assert!(arguments.contains(&"--save".to_owned()));
        assert!(arguments.contains(&"--filename=/art/hill, stripes.png".to_owned()), "{arguments:?}");
        assert!(arguments.iter().any(|argument| argument.starts_with("--file-filter=PNG | *.png")), "{arguments:?}");
    }
}
