//! Style maps: how evenly the style changes along walks between paintings, how far draws from the prior are from the paintings,
//! and how fast places are shown.
//!
//! `cargo bench --bench style_map -- ART.map PHOTO --walk ONE.jpg:OTHER.jpg --walk … --draws 20 --optimise --output FOLDER` prints, for
//! each step of each walk, the style loss of the painted photo against the painting at either end, and writes the pictures. The loss
//! is the engine's own, as the training of a style measures it. `--compare` compares ways to describe paintings and to find the style
//! at a place, over the walks between all pairs of paintings.

#[path = "common/judge.rs"]
mod judge;
#[path = "style_map/moments.rs"]
mod moments;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use image::RgbImage;
use image::imageops::{FilterType, overlay, resize};
use impasto::engine::compute::Device;
use impasto::engine::instant::StyleVector;
use impasto::engine::network::Network;
use impasto::engine::style_map::{LatentPlane, Perceptron, draw_place};
use impasto::picture::map_file::MapFile;
use impasto::picture::style_map::{MapNetwork, StyleMap};
use impasto::picture::{MapPlace, Picture, decode};
use impasto::studio::{
    Continuity, EventKind, Hardware, Ingredients, Method, Recipe, RunId, Settings, Style, Subject, Worker,
    network_loader,
};
use judge::{Judge, image_of};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// Steps of a walk, both ends included.
const STEPS: usize = 7;

/// Long side in pixels of a picture on a sheet.
const ON_SHEET: u32 = 192;

#[derive(Parser)]
struct Arguments {
    map: PathBuf,
    photo: PathBuf,
    /// A walk from one painting to another, by the names of their files.
    #[arg(long = "walk", value_name = "ONE:OTHER")]
    walks: Vec<String>,
    /// Draws from the prior.
    #[arg(long, default_value_t = 0)]
    draws: usize,
    /// Compare ways to describe paintings and to find the style at a place.
    #[arg(long)]
    compare: bool,
    /// Optimise the pictures of walks as well.
    #[arg(long)]
    optimise: bool,
    /// Long side of the pictures in pixels.
    #[arg(long, default_value_t = 384)]
    size: u32,
    /// Iterations at each scale.
    #[arg(long, default_value_t = 60)]
    iterations: u32,
    /// Folder for the sheets.
    #[arg(long)]
    output: PathBuf,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Paints the photo at places of the map.
struct Painter {
    worker: Worker,
    file: PathBuf,
    photo: Arc<Picture>,
    settings: Settings,
    run: RunId,
}

impl Painter {
    fn paint(&mut self, place: [f32; 2], method: Method) -> Result<Arc<Picture>, Box<dyn Error>> {
        let painting = decode::open(&MapPlace::path(&self.file, place))?;
        self.paint_like(Arc::new(painting), method)
    }

    fn paint_like(&mut self, painting: Arc<Picture>, method: Method) -> Result<Arc<Picture>, Box<dyn Error>> {
        let recipe = Recipe::new(Ingredients {
            subject: Subject::photo(Arc::clone(&self.photo)),
            styles: vec![Style::new(painting)],
            start_picture: None,
            settings: Settings { method, ..self.settings.clone() },
            hardware: Hardware::default(),
            time_limit: None,
        })?;
        self.run = self.run.next();
        self.worker.start_run(self.run, recipe, Continuity::default());
        loop {
            match self.worker.wait_event(Duration::from_mins(10)).ok_or("no event")?.kind {
                EventKind::Finished(painted) => return Ok(painted.picture),
                EventKind::Failed(sentence) => return Err(sentence.into()),
                _ => {}
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let map = MapFile::open(&arguments.map)?;
    println!("opened {} paintings in {:.0} ms", map.paintings.len(), 1e3 * began.elapsed().as_secs_f64());
    let settings = Settings { size: arguments.size, iterations: arguments.iterations, ..Settings::default() };
    let worker = Worker::spawn(network_loader(None), || {})?;
    let photo = Arc::new(decode::open(&arguments.photo)?);
    let mut painter = Painter { worker, file: arguments.map.clone(), photo, settings, run: RunId::default() };
    speed(&mut painter, &map)?;
    let network = Network::built_in(&Device::cpu())?;
    for walk in &arguments.walks {
        let (one, other) = walk.split_once(':').ok_or("a walk is ONE:OTHER")?;
        let ends = [find(&map, one)?, find(&map, other)?];
        for method in [Method::Instant, Method::Optimise] {
            if method == Method::Instant || arguments.optimise {
                let name = format!(
                    "{}-{}-{}",
                    stem(one),
                    stem(other),
                    if method == Method::Instant { "instant" } else { "optimised" }
                );
                let sheet = walk_between(&mut painter, &map, &network, (ends, method), &name)?;
                sheet.save(arguments.output.join(format!("{name}.png")))?;
            }
        }
    }
    if arguments.compare {
        compare(&mut painter, &map, &network)?;
    }
    if arguments.draws > 0 {
        draws(&mut painter, &map, &network, arguments.draws)?.save(arguments.output.join("draws.png"))?;
    }
    Ok(())
}

/// Prints how evenly the style changes on the walks between all pairs of paintings, for the map as it is and for others.
fn compare(painter: &mut Painter, map: &StyleMap, network: &Network) -> Result<(), Box<dyn Error>> {
    let judges: Vec<Judge> =
        (0..map.paintings.len()).map(|index| judge_of(map, network, index, painter.settings.size)).collect();
    // A decoder of zeros leaves the mean of the paintings' styles by their shares.
    let only_shares = |map: &StyleMap| {
        let mut map = map.clone();
        map.decoder.parameters.fill(0.0);
        map
    };
    // Paintings whose style is what the plane says leave nothing to be added.
    let mut only_plane = map.clone();
    for painting in &mut only_plane.paintings {
        painting.style = on_plane(map, painting.place).ok_or("a damaged map")?;
    }
    let by_moments = moments::laid_out_by_moments(map, network)?;
    println!(
        "walks between all pairs: share of the change that goes the wrong way, largest step as a share of the whole"
    );
    for (name, variant) in [
        ("the plane, and what it leaves out of the nearest paintings", map),
        ("the plane alone", &only_plane),
        ("the nearest paintings by their shares", &only_shares(map)),
        ("the same, laid out by components of moments", &only_shares(&by_moments)),
    ] {
        let light = Arc::new(variant.without_pictures());
        let (mut wrong, mut largest, mut count) = (0.0, 0.0, 0.0);
        for one in 0..judges.len() {
            for other in one + 1..judges.len() {
                let [from, to] = [one, other].map(|end| variant.paintings[end].place);
                let mut losses = [Vec::new(), Vec::new()];
                for step in 0..STEPS {
                    let place = between(from, to, step);
                    let on_map =
                        MapPlace::new(Arc::clone(&light), "a.map".to_owned(), place).ok_or("outside the map")?;
                    let picture = painter.paint_like(Arc::new(Picture::placeholder(on_map)), Method::Instant)?;
                    let image = image_of(&picture, usize::MAX);
                    for (losses, end) in losses.iter_mut().zip([one, other]) {
                        losses.push(judges[end].loss(&image));
                    }
                }
                losses[1].reverse();
                for losses in losses {
                    let steps: Vec<f64> = losses.windows(2).map(|pair| pair[1] - pair[0]).collect();
                    let whole: f64 = steps.iter().map(|step| step.abs()).sum();
                    wrong += steps.iter().map(|step| (-step).max(0.0)).sum::<f64>() / whole;
                    largest += steps.iter().map(|step| step.abs()).fold(0.0, f64::max) / whole;
                    count += 1.0;
                }
            }
        }
        println!("  {:.3} {:.3} {name}", wrong / count, largest / count);
    }
    Ok(())
}

/// The style at a place as the plane alone says it.
fn on_plane(map: &StyleMap, place: [f32; 2]) -> Option<Vec<f32>> {
    let network = |network: &MapNetwork| {
        let sizes: Vec<usize> = network.sizes.iter().map(|size| *size as usize).collect();
        Perceptron::new(&sizes, network.parameters.clone())
    };
    let centre = StyleVector::new(&map.centre)?;
    let plane = LatentPlane::new(centre, map.scale, network(&map.encoder)?, network(&map.decoder)?)?;
    plane.style(place).map(|style| style.numbers().to_vec())
}

/// The place of a step of a walk.
fn between(from: [f32; 2], to: [f32; 2], step: usize) -> [f32; 2] {
    let share = step as f32 / (STEPS - 1) as f32;
    [0, 1].map(|axis| from[axis] + share * (to[axis] - from[axis]))
}

/// Prints how many places are shown on the photo in a second, as while the pointer is dragged.
fn speed(painter: &mut Painter, map: &StyleMap) -> Result<(), Box<dyn Error>> {
    const COUNT: usize = 40;
    let light = Arc::new(map.without_pictures());
    let place = |index: usize| [(index as f32 * 0.37).sin(), (index as f32 * 0.23).cos()];
    let mut show = |index: usize| {
        let on_map = MapPlace::new(Arc::clone(&light), "a.map".to_owned(), place(index)).ok_or("outside the map")?;
        painter.paint_like(Arc::new(Picture::placeholder(on_map)), Method::Instant).map(drop)
    };
    show(COUNT)?;
    let began = Instant::now();
    (0..COUNT).try_for_each(&mut show)?;
    println!(
        "{:.1} previews in a second at {} px",
        COUNT as f64 / began.elapsed().as_secs_f64(),
        painter.settings.size
    );
    Ok(())
}

/// Paints the steps of a walk, and prints their distances to both ends.
fn walk_between(
    painter: &mut Painter,
    map: &StyleMap,
    network: &Network,
    ([one, other], method): ([usize; 2], Method),
    name: &str,
) -> Result<RgbImage, Box<dyn Error>> {
    let judges = [one, other].map(|end| judge_of(map, network, end, painter.settings.size));
    let [from, to] = [one, other].map(|end| map.paintings[end].place);
    let mut pictures = Vec::new();
    println!("{name}: from {from:?} to {to:?}");
    for step in 0..STEPS {
        let place = between(from, to, step);
        let picture = painter.paint(place, method)?;
        let image = image_of(&picture, usize::MAX);
        let near: Vec<String> = map
            .shares(place)
            .iter()
            .map(|near| format!("{:.2} {}", near.share, map.paintings[near.painting].name))
            .collect();
        println!("  {step} {:.4} {:.4}  {}", judges[0].loss(&image), judges[1].loss(&image), near.join(", "));
        pictures.push(picture);
    }
    Ok(sheet(&pictures, STEPS))
}

/// Paints places drawn from the prior, and prints how far each is from the nearest painting, beside how far the photo in that
/// painting's own style is.
fn draws(painter: &mut Painter, map: &StyleMap, network: &Network, count: usize) -> Result<RgbImage, Box<dyn Error>> {
    let judges: Vec<Judge> =
        (0..map.paintings.len()).map(|index| judge_of(map, network, index, painter.settings.size)).collect();
    let mut own = Vec::new();
    for (painting, judge) in map.paintings.iter().zip(&judges) {
        own.push(judge.loss(&image_of(&*painter.paint(painting.place, Method::Instant)?, usize::MAX)));
    }
    let mut random = StdRng::seed_from_u64(7);
    let mut pictures = Vec::new();
    println!("draws from the prior: place, style loss to the nearest painting, that of the photo in its own style");
    for _ in 0..count {
        let place = MapPlace::rounded(draw_place(&mut random));
        let picture = painter.paint(place, Method::Instant)?;
        let image = image_of(&picture, usize::MAX);
        let losses = judges.iter().map(|judge| judge.loss(&image)).enumerate();
        let (nearest, loss) = losses.min_by(|one, other| one.1.total_cmp(&other.1)).ok_or("no painting")?;
        println!("  {place:?} {loss:.4} {:.4} {}", own[nearest], map.paintings[nearest].name);
        pictures.push(picture);
    }
    Ok(sheet(&pictures, 5))
}

fn judge_of<'a>(map: &StyleMap, network: &'a Network, painting: usize, size: u32) -> Judge<'a> {
    let picture = decode::map_painting(&map.paintings[painting]).expect("a painting");
    Judge::new(network, &image_of(&picture, size as usize))
}

/// Pictures side by side, so many in a row.
fn sheet(pictures: &[Arc<Picture>], columns: usize) -> RgbImage {
    let (width, height) = (pictures[0].width(), pictures[0].height());
    let scale = f64::from(ON_SHEET) / f64::from(width.max(height));
    let [width, height] = [width, height].map(|side| (f64::from(side) * scale) as u32);
    let rows = pictures.len().div_ceil(columns);
    let mut sheet = RgbImage::new(width * columns as u32, height * rows as u32);
    for (index, picture) in (0u32..).zip(pictures) {
        let small = resize(&picture.pixels().to_rgb8(), width, height, FilterType::CatmullRom);
        let (column, row) = (index % columns as u32, index / columns as u32);
        overlay(&mut sheet, &small, i64::from(width * column), i64::from(height * row));
    }
    sheet
}

fn find(map: &StyleMap, name: &str) -> Result<usize, Box<dyn Error>> {
    let found = map.paintings.iter().position(|painting| painting.name == name);
    found.ok_or_else(|| format!("there is no painting {name}").into())
}

fn stem(name: &str) -> String {
    Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
