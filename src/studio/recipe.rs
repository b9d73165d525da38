//! What is painted: the pictures and the settings, checked once so that a run cannot fail on them.

use std::sync::Arc;
use std::time::Duration;

use sysinfo::{MemoryRefreshKind, System};

use super::settings::{SettingError, Settings, Start, check_style_weight};
use crate::engine::device::DeviceChoice;
use crate::engine::memory::{self, MemoryBudget};
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
}

/// Where and with how many threads to paint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hardware {
    /// Which processor.
    pub device: DeviceChoice,
    /// Threads on the CPU; as many as there are cores when not given.
    pub threads: Option<usize>,
    /// Mebibytes that painting may take; a share of what is free when not given.
    pub memory: Option<usize>,
}

impl Hardware {
    /// What a run may take, by what is free now.
    pub(super) fn budget(&self) -> MemoryBudget {
        if let Some(mebibytes) = self.memory {
            let most = mebibytes.saturating_mul(1 << 20);
            return MemoryBudget { comfortable: most, most };
        }
        // Where the system does not tell, nothing is refused.
        let free = System::new().ok().map_or(usize::MAX, |mut system| {
            system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
            usize::try_from(system.available_memory()).unwrap_or(usize::MAX)
        });
        MemoryBudget { comfortable: free / 3, most: free / 4 * 3 }
    }
}

/// The parts of a recipe, not yet checked.
#[derive(Clone, Debug)]
pub struct Ingredients {
    /// The photo.
    pub content: Arc<Picture>,
    /// The paintings, at least one.
    pub styles: Vec<StyleSource>,
    /// The picture to go on from, for [`Start::Picture`].
    pub start_picture: Option<Arc<Picture>>,
    /// How to paint.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    /// How long painting may take; the iterations are cut so that every scale still has its share.
    pub time_limit: Option<Duration>,
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
        let Ingredients { content, styles, start_picture, settings, hardware, .. } = &ingredients;
        settings.validate()?;
        check_size("the photo", content)?;
        if styles.is_empty() {
            return Err(RecipeError::NoStyle);
        }
        for style in styles {
            check_style_weight(style.weight)?;
            check_size("a painting", &style.picture)?;
        }
        if styles.iter().all(|style| style.weight == 0.0) {
            return Err(RecipeError::NoWeight);
        }
        if settings.start == Start::Picture {
            let picture = start_picture.as_ref().ok_or(RecipeError::NoStartPicture)?;
            check_size("the picture to start from", picture)?;
        }
        match hardware.threads {
            Some(threads) if !(1..=1024).contains(&threads) => return Err(RecipeError::Threads(threads)),
            _ => {}
        }
        check_memory(content, settings.size, hardware.budget())?;
        Ok(Self(ingredients))
    }

    /// The pictures and settings.
    pub fn ingredients(&self) -> &Ingredients {
        &self.0
    }
}

fn check_memory(content: &Picture, size: u32, budget: MemoryBudget) -> Result<(), RecipeError> {
    let (width, height) = fit_size(content.width(), content.height(), size);
    let result = Size { width: width as usize, height: height as usize };
    if budget.allows(result) {
        return Ok(());
    }
    let (needed, given) = (memory::least(result) >> 20, budget.most >> 20);
    Err(RecipeError::TooLarge { size, needed, given, largest: budget.largest(result) })
}

fn check_size(which: &'static str, picture: &Picture) -> Result<(), RecipeError> {
    let (width, height, smallest) = (picture.width(), picture.height(), Recipe::SMALLEST_SIDE);
    if width.min(height) < smallest {
        return Err(RecipeError::TooSmall { which, width, height, smallest });
    }
    Ok(())
}
