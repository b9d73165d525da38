//! How much memory a batch takes, for those who must say so before it begins.

use crate::engine::balance::StyleBalance;
use crate::engine::extent::Extent;
use crate::engine::instant::{GeneratorWidths, least_memory};
use crate::engine::memory;
use crate::engine::network::Architecture;
use crate::engine::pyramid::Size;
use crate::studio::settings::{Method, Settings};

/// Pictures of 8-bit pixels that are in memory at the same time: read, painted and written.
const PICTURES: usize = 9;

/// What the program and the networks take beside that, as measured: in one pass, and by optimisation.
const INSTANT: usize = 40 << 20;
const OPTIMISE: usize = 450 << 20;

/// How much memory a batch takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchNeeds {
    /// The whole process, in bytes.
    pub process: usize,
    /// What `--memory` must say for that, in bytes; `None` where the size alone decides. More makes painting faster, up to
    /// about four times as much.
    pub memory: Option<usize>,
}

impl BatchNeeds {
    /// For square photos with sides of so many pixels, painted at their own size.
    pub fn of(side: u32, method: Method) -> Self {
        let size = Size { width: side as usize, height: side as usize };
        let pictures = PICTURES * 3 * size.pixels();
        match method {
            Method::Instant => {
                let settings = Settings::default().instant();
                let balances = [StyleBalance::default()];
                let least = least_memory(size, &balances, GeneratorWidths::BUILT_IN, settings, false);
                Self { process: INSTANT + least + pictures, memory: None }
            }
            Method::Optimise => {
                let least = memory::least(&Architecture::vgg16(), Extent { size, seamless: false }, false);
                // A painting of the same size beside it, and some room.
                let memory = 2 * least + 12 * size.pixels();
                Self { process: OPTIMISE + memory + pictures, memory: Some(memory) }
            }
        }
    }
}
