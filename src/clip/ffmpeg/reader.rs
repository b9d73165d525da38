//! Reads the frames of a clip with ffmpeg.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use image::{DynamicImage, RgbImage, RgbaImage};

use super::super::error::ClipError;
use super::super::frame::{ClipFrame, FrameReader};
use super::super::info::ClipInfo;
use super::matroska::RawPixels;
use super::program::{Ffmpeg, file_argument, last_line, not_started};
use crate::picture::Picture;

/// How long ffmpeg may take for a frame.
const PATIENCE: Duration = Duration::from_mins(1);

/// Frames that are decoded ahead.
const AHEAD: usize = 2;

/// A picture may end that much before the sound, so that the clip's length says little about it.
const LEAST_SHARE: f64 = 0.9;

/// Reads the frames of a clip one after the other.
pub struct FfmpegReader {
    path: PathBuf,
    child: Child,
    pixels: Receiver<Option<Vec<u8>>>,
    times: Receiver<(i64, i64)>,
    said: Option<JoinHandle<String>>,
    size: (u32, u32),
    kind: RawPixels,
    frames: u64,
    /// How many frames there should be, and how many ticks of time, as far as the file says so and is read from its
    /// beginning.
    expected: (Option<u64>, Option<i64>),
    /// Where the latest frame ends, in ticks after the beginning of the first.
    reached: i64,
    first: Option<i64>,
    has_ended: bool,
}

impl FfmpegReader {
    /// Begins to read. `info` is that of the file.
    ///
    /// # Errors
    /// When ffmpeg cannot be started.
    pub fn open(ffmpeg: &Ffmpeg, path: &Path, info: &ClipInfo) -> Result<Self, ClipError> {
        Self::open_at(ffmpeg, path, info, 0.0)
    }

    /// Begins to read with the first frame that is shown at `seconds` or later.
    ///
    /// # Errors
    /// When ffmpeg cannot be started.
    pub fn open_at(ffmpeg: &Ffmpeg, path: &Path, info: &ClipInfo, seconds: f64) -> Result<Self, ClipError> {
        let kind = if info.has_alpha { RawPixels::Rgba } else { RawPixels::Rgb };
        let mut child = Command::new(&ffmpeg.ffmpeg)
            .args(["-v", "error", "-nostdin", "-copyts"])
            .args(info.decoder.iter().flat_map(|decoder| ["-c:v", decoder]))
            .args((seconds > 0.0).then(|| ["-ss".to_owned(), format!("{seconds:.6}")]).into_iter().flatten())
            .arg("-i")
            .arg(file_argument(path))
            .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", kind.name(), "pipe:1"])
            // The time stamps of the same frames, in the clip's own time base, as lines among the errors.
            .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "-1", "-vf", "scale=8:8"])
            .args(["-c:v", "rawvideo", "-flush_packets", "1", "-f", "framecrc", "pipe:2"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|cause| not_started(&ffmpeg.ffmpeg, cause))?;
        let (Some(mut output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            unreachable!("both are pipes")
        };
        let bytes = kind.channels() * info.size.0 as usize * info.size.1 as usize;
        let (send_pixels, pixels) = mpsc::sync_channel(AHEAD);
        thread::spawn(move || {
            loop {
                let mut frame = vec![0; bytes];
                let is_whole = output.read_exact(&mut frame).is_ok();
                if send_pixels.send(is_whole.then_some(frame)).is_err() || !is_whole {
                    return;
                }
            }
        });
        let (send_times, times) = mpsc::channel();
        let said = thread::spawn(move || {
            let mut said = String::new();
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                match stamp(&line) {
                    Some(stamp) => drop(send_times.send(stamp)),
                    None if line.starts_with('#') => {}
                    // The last line says most; a damaged clip may have thousands.
                    None => said = line,
                }
            }
            said
        });
        let (path, said) = (path.to_path_buf(), Some(said));
        let is_whole = seconds <= 0.0;
        let ticks = info.duration.map(|duration| info.time_base.ticks(duration * LEAST_SHARE));
        let expected = (info.frames.filter(|_| is_whole), ticks.filter(|_| is_whole));
        let (frames, reached, first, has_ended) = (0, 0, None, false);
        Ok(Self {
            path,
            child,
            pixels,
            times,
            said,
            size: info.size,
            kind,
            frames,
            expected,
            reached,
            first,
            has_ended,
        })
    }

    /// Says why there are no more frames, unless the clip is over.
    fn end(&mut self) -> Result<(), ClipError> {
        self.has_ended = true;
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        let is_over = self.child.wait().is_ok_and(|status| status.success());
        let (frames, ticks) = self.expected;
        // ffmpeg may end a damaged clip as if it were over.
        let lacks_some =
            frames.is_some_and(|frames| self.frames < frames) || ticks.is_some_and(|end| self.reached < end);
        let is_cut = lacks_some && !said.is_empty();
        let (path, said) = (self.path.clone(), last_line(&said));
        match self.frames {
            0 => Err(ClipError::Unreadable { path, said }),
            _ if is_over && !is_cut => Ok(()),
            frames => Err(ClipError::Broken { path, frames, said }),
        }
    }
}

impl FrameReader for FfmpegReader {
    fn read(&mut self) -> Result<Option<ClipFrame>, ClipError> {
        if self.has_ended {
            return Ok(None);
        }
        let hangs = |path: &Path| ClipError::Hangs { path: path.to_path_buf(), seconds: PATIENCE.as_secs() };
        let bytes = match self.pixels.recv_timeout(PATIENCE) {
            Ok(Some(bytes)) => bytes,
            Err(RecvTimeoutError::Timeout) => return Err(hangs(&self.path)),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => return self.end().map(|()| None),
        };
        let Ok((time, duration)) = self.times.recv_timeout(PATIENCE) else { return Err(hangs(&self.path)) };
        self.frames += 1;
        self.reached = time + duration - *self.first.get_or_insert(time);
        let (width, height) = self.size;
        let pixels = match self.kind {
            RawPixels::Rgb => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
            RawPixels::Rgba => RgbaImage::from_raw(width, height, bytes).map(DynamicImage::from),
        };
        let Some(pixels) = pixels else { unreachable!("a frame has its size") };
        Ok(Some(ClipFrame { picture: Picture::new(pixels), time, duration }))
    }
}

impl Drop for FfmpegReader {
    fn drop(&mut self) {
        // It has ended already, or its frames are not wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Time stamp and duration in a line of the frame checksums: stream, decoding time, time, duration, size, checksum.
fn stamp(line: &str) -> Option<(i64, i64)> {
    let mut fields = line.strip_prefix("0,")?.split(',').map(str::trim);
    let time = fields.nth(1)?.parse().ok()?;
    Some((time, fields.next()?.parse().ok()?))
}
