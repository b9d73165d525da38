//! Endless brushwork: textures that a generator paints from noise, row after row, of any size.
//!
//! The generator learned to follow a photo's contours with the painting's strokes. Here its photo is a noise that has
//! contours: marbled, another one for each seed, without end or repeating at a given distance. Ulyanov, Lebedev, Vedaldi
//! and Lempitsky 2016, "Texture networks", train a network on noise alone; this needs no training of its own.

mod noise;
mod painter;
mod window;

pub use noise::Marbling;
pub use painter::Brushwork;
