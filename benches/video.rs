//! Paints clips, steady and each frame by itself, and prints how much less they flicker.
//!
//! `cargo bench --bench video -- --method instant --frames 24` prints one JSON object for each clip: the warping error
//! (the mean square of the difference between each painted frame and the one before, moved along the motion, where both
//! show the same; Lai et al. 2018, "Learning blind video temporal consistency") and the style loss of the steady clip, each
//! as a share of that of frames painted by themselves, and frames a second from file to file. The clips are photos that are
//! moved in known ways, or with `--clip FILE`, once or more, the first frames of films: there the motion is the optical flow
//! of the film at the painted size, and pixels count where it agrees with the flow in the other direction. The film's own
//! warping error is then printed as well. `benches/warping_error.py` measures the same with another flow. Further arguments
//! are `--steadiness N`, `--style FILE`, `--size WxH`, `--motion pan|zoom|turn|sprite`, and `--output FOLDER` to keep the
//! clips. It needs ffmpeg. The peak memory is that of the process so far, without ffmpeg.

#[path = "common/image_file.rs"]
mod image_file;
#[path = "common/judge.rs"]
mod judge;
#[path = "common/known_motion.rs"]
mod known_motion;
#[path = "common/peak.rs"]
mod peak;
#[path = "common/photo.rs"]
mod photo;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use impasto::clip::{
    ClipFormat, ClipFrame, ClipInfo, ClipSource, ClipTarget, Ffmpeg, FfmpegWriter, FrameWriter as _, TimeBase,
    VideoCodec,
};
use impasto::engine::balance::Balance;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::motion::{FlowField, MotionFrame, agreement, flow, warp};
use impasto::engine::network::Network;
use impasto::engine::pyramid::Size;
use impasto::engine::resample::resample_within;
use impasto::picture::Picture;
use impasto::picture::decode::open;
use impasto::picture::encode::Existing;
use impasto::studio::video::{ClipPart, VideoChoices, VideoOrder, VideoPlace, paint_clip};
use impasto::studio::{Hardware, Method, Settings, Style, network_loader};

use image_file::image;
use judge::Judge;
use known_motion::{KnownClip, KnownMotion};
use peak::peak;

/// What the arguments ask for.
struct Arguments {
    method: Method,
    frames: usize,
    steadiness: f32,
    style: PathBuf,
    size: Size,
    motion: Option<String>,
    clips: Vec<PathBuf>,
    output: Option<PathBuf>,
    iterations: u32,
}

impl Arguments {
    fn parse() -> Self {
        let mut parsed = Self {
            method: Method::Instant,
            frames: 24,
            steadiness: VideoChoices::USUAL_STEADINESS,
            style: PathBuf::from("assets/samples/church_at_auvers.jpg"),
            size: Size { width: 512, height: 288 },
            motion: None,
            clips: Vec::new(),
            output: None,
            iterations: Settings::default().iterations,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().expect("each option has a value");
            match name.as_str() {
                "--method" => parsed.method = if value() == "optimise" { Method::Optimise } else { Method::Instant },
                "--frames" => parsed.frames = value().parse().expect("a number"),
                "--steadiness" => parsed.steadiness = value().parse().expect("a number"),
                "--iterations" => parsed.iterations = value().parse().expect("a number"),
                "--style" => parsed.style = value().into(),
                "--motion" => parsed.motion = Some(value()),
                "--clip" => parsed.clips.push(value().into()),
                "--output" => parsed.output = Some(value().into()),
                "--size" => {
                    let size = value();
                    let (width, height) = size.split_once('x').expect("a size such as 512x288");
                    let side = |text: &str| text.parse().expect("a number");
                    parsed.size = Size { width: side(width), height: side(height) };
                }
                // Cargo's own.
                "--bench" => {}
                other => panic!("there is no option {other}"),
            }
        }
        parsed
    }
}

fn main() {
    let arguments = Arguments::parse();
    let ffmpeg = Ffmpeg::find(None).expect("ffmpeg is installed");
    let network = Network::built_in(&Device::cpu()).expect("the weights are built in");
    let judge = Judge::new(&network, &image(&arguments.style, arguments.size.long_side()));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.output.as_deref().unwrap_or(folder.path());
    for path in &arguments.clips {
        let name = path.file_stem().expect("a file").to_string_lossy();
        measure(&arguments, &ffmpeg, &judge, folder, &MeasuredClip::film(&name, path, &arguments));
    }
    for motion in KnownClip::ALL {
        let name = format!("{motion:?}").to_lowercase();
        if arguments.clips.is_empty() && arguments.motion.as_ref().is_none_or(|wanted| *wanted == name) {
            measure(&arguments, &ffmpeg, &judge, folder, &MeasuredClip::known(name, motion, &arguments));
        }
    }
}

/// A clip that is painted.
struct MeasuredClip {
    name: String,
    frames: Vec<Tensor>,
    /// For each frame but the first, from each pixel to where it was in the frame before, and whether it was seen there.
    motion: Vec<(FlowField, Vec<bool>)>,
}

impl MeasuredClip {
    fn known(name: String, motion: KnownMotion, arguments: &Arguments) -> Self {
        let clip = KnownClip::new(motion, arguments.size);
        let frames = (0..arguments.frames).map(|time| clip.frame(time as f32)).collect();
        let motion = (1..arguments.frames).map(|time| clip.back(time as f32)).collect();
        Self { name, frames, motion }
    }

    fn film(name: &str, path: &Path, arguments: &Arguments) -> Self {
        let Size { width, height } = arguments.size;
        let frames = read(path, arguments.frames).into_iter();
        let frames: Vec<Tensor> =
            frames.map(|frame| resample_within(&frame, (height, width)).expect("memory")).collect();
        let motion = frames.windows(2).map(|pair| {
            let [before, now] = [0, 1].map(|index| MotionFrame::new(&pair[index]).expect("memory"));
            let (back, there) = (flow(&now, &before), flow(&before, &now));
            assert_eq!(back.size(), arguments.size, "the motion of larger frames is searched at a smaller size");
            let seen = agreement(&back, &there).iter().map(|&agrees| agrees > 0.5).collect();
            (back, seen)
        });
        Self { name: name.into(), motion: motion.collect(), frames }
    }

    /// The mean square of what changes between pictures of its frames where the clip does not.
    fn warping_error(&self, pictures: &[Tensor]) -> f64 {
        let (mut error, mut count) = (0.0, 0);
        for (pair, (back, seen)) in pictures.windows(2).zip(&self.motion) {
            let moved = warp(&pair[0], back).and_then(|moved| moved.to_vec()).expect("memory");
            let own = pair[1].to_vec().expect("memory");
            for (at, (one, other)) in moved.iter().zip(&own).enumerate() {
                if seen[at % seen.len()] {
                    error += f64::from(one - other).powi(2);
                    count += 1;
                }
            }
        }
        error / f64::from(count)
    }
}

fn measure(arguments: &Arguments, ffmpeg: &Ffmpeg, judge: &Judge, folder: &Path, clip: &MeasuredClip) {
    let name = &clip.name;
    let source = folder.join(format!("{name}.mkv"));
    write(ffmpeg, &source, &clip.frames);
    let paint = |steadiness: f32| {
        let output = folder.join(format!("{name}-{steadiness}.mkv"));
        let begin = Instant::now();
        paint(arguments, &source, &output, steadiness);
        let rate = clip.frames.len() as f64 / begin.elapsed().as_secs_f64();
        (read(&output, clip.frames.len()), rate)
    };
    let ((steady, rate), (alone, rate_alone)) = (paint(arguments.steadiness), paint(0.0));
    let [error, own_error, error_alone] = [&steady, &clip.frames, &alone].map(|frames| clip.warping_error(frames));
    let style = |painted: &[Tensor]| painted.iter().map(|frame| judge.loss(frame)).sum::<f64>() / painted.len() as f64;
    let [style, style_alone] = [&steady, &alone].map(|painted| style(painted));
    let report = serde_json::json!({
        "clip": name, "warping_error": error / error_alone, "of_the_clip_itself": own_error / error_alone,
        "style_loss": style / style_alone, "frames_a_second": rate, "alone": rate_alone, "peak_mib": peak(),
    });
    println!("{report}");
}

fn write(ffmpeg: &Ffmpeg, path: &Path, frames: &[Tensor]) {
    let mut writer = None;
    for (time, frame) in (0..).zip(frames) {
        let (_, height, width) = frame.dims3().expect("an image");
        let picture = Picture::from_planes(width as u32, height as u32, &frame.to_vec().expect("memory"));
        let writer = writer.get_or_insert_with(|| {
            let base = TimeBase::one_in(25);
            let info = ClipInfo::of_pictures((width as u32, height as u32), base);
            FfmpegWriter::create(ffmpeg, path, VideoCodec::Ffv1, &info, None, &[]).expect("ffmpeg runs")
        });
        writer.write(&ClipFrame { picture, time, duration: 1 }).expect("a frame");
    }
    Box::new(writer.expect("frames")).finish().expect("a clip");
}

/// The first frames of a clip, at most so many.
fn read(path: &Path, most: usize) -> Vec<Tensor> {
    let source = ClipSource::open(path, None, None).expect("a clip");
    let mut reader = source.frames().expect("frames");
    let mut frames = Vec::new();
    while let Some(frame) = (frames.len() < most).then(|| reader.read().expect("a frame")).flatten() {
        let dims = (3, frame.picture.height() as usize, frame.picture.width() as usize);
        frames.push(Tensor::from_vec(frame.picture.to_planes(), dims, &Device::cpu()).expect("memory"));
    }
    frames
}

fn paint(arguments: &Arguments, source: &Path, output: &Path, steadiness: f32) {
    let source = Arc::new(ClipSource::open(source, None, None).expect("a clip"));
    let size = arguments.size.long_side() as u32;
    let settings = Settings { size, method: arguments.method, iterations: arguments.iterations, ..Settings::default() };
    let style = Style::new(Arc::new(open(&arguments.style).expect("a painting")));
    let choices = VideoChoices { steadiness, part: ClipPart::default(), is_loop: false };
    let order =
        VideoOrder::new(source, (vec![style], None), &settings, choices, Hardware::default()).expect("an order");
    let target = ClipTarget::new(output, ClipFormat::Coded(VideoCodec::Ffv1), &order.painted_info());
    let place = VideoPlace { target, existing: Existing::Replace, may_discard: true };
    let control = Control::new(Balance::default());
    paint_clip(&order, &place, network_loader(None), &control, &|_| {}).expect("a painted clip");
}
