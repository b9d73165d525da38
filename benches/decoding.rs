//! The time to read ordinary JPEG and PNG files, compared with the `image` crate decoding the same bytes with
//! `zune-jpeg` and `png`, without handling colour profiles, orientation or truncated files.
//!
//! `cargo bench --bench decoding` prints criterion's figures, and for each file how many times as fast as the reference
//! Impasto is, with alternating measurements. Files given as arguments are measured too.

use std::fs;
use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::Criterion;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder, ImageReader, Rgb, RgbImage};
use impasto::picture::decode;

/// Measurements of each decoder, alternating between the two.
const TURNS: usize = 21;

/// A picture with flat areas, edges and grain, like a photo.
fn photo(width: u32, height: u32) -> RgbImage {
    let mut noise = 1_u32;
    RgbImage::from_fn(width, height, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (noise >> 28) as f32 - 8.0;
        let (x, y) = (x as f32, y as f32);
        let waves =
            (x / 90.0).sin() * (y / 70.0).cos() * 80.0 + if (x / 300.0 + y / 200.0) % 2.0 < 1.0 { 30.0 } else { 0.0 };
        Rgb([110.0, 128.0, 90.0].map(|level| (level + waves + grain).clamp(0.0, 255.0) as u8))
    })
}

fn encoded(pixels: &RgbImage, encode: impl FnOnce(&mut Vec<u8>, &RgbImage)) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(&mut bytes, pixels);
    bytes
}

fn reference(bytes: &[u8]) -> DynamicImage {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().expect("memory can be read");
    reader.decode().expect("the reference reads the file")
}

fn ours(bytes: &[u8]) -> impasto::picture::Picture {
    decode::from_bytes(bytes, "benchmark").expect("Impasto reads the file")
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    black_box(work());
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let pixels = photo(3000, 2000);
    let jpeg =
        |bytes: &mut Vec<u8>, pixels: &RgbImage| JpegEncoder::new_with_quality(bytes, 90).encode_image(pixels).unwrap();
    let png = |bytes: &mut Vec<u8>, pixels: &RgbImage| {
        PngEncoder::new(bytes)
            .write_image(pixels, pixels.width(), pixels.height(), image::ExtendedColorType::Rgb8)
            .unwrap();
    };
    let mut files = vec![("JPEG".to_owned(), encoded(&pixels, jpeg)), ("PNG".to_owned(), encoded(&pixels, png))];
    let named = std::env::args().skip(1).filter(|argument| Path::new(argument).is_file());
    files.extend(named.map(|name| (name.clone(), fs::read(&name).expect("the file can be read"))));

    let mut criterion = Criterion::default().sample_size(20);
    for (name, bytes) in &files {
        let mut group = criterion.benchmark_group(name);
        group.bench_function("reference", |bencher| bencher.iter(|| reference(bytes)));
        group.bench_function("Impasto", |bencher| bencher.iter(|| ours(bytes)));
        group.finish();
    }
    for (name, bytes) in &files {
        let turns = (0..TURNS).map(|_| (time(|| reference(bytes)), time(|| ours(bytes))));
        let (theirs, ours): (Vec<_>, Vec<_>) = turns.unzip();
        let (theirs, ours) = (median(theirs), median(ours));
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        println!("{name}: reference {theirs:.1?}, Impasto {ours:.1?}, {ratio:.2} times as fast");
    }
}
