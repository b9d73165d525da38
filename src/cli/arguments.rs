//! The arguments of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::style::StyleArgument;
use crate::clip::{TimeBase, VideoCodec};
use crate::engine::device::DeviceChoice;
use crate::engine::loss::StyleLoss;
use crate::picture::encode::Format;
use crate::picture::metadata::Disclosure;
use crate::studio::batch::Pairing;
use crate::studio::training::TrainingOrder;
use crate::studio::video::VideoChoices;
use crate::studio::{Method, Palette, Preset, Settings, Start};

/// Paints a photo in the manner of a painting.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// The command; without one, the window opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to open the window.
    #[command(flatten)]
    pub opening: Opening,
}

/// How to open the window.
#[derive(Debug, Args)]
pub struct Opening {
    /// Files to open in the window: a photo, then paintings; or a picture that Impasto painted; or a project
    pub files: Vec<PathBuf>,
    /// Another network: VGG-16 or VGG-19, in safetensors format
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Paint a photo in the style of one or more paintings
    Stylize(Box<Stylize>),
    /// Paint a texture in the style of one or more paintings, without a photo
    Texture(Box<Texture>),
    /// Paint each photo in the style of each painting, or with several values of a setting, on one sheet
    Gallery(Box<Gallery>),
    /// Paint a clip in the style of one or more paintings, steady from frame to frame
    Video(Box<Video>),
    /// Paint all photos of folders or lists, from files to files
    Batch(Box<Batch>),
    /// Train a network for the style of one or more paintings, which then paints at once
    Train(Box<Train>),
    /// Lay out paintings on a plane, whose places are the styles between them
    Map(Map),
    /// Print the version, and what Impasto finds on this machine
    Doctor {
        /// Also check this weights file
        #[arg(long, value_name = "FILE")]
        weights: Option<PathBuf>,
        /// Also say what painting photos of this long side takes, for a scheduler
        #[arg(long = "for", value_name = "N")]
        side: Option<u32>,
    },
    /// Print the licences and notices of everything in the program
    Licenses,
}

/// Arguments of `impasto stylize`.
#[derive(Debug, Args)]
pub struct Stylize {
    /// The photo to paint
    #[arg(long, value_name = "PHOTO", required_unless_present_any = ["recipe", "project"])]
    pub content: Option<PathBuf>,
    /// Use the settings of a picture that Impasto painted; its photo and paintings are looked for beside it
    #[arg(long, value_name = "PICTURE", conflicts_with = "project")]
    pub recipe: Option<PathBuf>,
    /// Paint from a project, and continue its unfinished run
    #[arg(long, value_name = "FILE")]
    pub project: Option<PathBuf>,
    /// Save the work to a project, every few seconds and at the end
    #[arg(long, value_name = "FILE")]
    pub save_project: Option<PathBuf>,
    /// Size and iterations in one word; standard by default
    #[arg(long)]
    pub preset: Option<PresetArgument>,
    /// Long side of the result in pixels; overrides the preset's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub size: Option<u32>,
    /// How the photo shows
    #[command(flatten)]
    pub photo: PhotoArguments,
    /// Paint in one pass of a network, in a fraction of a second at 512 pixels, instead of by optimisation; with =false,
    /// optimise although --recipe is of an instant picture
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub instant: Option<bool>,
    /// The starting picture: content (the photo), noise, style (the first painting) or a file; content by default
    #[arg(long, value_name = "content|noise|style|FILE")]
    pub init: Option<PathBuf>,
    /// The options that all painting commands share
    #[command(flatten)]
    pub painting: PaintingArguments,
}

/// Arguments of `impasto texture`.
#[derive(Debug, Args)]
pub struct Texture {
    /// Width and height of the result in pixels
    #[arg(long, value_name = "WxH", value_parser = width_and_height, required_unless_present = "recipe")]
    pub size: Option<(u32, u32)>,
    /// Use the settings of a picture that Impasto painted; its paintings are looked for beside it
    #[arg(long, value_name = "PICTURE")]
    pub recipe: Option<PathBuf>,
    /// Make each edge continue at the opposite edge, so that the texture tiles without a seam
    #[arg(long)]
    pub seamless: bool,
    /// Paint in one pass of a network instead of by optimisation, at several megapixels a second and up to 100000 pixels
    /// on a side; best with a trained style. Sides of a seamless one are multiples of 4. --brush-scale makes its forms
    /// larger, not its strokes; --seed counts, and the other settings do not. With =false, optimise although --recipe is
    /// of an instant texture
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub instant: Option<bool>,
    /// The options that all painting commands share
    #[command(flatten)]
    pub painting: PaintingArguments,
}

/// Arguments of `impasto gallery`.
#[derive(Debug, Args)]
pub struct Gallery {
    /// A photo; repeat the option for more photos
    #[arg(long = "content", value_name = "PHOTO", required = true)]
    pub contents: Vec<PathBuf>,
    /// Long side of each picture in pixels
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub size: u32,
    /// Paint in one pass of a network, in a fraction of a second each, instead of by optimisation
    #[arg(long)]
    pub instant: bool,
    /// A setting and the values to try, such as strength=0,50,100; without it, each painting is tried on each photo
    #[arg(long, value_name = "SETTING=A,B,…")]
    pub vary: Option<String>,
    /// The options that all painting commands share
    #[command(flatten)]
    pub painting: PaintingArguments,
}

/// Arguments of `impasto train`.
#[derive(Debug, Args)]
#[command(after_help = "Whose painting is it? Learning from it gives no right to sell pictures in its manner; \
                        docs/responsibility.md has more.")]
pub struct Train {
    /// A painting to learn from, and its weight; repeat the option for more paintings
    #[arg(long = "style", value_name = "PAINTING[:WEIGHT]", required = true)]
    pub styles: Vec<StyleArgument>,
    /// The trained style to write: .style; an unfinished training in it goes on
    #[arg(long, value_name = "NAME.style")]
    pub output: PathBuf,
    /// A folder with photos to train on; the samples of the program by default
    #[arg(long, value_name = "FOLDER")]
    pub photos: Option<PathBuf>,
    /// Steps of the training; 1500 by default
    #[arg(long, value_name = "N", conflicts_with = "time_limit")]
    pub steps: Option<u64>,
    /// Train for this many seconds
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time_limit: Option<f64>,
    /// How much a second network that judges the strokes counts in the last third of the training; 0 is not at all, and
    /// the most is 100
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub adversary: u8,
    /// How far the network learns to ignore noise, so that clips are steadier; the most is 100
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub stability: u8,
    /// Long side in pixels at which the network sees the paintings; larger gives larger strokes
    #[arg(long, value_name = "N", default_value_t = TrainingOrder::USUAL_PAINTING_SIDE)]
    pub size: u32,
    /// Seed of the parts of photos that are trained on; 0 by default
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The processor to train on
    #[arg(long, value_name = "auto|cpu|cuda|metal", default_value = "auto")]
    pub device: DeviceChoice,
    /// Threads on the CPU; one per core by default
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Overwrite an existing file
    #[arg(long)]
    pub overwrite: bool,
    /// Print events to standard output, one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// Print no progress to standard error
    #[arg(long)]
    pub quiet: bool,
}

/// Arguments of `impasto map`.
#[derive(Debug, Args)]
#[command(after_help = "A place on a map is a style: name it as --style NAME.map@X,Y in any command that paints.")]
pub struct Map {
    /// A folder of paintings, a painting, a pattern such as 'paintings/*.jpg', or a list; repeat the option for more
    #[arg(long = "style", value_name = "FOLDER|PAINTING|PATTERN|LIST", required_unless_present = "from")]
    pub styles: Vec<PathBuf>,
    /// The map to begin with
    #[command(flatten)]
    pub beginning: MapBeginning,
    /// The map to write: .map
    #[arg(long, value_name = "NAME.map")]
    pub output: PathBuf,
    /// Seed of the training; 0 by default, or that of the map that is learned again
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Threads on the CPU; one per core by default
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Overwrite an existing file
    #[arg(long)]
    pub overwrite: bool,
    /// Print events to standard output, one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// Print no progress to standard error
    #[arg(long)]
    pub quiet: bool,
}

/// A map to begin with.
#[derive(Debug, Args)]
pub struct MapBeginning {
    /// A map to begin with: its paintings stay where they are, and others are added or removed
    #[arg(long, value_name = "NAME.map")]
    pub from: Option<PathBuf>,
    /// A painting to remove from that map, by the name of its file; repeat the option for more
    #[arg(long = "remove", value_name = "NAME", requires = "from")]
    pub removed: Vec<String>,
    /// Learn the plane again from all paintings of that map, the added ones included
    #[arg(long, requires = "from")]
    pub learn_again: bool,
}

/// Arguments of `impasto batch`.
#[derive(Debug, Args)]
#[command(mut_arg("styles", |argument| argument
    .value_name("STYLE[:WEIGHT]")
    .help("A painting, a trained style, a folder of them, a pattern, or a list, and how often each is drawn, or how \
           much it counts in a mixture, relative to others; repeat the option for more")))]
#[command(mut_arg("output", |argument| argument
    .value_name("FOLDER")
    .help("The folder for the results and their manifest; what is there already is not painted again")))]
#[command(mut_arg("overwrite", |argument| argument.help("Replace files that are there and not of this batch")))]
#[command(mut_arg("time_limit", |argument| argument.help("Stop after this many seconds; the same command goes on")))]
#[command(mut_arg("seed", |argument| argument.help("Seed of all draws; 0 by default")))]
pub struct Batch {
    /// A folder, a photo, a pattern such as 'photos/*.jpg', or a list: a text file with a path on each line, a CSV file with
    /// a column "content", or JSON lines with a field "content"; repeat the option for more
    #[arg(long = "content", value_name = "FOLDER|PATTERN|LIST", required = true)]
    pub contents: Vec<PathBuf>,
    /// Which styles each photo is painted in: each; a mixture of all; one, in turn; one, drawn at random; or a new one, drawn
    /// from the distribution of the named ones
    #[arg(long, value_enum, default_value = "each")]
    pub pairing: PairingArgument,
    /// Results of each photo and style, each with draws of its own
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub variants: u32,
    /// How strongly the painting's style shows over the photo, 0 to 100, or a range to draw from, such as 30..70
    #[arg(long, value_name = "A|A..B", allow_hyphen_values = true)]
    pub strength: Option<String>,
    /// Draw another setting from a range, such as keep-colors=0..50; repeat the option for more settings
    #[arg(long, value_name = "SETTING=A..B")]
    pub vary: Vec<String>,
    /// How each photo is painted: in one pass of a network, or by optimisation
    #[arg(long, value_enum, default_value = "instant")]
    pub method: MethodArgument,
    /// Long side of the results in pixels; that of each photo by default
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub size: Option<u32>,
    /// The format of the results; that of each photo by default, or png where it cannot be written
    #[arg(long, value_enum)]
    pub format: Option<FormatArgument>,
    /// The share of the photos that is painted, 0 to 1, as drawn
    #[arg(long, value_name = "F", default_value_t = 1.0, allow_negative_numbers = true)]
    pub fraction: f64,
    /// Whether labels of a data set are copied to the names of painted photos, with the rest of the data set
    #[arg(long, value_enum, default_value = "auto")]
    pub labels: LabelsArgument,
    /// Which part of a data set is painted
    #[arg(long, value_enum, default_value = "train")]
    pub split: SplitArgument,
    /// Leave the photos of a data set that are painted out of the result themselves
    #[arg(long)]
    pub without_originals: bool,
    /// Paint one of several parts, such as 1/4; by default what Slurm, Kubernetes or GNU parallel say
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// How photos show
    #[command(flatten)]
    pub look: LookArguments,
    /// The options that all painting commands share
    #[command(flatten)]
    pub painting: PaintingArguments,
}

/// Values of `--labels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LabelsArgument {
    /// Of folders that are known as data sets: COCO, Pascal VOC, YOLO, masks, train and val folders
    Auto,
    /// Paint pictures and nothing else
    None,
}

/// Values of `--split`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitArgument {
    /// What is for training
    Train,
    /// All of it
    All,
}

/// Values of `--pairing`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PairingArgument {
    /// Each photo in each style
    Each,
    /// Each photo in a mixture of all styles, by their weights
    Mix,
    /// Each photo in one style, in turn
    Cycle,
    /// Each photo in one style that is drawn
    Random,
    /// Each photo in a new style, drawn from the distribution of those that are named
    Distribution,
}

impl From<PairingArgument> for Pairing {
    fn from(argument: PairingArgument) -> Self {
        match argument {
            PairingArgument::Each => Self::Each,
            PairingArgument::Mix => Self::Mix,
            PairingArgument::Cycle => Self::Cycle,
            PairingArgument::Random => Self::Random,
            PairingArgument::Distribution => Self::Distribution,
        }
    }
}

/// Values of `--format`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FormatArgument {
    /// Lossless
    Png,
    /// Small files
    Jpg,
    /// Lossless, large files
    Tiff,
    /// Lossless
    Webp,
}

impl From<FormatArgument> for Format {
    fn from(argument: FormatArgument) -> Self {
        match argument {
            FormatArgument::Png => Self::Png,
            FormatArgument::Jpg => Self::Jpeg,
            FormatArgument::Tiff => Self::Tiff,
            FormatArgument::Webp => Self::WebP,
        }
    }
}

/// Arguments of `impasto video`.
#[derive(Debug, Args)]
#[command(mut_arg("output", |argument| argument
    .value_name("CLIP")
    .help("The clip to write: .mp4, .mov, .webm, .mkv, .gif, .png, .webp, a folder, or a pattern such as frame-%05d.png")))]
pub struct Video {
    /// The clip to paint: a file, an animated picture, a folder of numbered pictures, or a pattern such as frame-%05d.png
    #[arg(long, value_name = "CLIP")]
    pub input: PathBuf,
    /// How each frame is painted: in one pass of a network, or by optimisation, which takes seconds for each frame
    #[arg(long, value_enum, default_value = "instant")]
    pub method: MethodArgument,
    /// How much frames take from those before them, 0 to 100; 0 paints every frame by itself, for a hand-made look
    #[arg(long, value_name = "0..100", default_value_t = VideoChoices::USUAL_STEADINESS, allow_negative_numbers = true)]
    pub steadiness: f32,
    /// Long side of the painted clip in pixels; that of the clip by default
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub size: Option<u32>,
    /// Paint from this time on: seconds, or hours:minutes:seconds
    #[arg(long, value_name = "T", value_parser = seconds)]
    pub from: Option<f64>,
    /// Paint up to this time
    #[arg(long, value_name = "T", value_parser = seconds)]
    pub to: Option<f64>,
    /// Whether the first frame follows the last one; for animated pictures it does by default
    #[arg(long = "loop", value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub is_loop: Option<bool>,
    /// How frames are encoded; by default h264, which plays everywhere, or what the ending of the output asks for
    #[arg(long, value_enum)]
    pub codec: Option<CodecArgument>,
    /// Frames a second of numbered pictures; 25 by default
    #[arg(long, value_name = "FPS", value_parser = rate)]
    pub rate: Option<TimeBase>,
    /// The folder of the programs ffmpeg and ffprobe, if they are not on the search path
    #[arg(long, value_name = "FOLDER")]
    pub ffmpeg: Option<PathBuf>,
    /// For scripts that run again after any interruption: an output that is there already stays as it is. Without this, an
    /// unfinished clip goes on as well, but a finished one is not overwritten
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
    /// How the clip shows
    #[command(flatten)]
    pub photo: PhotoArguments,
    /// The options that all painting commands share
    #[command(flatten)]
    pub painting: PaintingArguments,
}

/// The options of commands that paint a photo or a clip.
#[derive(Debug, Args)]
pub struct PhotoArguments {
    /// A grey picture with the photo's proportions, white where the photo stays unchanged
    #[arg(long, value_name = "MASK")]
    pub protect: Option<PathBuf>,
    /// How strongly the painting's style shows over the photo, 0 to 100
    #[arg(long, value_name = "0..100", allow_negative_numbers = true)]
    pub strength: Option<f32>,
    /// The other options of how it shows
    #[command(flatten)]
    pub look: LookArguments,
}

/// How photos show in what is painted of them.
#[derive(Debug, Args)]
pub struct LookArguments {
    /// How much of the photo's fine detail is kept, 0 to 100
    #[arg(long, value_name = "0..100", allow_negative_numbers = true)]
    pub detail_kept: Option<f32>,
    /// How much of the photo's own colours remain, 0 to 100
    #[arg(long, value_name = "0..100", allow_negative_numbers = true)]
    pub keep_colors: Option<f32>,
    /// Whose colours the picture takes, the painting's by default; photo first recolours the paintings with the photo's
    /// palette
    #[arg(long)]
    pub palette: Option<PaletteArgument>,
    /// Weight of the content loss; overrides the weight that follows from --strength
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub content_weight: Option<f32>,
}

/// Values of `--method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodArgument {
    /// In one pass of a network
    Instant,
    /// By optimisation
    Optimise,
}

impl From<MethodArgument> for Method {
    fn from(argument: MethodArgument) -> Self {
        match argument {
            MethodArgument::Instant => Self::Instant,
            MethodArgument::Optimise => Self::Optimise,
        }
    }
}

/// Values of `--codec`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CodecArgument {
    /// H.264, in .mp4, .mov or .mkv; plays everywhere
    H264,
    /// H.265, in .mp4, .mov or .mkv; smaller files
    H265,
    /// VP9, in .webm, .mkv or .mp4; keeps transparency
    Vp9,
    /// AV1, in .mp4, .webm or .mkv; the smallest files
    Av1,
    /// Apple `ProRes` 4444, in .mov or .mkv; for further editing, keeps transparency
    Prores,
    /// FFV1, in .mkv; without loss, keeps transparency
    Ffv1,
}

impl From<CodecArgument> for VideoCodec {
    fn from(argument: CodecArgument) -> Self {
        match argument {
            CodecArgument::H264 => Self::H264,
            CodecArgument::H265 => Self::H265,
            CodecArgument::Vp9 => Self::Vp9,
            CodecArgument::Av1 => Self::Av1,
            CodecArgument::Prores => Self::ProRes,
            CodecArgument::Ffv1 => Self::Ffv1,
        }
    }
}

/// The options that all painting commands share.
#[derive(Debug, Args)]
pub struct PaintingArguments {
    /// A painting, its weight, and a mask: a grey picture that is white where the painting applies; repeat the option
    /// for more paintings
    #[arg(long = "style", value_name = "PAINTING[:WEIGHT[:MASK]]")]
    pub styles: Vec<StyleArgument>,
    /// Size of one painting's strokes relative to the other paintings; once for each --style, in the same order
    #[arg(long = "style-brush-scale", value_name = "F", allow_negative_numbers = true)]
    pub style_brush_scales: Vec<f32>,
    /// The picture to write: .png, .jpg, .tiff or .webp
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Iterations at every scale; overrides the preset's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub iterations: Option<u32>,
    /// Size of the strokes relative to the picture; 2 is twice as large
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub brush_scale: Option<f32>,
    /// Which strokes get more weight: fine ones below 0, broad ones above 0
    #[arg(long, value_name = "-100..100", allow_negative_numbers = true)]
    pub stroke_size: Option<f32>,
    /// Weight of each network layer for the style, fine to coarse; overrides --stroke-size
    #[arg(long, value_name = "A,B,C,D,E", value_parser = five_numbers, allow_negative_numbers = true)]
    pub layer_weights: Option<[f32; 5]>,
    /// Higher is calmer, lower is livelier
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub smoothness: Option<f32>,
    /// How styles are compared; wasserstein by default
    #[arg(long)]
    pub style_loss: Option<StyleLossArgument>,
    /// Seed of the noise; 0 by default
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The processor to paint on; auto takes the fastest with enough memory
    #[arg(long, value_name = "auto|cpu|cuda|metal", default_value = "auto")]
    pub device: DeviceChoice,
    /// Threads on the CPU; one per core by default
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory that painting may use, in MiB; a share of the free memory by default
    #[arg(long, value_name = "MIB")]
    pub memory: Option<usize>,
    /// Finish within this many seconds: with fewer iterations, but at least one at every scale; a gallery divides the
    /// time evenly among its pictures
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time_limit: Option<f64>,
    /// Another network: VGG-16 or VGG-19, in safetensors format
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// What to store in the file besides the pixels
    #[arg(long, default_value = "settings")]
    pub metadata: MetadataArgument,
    /// Overwrite an existing file
    #[arg(long)]
    pub overwrite: bool,
    /// Print events to standard output, one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// Print no progress to standard error
    #[arg(long)]
    pub quiet: bool,
}

/// Values of `--palette`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PaletteArgument {
    /// The painting's colours
    Painting,
    /// The photo's colours
    Photo,
}

/// Values of `--preset`.
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

/// Values of `--metadata`; from `Settings` on, each includes the one before.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MetadataArgument {
    /// Nothing
    None,
    /// The settings, and the names of the source pictures
    Settings,
    /// Also the photo's camera data, without its location
    Camera,
    /// Also the location where the photo was taken
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

/// Values of `--style-loss`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StyleLossArgument {
    /// Wasserstein distance between Gaussians: the most faithful statistics
    Wasserstein,
    /// Also matches each place to the most similar place in the painting: crisper strokes, slower
    Neighbours,
    /// Gram matrices: the classic style loss
    Gram,
}

impl Stylize {
    /// `settings` with the values given in these arguments, except `start`.
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
        settings.method = method(self.instant, settings.method);
        self.painting.over(&self.photo.over(settings))
    }
}

impl Video {
    /// The settings of every frame, of a clip with this long side.
    pub(super) fn settings(&self, long_side: u32) -> Settings {
        let (size, method) = (self.size.unwrap_or(long_side), self.method.into());
        self.painting.over(&self.photo.over(Settings { size, method, ..Settings::default() }))
    }
}

impl Batch {
    /// The settings of all results, apart from those that are drawn.
    pub(super) fn settings(&self) -> Settings {
        self.painting.over(&self.look.over(Settings { method: self.method.into(), ..Settings::default() }))
    }
}

impl PhotoArguments {
    fn over(&self, mut settings: Settings) -> Settings {
        if let Some(strength) = self.strength {
            // A content weight in `settings` belongs to another strength.
            (settings.strength, settings.content_weight) = (strength, None);
        }
        self.look.over(settings)
    }
}

impl LookArguments {
    fn over(&self, mut settings: Settings) -> Settings {
        settings.detail_kept = self.detail_kept.unwrap_or(settings.detail_kept);
        settings.keep_colors = self.keep_colors.unwrap_or(settings.keep_colors);
        settings.content_weight = self.content_weight.or(settings.content_weight);
        settings.palette = match self.palette {
            Some(PaletteArgument::Painting) => Palette::Painting,
            Some(PaletteArgument::Photo) => Palette::Photo,
            None => settings.palette,
        };
        settings
    }
}

impl Gallery {
    /// The settings of all pictures.
    pub(super) fn settings(&self) -> Settings {
        let method = if self.instant { Method::Instant } else { Method::Optimise };
        self.painting.over(&Settings { size: self.size, method, ..Settings::default() })
    }
}

impl Texture {
    /// `settings` with the values given in these arguments; `usual` is the method unless they name one.
    pub(super) fn over(&self, settings: &Settings, usual: Method) -> Settings {
        Settings { start: Start::Noise, method: method(self.instant, usual), ..self.painting.over(settings) }
    }
}

impl PaintingArguments {
    fn over(&self, settings: &Settings) -> Settings {
        Settings {
            iterations: self.iterations.unwrap_or(settings.iterations),
            // `--iterations` applies to every scale.
            coarse_share: if self.iterations.is_some() { 1.0 } else { settings.coarse_share },
            brush_scale: self.brush_scale.unwrap_or(settings.brush_scale),
            // Layer weights in `settings` belong to another stroke size.
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

/// The method that `--instant` asks for, or else the `usual` one.
fn method(instant: Option<bool>, usual: Method) -> Method {
    match instant {
        Some(true) => Method::Instant,
        Some(false) => Method::Optimise,
        None => usual,
    }
}

fn width_and_height(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').map(|(width, height)| (width.parse(), height.parse()));
    match sides {
        Some((Ok(width), Ok(height))) => Ok((width, height)),
        _ => Err("write width and height in pixels, such as 512x512".to_owned()),
    }
}

/// A time: seconds, minutes:seconds or hours:minutes:seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str| part.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let numbers = parts.iter().map(|part| number(part)).collect::<Option<Vec<_>>>().filter(|parts| parts.len() <= 3);
    let seconds = numbers.map(|numbers| numbers.iter().fold(0.0, |sum, number| 60.0 * sum + number));
    seconds
        .ok_or_else(|| "write a time as seconds, such as 12.5, or as hours:minutes:seconds, such as 0:01:30".to_owned())
}

/// Frames a second, as a number or a fraction: the duration of a frame.
fn rate(text: &str) -> Result<TimeBase, String> {
    let (frames, seconds) = text.split_once('/').unwrap_or((text, "1"));
    let base = match (frames.parse::<f64>(), seconds.parse::<u32>()) {
        (Ok(frames), Ok(seconds)) if (0.001..=1000.0).contains(&(frames / f64::from(seconds))) => {
            let scale = if frames.fract() == 0.0 { 1 } else { 1000 };
            Some(TimeBase { numerator: seconds * scale, denominator: (frames * f64::from(scale)).round() as u32 })
        }
        _ => None,
    };
    base.ok_or_else(|| "write frames a second, such as 24, 29.97 or 30000/1001".to_owned())
}

fn five_numbers(text: &str) -> Result<[f32; 5], String> {
    let numbers = text.split(',').map(|number| number.trim().parse()).collect::<Result<Vec<f32>, _>>().ok();
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| "write five numbers with commas between them, such as 256,64,16,4,1".to_owned())
}
