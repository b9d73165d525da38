//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::style::StyleArgument;
use crate::engine::device::DeviceChoice;
use crate::engine::loss::StyleLoss;
use crate::picture::metadata::Disclosure;
use crate::studio::{Palette, Preset, Settings, Start};

/// Paints a photo in the manner of a painting.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; the window when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to open the window.
    #[command(flatten)]
    pub opening: Opening,
}

/// How to open the window.
#[derive(Debug, Args)]
pub struct Opening {
    /// What to open in the window: pictures, the photo first, then paintings; a picture that Impasto painted; or a
    /// project
    pub files: Vec<PathBuf>,
    /// Another network: VGG-16 or VGG-19 in the safetensors format
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Paint a photo in the manner of one or more paintings
    Stylize(Box<Stylize>),
    /// Paint a picture of nothing, in the manner of one or more paintings alone
    Texture(Box<Texture>),
    /// Paint each photo in the manner of each painting, or with several values of a setting, on one sheet
    Gallery(Box<Gallery>),
    /// Tell what this program is and what it finds on this machine
    Doctor {
        /// A weights file to look at, too
        #[arg(long, value_name = "FILE")]
        weights: Option<PathBuf>,
    },
    /// Print the licences and notices of everything that is part of this program
    Licenses,
}

/// Arguments of `impasto stylize`.
#[derive(Debug, Args)]
pub struct Stylize {
    /// The photo
    #[arg(long, value_name = "PHOTO", required_unless_present_any = ["recipe", "project"])]
    pub content: Option<PathBuf>,
    /// Where the photo is left alone: a grey picture of its shape, white where it is
    #[arg(long, value_name = "MASK")]
    pub protect: Option<PathBuf>,
    /// Take the settings from a picture that Impasto painted; photo and paintings are looked for beside it
    #[arg(long, value_name = "PICTURE", conflicts_with = "project")]
    pub recipe: Option<PathBuf>,
    /// Take everything from a project, and go on with its unfinished run
    #[arg(long, value_name = "FILE")]
    pub project: Option<PathBuf>,
    /// Keep the work in a project, every few seconds and at the end
    #[arg(long, value_name = "FILE")]
    pub save_project: Option<PathBuf>,
    /// Size and iterations under one name; standard when neither is given
    #[arg(long)]
    pub preset: Option<PresetArgument>,
    /// Long side of the result in pixels; replaces the preset's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub size: Option<u32>,
    /// How far the painting's manner prevails over the photo, 0 to 100
    #[arg(long, value_name = "0..100", allow_negative_numbers = true)]
    pub strength: Option<f32>,
    /// How much of the photo's fine detail is kept, 0 to 100
    #[arg(long, value_name = "0..100", allow_negative_numbers = true)]
    pub detail_kept: Option<f32>,
    /// How much of the photo's own colours is kept, 0 to 100
    #[arg(long, value_name = "0..100", allow_negative_numbers = true)]
    pub keep_colors: Option<f32>,
    /// Whose colours the picture takes, the painting's when not given; with photo, the paintings are given its
    /// palette first
    #[arg(long)]
    pub palette: Option<PaletteArgument>,
    /// Weight of the content loss; replaces --strength
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub content_weight: Option<f32>,
    /// What to start from: content, noise, style or a picture; content when not given
    #[arg(long, value_name = "content|noise|style|FILE")]
    pub init: Option<PathBuf>,
    /// What every command that paints is told
    #[command(flatten)]
    pub painting: Painting,
}

/// Arguments of `impasto texture`.
#[derive(Debug, Args)]
pub struct Texture {
    /// Width and height of the result in pixels
    #[arg(long, value_name = "WxH", value_parser = width_and_height, required_unless_present = "recipe")]
    pub size: Option<(u32, u32)>,
    /// Take the settings from a picture that Impasto painted; paintings are looked for beside it
    #[arg(long, value_name = "PICTURE")]
    pub recipe: Option<PathBuf>,
    /// Let each edge go on at the opposite one, so that the tile repeats without a seam
    #[arg(long)]
    pub seamless: bool,
    /// What every command that paints is told
    #[command(flatten)]
    pub painting: Painting,
}

/// Arguments of `impasto gallery`.
#[derive(Debug, Args)]
pub struct Gallery {
    /// A photo; give it again for more
    #[arg(long = "content", value_name = "PHOTO", required = true)]
    pub contents: Vec<PathBuf>,
    /// Long side of each picture in pixels
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub size: u32,
    /// A setting and the values to try, such as strength=0,50,100; without, each painting is tried on each photo
    #[arg(long, value_name = "SETTING=A,B,…")]
    pub vary: Option<String>,
    /// What every command that paints is told
    #[command(flatten)]
    pub painting: Painting,
}

/// What every command that paints is told.
#[derive(Debug, Args)]
pub struct Painting {
    /// A painting, its weight among several, and a grey picture that is white where it applies
    #[arg(long = "style", value_name = "PAINTING[:WEIGHT[:MASK]]")]
    pub styles: Vec<StyleArgument>,
    /// Size of the strokes of one painting beside the others'; once for each --style, in their order
    #[arg(long = "style-brush-scale", value_name = "F", allow_negative_numbers = true)]
    pub style_brush_scales: Vec<f32>,
    /// The picture to write: .png, .jpg, .tiff or .webp
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Iterations at each scale of the pyramid; replaces the preset's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub iterations: Option<u32>,
    /// Size of the brush strokes against the picture; 2 is twice as large
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub brush_scale: Option<f32>,
    /// Which strokes count more: below 0 the fine ones, above 0 the broad ones
    #[arg(long, value_name = "-100..100", allow_negative_numbers = true)]
    pub stroke_size: Option<f32>,
    /// What each layer of the network counts for the style, fine to coarse; replaces --stroke-size
    #[arg(long, value_name = "A,B,C,D,E", value_parser = five_numbers, allow_negative_numbers = true)]
    pub layer_weights: Option<[f32; 5]>,
    /// How calm surfaces are
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub smoothness: Option<f32>,
    /// How styles are compared; wasserstein when not given
    #[arg(long)]
    pub style_loss: Option<StyleLossArgument>,
    /// Seed of the noise; 0 when not given
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The processor: auto, cpu, cuda or metal
    #[arg(long, value_name = "auto|cpu|cuda|metal", default_value = "auto")]
    pub device: DeviceChoice,
    /// Threads on the CPU; all cores when not given
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Mebibytes that painting may take; a share of the free memory when not given
    #[arg(long, value_name = "MIB")]
    pub memory: Option<usize>,
    /// End after so many seconds, with each scale cut to its share but at least one iteration of each; in a gallery,
    /// each picture has an even share
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time_limit: Option<f64>,
    /// Another network: VGG-16 or VGG-19 in the safetensors format
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// What to say in the picture beside its pixels
    #[arg(long, default_value = "settings")]
    pub metadata: MetadataArgument,
    /// Write over an existing file
    #[arg(long)]
    pub overwrite: bool,
    /// Tell what happens on standard output, one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// No progress on standard error
    #[arg(long)]
    pub quiet: bool,
}

/// Whose colours, by its word.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PaletteArgument {
    /// The paintings'
    Painting,
    /// The photo's
    Photo,
}

/// A preset by its word.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PresetArgument {
    /// 256 px
    Draft,
    /// 512 px
    Standard,
    /// 1024 px
    Fine,
    /// 2048 px
    Print,
}

/// What a picture says beside its pixels, by its word; each but the first adds to the one before.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MetadataArgument {
    /// Nothing at all
    None,
    /// How it was painted, and the names of the pictures it was painted from
    Settings,
    /// What the camera noted in the photo, all but the place
    Camera,
    /// The place where the photo was taken, too
    All,
}

impl From<MetadataArgument> for Disclosure {
    fn from(argument: MetadataArgument) -> Self {
        match argument {
            MetadataArgument::None => Self::Nothing,
            MetadataArgument::Settings => Self::Settings,
            MetadataArgument::Camera => Self::Camera,
            MetadataArgument::All => Self::Place,
        }
    }
}

/// A style loss by its word.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StyleLossArgument {
    /// Distance of Gaussians: the most faithful statistics
    Wasserstein,
    /// The same, and the nearest of the painting's own features: crisper strokes, slower
    Neighbours,
    /// Gram matrices: the classic
    Gram,
}

impl Stylize {
    /// The settings that these arguments ask for, all but where to start: each one given replaces that of
    /// `settings`.
    pub(super) fn over(&self, mut settings: Settings) -> Settings {
        if let Some(preset) = self.preset {
            settings.apply(match preset {
                PresetArgument::Draft => Preset::Draft,
                PresetArgument::Standard => Preset::Standard,
                PresetArgument::Fine => Preset::Fine,
                PresetArgument::Print => Preset::Print,
            });
        }
        settings.size = self.size.unwrap_or(settings.size);
        if let Some(strength) = self.strength {
            // A weight that came with the settings stood for another strength.
            (settings.strength, settings.content_weight) = (strength, None);
        }
        settings.detail_kept = self.detail_kept.unwrap_or(settings.detail_kept);
        settings.keep_colors = self.keep_colors.unwrap_or(settings.keep_colors);
        settings.content_weight = self.content_weight.or(settings.content_weight);
        settings.palette = match self.palette {
            Some(PaletteArgument::Painting) => Palette::Painting,
            Some(PaletteArgument::Photo) => Palette::Photo,
            None => settings.palette,
        };
        self.painting.over(&settings)
    }
}

impl Gallery {
    /// The settings that all pictures share.
    pub(super) fn settings(&self) -> Settings {
        self.painting.over(&Settings { size: self.size, ..Settings::default() })
    }
}

impl Texture {
    /// The settings that these arguments ask for: each one given replaces that of `settings`.
    pub(super) fn over(&self, settings: &Settings) -> Settings {
        Settings { start: Start::Noise, ..self.painting.over(settings) }
    }
}

impl Painting {
    fn over(&self, settings: &Settings) -> Settings {
        Settings {
            iterations: self.iterations.unwrap_or(settings.iterations),
            // A number that somebody gives counts at each scale.
            coarse_share: if self.iterations.is_some() { 1.0 } else { settings.coarse_share },
            brush_scale: self.brush_scale.unwrap_or(settings.brush_scale),
            // Layers that came with the settings stood for another size of strokes.
            layers: self.layer_weights.or(settings.layers.filter(|_| self.stroke_size.is_none())),
            stroke_size: self.stroke_size.unwrap_or(settings.stroke_size),
            smoothness: self.smoothness.unwrap_or(settings.smoothness),
            style_loss: match self.style_loss {
                Some(StyleLossArgument::Wasserstein) => StyleLoss::Wasserstein,
                Some(StyleLossArgument::Gram) => StyleLoss::Gram,
                Some(StyleLossArgument::Neighbours) => StyleLoss::Neighbours,
                None => settings.style_loss,
            },
            seed: self.seed.unwrap_or(settings.seed),
            ..settings.clone()
        }
    }
}

fn width_and_height(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').map(|(width, height)| (width.parse(), height.parse()));
    match sides {
        Some((Ok(width), Ok(height))) => Ok((width, height)),
        _ => Err("write width and height in pixels, such as 512x512".to_owned()),
    }
}

fn five_numbers(text: &str) -> Result<[f32; 5], String> {
    let numbers = text.split(',').map(|number| number.trim().parse()).collect::<Result<Vec<f32>, _>>().ok();
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| "write five numbers with commas between them, such as 256,64,16,4,1".to_owned())
}
