//! Reading and writing clips: what survives. Those that ffmpeg reads and writes are here.

#[path = "clip/animations.rs"]
mod animations;
#[path = "clip/choices.rs"]
mod choices;
#[path = "clip/conversions.rs"]
mod conversions;
#[path = "support/films.rs"]
mod films;
#[path = "clip/sequences.rs"]
mod sequences;
#[path = "clip/tracks.rs"]
mod tracks;

use std::path::{Path, PathBuf};

use films::{CLEAR, PICTURE, TONES, UNEVEN, assert_clear, ffmpeg, make, probed};
use impasto::clip::{
    ClipError, ClipFrame, ClipInfo, ClipSource, CopiedMetadata, Ffmpeg, FfmpegReader, FfmpegWriter, FrameReader as _,
    FrameWriter as _, Sidecar, TimeBase, VideoCodec,
};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with clips in it.
struct Reel(TempDir);

impl Reel {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Makes a clip with ffmpeg, from its test picture and tones.
    fn make(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        make(&path, arguments);
        path
    }
}

/// The sound and all else of a whole clip.
fn sidecar(path: &Path) -> Sidecar {
    Sidecar { path: path.to_path_buf(), from: 0.0, to: None, metadata: CopiedMetadata::All }
}

/// Reads a clip and writes its frames as they are.
fn copied(ffmpeg: &Ffmpeg, from: &Path, to: &Path, codec: VideoCodec) -> (ClipInfo, Vec<ClipFrame>) {
    let info = ffmpeg.probe(from).unwrap();
    let mut reader = FfmpegReader::open(ffmpeg, from, &info).unwrap();
    let mut writer = FfmpegWriter::create(ffmpeg, to, codec, &info, Some(&sidecar(from)), &[]).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = reader.read().unwrap() {
        assert_eq!((frame.picture.width(), frame.picture.height()), info.size);
        writer.write(&frame).unwrap();
        frames.push(frame);
    }
    Box::new(writer).finish().unwrap();
    (info, frames)
}

/// All frames of a clip.
fn frames(source: &ClipSource) -> Vec<ClipFrame> {
    let mut reader = source.frames().unwrap();
    std::iter::from_fn(|| reader.read().unwrap()).collect()
}

fn difference(one: &ClipFrame, other: &ClipFrame) -> f64 {
    let [one, other] = [one, other].map(|frame| frame.picture.pixels().to_rgb8());
    let differences = one.as_raw().iter().zip(other.as_raw()).map(|(one, other)| f64::from(one.abs_diff(*other)));
    differences.sum::<f64>() / one.as_raw().len() as f64
}

/// The number of frames, their stamps, the size, and the packets of sound are those of the original, and so are the pixels,
/// but for what the codec loses.
#[test]
fn frames_stamps_size_and_sound_survive() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let reel = Reel::new();
    let cases = [
        ("plain.mp4", format!("{PICTURE} -c:v libx264 -pix_fmt yuv420p"), "out.mp4"),
        (
            "sound.mp4",
            format!("{PICTURE} {TONES} -map 0 -map 1 -map 2 -c:v libx264 -pix_fmt yuv420p -c:a aac"),
            "out.mp4",
        ),
        ("sound.mov", format!("{PICTURE} {TONES} -map 0 -map 1 -c:v libx264 -pix_fmt yuv420p -c:a aac"), "out.mov"),
        (
            "sound.mkv",
            format!("{PICTURE} {TONES} -map 0 -map 1 -map 2 -c:v libx264 -pix_fmt yuv420p -c:a aac"),
            "out.mkv",
        ),
        ("sound.webm", format!("{PICTURE} {TONES} -map 0 -map 1 -c:v libvpx-vp9 -c:a libopus"), "out.webm"),
        ("odd.mp4", format!("{PICTURE} -vf crop=151:83 -c:v libx264 -pix_fmt yuv444p"), "out.mp4"),
        ("variable.mkv", format!("{PICTURE} {UNEVEN} -c:v libx264 -pix_fmt yuv420p"), "out.mkv"),
        ("variable.mp4", format!("{PICTURE} {UNEVEN} -c:v libx264 -pix_fmt yuv420p"), "out.mp4"),
        (
            "ntsc.mp4",
            "-f lavfi -i testsrc=size=160x90:rate=30000/1001:duration=1 -c:v libx264 -pix_fmt yuv420p".to_owned(),
            "out.mp4",
        ),
        (
            "wide.mp4",
            format!(
                "{PICTURE} -vf setsar=4/3 -c:v libx264 -pix_fmt yuv420p -color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"
            ),
            "out.mp4",
        ),
    ];
    for (name, arguments, out) in cases {
        let (from, to) = (reel.make(name, &arguments), reel.path(out));
        let codec = if out == "out.webm" { VideoCodec::Vp9 } else { VideoCodec::H264 };
        let (info, frames) = copied(&ffmpeg, &from, &to, codec);
        let ((before, stamps, sound), (after, new_stamps, new_sound)) = (probed(&from), probed(&to));
        let beginnings = [&sound, &new_sound].map(|sound| sound.chars().take(160).collect::<String>());
        assert!(sound == new_sound, "{name}: {beginnings:?}");
        assert_eq!(stamps, new_stamps, "{name}");
        assert_eq!(stamps.len(), frames.len(), "{name}");
        let [video, new_video] = [&before, &after].map(|probed| &probed["streams"][0]);
        for field in [
            "width",
            "height",
            "sample_aspect_ratio",
            "color_space",
            "color_range",
            "color_primaries",
            "color_transfer",
        ] {
            let [old, new] =
                [video, new_video].map(|video| video[field].as_str().map_or(video[field].to_string(), str::to_owned));
            // A file that says nothing of its colours may say what is usual.
            let is_free = old == "null" || video["color_space"] == "gbr" && field.starts_with("color");
            assert!(old == new || is_free, "{name}: {field}: {old} {new}");
        }
        let count = |probed: &Value| probed["streams"].as_array().unwrap().len();
        assert_eq!(count(&before), count(&after), "{name}");
        // An animated PNG does not say how long it lasts.
        let duration = |probed: &Value| probed["format"]["duration"].as_str().map(|text| text.parse::<f64>().unwrap());
        if let (Some(before), Some(after)) = (duration(&before), duration(&after)) {
            assert!((before - after).abs() < 0.045, "{name}: {before} {after}");
        }

        let again = ffmpeg.probe(&to).unwrap();
        assert_eq!((again.size, again.pixel_aspect, &again.sounds), (info.size, info.pixel_aspect, &info.sounds));
        let mut reader = FfmpegReader::open(&ffmpeg, &to, &again).unwrap();
        for frame in &frames {
            let new = reader.read().unwrap().unwrap();
            let lost = difference(frame, &new);
            assert!(lost < 6.0, "{name}: {lost}");
        }
        assert!(reader.read().unwrap().is_none());
    }
}

#[test]
fn turned_clips_are_read_upright_and_transparent_ones_stay_so() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let reel = Reel::new();
    let plain = reel.make("plain.mp4", &format!("{PICTURE} -c:v libx264 -pix_fmt yuv420p"));
    let turned = reel.make("turned.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", plain.display()));
    let (info, frames) = copied(&ffmpeg, &turned, &reel.path("upright.mp4"), VideoCodec::H264);
    assert_eq!((info.size, frames.len()), ((90, 160), 25));
    assert_eq!(ffmpeg.probe(&reel.path("upright.mp4")).unwrap().size, (90, 160));

    for (name, codec, encoder) in [
        ("clear.mov", VideoCodec::ProRes, "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"),
        ("clear.webm", VideoCodec::Vp9, "-c:v libvpx-vp9 -pix_fmt yuva420p"),
        ("clear.mkv", VideoCodec::Ffv1, "-c:v ffv1 -pix_fmt bgra"),
    ] {
        let from = reel.make(name, &format!("{CLEAR} {encoder}"));
        let to = reel.path(&format!("new-{name}"));
        let (info, frames) = copied(&ffmpeg, &from, &to, codec);
        assert!(info.has_alpha, "{name}");
        let again = ffmpeg.probe(&to).unwrap();
        assert!(again.has_alpha, "{name}");
        let new = FfmpegReader::open(&ffmpeg, &to, &again).unwrap().read().unwrap().unwrap();
        for frame in [&frames[0], &new] {
            assert_clear(frame, name);
        }
    }
}

#[test]
fn what_is_no_clip_is_refused_in_one_sentence() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let reel = Reel::new();
    std::fs::write(reel.path("notes.mp4"), "no clip").unwrap();
    std::fs::write(reel.path("empty.mp4"), "").unwrap();
    let sound = reel.make("sound.mka", "-f lavfi -i sine=frequency=440:duration=1 -c:a flac");
    for path in [reel.path("notes.mp4"), reel.path("empty.mp4"), reel.path("missing.mp4"), sound] {
        let sentence = ffmpeg.probe(&path).unwrap_err().to_string();
        assert!(sentence.lines().count() == 1 && sentence.contains(path.to_str().unwrap()), "{sentence}");
    }
    let whole = reel.make("whole.mkv", &format!("{PICTURE} -c:v ffv1"));
    let bytes = std::fs::read(&whole).unwrap();
    std::fs::write(reel.path("cut.mkv"), &bytes[..bytes.len() / 2]).unwrap();
    let info = ffmpeg.probe(&reel.path("cut.mkv")).unwrap();
    let mut reader = FfmpegReader::open(&ffmpeg, &reel.path("cut.mkv"), &info).unwrap();
    let mut read = 0;
    let error = loop {
        match reader.read() {
            Ok(Some(_)) => read += 1,
            end => break end.err(),
        }
    };
    assert!((5..25).contains(&read), "{read}");
    assert!(matches!(error, Some(ClipError::Broken { frames, .. }) if frames == read), "{error:?}");
    // A folder that is missing.
    let frame = FfmpegReader::open(&ffmpeg, &whole, &info).unwrap().read().unwrap().unwrap();
    let writer = FfmpegWriter::create(
        &ffmpeg,
        &reel.path("missing/out.mp4"),
        VideoCodec::H264,
        &info,
        Some(&sidecar(&whole)),
        &[],
    );
    let written = writer.and_then(|mut writer| writer.write(&frame).and_then(|()| Box::new(writer).finish()));
    assert!(matches!(written, Err(ClipError::NotWritten { .. })), "{written:?}");
    assert_eq!(info.time_base, TimeBase { numerator: 1, denominator: 1000 });
}
