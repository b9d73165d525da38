//! Which format a clip is read and written in, and the sentences for what is no clip.

use std::path::Path;

use impasto::clip::{ClipFormat, ClipSource, VideoCodec};
use impasto::picture::Format;

use super::{PICTURE, Reel, ffmpeg};

fn refusal(path: &Path) -> String {
    let sentence = ClipSource::open(path, None, None).unwrap_err().to_string();
    assert!(sentence.lines().count() == 1 && sentence.contains(path.to_str().unwrap()), "{sentence}");
    sentence
}

#[test]
fn what_is_no_clip_is_refused_without_ffmpeg() {
    let reel = Reel::new();
    std::fs::write(reel.path("empty.mp4"), "").unwrap();
    std::fs::create_dir(reel.path("folder")).unwrap();
    assert!(refusal(&reel.path("missing.mp4")).starts_with("there is no such file or folder; choose another"));
    assert!(refusal(&reel.path("missing/a.mp4")).starts_with("there is no such file or folder; choose another"));
    assert!(refusal(&reel.path("empty.mp4")).starts_with("the file is empty; choose another"));
    assert!(refusal(&reel.path("folder")).starts_with("there are no such pictures; choose a folder of numbered"));
    image::RgbImage::new(2, 2).save(reel.path("folder/1.png")).unwrap();
    let sentence = ClipSource::open(&reel.path("folder"), None, None).unwrap_err().to_string();
    assert!(sentence.starts_with("there is only one picture, which is no clip; paint it with"), "{sentence}");
    std::fs::write(reel.path("head.gif"), "GIF89a").unwrap();
    assert!(refusal(&reel.path("head.gif")).starts_with("this clip cannot be read (its end is missing)"));
    #[cfg(unix)]
    {
        let expected = "this is a device or a pipe, not a file; choose a clip or a folder of pictures";
        assert!(refusal(Path::new("/dev/zero")).starts_with(expected));
        nix::unistd::mkfifo(&reel.path("pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert!(refusal(&reel.path("pipe")).starts_with(expected));
    }
}

#[test]
fn films_are_opened_by_their_content_and_counted() {
    if ffmpeg().is_none() {
        return;
    }
    let reel = Reel::new();
    for (name, arguments) in [("a.mp4", "-c:v libx264 -pix_fmt yuv420p"), ("a.mkv", "-c:v ffv1")] {
        let path = reel.make(name, &format!("{PICTURE} {arguments}"));
        std::fs::rename(&path, reel.path("a.gif")).unwrap();
        let source = ClipSource::open(&reel.path("a.gif"), None, None).unwrap();
        assert!(source.is_coded() && !source.is_sequence() && source.files().is_empty());
        assert_eq!((source.info().size, source.count(), source.path()), ((160, 90), Some(25), &*reel.path("a.gif")));
        assert_eq!(super::frames(&source).len(), 25);
    }
    std::fs::write(reel.path("notes.mp4"), "no clip").unwrap();
    assert!(refusal(&reel.path("notes.mp4")).starts_with("this clip cannot be read ("));
}

#[test]
fn a_frame_is_read_at_any_time() {
    if ffmpeg().is_none() {
        return;
    }
    let reel = Reel::new();
    for (name, arguments) in [("a.mp4", "-c:v libx264 -g 100"), ("a.mkv", "-c:v ffv1"), ("a.gif", "-r 10")] {
        let source = ClipSource::open(&reel.make(name, &format!("{PICTURE} {arguments}")), None, None).unwrap();
        assert!(ClipSource::may_be(source.path()) && source.known_count().is_none_or(|count| count > 9));
        let (frames, base) = (super::frames(&source), source.info().time_base);
        let pixels = |at: usize| frames[at].picture.pixels().as_bytes();
        let last = frames.len() - 1;
        for (at, frame) in frames.iter().enumerate().step_by(4) {
            let time = base.seconds(frame.time - frames[0].time);
            assert!(source.frame_at(time).unwrap().pixels().as_bytes() == pixels(at), "{name}: {time}");
            let next = (at + 1).min(last);
            assert!(source.frame_at(time + 0.01).unwrap().pixels().as_bytes() == pixels(next), "{name}: after {time}");
        }
        // After the last frame begins, that one is shown.
        for time in [0.999, 1.0, 40.0] {
            assert!(source.frame_at(time).unwrap().pixels().as_bytes() == pixels(last), "{name}: {time}");
        }
    }
}

#[test]
fn the_ending_says_in_which_format_a_clip_is_written() {
    let reel = Reel::new();
    std::fs::create_dir(reel.path("folder.mp4")).unwrap();
    let of = |name: &str, codec| ClipFormat::of(&reel.path(name), codec);
    for (name, format) in [
        ("a.mp4", ClipFormat::Coded(VideoCodec::H264)),
        ("a.M4V", ClipFormat::Coded(VideoCodec::H264)),
        ("a.mov", ClipFormat::Coded(VideoCodec::H264)),
        ("take ##.mkv", ClipFormat::Coded(VideoCodec::H264)),
        ("a.webm", ClipFormat::Coded(VideoCodec::Vp9)),
        ("a.gif", ClipFormat::Gif),
        ("a.png", ClipFormat::Apng),
        ("a.apng", ClipFormat::Apng),
        ("a.WebP", ClipFormat::WebP),
        ("folder.mp4", ClipFormat::Pictures(Format::Png)),
        ("new", ClipFormat::Pictures(Format::Png)),
        ("new 1.5", ClipFormat::Pictures(Format::Png)),
        ("a-%05d.png", ClipFormat::Pictures(Format::Png)),
        ("a-###.tif", ClipFormat::Pictures(Format::Tiff)),
        ("a-%d.jpeg", ClipFormat::Pictures(Format::Jpeg)),
        ("a-%d.webp", ClipFormat::Pictures(Format::WebP)),
    ] {
        assert_eq!(of(name, None).unwrap(), format, "{name}");
    }
    for codec in VideoCodec::ALL {
        for ending in codec.endings() {
            assert_eq!(of(&format!("a.{ending}"), Some(codec)).unwrap(), ClipFormat::Coded(codec), "{ending}");
        }
    }
    for (name, codec, expected) in [
        (
            "a.mp4",
            VideoCodec::ProRes,
            "ProRes goes into files that end in .mov or .mkv; change the name or the codec: ",
        ),
        (
            "a.gif",
            VideoCodec::Vp9,
            "VP9 goes into files that end in .webm, .mkv or .mp4; change the name or the codec: ",
        ),
        ("a", VideoCodec::Ffv1, "FFV1 goes into files that end in .mkv; change the name or the codec: "),
    ] {
        let sentence = of(name, Some(codec)).unwrap_err().to_string();
        assert_eq!(sentence, format!("{expected}{}", reel.path(name).display()));
    }
    for name in ["a.avi", "a.jpg", "a-%d.xyz", "a-%d"] {
        let sentence = of(name, None).unwrap_err().to_string();
        assert!(
            sentence.starts_with("Impasto writes clips that end in mp4, m4v, mov, mkv, webm, gif, png or webp, and")
        );
        assert!(sentence.ends_with(name), "{sentence}");
    }
}
