//! What the painted clip has of each kind of film, as ffprobe sees it.

use serde_json::Value;

use super::films::{CLEAR, PICTURE, TONES, UNEVEN, assert_clear, ffmpeg, make, probed};
use super::*;

/// Streams but for the picture, as their kinds and codecs.
fn other_streams(probed: &Value) -> Vec<String> {
    let streams = probed["streams"].as_array().unwrap().iter().filter(|stream| stream["codec_type"] != "video");
    streams.map(|stream| format!("{} {}", stream["codec_type"], stream["codec_name"])).collect()
}

fn picture_stream(probed: &Value) -> &Value {
    probed["streams"].as_array().unwrap().iter().find(|stream| stream["codec_type"] == "video").unwrap()
}

fn seconds(probed: &Value) -> Option<f64> {
    Some(probed["format"]["duration"].as_str()?.parse().unwrap())
}

#[test]
fn frames_stamps_size_sound_and_duration_of_films_survive() {
    if ffmpeg().is_none() {
        return;
    }
    let desk = Desk::new();
    std::fs::write(desk.path("words.srt"), "1\n00:00:00,100 --> 00:00:00,600\nA word.\n").unwrap();
    let words = desk.path("words.srt");
    let [one, both] = ["-map 0 -map 1", "-map 0 -map 1 -map 2"];
    let h264 = "-c:v libx264 -pix_fmt yuv420p";
    let films = [
        ("two-sounds.mp4", format!("{PICTURE} {TONES} {both} {h264} -c:a aac"), "out.mp4"),
        (
            "words.mkv",
            format!("{PICTURE} {TONES} -i {} -map 0 -map 1 -map 3 {h264} -c:a aac -c:s srt", words.display()),
            "out.mkv",
        ),
        ("sound.mov", format!("{PICTURE} {TONES} {one} {h264} -c:a aac"), "out.mov"),
        ("sound.webm", format!("{PICTURE} {TONES} {one} -c:v libvpx-vp9 -c:a libopus"), "out.webm"),
        ("uneven.mp4", format!("{PICTURE} {TONES} {one} {UNEVEN} {h264} -c:a aac"), "uneven-out.mp4"),
        ("uneven.mkv", format!("{PICTURE} {UNEVEN} {h264}"), "uneven-out.mkv"),
        ("odd.mp4", format!("{PICTURE} -vf crop=151:83 -c:v libx264 -pix_fmt yuv444p"), "odd-out.mp4"),
        ("wide.mp4", format!("{PICTURE} -vf setsar=4/3 {h264} -colorspace bt709 -color_range tv"), "wide-out.mp4"),
        ("clear.mov", format!("{CLEAR} -c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"), "clear-out.mov"),
        ("clear.webm", format!("{CLEAR} -c:v libvpx-vp9 -pix_fmt yuva420p"), "clear-out.webm"),
        ("moving.gif", format!("{PICTURE} -vf fps=10"), "gif-out.mp4"),
    ];
    for (name, arguments, out) in films {
        let (from, to) = (desk.path(name), desk.path(out));
        make(&from, &arguments);
        let codec = if out == "clear-out.mov" { &["--codec", "prores"][..] } else { &[] };
        let order = ["video", "--input", name, "--style", "painting.png", "--output", out];
        succeeded(&desk.run(&[&order, codec].concat()));
        let ((before, stamps, sound), (after, new_stamps, new_sound)) = (probed(&from), probed(&to));
        assert_eq!(stamps, new_stamps, "{name}");
        assert!(sound == new_sound, "{name}: the packets of sound are others");
        assert_eq!(other_streams(&before), other_streams(&after), "{name}");
        let [old, new] = [&before, &after].map(picture_stream);
        for field in ["width", "height"] {
            assert_eq!(old[field], new[field], "{name}: {field}");
        }
        for field in ["sample_aspect_ratio", "color_space", "color_range"] {
            // What the original does not say may be said.
            let is_free = old[field].is_null() || old["color_space"] == "gbr";
            assert!(old[field] == new[field] || is_free, "{name}: {field}: {} {}", old[field], new[field]);
        }
        if let (Some(before), Some(after)) = (seconds(&before), seconds(&after)) {
            // The last frame of an animation is held for one frame more.
            let most = if name == "moving.gif" { 0.11 } else { 0.045 };
            assert!((before - after).abs() < most, "{name}: {before} {after}");
        }
        if name.starts_with("clear") {
            let source = impasto::clip::ClipSource::open(&to, None, None).unwrap();
            assert_clear(&source.frames().unwrap().read().unwrap().unwrap(), name);
        }
    }
}

/// A film that is marked as turned is painted upright, so that no program has to turn it.
#[test]
fn turned_films_are_painted_upright() {
    if ffmpeg().is_none() {
        return;
    }
    let desk = Desk::new();
    make(&desk.path("plain.mp4"), &format!("{PICTURE} -c:v libx264 -pix_fmt yuv420p"));
    let plain = desk.path("plain.mp4");
    make(&desk.path("turned.mp4"), &format!("-i {} -c copy -metadata:s:v rotate=90", plain.display()));
    let order = ["video", "--input", "turned.mp4", "--style", "painting.png", "--output", "out.mp4"];
    succeeded(&desk.run(&order));
    let ((_, stamps, _), (after, new_stamps, _)) = (probed(&desk.path("turned.mp4")), probed(&desk.path("out.mp4")));
    let new = picture_stream(&after);
    assert_eq!((&new["width"], &new["height"]), (&90.into(), &160.into()));
    assert!(new["side_data_list"].is_null() && new["tags"]["rotate"].is_null(), "{new}");
    assert_eq!(stamps, new_stamps);
}
