//! Clips whose motion is known: sample photos that are panned, zoomed or turned, and one photo that moves over another.

use impasto::engine::compute::{Device, Tensor};
use impasto::engine::motion::FlowField;
use impasto::engine::pyramid::Size;

use super::photo::Photo;

/// Where the pixels of a frame are in the photo: turned and zoomed around a place, which is at the middle of the frame.
#[derive(Clone, Copy)]
struct Camera {
    x: f32,
    y: f32,
    /// Pixels of the photo for each pixel of the frame.
    zoom: f32,
    angle: f32,
}

impl Camera {
    fn place(&self, x: f32, y: f32, size: Size) -> [f32; 2] {
        let (sine, cosine) = self.angle.sin_cos();
        let (x, y) = (self.zoom * (x - size.width as f32 / 2.0), self.zoom * (y - size.height as f32 / 2.0));
        [self.x + x * cosine - y * sine, self.y + x * sine + y * cosine]
    }

    /// The pixel of the frame that shows this place of the photo.
    fn pixel(&self, [x, y]: [f32; 2], size: Size) -> [f32; 2] {
        let (sine, cosine) = self.angle.sin_cos();
        let (x, y) = (x - self.x, y - self.y);
        let (x, y) = ((x * cosine + y * sine) / self.zoom, (y * cosine - x * sine) / self.zoom);
        [x + size.width as f32 / 2.0, y + size.height as f32 / 2.0]
    }
}

/// How a clip moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownMotion {
    Pan,
    Zoom,
    Turn,
    Sprite,
}

/// A clip whose motion is known.
pub(crate) struct KnownClip {
    motion: KnownMotion,
    pub(crate) size: Size,
    ground: Photo,
    sprite: Photo,
}

impl KnownClip {
    pub(crate) const ALL: [KnownMotion; 4] =
        [KnownMotion::Pan, KnownMotion::Zoom, KnownMotion::Turn, KnownMotion::Sprite];

    pub(crate) fn new(motion: KnownMotion, size: Size) -> Self {
        let ground = match motion {
            KnownMotion::Pan | KnownMotion::Sprite => "china",
            KnownMotion::Zoom => "coffee",
            KnownMotion::Turn => "vestibule_of_the_asylum",
        };
        Self { motion, size, ground: Photo::sample(ground), sprite: Photo::sample("chelsea") }
    }

    fn camera(&self, time: f32) -> Camera {
        let (x, y) = (self.ground.size.width as f32 / 2.0, self.ground.size.height as f32 / 2.0);
        let fit = 0.72
            * (self.ground.size.width as f32 / self.size.width as f32)
                .min(self.ground.size.height as f32 / self.size.height as f32);
        match self.motion {
            KnownMotion::Pan => {
                Camera { x: x + fit * (2.3 * time - 30.0), y: y + fit * 0.6 * time, zoom: fit, angle: 0.0 }
            }
            KnownMotion::Zoom => Camera { x, y, zoom: fit * 1.3 / 1.012f32.powf(time), angle: 0.0 },
            KnownMotion::Turn => Camera { x, y, zoom: fit * 0.9, angle: 0.012 * time },
            KnownMotion::Sprite => Camera { x: x + fit * 0.5 * time, y, zoom: fit, angle: 0.0 },
        }
    }

    /// Where the sprite's left upper corner is, if there is one, and its width and height.
    fn sprite(&self, time: f32) -> Option<([f32; 2], [f32; 2])> {
        let Size { width, height } = self.size;
        let begin = [0.2 * width as f32 + 5.0 * time, 0.3 * height as f32 + 1.5 * time];
        (self.motion == KnownMotion::Sprite).then_some((begin, [0.25 * width as f32, 0.4 * height as f32]))
    }

    fn is_on_sprite(&self, time: f32, x: f32, y: f32) -> bool {
        self.sprite(time).is_some_and(|([left, top], [width, height])| {
            (left..left + width).contains(&x) && (top..top + height).contains(&y)
        })
    }

    /// A frame: 3 x height x width.
    pub(crate) fn frame(&self, time: f32) -> Tensor {
        let (Size { width, .. }, camera) = (self.size, self.camera(time));
        let mut values = Vec::with_capacity(3 * self.size.pixels());
        for plane in 0..3 {
            for index in 0..self.size.pixels() {
                let (x, y) = ((index % width) as f32, (index / width) as f32);
                let sprite = self.sprite(time).filter(|_| self.is_on_sprite(time, x, y));
                values.push(if let Some(([left, top], _)) = sprite {
                    self.sprite.at(plane, 120.0 + x - left, 60.0 + y - top)
                } else {
                    let [x, y] = camera.place(x, y, self.size);
                    self.ground.at(plane, x, y)
                });
            }
        }
        Tensor::from_vec(values, (3, self.size.height, width), &Device::cpu()).expect("memory")
    }

    /// From each pixel of a frame to where it was in the frame before, and whether it was seen there.
    pub(crate) fn back(&self, time: f32) -> (FlowField, Vec<bool>) {
        let (Size { width, height }, [now, before]) = (self.size, [time, time - 1.0].map(|time| self.camera(time)));
        let mut seen = Vec::with_capacity(self.size.pixels());
        let vectors = (0..self.size.pixels()).map(|index| {
            let (x, y) = ((index % width) as f32, (index / width) as f32);
            let is_sprite = self.is_on_sprite(time, x, y);
            let [to_x, to_y] = match (self.sprite(time), self.sprite(time - 1.0)) {
                (Some(([left, top], _)), Some(([old_left, old_top], _))) if is_sprite => {
                    [x + old_left - left, y + old_top - top]
                }
                _ => before.pixel(now.place(x, y, self.size), self.size),
            };
            let is_inside = (0.0..(width - 1) as f32).contains(&to_x) && (0.0..(height - 1) as f32).contains(&to_y);
            seen.push(is_inside && (is_sprite || !self.is_on_sprite(time - 1.0, to_x, to_y)));
            [to_x - x, to_y - y]
        });
        let vectors = vectors.collect();
        (FlowField::new(self.size, vectors), seen)
    }
}
