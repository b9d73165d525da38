//! GIF, APNG and animated WebP, without ffmpeg.

use std::io::{BufReader, Cursor};
use std::path::Path;
use std::time::{Duration, Instant};

use image::codecs::webp::WebPDecoder;
use image::metadata::LoopCount;
use image::{AnimationDecoder as _, DynamicImage, ImageDecoder as _, Rgba, RgbaImage};
use impasto::clip::{
    AnimationFormat, AnimationReader, AnimationWriter, ClipError, ClipFrame, ClipInfo, ClipSource, FrameReader as _,
    FrameWriter as _, TimeBase,
};
use impasto::picture::Picture;

use super::{Reel, difference, ffmpeg, frames, probed};

const ALL: [(AnimationFormat, &str); 3] =
    [(AnimationFormat::Gif, "a.gif"), (AnimationFormat::Apng, "a.png"), (AnimationFormat::WebP, "a.webp")];

/// A square that moves over a gradient, which is transparent on the left if the clip is.
fn scene((width, height): (u32, u32), at: u32, is_clear: bool) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        if (at..at + 9).contains(&x) && (3..12).contains(&y) {
            return Rgba([250, 20, 30, 255]);
        }
        let alpha = if is_clear && x < width / 3 { 0 } else { 255 };
        Rgba([(x * 255 / width) as u8, (y * 255 / height) as u8, 128, alpha])
    })
}

fn frame(pixels: RgbaImage, time: i64, duration: i64) -> ClipFrame {
    ClipFrame { picture: Picture::new(DynamicImage::from(pixels)), time, duration }
}

/// Four frames of different durations, the third of which equals the second.
fn moving(size: (u32, u32), is_clear: bool) -> Vec<ClipFrame> {
    let times = [(2, 0, 7), (9, 7, 3), (9, 10, 20), (16, 30, 5)];
    times.map(|(at, time, duration)| frame(scene(size, at, is_clear), time, duration)).to_vec()
}

/// What an animation is.
fn info(size: (u32, u32), time_base: TimeBase, has_alpha: bool, plays: u32) -> ClipInfo {
    let mut info = ClipInfo::of_pictures(size, time_base);
    (info.has_alpha, info.plays) = (has_alpha, Some(plays));
    info
}

fn write(path: &Path, format: AnimationFormat, info: &ClipInfo, xmp: Option<&str>, frames: &[ClipFrame]) {
    let mut writer = AnimationWriter::create(path, format, info, xmp).unwrap();
    for frame in frames {
        writer.write(frame).unwrap();
    }
    Box::new(writer).finish().unwrap();
}

fn stamps(frames: &[ClipFrame]) -> Vec<(i64, i64)> {
    frames.iter().map(|frame| (frame.time, frame.duration)).collect()
}

/// By how much the transparency of two frames differs in all.
fn alpha_difference(one: &ClipFrame, other: &ClipFrame) -> u64 {
    let [one, other] = [one, other].map(|frame| frame.picture.pixels().to_rgba8());
    one.pixels().zip(other.pixels()).map(|(one, other)| u64::from(one.0[3].abs_diff(other.0[3]))).sum()
}

#[test]
fn animations_survive_with_stamps_size_transparency_and_plays() {
    let reel = Reel::new();
    for (format, name) in ALL {
        let base = if format == AnimationFormat::WebP { 1000 } else { 100 };
        for (size, is_clear, plays) in
            [((61, 37), false, 0), ((61, 37), true, 1), ((64, 40), true, 5), ((33, 48), false, 1)]
        {
            let given = moving(size, is_clear);
            let info = info(size, TimeBase::one_in(base), is_clear, plays);
            write(&reel.path(name), format, &info, None, &given);
            let source = ClipSource::open(&reel.path(name), None, None).unwrap();
            let found = source.info();
            assert_eq!((found.size, found.frames, found.plays), (size, Some(4), Some(plays)), "{name}");
            assert_eq!((found.has_alpha, found.sounds.len(), source.count()), (is_clear, 0, Some(4)), "{name}");
            // The common denominator of the delays in an APNG.
            assert_eq!(found.time_base, TimeBase::one_in(base), "{name}");
            assert!((found.duration.unwrap() - 35.0 / f64::from(base)).abs() < 1e-9, "{name}");
            let new = frames(&source);
            assert_eq!(stamps(&new), stamps(&given), "{name}");
            for (given, new) in given.iter().zip(&new) {
                if format == AnimationFormat::Gif {
                    assert_eq!(alpha_difference(given, new), 0, "{name}");
                } else {
                    assert!(given.picture.to_rgba8() == new.picture.to_rgba8(), "{name}");
                }
                let lost = difference(&opaque(given), &opaque(new));
                assert!(lost < 4.0, "{name}: {lost}");
            }
        }
    }
}

/// The frame without the colours of transparent pixels.
fn opaque(frame: &ClipFrame) -> ClipFrame {
    let mut pixels = frame.picture.pixels().to_rgba8();
    pixels.pixels_mut().filter(|pixel| pixel.0[3] == 0).for_each(|pixel| *pixel = Rgba([0, 0, 0, 255]));
    self::frame(pixels, frame.time, frame.duration)
}

#[test]
fn other_programs_read_the_same_animations() {
    let reel = Reel::new();
    for is_clear in [false, true] {
        let given = moving((61, 37), is_clear);
        for (format, name) in ALL {
            let info = info((61, 37), TimeBase::one_in(100), is_clear, 3);
            write(&reel.path(name), format, &info, Some("<x:xmpmeta/>"), &given);
        }
        let file = std::fs::read(reel.path("a.webp")).unwrap();
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize, file.len() - 8);
        let mut decoder = WebPDecoder::new(Cursor::new(file)).unwrap();
        assert_eq!(decoder.xmp_metadata().unwrap().unwrap(), b"<x:xmpmeta/>");
        assert!(matches!(decoder.loop_count(), LoopCount::Finite(plays) if plays.get() == 3));
        let read = decoder.into_frames().collect_frames().unwrap();
        for (given, read) in given.iter().zip(&read) {
            assert_eq!(Duration::from(read.delay()), Duration::from_millis(10 * given.duration as u64));
            assert!(given.picture.to_rgba8() == *read.buffer().as_raw());
        }
        assert_eq!(read.len(), 4);
        let file = || BufReader::new(std::fs::File::open(reel.path("a.gif")).unwrap());
        let mut decoder = image::codecs::gif::GifDecoder::new(file()).unwrap();
        assert_eq!(decoder.xmp_metadata().unwrap().unwrap(), b"<x:xmpmeta/>");
        assert_eq!(decoder.into_frames().collect_frames().unwrap().len(), 4);
        let png = BufReader::new(std::fs::File::open(reel.path("a.png")).unwrap());
        let mut decoder = image::codecs::png::PngDecoder::new(png).unwrap();
        assert_eq!(decoder.xmp_metadata().unwrap().unwrap(), b"<x:xmpmeta/>");
        let read = decoder.apng().unwrap().into_frames().collect_frames().unwrap();
        assert!(given.iter().zip(&read).all(|(given, read)| given.picture.to_rgba8() == *read.buffer().as_raw()));

        if ffmpeg().is_none() {
            continue;
        }
        for name in ["a.gif", "a.png"] {
            let (_, found, _) = probed(&reel.path(name));
            let found: Vec<f64> = found.iter().map(|stamp| stamp.parse().unwrap()).collect();
            assert_eq!(found, [0.0, 0.07, 0.1, 0.3], "{name}");
        }
    }
}

/// Files with parts of frames, lossy pixels and everything else that is not written here.
#[test]
fn what_other_programs_wrote_is_read_as_they_read_it() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let reel = Reel::new();
    let clear = "-vf format=rgba,geq=r='p(X,Y)':a='if(lt(X,20+5*N),0,255)'";
    for (name, arguments) in [
        ("plain.gif", ""),
        ("once.gif", "-loop -1"),
        (
            "clear.gif",
            "-vf format=rgba,geq=r='p(X,Y)':a='if(lt(X,20+5*N),0,255)',split[a][b];[a]palettegen[p];[b][p]paletteuse",
        ),
        ("plain.png", "-f apng -plays 0"),
        ("grey.png", "-f apng -plays 3 -pix_fmt gray"),
        ("deep.png", "-f apng -plays 3 -pix_fmt rgb48be"),
        ("clear.png", &format!("-f apng -plays 0 {clear}")),
    ] {
        let source = "-f lavfi -i testsrc=size=101x63:rate=10:duration=1";
        let path = reel.make(name, &format!("{source} {arguments}"));
        let source = ClipSource::open(&path, None, None).unwrap();
        let new = frames(&source);
        let info = ffmpeg.probe(&path).unwrap();
        let mut reader = impasto::clip::FfmpegReader::open(&ffmpeg, &path, &info).unwrap();
        let old: Vec<ClipFrame> = std::iter::from_fn(|| reader.read().unwrap()).collect();
        assert_eq!((new.len(), source.count()), (old.len(), Some(old.len() as u64)), "{name}");
        for (new, old) in new.iter().zip(&old) {
            let seconds = [source.info().time_base.seconds(new.time), info.time_base.seconds(old.time)];
            assert!((seconds[0] - seconds[1]).abs() < 1e-5, "{name}: {seconds:?}");
            assert_eq!(alpha_difference(new, old), 0, "{name}");
            // Values of 16 bits are rounded in one way or another.
            let lost = difference(&opaque(new), &opaque(old));
            assert!(lost < if name == "deep.png" { 0.6 } else { f64::MIN_POSITIVE }, "{name}: {lost}");
        }
        assert!(name != "once.gif" || source.info().plays == Some(1));
        assert_eq!(source.info().has_alpha, name.starts_with("clear"), "{name}");
    }
    if !ffmpeg.encoders().unwrap().iter().any(|encoder| encoder == "libwebp_anim") {
        eprintln!("skipped: this ffmpeg writes no animated WebP");
        return;
    }
    // The decoder of `image` is no measure here: it gives wrong pixels where a place is cleared.
    for (name, arguments, png, most) in [
        // Its colours have half as many pixels on a side.
        ("lossy.webp", "-quality 90", "plain.png", 16.0),
        ("exact.webp", "-lossless 1", "plain.png", 0.0),
        ("clear.webp", &format!("-lossless 1 {clear}"), "clear.png", 0.0),
    ] {
        let source = "-f lavfi -i testsrc=size=101x63:rate=10:duration=1";
        let path = reel.make(name, &format!("{source} {arguments} -c:v libwebp_anim -loop 2"));
        let source = ClipSource::open(&path, None, None).unwrap();
        assert_eq!((source.info().time_base, source.info().plays), (TimeBase::one_in(1000), Some(2)), "{name}");
        let (new, old) = (frames(&source), frames(&ClipSource::open(&reel.path(png), None, None).unwrap()));
        assert_eq!(new.len(), old.len(), "{name}");
        for (new, old) in new.iter().zip(&old) {
            assert_eq!((new.time, new.duration), (100 * old.time, 100), "{name}");
            assert_eq!(alpha_difference(new, old), 0, "{name}");
            let lost = difference(&opaque(new), &opaque(old));
            assert!(lost <= most, "{name}: {lost}");
        }
    }
}

#[test]
fn delays_of_nothing_stay_and_uneven_ones_have_a_common_base() {
    let reel = Reel::new();
    let shown = |times: &[(i64, i64)]| -> Vec<ClipFrame> {
        let frames = times.iter().zip(0..);
        frames.map(|((time, duration), at)| frame(scene((40, 30), at, false), *time, *duration)).collect()
    };
    let at_once = shown(&[(0, 0), (0, 0), (0, 1), (1, 300), (301, 0)]);
    for (format, name) in &ALL[..2] {
        let info = info((40, 30), TimeBase::one_in(100), false, 0);
        write(&reel.path(name), *format, &info, None, &at_once);
        let new = frames(&ClipSource::open(&reel.path(name), None, None).unwrap());
        assert_eq!(stamps(&new), stamps(&at_once), "{name}");
    }
    let ntsc = shown(&[(0, 1001), (1001, 1001), (2002, 2002)]);
    let info = info((40, 30), TimeBase::one_in(30_000), false, 0);
    write(&reel.path("ntsc.png"), AnimationFormat::Apng, &info, None, &ntsc);
    let source = ClipSource::open(&reel.path("ntsc.png"), None, None).unwrap();
    let exact = source.info().time_base;
    let ticks = |tick: i64| exact.to(TimeBase::one_in(30_000), tick);
    assert_eq!(frames(&source).iter().map(|frame| ticks(frame.time)).collect::<Vec<_>>(), [0, 1001, 2002]);
}

/// The frames before the damage are read, and then one sentence says what is wrong.
#[test]
fn a_file_without_its_end_gives_the_frames_that_it_has() {
    let reel = Reel::new();
    for (format, name) in ALL {
        let info = info((61, 37), TimeBase::one_in(100), true, 0);
        write(&reel.path(name), format, &info, Some("<x/>"), &moving((61, 37), true));
        let bytes = std::fs::read(reel.path(name)).unwrap();
        let mut numbers = Vec::new();
        for cut in 1..bytes.len() {
            std::fs::write(reel.path("cut"), &bytes[..cut]).unwrap();
            let source = match ClipSource::open(&reel.path("cut"), None, None) {
                Ok(source) => source,
                // The first bytes alone are those of nothing that is known.
                Err(ClipError::Unreadable { .. } | ClipError::NoProgram { .. } | ClipError::Still(_)) => continue,
                Err(error) => panic!("{name}: {error:?}"),
            };
            let mut reader = source.frames().unwrap();
            let mut count = 0;
            let end = loop {
                match reader.read() {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            assert_eq!(Some(count), source.count(), "{name} {cut}");
            // Files without their trailer are usual, and are not told from files that end behind a frame.
            assert!(end.is_some() || format != AnimationFormat::Apng, "{name} {cut}");
            if let Some(error) = end {
                let sentence = error.to_string();
                assert!(sentence.contains(&format!("after frame {count} (its end is missing)")), "{sentence}");
            }
            assert!(reader.read().unwrap().is_none());
            numbers.push(count);
        }
        numbers.dedup();
        assert_eq!(numbers, [1, 2, 3, 4], "{name}");
    }
}

/// A byte that is changed anywhere makes no reader panic or hang.
#[test]
fn damaged_files_are_refused_or_read_in_part() {
    let reel = Reel::new();
    for (format, name) in ALL {
        let info = info((21, 17), TimeBase::one_in(100), true, 0);
        write(&reel.path(name), format, &info, None, &moving((21, 17), true));
        let bytes = std::fs::read(reel.path(name)).unwrap();
        for at in (0..bytes.len()).step_by(3) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x81;
            std::fs::write(reel.path("damaged"), &bytes).unwrap();
            let Ok(mut reader) = AnimationReader::open(&reel.path("damaged"), format) else { continue };
            while let Ok(Some(_)) = reader.read() {}
        }
    }
}

#[test]
fn still_and_oversized_pictures_are_refused() {
    let reel = Reel::new();
    for name in ["still.gif", "still.png", "still.webp", "still.jpg"] {
        DynamicImage::from(scene((20, 10), 1, false)).into_rgb8().save(reel.path(name)).unwrap();
        let sentence = ClipSource::open(&reel.path(name), None, None).unwrap_err().to_string();
        let path = reel.path(name);
        let expected = "this is a still picture, not a clip; paint it with impasto stylize, or in the window";
        assert_eq!(sentence, format!("{expected}: {}", path.display()));
    }
    for (format, name) in ALL {
        let info = info((20, 20), TimeBase::one_in(10), false, 0);
        write(&reel.path(name), format, &info, None, &moving((20, 20), false)[..1]);
        assert!(matches!(ClipSource::open(&reel.path(name), None, None), Err(ClipError::Still(_))), "{name}");
    }
    let mut bytes = std::fs::read(reel.path("a.gif")).unwrap();
    let frames = bytes[13..bytes.len() - 1].to_vec();
    bytes.splice(13..bytes.len() - 1, [frames.clone(), frames].concat());
    bytes[6..10].copy_from_slice(&[0xFF, 0x7F, 0xFF, 0x7F]);
    std::fs::write(reel.path("huge.gif"), bytes).unwrap();
    let sentence = ClipSource::open(&reel.path("huge.gif"), None, None).unwrap_err().to_string();
    assert!(sentence.starts_with("its frames are 32767 × 32767 pixels; Impasto reads at most"), "{sentence}");
    let info = info((20_000, 10), TimeBase::one_in(10), false, 0);
    let error = AnimationWriter::create(&reel.path("wide.webp"), AnimationFormat::WebP, &info, None).err().unwrap();
    assert!(error.to_string().starts_with("a WebP file has at most 16384 pixels on a side"), "{error}");
}

/// Gradients stay gradients: the mean of a square of pixels is kept, although only 256 colours are left.
#[test]
fn gif_mixes_colours_that_it_lacks_quickly_and_without_flicker() {
    let reel = Reel::new();
    let size = (512, 288);
    let painted = |at: u32| {
        RgbaImage::from_fn(size.0, size.1, |x, y| {
            let wave = (f64::from(x) / 37.0).sin() * (f64::from(y) / 23.0).cos() * 60.0;
            let channel = |base: u32| (f64::from(base) + wave) as u8;
            let is_moving = (at..at + 40).contains(&x) && y < 40;
            Rgba([channel(x / 2), channel(y * 3 / 4), if is_moving { 255 } else { channel((x + y) / 4) }, 255])
        })
    };
    let given = [(10, 0), (60, 4)].map(|(at, time)| frame(painted(at), time, 4));
    let info = info(size, TimeBase::one_in(100), false, 0);
    let begun = Instant::now();
    write(&reel.path("a.gif"), AnimationFormat::Gif, &info, None, &given);
    println!("two frames: {:?}", begun.elapsed());
    let new = frames(&ClipSource::open(&reel.path("a.gif"), None, None).unwrap());
    let means = |frame: &ClipFrame| {
        let small = image::imageops::thumbnail(&frame.picture.pixels().to_rgba8(), size.0 / 8, size.1 / 8);
        self::frame(small, 0, 1)
    };
    for (given, new) in given.iter().zip(&new) {
        let (pixels, squares) = (difference(given, new), difference(&means(given), &means(new)));
        println!("difference of pixels {pixels}, of squares {squares}");
        assert!(pixels < 5.0 && squares < 1.6, "{pixels} {squares}");
    }
    // What rests is the same in both frames.
    let [one, two] = [&new[0], &new[1]].map(|frame| frame.picture.part(0, 50, 512, 238).to_rgba8());
    assert!(one == two);
}
