//! What is painted: the pictures and the settings, checked once so that a run cannot fail on them.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sysinfo::{MemoryRefreshKind, System};

use super::job::{held_bytes, less};
use super::settings::{SettingError, Settings, Start, check_style};
use crate::engine::balance::StyleBalance;
use crate::engine::device::{DeviceChoice, Processor};
use crate::engine::error::EngineError;
use crate::engine::extent::Extent;
use crate::engine::memory::{self, MemoryBudget};
use crate::engine::network::{Architecture, Network};
use crate::engine::pyramid::Size;
use crate::picture::Picture;
use crate::picture::resize::fit_size;

/// A painting whose manner is taken, and how much of it.
#[derive(Clone, Debug)]
pub struct StyleSource {
    /// The painting.
    pub picture: Arc<Picture>,
    /// Its share among the styles; only the ratio to the others' weights matters.
    pub weight: f32,
    /// Size of its strokes beside those of the others, times [`Settings::brush_scale`].
    pub brush_scale: f32,
    /// Where it applies: light where it does, dark where it does not; everywhere without. Shaped like the photo.
    pub mask: Option<Arc<Picture>>,
}

impl StyleSource {
    /// A painting that applies everywhere as it is.
    pub fn new(picture: Arc<Picture>) -> Self {
        let StyleBalance { weight, brush_scale } = StyleBalance::default();
        Self { picture, weight, brush_scale, mask: None }
    }

    /// Its part in the balance of a run.
    pub fn balance(&self) -> StyleBalance {
        StyleBalance { weight: self.weight, brush_scale: self.brush_scale }
    }
}

/// What the picture shows.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A photo.
    Photo {
        /// The photo.
        picture: Arc<Picture>,
        /// Where it is left alone: light where it is, dark where it is painted. Shaped like the photo.
        protect: Option<Arc<Picture>>,
    },
    /// Nothing; the paintings' manner alone.
    Texture {
        /// Width of the result in pixels.
        width: u32,
        /// Height of the result in pixels.
        height: u32,
        /// Whether it can be laid side by side with itself without a seam.
        seamless: bool,
    },
}

impl Subject {
    /// A photo, painted all over.
    pub fn photo(picture: Arc<Picture>) -> Self {
        Self::Photo { picture, protect: None }
    }
}

/// Where and with how many threads to paint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hardware {
    /// Which processor.
    pub device: DeviceChoice,
    /// Threads on the CPU; as many as there are cores when not given.
    pub threads: Option<usize>,
    /// Mebibytes that painting may take; a share of what is free when not given.
    pub memory: Option<usize>,
    /// The threads give way to whatever else runs on the machine, such as the window that a person is using.
    #[serde(skip)]
    pub gives_way: bool,
    /// Where the run stands is kept now and then, which takes memory too.
    #[serde(skip)]
    pub keeps_work: bool,
}

impl Hardware {
    /// What a run may take on an open processor, by what is free there now.
    ///
    /// # Errors
    /// [`EngineError::NoRoom`] when a result of this size needs more.
    pub(super) fn budget_on(
        &self,
        processor: &Processor,
        network: &Network,
        result: Extent,
    ) -> Result<MemoryBudget, EngineError> {
        if processor.is_cpu() {
            return Ok(self.budget_for(result.size));
        }
        let free = processor.free_memory(network.device()).unwrap_or(usize::MAX);
        let limit = self.memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20)).filter(|limit| *limit < free);
        let budget = MemoryBudget::on_card(limit.unwrap_or(free));
        if budget.allows(network.architecture(), result, false) {
            return Ok(budget);
        }
        Err(EngineError::NoRoom {
            free: limit.unwrap_or(free),
            is_limit: limit.is_some(),
            needed: memory::least_on_card(network.architecture(), result),
        })
    }

    /// What painting a result of this size may take of the system's memory, by what is free now.
    pub(super) fn budget_for(&self, result: Size) -> MemoryBudget {
        let budget = self.budget();
        if self.keeps_work { budget.beside_snapshots(result) } else { budget }
    }

    fn budget(&self) -> MemoryBudget {
        if let Some(mebibytes) = self.memory {
            let most = mebibytes.saturating_mul(1 << 20);
            return MemoryBudget { comfortable: most, most };
        }
        let free = free_memory();
        MemoryBudget { comfortable: free / 3, most: free / 4 * 3 }
    }
}

/// Bytes of the system's memory that are free now. Where the system does not tell, nothing is refused.
pub(crate) fn free_memory() -> usize {
    System::new().ok().map_or(usize::MAX, |mut system| {
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        usize::try_from(system.available_memory()).unwrap_or(usize::MAX)
    })
}

/// The parts of a recipe, not yet checked.
#[derive(Clone, Debug)]
pub struct Ingredients {
    /// What the picture shows.
    pub subject: Subject,
    /// The paintings, at least one.
    pub styles: Vec<StyleSource>,
    /// The picture to go on from, for [`Start::Picture`] and [`Start::Continue`].
    pub start_picture: Option<Arc<Picture>>,
    /// How to paint.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    /// How long painting may take; the iterations are cut so that every scale still has its share.
    pub time_limit: Option<Duration>,
}

impl Ingredients {
    /// Whether masks say which parts of the photo are painted, or in whose manner.
    pub(super) fn has_masks(&self) -> bool {
        let is_protected = matches!(self.subject, Subject::Photo { protect: Some(_), .. });
        is_protected || self.styles.iter().any(|style| style.mask.is_some())
    }
}

/// Pictures and settings that fit together; made by [`Recipe::new`] only.
#[derive(Clone, Debug)]
pub struct Recipe(Ingredients);

/// Why pictures and settings make no recipe.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecipeError {
    /// A setting outside its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// No painting.
    #[error("there is no painting to learn from; add at least one style")]
    NoStyle,
    /// All the weights are zero.
    #[error("every style has a weight of 0; give at least one of them more")]
    NoWeight,
    /// A picture with too few pixels to hold any structure.
    #[error("{which} has only {width}x{height} pixels; Impasto needs at least {smallest} on each side")]
    TooSmall {
        /// Which picture, in words.
        which: &'static str,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// What is needed.
        smallest: u32,
    },
    /// `Start::Picture` without a picture.
    #[error("there is no picture to start from; choose one, or start from the photo")]
    NoStartPicture,
    /// A mask of another shape than the photo.
    #[error(
        "{which} is {width}x{height} pixels, which is not the shape of the photo ({photo_width}x{photo_height}); \
         make it from the photo itself"
    )]
    MaskShape {
        /// Which mask, in words.
        which: &'static str,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The photo's width.
        photo_width: u32,
        /// The photo's height.
        photo_height: u32,
    },
    /// A mask that lets nothing through.
    #[error("the mask of a style is black all over, so the style applies nowhere; paint white where it should")]
    MaskDark,
    /// A mask without a photo.
    #[error("masks say where in a photo a style applies; a texture has none")]
    MaskOfTexture,
    /// A result that the memory cannot hold.
    #[error(
        "painting at {size} pixels needs about {needed} MiB of memory, but only {given} MiB may be taken; \
         the largest size that fits is {largest}"
    )]
    TooLarge {
        /// The long side asked for.
        size: u32,
        /// What that needs, in mebibytes.
        needed: usize,
        /// What there is, in mebibytes.
        given: usize,
        /// The longest side that fits.
        largest: usize,
    },
    /// More threads than make sense, or none.
    #[error("the number of threads is {0}, but must be between 1 and 1024")]
    Threads(usize),
}

impl Recipe {
    /// The fewest pixels on a side of a photo or painting.
    pub const SMALLEST_SIDE: u32 = 2;

    /// Checks that pictures and settings fit together.
    pub fn new(ingredients: Ingredients) -> Result<Self, RecipeError> {
        let Ingredients { subject, styles, start_picture, settings, hardware, .. } = &ingredients;
        settings.validate()?;
        match subject {
            Subject::Photo { picture, .. } => check_size("the photo", picture)?,
            Subject::Texture { width, height, .. } => {
                for side in [*width, *height] {
                    Settings { size: side, ..Settings::default() }.validate()?;
                }
            }
        }
        if styles.is_empty() {
            return Err(RecipeError::NoStyle);
        }
        for style in styles {
            check_style(style.weight, style.brush_scale)?;
            check_size("a painting", &style.picture)?;
        }
        if styles.iter().all(|style| style.weight == 0.0) {
            return Err(RecipeError::NoWeight);
        }
        check_masks(subject, styles)?;
        if matches!(settings.start, Start::Picture | Start::Continue(_)) {
            let picture = start_picture.as_ref().ok_or(RecipeError::NoStartPicture)?;
            check_size("the picture to start from", picture)?;
        }
        match hardware.threads {
            Some(threads) if !(1..=1024).contains(&threads) => return Err(RecipeError::Threads(threads)),
            _ => {}
        }
        check_memory(&ingredients)?;
        Ok(Self(ingredients))
    }

    /// The pictures and settings.
    pub fn ingredients(&self) -> &Ingredients {
        &self.0
    }

    /// How large the result is, and what the network is shown of it.
    pub(super) fn extent(&self) -> Extent {
        result_extent(&self.0.subject, &self.0.settings)
    }

    /// The same, to be painted within so long.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.0.time_limit = Some(limit);
        self
    }

    /// Width and height of the result in pixels.
    pub fn result_size(&self) -> (u32, u32) {
        result_size(&self.0.subject, &self.0.settings)
    }
}

pub(super) fn result_size(subject: &Subject, settings: &Settings) -> (u32, u32) {
    match subject {
        Subject::Photo { picture, .. } => fit_size(picture.width(), picture.height(), settings.size),
        Subject::Texture { width, height, .. } => (*width, *height),
    }
}

fn result_extent(subject: &Subject, settings: &Settings) -> Extent {
    let (width, height) = result_size(subject, settings);
    let seamless = matches!(subject, Subject::Texture { seamless: true, .. });
    Extent { size: Size { width: width as usize, height: height as usize }, seamless }
}

/// With the network that is built in, since a recipe does not know which one will paint; VGG-19 needs up to 6 % more.
fn check_memory(ingredients: &Ingredients) -> Result<(), RecipeError> {
    let Ingredients { subject, settings, hardware, .. } = ingredients;
    let network = Architecture::vgg16();
    let result = result_extent(subject, settings);
    let held = held_bytes(ingredients, false);
    let (given, snapshots) = (hardware.budget(), hardware.keeps_work);
    let budget = less(given, held);
    if budget.allows(&network, result, snapshots) {
        return Ok(());
    }
    let (needed, given) = ((memory::least(&network, result, snapshots) + held) >> 20, given.most >> 20);
    let largest = budget.largest(&network, result, snapshots);
    Err(RecipeError::TooLarge { size: result.size.long_side() as u32, needed, given, largest })
}

fn check_masks(subject: &Subject, styles: &[StyleSource]) -> Result<(), RecipeError> {
    let Subject::Photo { picture: photo, protect } = subject else {
        let has_mask = styles.iter().any(|style| style.mask.is_some());
        return if has_mask { Err(RecipeError::MaskOfTexture) } else { Ok(()) };
    };
    for mask in styles.iter().filter_map(|style| style.mask.as_ref()) {
        check_mask_shape("the mask of a style", mask, photo)?;
        if is_dark(mask) {
            return Err(RecipeError::MaskDark);
        }
    }
    protect.as_ref().map_or(Ok(()), |mask| check_mask_shape("the mask of what is protected", mask, photo))
}

/// Whether a mask lets nothing through.
fn is_dark(mask: &Picture) -> bool {
    const ROWS: u32 = 64;
    let mut bands = (0..mask.height()).step_by(ROWS as usize).map(|top| mask.rows(top, ROWS).to_light());
    bands.all(|band| band.iter().all(|light| *light < 1.0 / 255.0))
}

/// A mask may be larger or smaller than the photo, but must have its shape, up to what rounding explains.
fn check_mask_shape(which: &'static str, mask: &Picture, photo: &Picture) -> Result<(), RecipeError> {
    let (width, height) = (mask.width(), mask.height());
    let (photo_width, photo_height) = (photo.width(), photo.height());
    let ratio = f64::from(width) / f64::from(height) * f64::from(photo_height) / f64::from(photo_width);
    let rounding = 1.0 / f64::from(width.min(height).min(photo_width).min(photo_height));
    if (ratio - 1.0).abs() <= rounding.max(0.01) {
        return Ok(());
    }
    Err(RecipeError::MaskShape { which, width, height, photo_width, photo_height })
}

fn check_size(which: &'static str, picture: &Picture) -> Result<(), RecipeError> {
    let (width, height, smallest) = (picture.width(), picture.height(), Recipe::SMALLEST_SIDE);
    if width.min(height) < smallest {
        return Err(RecipeError::TooSmall { which, width, height, smallest });
    }
    Ok(())
}
