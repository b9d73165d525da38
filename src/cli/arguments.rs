//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::style::StyleArgument;
use crate::engine::device::DeviceChoice;
use crate::engine::loss::StyleLoss;
use crate::studio::{Preset, Settings};

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
    /// Pictures to open in the window: the photo first, then paintings
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
    /// Tell what this program is and what it finds on this machine
    Doctor {
        /// A weights file to look at, too
        #[arg(long, value_name = "FILE")]
        weights: Option<PathBuf>,
    },
}

/// Arguments of `impasto stylize`.
#[derive(Debug, Args)]
pub struct Stylize {
    /// The photo
    #[arg(long, value_name = "PHOTO")]
    pub content: PathBuf,
    /// A painting, and its weight among several
    #[arg(long = "style", value_name = "PAINTING[:WEIGHT]")]
    pub styles: Vec<StyleArgument>,
    /// The picture to write: .png, .jpg, .tiff or .webp
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Size and iterations under one name
    #[arg(long, default_value = "standard")]
    pub preset: PresetArgument,
    /// Long side of the result in pixels; replaces the preset's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub size: Option<u32>,
    /// Iterations at each scale of the pyramid; replaces the preset's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub iterations: Option<u32>,
    /// How far the painting's manner prevails over the photo, 0 to 100
    #[arg(long, value_name = "0..100", allow_negative_numbers = true)]
    pub strength: Option<f32>,
    /// Size of the brush strokes against the picture; 2 is twice as large
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub brush_scale: Option<f32>,
    /// How calm surfaces are
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub smoothness: Option<f32>,
    /// How much of the photo's own colours is kept, 0 to 100
    #[arg(long, value_name = "0..100", allow_negative_numbers = true)]
    pub keep_colors: Option<f32>,
    /// Weight of the content loss; replaces --strength
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub content_weight: Option<f32>,
    /// How styles are compared
    #[arg(long, default_value = "wasserstein")]
    pub style_loss: StyleLossArgument,
    /// What to start from: content, noise, style or a picture
    #[arg(long, value_name = "content|noise|style|FILE", default_value = "content")]
    pub init: PathBuf,
    /// Seed of the noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The processor: auto, cpu, cuda or metal
    #[arg(long, value_name = "auto|cpu|cuda|metal", default_value = "auto")]
    pub device: DeviceChoice,
    /// Threads on the CPU; all cores when not given
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Mebibytes that painting may take; a share of the free memory when not given
    #[arg(long, value_name = "MIB")]
    pub memory: Option<usize>,
    /// End after so many seconds, with every scale cut to its share
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time_limit: Option<f64>,
    /// Another network: VGG-16 or VGG-19 in the safetensors format
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
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

/// A style loss by its word.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StyleLossArgument {
    /// Distance of Gaussians: the best pictures
    Wasserstein,
    /// Gram matrices: the classic
    Gram,
}

impl Stylize {
    /// The settings that these arguments ask for, all but where to start.
    pub(super) fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.apply(match self.preset {
            PresetArgument::Draft => Preset::Draft,
            PresetArgument::Standard => Preset::Standard,
            PresetArgument::Fine => Preset::Fine,
            PresetArgument::Print => Preset::Print,
        });
        settings.size = self.size.unwrap_or(settings.size);
        settings.iterations = self.iterations.unwrap_or(settings.iterations);
        settings.strength = self.strength.unwrap_or(settings.strength);
        settings.brush_scale = self.brush_scale.unwrap_or(settings.brush_scale);
        settings.smoothness = self.smoothness.unwrap_or(settings.smoothness);
        settings.keep_colors = self.keep_colors.unwrap_or(settings.keep_colors);
        settings.content_weight = self.content_weight;
        settings.style_loss = match self.style_loss {
            StyleLossArgument::Wasserstein => StyleLoss::Wasserstein,
            StyleLossArgument::Gram => StyleLoss::Gram,
        };
        settings.seed = self.seed;
        settings
    }
}
