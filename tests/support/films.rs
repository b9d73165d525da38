//! Films for tests, made and looked at with ffmpeg.

use std::path::Path;
use std::process::Command;

use impasto::clip::{ClipFrame, Ffmpeg};
use serde_json::Value;

/// ffmpeg, or a line that says why the test is skipped.
pub(crate) fn ffmpeg() -> Option<Ffmpeg> {
    match Ffmpeg::find(None) {
        Ok(ffmpeg) => Some(ffmpeg),
        Err(error) => {
            assert!(std::env::var_os("IMPASTO_TEST_NO_SKIP").is_none(), "{error}");
            eprintln!("skipped: {error}");
            None
        }
    }
}

/// One second of ffmpeg's test picture.
pub(crate) const PICTURE: &str = "-f lavfi -i testsrc=size=160x90:rate=25:duration=1";

/// Two sounds of one second.
pub(crate) const TONES: &str = "-f lavfi -i sine=frequency=440:duration=1 -f lavfi -i sine=frequency=880:duration=1";

/// Leaves frames out, so that the others are shown for different times.
pub(crate) const UNEVEN: &str = "-vf select='not(mod(n\\,3))+eq(mod(n\\,7)\\,1)' -fps_mode vfr";

/// Half a second of a picture that is transparent on the left, and less so towards the right.
pub(crate) const CLEAR: &str =
    "-f lavfi -i testsrc=size=64x48:rate=10:duration=0.5 -vf format=rgba,geq=r='p(X,Y)':a='4*X'";

/// Checks that a frame is as transparent as those of [`CLEAR`].
pub(crate) fn assert_clear(frame: &ClipFrame, name: &str) {
    let pixels = frame.picture.pixels().to_rgba8();
    for x in [5, 20, 40, 60] {
        let alpha = pixels.get_pixel(x, 20).0[3];
        assert!(alpha.abs_diff((4 * x) as u8) < 12, "{name}: {alpha} at {x}");
    }
}

/// Makes a clip with ffmpeg.
pub(crate) fn make(path: &Path, arguments: &str) {
    let arguments = arguments.split_whitespace();
    let made = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(path).output().unwrap();
    assert!(made.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&made.stderr));
}

/// What ffprobe says of a clip: the whole, the stamps of its frames, and its packets of sound.
pub(crate) fn probed(path: &Path) -> (Value, Vec<String>, String) {
    let run = |arguments: &[&str]| {
        let output = Command::new("ffprobe").args(["-v", "error", "-of", "json"]).args(arguments).arg(path).output();
        serde_json::from_slice::<Value>(&output.unwrap().stdout).unwrap()
    };
    let frames = run(&["-select_streams", "v:0", "-show_entries", "frame=pts_time"]);
    let frames =
        frames["frames"].as_array().unwrap().iter().map(|frame| frame["pts_time"].as_str().unwrap().to_owned());
    let sounds = run(&["-select_streams", "a", "-show_entries", "packet=size,pts_time"]);
    (run(&["-show_streams", "-show_format"]), frames.collect(), sounds["packets"].to_string())
}
