//! What becomes of everything beside the frames of a film: in parts of it, in files that hold less, and where it tells
//! too much.

use std::path::Path;

use impasto::clip::{
    ClipError, ClipFormat, ClipInfo, CopiedMetadata, Ffmpeg, FfmpegReader, FfmpegWriter, FrameReader as _,
    FrameWriter as _, Sidecar, VideoCodec,
};

use super::Reel;
use crate::films::{PICTURE, TONES, ffmpeg, probed};

/// Writes the first frames of a clip with what belongs to a part of it.
fn written(
    ffmpeg: &Ffmpeg,
    (sidecar, count): (&Sidecar, usize),
    to: &Path,
    codec: VideoCodec,
) -> Result<(), ClipError> {
    let info = ffmpeg.probe(&sidecar.path)?;
    let mut reader = FfmpegReader::open_at(ffmpeg, &sidecar.path, &info, sidecar.from)?;
    let mut writer = FfmpegWriter::create(ffmpeg, to, codec, &info, Some(sidecar), &[])?;
    let begin = info.time_base.ticks(sidecar.from);
    for _ in 0..count {
        let mut frame = reader.read()?.unwrap();
        frame.time -= begin;
        writer.write(&frame)?;
    }
    Box::new(writer).finish()
}

fn whole(path: &Path) -> Sidecar {
    Sidecar { path: path.to_path_buf(), from: 0.0, to: None, metadata: CopiedMetadata::All }
}

/// When each track begins and ends, in seconds.
fn spans(path: &Path) -> Vec<(f64, f64)> {
    let tracks = ["v:0", "a:0"].map(|track| {
        let arguments = ["-v", "error", "-of", "csv=p=0", "-select_streams", track];
        let mut command = std::process::Command::new("ffprobe");
        command.args(arguments).args(["-show_entries", "frame=pts_time,pkt_duration_time"]).arg(path);
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let mut frames = said.lines().filter_map(|line| {
            let mut fields = line.split(',').map(|field| field.parse::<f64>().ok());
            let begin = fields.next()??;
            Some((begin, begin + fields.next().flatten().unwrap_or_default()))
        });
        let first = frames.next().unwrap();
        (first.0, frames.next_back().unwrap_or(first).1)
    });
    tracks.into()
}

/// ffmpeg's usual ways of cutting let sound begin too early or end too late.
#[test]
fn the_sound_of_a_part_is_as_long_as_the_part() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let reel = Reel::new();
    let long = |text: &str| text.replace("duration=1", "duration=8");
    let picture = format!("{} {}", long(PICTURE), long(TONES));
    for (name, sound, out, codec) in [
        ("long.mp4", "aac", "part.mp4", VideoCodec::H264),
        ("long.mkv", "libopus", "part.mkv", VideoCodec::H264),
        ("again.mp4", "aac", "again.mkv", VideoCodec::H264),
        ("more.mkv", "libopus", "part.webm", VideoCodec::Vp9),
    ] {
        let coded = format!("{picture} -map 0 -map 1 -c:v libx264 -g 50 -pix_fmt yuv420p -c:a {sound}");
        let sidecar = Sidecar { from: 2.6, to: Some(3.6), ..whole(&reel.make(name, &coded)) };
        written(&ffmpeg, (&sidecar, 25), &reel.path(out), codec).unwrap();
        let spans = spans(&reel.path(out));
        for (begin, end) in &spans {
            assert!((-0.001..0.06).contains(begin) && (end - 1.0).abs() < 0.1, "{out}: {spans:?}");
        }
    }
}

/// MP4 needs to be told for how long the last frame is shown.
#[test]
fn clips_of_one_and_two_frames_keep_them() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let reel = Reel::new();
    for (name, encoder) in [("in.mp4", "libx264"), ("in.mkv", "ffv1")] {
        let from = reel.make(name, &format!("{PICTURE} -c:v {encoder} -pix_fmt yuv420p"));
        for (count, out, codec) in [
            (1, "one.mp4", VideoCodec::H264),
            (2, "two.mp4", VideoCodec::H264),
            (1, "one.mov", VideoCodec::H265),
            (1, "one.webm", VideoCodec::Vp9),
        ] {
            let to = reel.path(out);
            written(&ffmpeg, (&whole(&from), count), &to, codec).unwrap();
            let info = ffmpeg.probe(&to).unwrap();
            let mut reader = FfmpegReader::open(&ffmpeg, &to, &info).unwrap();
            let read = std::iter::from_fn(|| reader.read().unwrap()).count();
            assert_eq!(read, count, "{name} {out}");
        }
    }
}

#[test]
fn tracks_that_a_file_cannot_hold_are_converted_or_left_out() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let reel = Reel::new();
    let words = reel.path("words.srt");
    std::fs::write(&words, "1\n00:00:00,100 --> 00:00:00,700\nHello\n").unwrap();
    let beside =
        format!("{PICTURE} {TONES} -i {} -map 0 -map 1 -map 2 -map 3 -c:v libx264 -pix_fmt yuv420p", words.display());
    let matroska = reel.make("in.mkv", &format!("{beside} -c:a:0 flac -c:a:1 libopus -c:s srt"));
    let film = reel.make("in.mp4", &format!("{beside} -c:a aac -c:s mov_text"));
    let timed = reel
        .make("in.mov", &format!("{PICTURE} {TONES} -map 0 -map 1 -c:v libx264 -c:a pcm_s16le -timecode 01:00:00:00"));
    let converted = "the sound is converted, because this format cannot hold it as it is";
    let left_out = "tracks other than the first picture, sound and subtitles are left out";
    let cases = [
        (&matroska, "a.mp4", VideoCodec::H264, vec!["h264", "aac", "opus", "mov_text"], vec![converted]),
        (&matroska, "a.webm", VideoCodec::Vp9, vec!["vp9", "opus", "opus", "webvtt"], vec![converted]),
        (&matroska, "a.mkv", VideoCodec::H264, vec!["h264", "flac", "opus", "subrip"], vec![]),
        (&film, "b.mkv", VideoCodec::H264, vec!["h264", "aac", "aac", "subrip"], vec![]),
        (&film, "b.webm", VideoCodec::Vp9, vec!["vp9", "opus", "opus", "webvtt"], vec![converted]),
        (&timed, "c.mp4", VideoCodec::H264, vec!["h264", "aac"], vec![converted, left_out]),
        (&timed, "c.mov", VideoCodec::H264, vec!["h264", "pcm_s16le"], vec![left_out]),
    ];
    for (from, out, codec, expected, lost) in cases {
        let to = reel.path(out);
        written(&ffmpeg, (&whole(from), 25), &to, codec).unwrap();
        let (said, _, _) = probed(&to);
        let codecs: Vec<&str> =
            said["streams"].as_array().unwrap().iter().map(|stream| stream["codec_name"].as_str().unwrap()).collect();
        assert_eq!(codecs, expected, "{out}");
        let info: ClipInfo = ffmpeg.probe(from).unwrap();
        assert_eq!(ClipFormat::Coded(codec).lost_tracks(&to, &info), lost, "{out}");
    }
}

#[test]
fn metadata_are_copied_as_far_as_they_may() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let reel = Reel::new();
    let tags =
        "-metadata title=Dance -metadata location=+48.85+002.35/ -metadata:s:v language=fra -metadata:s:v title=Step";
    for (name, to, is_named) in [("in.mp4", "out.mp4", false), ("in.mkv", "out.mkv", true), ("in.mov", "o.mkv", false)]
    {
        let from = reel.make(name, &format!("{PICTURE} -c:v libx264 -pix_fmt yuv420p {tags}"));
        for (metadata, title, place) in [
            (CopiedMetadata::All, true, true),
            (CopiedMetadata::WithoutPlace, true, false),
            (CopiedMetadata::Nothing, false, false),
        ] {
            let to = reel.path(to);
            written(&ffmpeg, (&Sidecar { metadata, ..whole(&from) }, 25), &to, VideoCodec::H264).unwrap();
            let (said, _, _) = probed(&to);
            let format = said["format"]["tags"].to_string().to_lowercase();
            assert_eq!((format.contains("dance"), format.contains("48.85")), (title, place), "{name}: {format}");
            let picture = &said["streams"][0]["tags"];
            let language = picture["language"].as_str().unwrap_or("und");
            assert_eq!(language, if title { "fra" } else { "und" }, "{name}: {picture}");
            if is_named {
                let own = picture["title"].as_str().or(picture["TITLE"].as_str());
                assert_eq!(own, title.then_some("Step"), "{name}: {picture}");
            }
        }
    }
}

/// ffmpeg may say that all is well although the file is not whole, as on a full disk.
#[cfg(unix)]
#[test]
fn a_film_that_is_not_whole_is_no_success() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let Some(real) = ffmpeg() else { return };
    let reel = Reel::new();
    let from = reel.make("in.mkv", &format!("{PICTURE} -c:v ffv1"));
    let script = "#!/bin/sh\nfor last; do :; done\nffmpeg \"$@\" || exit 1\ntruncate -s 5000 \"${last#file:}\"\n";
    let folder = reel.path("programs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("ffmpeg"), script).unwrap();
    std::fs::set_permissions(folder.join("ffmpeg"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let probe = std::env::split_paths(&path).map(|folder| folder.join("ffprobe")).find(|probe| probe.is_file());
    symlink(probe.unwrap(), folder.join("ffprobe")).unwrap();
    let cutting = Ffmpeg::find(Some(&folder)).unwrap();
    let info = real.probe(&from).unwrap();
    for (out, codec) in [("out.mp4", VideoCodec::H264), ("out.mkv", VideoCodec::Ffv1)] {
        let mut reader = FfmpegReader::open(&real, &from, &info).unwrap();
        let mut writer = FfmpegWriter::create(&cutting, &reel.path(out), codec, &info, None, &[]).unwrap();
        while let Some(frame) = reader.read().unwrap() {
            writer.write(&frame).unwrap();
        }
        let finished = Box::new(writer).finish();
        assert!(matches!(finished, Err(ClipError::NotWritten { .. })), "{out}: {finished:?}");
    }
}
