//! The size of a picture, and the size of the network's input with the margins of a seamless texture.

use super::pyramid::Size;

/// Width in pixels of the margins around a seamless texture, which repeat its opposite sides. Most of a feature's
/// receptive field lies within this distance.
const MARGIN: usize = 64;

/// The size of a picture at one scale, and whether its edges continue at the opposite edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The picture's size, without margins.
    pub size: Size,
    /// Whether the picture is a seamless texture. The network's input then has margins that repeat the opposite sides.
    pub seamless: bool,
}

impl Extent {
    /// The rows of each margin above and below, and the columns of each margin on the left and on the right.
    pub fn margins(self) -> (usize, usize) {
        if self.seamless { (MARGIN.min(self.size.height), MARGIN.min(self.size.width)) } else { (0, 0) }
    }

    /// The size of the network's input: the picture with its margins.
    pub fn shown(self) -> Size {
        let (rows, columns) = self.margins();
        Size { width: self.size.width + 2 * columns, height: self.size.height + 2 * rows }
    }

    /// The same picture at another size.
    #[must_use]
    pub fn at(self, size: Size) -> Self {
        Self { size, ..self }
    }
}
