//! A picture prepared for the search of motion.

use super::super::compute::{ComputeResult, Tensor};
use super::super::pyramid::Size;
use super::plane::BrightnessPlane;

/// The shortest side of the smallest level.
const SHORTEST: usize = 16;

/// The longest side at which motion is searched; larger pictures are halved until they fit.
const LONGEST: usize = 640;

/// A picture's brightness at several sizes, each half of the one before.
pub struct MotionFrame {
    size: Size,
    pub(super) levels: Vec<FrameLevel>,
}

/// One size.
pub(super) struct FrameLevel {
    pub(super) brightness: BrightnessPlane,
    pub(super) slopes: [BrightnessPlane; 2],
}

impl MotionFrame {
    /// From an image, 3 x height x width, 0..1.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(image: &Tensor) -> ComputeResult<Self> {
        let (_, height, width) = image.dims3()?;
        let values = image.to_vec()?;
        let (red, rest) = values.split_at(height * width);
        let (green, blue) = rest.split_at(height * width);
        // Rec. 601.
        let brightness = red.iter().zip(green).zip(blue);
        let brightness = brightness.map(|((red, green), blue)| 255.0 * (0.299 * red + 0.587 * green + 0.114 * blue));
        Ok(Self::of_brightness(Size { width, height }, &brightness.collect::<Vec<_>>()))
    }

    /// From brightness, 0 to 255, row by row.
    pub(super) fn of_brightness(size: Size, brightness: &[f32]) -> Self {
        let mut finest = BrightnessPlane::new(size, brightness);
        while finest.size.long_side() > LONGEST {
            finest = finest.half();
        }
        let mut levels = vec![FrameLevel::new(finest)];
        loop {
            let last = &levels[levels.len() - 1].brightness;
            if last.size.width.min(last.size.height) < 2 * SHORTEST {
                return Self { size, levels };
            }
            levels.push(FrameLevel::new(last.half()));
        }
    }

    /// Width and height of the picture.
    pub fn size(&self) -> Size {
        self.size
    }
}

impl FrameLevel {
    fn new(brightness: BrightnessPlane) -> Self {
        Self { slopes: brightness.slopes(), brightness }
    }
}
